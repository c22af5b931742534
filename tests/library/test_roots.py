"""The folders that a library reads: adding, widening, removing."""

from pathlib import Path

import pytest

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.errors import LibraryBusyError, LibraryError
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.failures import failures_of_root, record_failure
from dofisac_tui.library.known_files import known_files
from dofisac_tui.library.lock import indexing_lock
from dofisac_tui.library.photos import store_faces, store_photo, store_scene
from dofisac_tui.library.roots import Root, add_root, all_roots, mark_missing, mark_scanned, remove_root
from tests.library.helpers import face, photo, vector

Spaces = tuple[EmbeddingSpace, EmbeddingSpace]


@pytest.fixture
def home(tmp_path: Path, photos_folder: Path) -> Path:
    """Folders `photos/2019/may` and `photos/2020`; the library reads `photos`."""
    (photos_folder / "2019" / "may").mkdir(parents=True)
    (photos_folder / "2020").mkdir()
    return tmp_path


def _paths(library: Library) -> list[bytes]:
    return [root.path for root in all_roots(library)]


def test_adding_twice_or_by_another_name_adds_nothing(
    library: Library, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "link").symlink_to(home / "photos")
    monkeypatch.chdir(home)
    (root,) = all_roots(library)
    for name in (b"photos", b"./photos/", b"link", b"photos/2019/..", bytes(home / "photos")):
        assert add_root(library, name) == root
    assert _paths(library) == [bytes(home / "photos")]


def test_a_folder_inside_a_root_is_read_with_it(library: Library, home: Path) -> None:
    (root,) = all_roots(library)
    assert add_root(library, bytes(home / "photos" / "2019")) == root
    assert _paths(library) == [root.path]


def test_a_folder_whose_name_only_begins_alike_is_a_root_of_its_own(library: Library, home: Path) -> None:
    (home / "photos2").mkdir()
    add_root(library, bytes(home / "photos2"))
    assert _paths(library) == [bytes(home / "photos"), bytes(home / "photos2")]


def test_a_folder_around_roots_takes_them_over_with_all_that_was_indexed(tmp_path: Path, home: Path) -> None:
    with create_library(tmp_path / "another library") as library:
        may, next_year = (add_root(library, bytes(home / "photos" / name)) for name in ("2019/may", "2020"))
        with library.write() as connection:
            first = store_photo(connection, photo(may.path + b"/a.jpg", root_id=may.root_id))
            second = store_photo(connection, photo(next_year.path + b"/b.jpg", root_id=next_year.root_id))
            record_failure(connection, may.path + b"/c.jpg", may.root_id, "read", "unreadable", "?", None)
        whole = add_root(library, bytes(home / "photos"))
        assert all_roots(library) == [Root(whole.root_id, bytes(home / "photos"), None, None, None)]
        assert [known.photo_id for known in known_files(library, whole.root_id)] == [first, second]
        assert list(failures_of_root(library, whole.root_id)) == [may.path + b"/c.jpg"]
        assert whole.root_id not in (may.root_id, next_year.root_id)


def test_roots_are_not_taken_over_while_another_process_indexes(tmp_path: Path, home: Path) -> None:
    with create_library(tmp_path / "another library") as library:
        inner = add_root(library, bytes(home / "photos" / "2019"))
        with indexing_lock(library.folder, "index"):
            apart = add_root(library, bytes(home / "photos" / "2020"))  # which touches nothing that is indexed
            with pytest.raises(LibraryBusyError):
                add_root(library, bytes(home / "photos"))
        assert all_roots(library) == [inner, apart]


def test_what_is_no_folder_of_photos_is_refused(library: Library, home: Path) -> None:
    (home / "file.jpg").touch()
    (library.folder / "thumbs").mkdir()
    for name, sentence in (
        ("file.jpg", "is not a folder"),
        ("missing", "is not a folder"),
        ("library", "belongs to the library itself"),
        ("library/thumbs", "belongs to the library itself"),
    ):
        with pytest.raises(LibraryError, match=sentence):
            add_root(library, bytes(home / name))
    assert _paths(library) == [bytes(home / "photos")]


def test_a_library_may_lie_in_a_root(library: Library, home: Path) -> None:
    assert add_root(library, bytes(home)).path == bytes(home)
    assert _paths(library) == [bytes(home)]
    assert add_root(library, b"/").path == b"/"
    assert _paths(library) == [b"/"]


def test_removing_forgets_photos_and_failures_and_tells_the_caches(
    library: Library, spaces: Spaces, photos_folder: Path
) -> None:
    root = add_root(library, bytes(photos_folder))
    with library.write() as connection:
        photo_id = store_photo(connection, photo(root.path + b"/a.jpg", root_id=root.root_id))
        store_faces(connection, photo_id, spaces[0], [face(1), face(2)])
        store_scene(connection, photo_id, spaces[1], vector(1))
        record_failure(connection, root.path + b"/b.jpg", root.root_id, "read", "unreadable", "?", None)
    photos_folder.rmdir()
    assert remove_root(library, bytes(photos_folder)) == 1
    for table in ("roots", "photos", "faces", "face_vectors", "scene_vectors", "analyses", "failures"):
        assert library.value(f"SELECT COUNT(*) FROM {table}") == 0  # noqa: S608
    assert library.value("SELECT COUNT(*) FROM vector_removals") == 3
    with pytest.raises(LibraryError, match="does not read") as refusal:
        remove_root(library, bytes(photos_folder))
    assert refusal.value.hint == "It reads: none."


def test_missing_and_found_again(library: Library) -> None:
    (root,) = all_roots(library)
    mark_missing(library, root)
    (missing,) = all_roots(library)
    assert missing.missing_since is not None
    mark_missing(library, missing)
    assert all_roots(library) == [missing]
    with library.write() as connection:
        mark_scanned(connection, root, 42)
    (found,) = all_roots(library)
    assert (found.missing_since, found.device) == (None, 42)
    assert found.scanned_at is not None
