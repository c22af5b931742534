"""What a scan is worth: new, changed, gone, back, failed, and roots that are not there."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dofisac_tui.config import Indexing
from dofisac_tui.indexing.changes import Changes, find_changes
from dofisac_tui.indexing.scan import FoundFile, Scan, UnreadableEntry
from dofisac_tui.library import failures
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.failures import record_failure
from dofisac_tui.library.known_files import known_files
from dofisac_tui.library.photos import mark_absent, store_photo
from dofisac_tui.library.roots import add_root, all_roots, mark_scanned
from tests.library.helpers import photo
from tests.processes import as_nobody, folder_open_to_all, mount_small_disk


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "in").mkdir(parents=True)
    for name in ("a.jpg", "b.jpg", "in/c.jpg"):
        (folder / name).write_bytes(b"123")
        os.utime(folder / name, ns=(5, 5))
    return folder


@pytest.fixture
def library(tmp_path: Path, root: Path) -> Iterator[Library]:
    with create_library(tmp_path / "library") as opened:
        add_root(opened, bytes(root))
        yield opened


def _changes(library: Library, incomplete: set[int] | None = None, force: frozenset[bytes] = frozenset()) -> Changes:
    (root,) = all_roots(library)
    return find_changes(library, root, Indexing(), incomplete or set(), force)


def _accept(library: Library, absent: tuple[str, ...] = ()) -> dict[str, int]:
    """Store every file as if it had been indexed; the ids by name."""
    changes = _changes(library)
    ids = {}
    with library.write() as connection:
        for file in changes.to_read:
            name = os.fsdecode(os.path.relpath(file.path, changes.root.path))
            ids[name] = store_photo(connection, photo(file.path, size=file.size, mtime_ns=file.mtime_ns))
        mark_absent(connection, [ids[name] for name in absent])
        mark_scanned(connection, changes.root, changes.device)
    return ids


def _fail(library: Library, path: Path, stat: tuple[int, int] | None = (3, 5)) -> None:
    with library.write() as connection:
        record_failure(connection, bytes(path), 1, "read", "unreadable", "?", stat)


def _names(changes: Changes) -> list[str]:
    return [os.fsdecode(os.path.relpath(file.path, changes.root.path)) for file in changes.to_read]


def test_everything_is_new_at_first_and_nothing_afterwards(library: Library, root: Path) -> None:
    changes = _changes(library)
    assert _names(changes) == ["a.jpg", "b.jpg", "in/c.jpg"]
    assert (changes.unchanged, changes.vanished, changes.device) == (0, False, root.stat().st_dev)
    _accept(library)
    changes = _changes(library)
    assert (changes.to_read, changes.back, changes.gone, changes.unchanged) == ([], [], {}, 3)


def test_another_size_or_time_is_a_change(library: Library, root: Path) -> None:
    _accept(library)
    (root / "a.jpg").write_bytes(b"1234")
    os.utime(root / "a.jpg", ns=(5, 5))
    os.utime(root / "in" / "c.jpg", ns=(5, 4))
    changes = _changes(library)
    assert _names(changes) == ["a.jpg", "in/c.jpg"]
    assert (changes.unchanged, changes.gone) == (1, {})


def test_gone_and_back(library: Library, root: Path) -> None:
    ids = _accept(library, absent=("b.jpg",))
    (root / "a.jpg").unlink()
    changes = _changes(library)
    assert list(changes.gone) == [ids["a.jpg"]]
    assert (changes.back, changes.unchanged) == ([ids["b.jpg"]], 1)


def test_an_absent_photo_whose_file_came_back_changed_is_read(library: Library, root: Path) -> None:
    _accept(library, absent=("b.jpg",))
    os.utime(root / "b.jpg", ns=(6, 6))
    changes = _changes(library)
    assert (_names(changes), changes.back) == (["b.jpg"], [])


def test_an_ignored_file_is_gone(library: Library, root: Path) -> None:
    ids = _accept(library)
    (root / ".dofisacignore").write_text("in/\n")
    assert list(_changes(library).gone) == [ids["in/c.jpg"]]


def test_photos_that_lack_vectors_are_read_again(library: Library) -> None:
    ids = _accept(library)
    changes = _changes(library, incomplete={ids["b.jpg"]})
    assert (_names(changes), changes.unchanged) == (["b.jpg"], 2)


def test_a_failed_file_waits_its_turn(library: Library, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _accept(library)
    _fail(library, root / "a.jpg")
    changes = _changes(library)
    assert (_names(changes), changes.unchanged, changes.gone) == ([], 2, {})
    assert _names(_changes(library, force=frozenset([bytes(root / "a.jpg")]))) == ["a.jpg"]
    monkeypatch.setattr("dofisac_tui.indexing.changes.time.time", lambda: 4e9)
    assert _names(_changes(library)) == ["a.jpg"]


def test_a_quarantined_file_is_read_when_it_changes_or_when_asked(library: Library, root: Path) -> None:
    for _ in range(failures.MOST_ATTEMPTS):
        _fail(library, root / "a.jpg")
    assert "a.jpg" not in _names(_changes(library))
    assert "a.jpg" in _names(_changes(library, force=frozenset([bytes(root / "a.jpg")])))
    os.utime(root / "a.jpg", ns=(6, 6))
    assert "a.jpg" in _names(_changes(library))


def test_a_failure_whose_file_is_gone_is_settled(library: Library, root: Path) -> None:
    _fail(library, root / "a.jpg")
    _fail(library, root / "never there.jpg")
    assert _changes(library).settled == [bytes(root / "never there.jpg")]


def test_what_cannot_be_read_by_name_is_reported_once_and_then_waits(library: Library, root: Path) -> None:
    _accept(library)
    (root / "link.jpg").symlink_to("nowhere.jpg")
    assert [each.path for each in _changes(library).unreadable] == [bytes(root / "link.jpg")]
    _fail(library, root / "link.jpg", None)
    changes = _changes(library)
    assert (changes.unreadable, changes.settled) == ([], [])
    assert len(_changes(library, force=frozenset([bytes(root / "link.jpg")])).unreadable) == 1
    (root / "link.jpg").unlink()
    assert _changes(library).settled == [bytes(root / "link.jpg")]


@pytest.mark.parametrize("disaster", ["missing", "empty"])
def test_a_root_that_vanished_has_no_changes(library: Library, root: Path, disaster: str) -> None:
    _accept(library)
    root.rename(root.with_name("away"))
    if disaster == "empty":
        root.mkdir()
    (known,) = all_roots(library)
    assert _changes(library) == Changes(known, vanished=True)


def test_a_root_that_vanishes_while_it_is_walked_has_no_changes(
    library: Library, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unmounted(Scan):
        """A walk during which the disk is taken away."""

        def below(self, place: bytes) -> Iterator[FoundFile | UnreadableEntry]:
            for number, item in enumerate(super().below(place)):
                yield item
                if number == 0:
                    root.rename(root.with_name("away"))

    _accept(library)
    monkeypatch.setattr("dofisac_tui.indexing.changes.Scan", Unmounted)
    changes = _changes(library)
    assert (changes.vanished, changes.gone) == (True, {})


def test_an_empty_folder_that_never_held_photos_has_not_vanished(library: Library, root: Path) -> None:
    shutil.rmtree(root)
    root.mkdir()
    assert not _changes(library).vanished


def test_a_root_emptied_of_photos_on_its_own_disk_has_lost_them(library: Library, root: Path) -> None:
    ids = _accept(library)
    for name in ids:
        (root / name).unlink()
    changes = _changes(library)
    assert (changes.vanished, list(changes.gone)) == (False, list(ids.values()))


def test_another_disk_without_a_single_photo_is_a_root_that_vanished(library: Library, root: Path) -> None:
    _accept(library)
    mount_small_disk(root, "64k")
    try:
        (root / "README.txt").touch()
        assert _changes(library).vanished
        (root / "new.jpg").touch()
        assert (_changes(library).vanished, len(_changes(library).gone)) == (False, 3)
    finally:
        subprocess.run(["umount", root], check=True)
    assert _changes(library).unchanged == 3


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with folder_open_to_all() as folder:
        yield folder


def test_photos_in_a_folder_that_cannot_be_listed_are_not_gone(open_folder: Path) -> None:
    folder = open_folder / "photos"
    (folder / "in" / "deep").mkdir(parents=True)
    for name in ("a.jpg", "in.jpg", "in/b.jpg", "in/deep/c.jpg"):
        (folder / name).touch()
    with create_library(open_folder / "library") as library:
        add_root(library, bytes(folder))
        ids = _accept(library)
        _fail(library, folder / "in" / "d.jpg")
        (folder / "in.jpg").unlink()
        (folder / "in").chmod(0o000)
        for path in (library.folder, *library.folder.iterdir()):
            path.chmod(0o777)

        def look() -> tuple[list[int], list[bytes], list[bytes], int]:
            changes = _changes(library)
            return list(changes.gone), [each.path for each in changes.unreadable], changes.settled, changes.unchanged

        assert as_nobody(look) == str(([ids["in.jpg"]], [bytes(folder / "in")], [], 1))
        (folder / "in").chmod(0o700)
        assert len(list(known_files(library, 1))) == 4
