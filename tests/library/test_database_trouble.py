"""Libraries that are missing, damaged, foreign, closed to us, or on a full disk: one sentence each, nothing changed."""

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dofisac_tui.errors import LibraryError
from dofisac_tui.library import meta
from dofisac_tui.library.database import FILE_NAME, create_library, open_library
from tests.processes import as_nobody, mount_small_disk


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a library that has been closed."""
    with create_library(tmp_path):
        return tmp_path / FILE_NAME


def _other_program(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()


def _newer_version(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('dofisac', 'from_2031', '')"
        )
    connection.close()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda path: path.write_bytes(os.urandom(200_000)), "is damaged: file is not a database"),
        (lambda path: path.write_text("not a database at all " * 100), "is damaged: file is not a database"),
        (lambda path: os.truncate(path, path.stat().st_size // 2), "is damaged: database disk image is malformed"),
        (lambda path: os.truncate(path, 5000), "is damaged: database disk image is malformed"),
        (lambda path: os.truncate(path, 0), "is not a library of this program"),
        (_other_program, "is not a library of this program"),
        (_newer_version, "was made by a newer version"),
    ],
)
@pytest.mark.parametrize("opening", [open_library, create_library, lambda folder: open_library(folder, read_only=True)])
def test_a_file_that_cannot_be_used_is_refused_and_left_as_it_is(
    file: Path, change: Callable[[Path], object], sentence: str, opening: Callable[[Path], object]
) -> None:
    change(file)
    before = file.read_bytes()
    with pytest.raises(LibraryError, match=sentence) as refusal:
        opening(file.parent)
    assert "--library DIR" in refusal.value.hint
    assert file.read_bytes() == before
    # who may only read cannot tidy up the log's two empty files
    assert set(os.listdir(file.parent)) - {f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"} == {FILE_NAME}


def test_damage_that_is_found_later_is_told_in_a_sentence(file: Path) -> None:
    with create_library(file.parent) as library, library.write() as connection:
        connection.executemany("INSERT INTO meta VALUES (?, ?)", [(str(n), "x" * 9000) for n in range(100)])
    with open(file, "r+b") as opened:
        opened.seek(file.stat().st_size - 80 * 16384)
        opened.write(os.urandom(60 * 16384))
    with open_library(file.parent) as library, pytest.raises(LibraryError, match="is damaged"):
        library.rows("SELECT * FROM meta")


def test_no_library(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path, tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(LibraryError, match="There is no library in"):
            open_library(folder)
    with pytest.raises(LibraryError, match="cannot be opened or written: Not a directory"):
        create_library(tmp_path / "file")
    assert os.listdir(tmp_path) == ["file"]


def test_names_are_made_safe_in_sentences(tmp_path: Path) -> None:
    with pytest.raises(LibraryError) as refusal:
        open_library(tmp_path / "\x1b[31mred")
    assert "\x1b" not in str(refusal.value)
    assert r"\x1b[31mred" in str(refusal.value)


def test_a_folder_that_may_only_be_read(public_folder: Path) -> None:
    with create_library(public_folder) as library, library.write() as connection:
        meta.put(connection, "key", "value")
    (public_folder / FILE_NAME).chmod(0o644)
    public_folder.chmod(0o555)

    def look() -> object:
        with open_library(public_folder, read_only=True) as library:
            return meta.get(library, "key")

    def write() -> None:
        with open_library(public_folder) as library, library.write() as connection:
            meta.put(connection, "key", "changed")

    assert as_nobody(look) == "value"
    assert "cannot be opened or written" in as_nobody(write)
    assert "cannot be opened or written: Permission denied" in as_nobody(lambda: create_library(public_folder / "new"))
    assert os.listdir(public_folder) == [FILE_NAME]


def test_a_library_that_may_not_be_read(public_folder: Path) -> None:
    folder = public_folder / "library"
    create_library(folder).close()
    for mode in (0o000, 0o444):
        folder.chmod(mode)
        assert "LibraryError: The library in" in as_nobody(lambda: open_library(folder, read_only=True))
    folder.chmod(0o755)
    assert "cannot be opened or written" in as_nobody(lambda: open_library(folder, read_only=True))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(size: str) -> Path:
        mount_small_disk(folder, size)
        return folder

    yield mount
    if folder.is_mount():
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("kilobytes", [128, 400, 600, 1000, 1500, 2000, 2500])
def test_a_disk_too_small_for_a_library(small_disk: Callable[[str], Path], kilobytes: int) -> None:
    folder = small_disk(f"{kilobytes}k")
    try:
        create_library(folder).close()
    except LibraryError as error:
        assert "is full or failing" in error.title and os.listdir(folder) == []
    else:
        assert kilobytes > 400
        with open_library(folder, read_only=True) as library:
            assert library.value("PRAGMA integrity_check") == "ok"
            assert library.value("PRAGMA journal_mode") == "wal"


def test_a_disk_that_fills_up_keeps_what_was_committed(small_disk: Callable[[str], Path]) -> None:
    folder = small_disk("4m")
    with create_library(folder) as library:
        stored = 0
        with pytest.raises(LibraryError, match="is full or failing"):
            while stored < 1000:
                with library.write() as connection:
                    meta.put(connection, str(stored), "x" * 50_000)
                stored += 1
        assert 0 < stored < 1000
        assert library.value("SELECT COUNT(*) FROM meta WHERE length(value) = 50000") == stored
    with open_library(folder, read_only=True) as library:
        assert library.value("SELECT COUNT(*) FROM meta WHERE length(value) = 50000") == stored
        assert library.value("PRAGMA integrity_check") == "ok"
