"""Making and opening a library, its file, and its write transactions."""

import itertools
import os
import sqlite3
import stat
from multiprocessing import get_context
from pathlib import Path

import pytest

from dofisac_tui.errors import LibraryError
from dofisac_tui.library import database, meta
from dofisac_tui.library.database import FILE_NAME, Library, create_library, open_library
from tests.processes import meet, start_python

ODD_NAMES = [
    b"with space", b"100%", b"100%25", b"a?mode=memory", b"a#b", b"it's \"quoted\"", b"line\nbreak", b"\xff\xfe",
    "Fotos 📷 été".encode(), b"a&b=c;d", b"-rf", b"back\\slash",
]  # fmt: skip


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o007, 0o077])
def test_everything_is_private_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with create_library(tmp_path / "a" / "b") as library, library.write() as connection:
            meta.put(connection, "key", "value")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in library.folder.iterdir()}
    finally:
        os.umask(before)
    assert modes == {FILE_NAME: 0o600, f"{FILE_NAME}-wal": 0o600, f"{FILE_NAME}-shm": 0o600}
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (tmp_path / "a", tmp_path / "a" / "b")] == [0o700, 0o700]


def test_the_file_has_large_pages_and_a_write_ahead_log(library: Library) -> None:
    assert library.value("PRAGMA page_size") == 16384
    assert library.value("PRAGMA journal_mode") == "wal"
    assert library.value("PRAGMA foreign_keys") == 1


def test_a_new_library_has_an_id_of_its_own_and_the_bundled_models(tmp_path: Path) -> None:
    with create_library(tmp_path / "a") as one, create_library(tmp_path / "b") as other:
        assert meta.get(one, meta.LIBRARY_ID) != meta.get(other, meta.LIBRARY_ID)
        assert meta.get(one, meta.PACK) == "bundled"
        assert meta.get(one, "no such key") is None


def test_creating_again_opens_what_is_there(tmp_path: Path) -> None:
    with create_library(tmp_path) as first:
        library_id = meta.get(first, meta.LIBRARY_ID)
    with create_library(tmp_path) as again:
        assert meta.get(again, meta.LIBRARY_ID) == library_id
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_the_folder_may_have_any_name(tmp_path: Path, name: bytes) -> None:
    folder = tmp_path / os.fsdecode(name)
    with create_library(folder) as library, library.write() as connection:
        meta.put(connection, "key", "value")
    with open_library(folder, read_only=True) as library:
        assert meta.get(library, "key") == "value"
    assert os.listdir(bytes(tmp_path)) == [name]


def _create_each(folder: Path, rounds: int) -> list[str | None]:
    ids = []
    for number in range(rounds):
        meet(folder, f"start{number}")
        with create_library(folder / f"library{number}") as library:
            ids.append(meta.get(library, meta.LIBRARY_ID))
    return ids


def test_two_processes_that_create_at_once_share_one_library(tmp_path: Path) -> None:
    with get_context("spawn").Pool(2) as pool:
        one, other = pool.starmap(_create_each, [(tmp_path, 20)] * 2, chunksize=1)
    assert one == other
    assert len(set(one)) == 20


def test_a_write_is_rolled_back_on_any_error(library: Library) -> None:
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), library.write() as connection:
            meta.put(connection, "key", "value")
            raise error
    assert meta.get(library, "key") is None
    with library.write(durable=True) as connection:
        meta.put(connection, "key", "kept")
    assert meta.get(library, "key") == "kept"


def test_a_broken_rule_of_the_schema_is_not_called_damage(library: Library) -> None:
    with pytest.raises(sqlite3.IntegrityError), library.write() as connection:
        connection.execute("INSERT INTO failures (path) VALUES ('x')")


def test_votes_can_be_neither_changed_nor_deleted(library: Library) -> None:
    with library.write() as connection:
        connection.execute("INSERT INTO votes (cast_at, source, kind, answer) VALUES (0, 'test', 'match', 'yes')")
    for statement in ("UPDATE votes SET answer = 'no'", "DELETE FROM votes"):
        with pytest.raises(sqlite3.IntegrityError, match="votes are never"), library.write() as connection:
            connection.execute(statement)
    assert library.value("SELECT answer FROM votes") == "yes"


def test_reading_goes_on_while_another_process_writes(library: Library) -> None:
    writer = start_python(
        "import sys; from pathlib import Path; from dofisac_tui.library.database import open_library\n"
        "with open_library(Path(sys.argv[1])) as library:\n"
        "    for number in range(300):\n"
        "        with library.write() as connection:\n"
        "            connection.execute('INSERT INTO meta VALUES (?, ?)', (str(number), 'x' * 1000))\n"
        "            connection.execute('INSERT INTO meta VALUES (?, ?)', (f'twin {number}', 'x'))\n",
        library.folder,
    )
    counts = []
    with writer:
        while writer.poll() is None:
            with open_library(library.folder, read_only=True) as reader:
                counts.append(reader.value("SELECT COUNT(*) FROM meta"))
        assert writer.returncode == 0, writer.communicate()[1]
    assert all(count % 2 == counts[0] % 2 for count in counts)  # both rows of a transaction are seen, or neither
    assert all(before <= after for before, after in itertools.pairwise(counts))
    assert library.value("SELECT COUNT(*) FROM meta") >= 600


def test_a_write_waits_for_another_one_and_gives_up_in_the_end(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    with open_library(library.folder) as impatient, library.write() as connection:
        meta.put(connection, "key", "value")
        assert meta.get(impatient, "key") is None
        with pytest.raises(LibraryError, match=r"locked for more than 0\.2 s"), impatient.write():
            pass
    with open_library(library.folder) as patient, patient.write() as connection:
        meta.put(connection, "key", "another")
    assert meta.get(library, "key") == "another"


def test_a_read_only_library_cannot_be_written(library: Library) -> None:
    with (
        open_library(library.folder, read_only=True) as reader,
        pytest.raises(LibraryError, match="cannot be opened or written"),
        reader.write() as connection,
    ):
        meta.put(connection, "key", "value")
