"""Photos, what was found in them, and what happens to it when files move, change, are copied or go."""

from pathlib import Path

import numpy as np
import pytest

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.library import known_files as known_files_module
from dofisac_tui.library.database import Library
from dofisac_tui.library.known_files import KnownFile, hashes_of_size, incomplete_photos, known_files, photo_at
from dofisac_tui.library.photos import (
    PhotoRecord,
    copy_photo,
    count_photos,
    faces_of_file,
    list_photos,
    mark_absent,
    mark_present,
    move_photo,
    record_of,
    store_faces,
    store_photo,
    store_scene,
)
from dofisac_tui.library.roots import add_root
from dofisac_tui.library.vectors import unpack
from tests.library.helpers import face, photo, vector

Spaces = tuple[EmbeddingSpace, EmbeddingSpace]


def _store(library: Library, spaces: Spaces, path: bytes, content: str = "aa", faces: int = 2) -> int:
    """A photo with faces 1..n and a scene, the number of its faces being its vector."""
    with library.write() as connection:
        photo_id = store_photo(connection, photo(path, content))
        store_faces(connection, photo_id, spaces[0], [face(n) for n in range(1, faces + 1)])
        store_scene(connection, photo_id, spaces[1], vector(faces))
    return photo_id


def _found_in(library: Library, photo_id: int) -> list[list[tuple[object, ...]]]:
    """All that is stored of a photo but for ids."""
    faces = (
        "SELECT faces.space_id, number, x, y, w, h, landmarks, score, quality, vector FROM faces"
        " JOIN face_vectors USING (face_id) WHERE photo_id = ? ORDER BY number"
    )
    scenes = "SELECT space_id, vector FROM scene_vectors WHERE photo_id = ?"
    analyses = "SELECT space_id, analysed_at FROM analyses WHERE photo_id = ?"
    return [[tuple(row) for row in library.rows(sql, (photo_id,))] for sql in (faces, scenes, analyses)]


def _removed(library: Library) -> list[tuple[int, int]]:
    return [tuple(row) for row in library.rows("SELECT space_id, vector_id FROM vector_removals ORDER BY removal_id")]


def test_what_is_stored_comes_back_to_the_bit(library: Library, spaces: Spaces) -> None:
    photo_id = _store(library, spaces, b"/p/a.jpg")
    assert record_of(library, photo_id) == photo(b"/p/a.jpg")
    rows = library.rows("SELECT landmarks, vector FROM faces JOIN face_vectors USING (face_id) ORDER BY number")
    np.testing.assert_array_equal(unpack(spaces[0], [row["vector"] for row in rows]), [vector(1), vector(2)])
    assert rows[1]["landmarks"] == np.full(10, 2, "<f4").tobytes()
    scene = library.value("SELECT vector FROM scene_vectors")
    assert len(scene) == 8
    np.testing.assert_array_equal(unpack(spaces[1], [scene]), [vector(2)])


@pytest.mark.parametrize("fingerprint", [0, 1, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 1])
def test_a_fingerprint_keeps_all_its_bits(library: Library, fingerprint: int) -> None:
    record = photo(b"/p/a.jpg")
    with library.write() as connection:
        photo_id = store_photo(connection, PhotoRecord(**{**vars(record), "fingerprint": fingerprint}))
    assert record_of(library, photo_id).fingerprint == fingerprint


def test_a_path_may_hold_any_byte(library: Library) -> None:
    paths = [bytes([byte]) * 3 for byte in range(1, 256)]
    with library.write() as connection:
        for path in reversed(paths):
            store_photo(connection, photo(path))
    assert [known.path for known in known_files(library, 1)] == paths


def test_storing_again_keeps_the_id_and_replaces_what_was_found(library: Library, spaces: Spaces) -> None:
    photo_id = _store(library, spaces, b"/p/a.jpg", faces=2)
    faces = [row[0] for row in library.rows("SELECT face_id FROM faces")]
    (scene,) = (row[0] for row in library.rows("SELECT vector_id FROM scene_vectors"))
    assert _store(library, spaces, b"/p/a.jpg", faces=0) == photo_id
    assert library.value("SELECT COUNT(*) FROM faces") == 0
    assert library.value("SELECT COUNT(*) FROM analyses") == 2
    assert sorted(_removed(library)) == sorted([*((spaces[0].space_id, n) for n in faces), (spaces[1].space_id, scene)])


def test_another_content_at_a_path_removes_what_was_found_in_the_first(library: Library, spaces: Spaces) -> None:
    photo_id = _store(library, spaces, b"/p/a.jpg", "aa")
    with library.write() as connection:
        mark_absent(connection, [photo_id])
        assert store_photo(connection, photo(b"/p/a.jpg", "bb")) == photo_id
    assert _found_in(library, photo_id) == [[], [], []]
    assert len(_removed(library)) == 3
    known = photo_at(library, b"/p/a.jpg", "bb")
    assert known and not known.absent
    assert photo_at(library, b"/p/a.jpg", "aa") is None


def test_the_same_content_at_a_path_keeps_what_was_found(library: Library, spaces: Spaces) -> None:
    photo_id = _store(library, spaces, b"/p/a.jpg")
    before = _found_in(library, photo_id)
    with library.write() as connection:
        store_photo(connection, photo(b"/p/a.jpg", mtime_ns=2))
    assert _found_in(library, photo_id) == before
    assert record_of(library, photo_id).mtime_ns == 2


def test_a_copy_has_all_that_was_found_with_ids_of_its_own(library: Library, spaces: Spaces) -> None:
    source = _store(library, spaces, b"/p/a.jpg", faces=3)
    with library.write() as connection:
        assert copy_photo(connection, source, photo(b"/p/a.jpg")) == source
        copy = copy_photo(connection, source, photo(b"/p/b.jpg"))
        again = copy_photo(connection, source, photo(b"/p/b.jpg"))
    assert copy == again != source
    assert _found_in(library, copy) == _found_in(library, source)
    assert library.value("SELECT COUNT(DISTINCT face_id) FROM face_vectors") == 6


def test_a_copy_over_another_photo_replaces_it(library: Library, spaces: Spaces) -> None:
    source = _store(library, spaces, b"/p/a.jpg", "aa", faces=1)
    target = _store(library, spaces, b"/p/b.jpg", "bb", faces=4)
    with library.write() as connection:
        assert copy_photo(connection, source, photo(b"/p/b.jpg", "aa")) == target
    assert _found_in(library, target) == _found_in(library, source)
    assert len(_removed(library)) == 5


def test_a_photo_moved_over_another_keeps_its_faces_and_the_other_goes(
    library: Library, spaces: Spaces, tmp_path: Path
) -> None:
    moving = _store(library, spaces, b"/p/a.jpg", "aa", faces=1)
    _store(library, spaces, b"/p/b.jpg", "bb", faces=4)
    before = _found_in(library, moving)
    (tmp_path / "elsewhere").mkdir()
    root = add_root(library, bytes(tmp_path / "elsewhere"))
    with library.write() as connection:
        mark_absent(connection, [moving])
        move_photo(connection, moving, root.root_id, b"/p/b.jpg", 7, 8)
    (known,) = known_files(library, root.root_id)
    assert known == KnownFile(moving, b"/p/b.jpg", 7, 8, "aa", absent=False)
    assert list(known_files(library, 1)) == []
    assert _found_in(library, moving) == before
    assert len(_removed(library)) == 5


def test_absent_photos_keep_everything_and_the_moment_they_went(library: Library, spaces: Spaces) -> None:
    here, gone = (_store(library, spaces, path) for path in (b"/p/a.jpg", b"/p/b.jpg"))
    with library.write() as connection:
        mark_absent(connection, [gone])
        connection.execute("UPDATE photos SET absent_since = 5 WHERE photo_id = ?", (gone,))
        mark_absent(connection, [gone])
    assert library.value("SELECT absent_since FROM photos WHERE photo_id = ?", (gone,)) == 5
    assert count_photos(library) == 1
    assert [known.absent for known in known_files(library, 1)] == [False, True]
    listed = [[row["photo_id"] for row in list_photos(library, spaces[0], absent)] for absent in (False, True)]
    assert listed == [[here], [gone]]
    assert [row["faces"] for row in list_photos(library, spaces[0], True)] == [2]
    assert [row["faces"] for row in list_photos(library, None, True)] == [0]
    with library.write() as connection:
        mark_present(connection, [here, gone])
    assert count_photos(library) == 2
    assert _removed(library) == []


@pytest.mark.parametrize("page", [1, 2, 3, 100])
def test_known_files_come_in_the_order_of_bytes_page_by_page(
    library: Library, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(known_files_module, "PAGE", page)
    paths = [b"/p/a/b", b"/p/a", b"/p/a-b", b"/p/a.jpg", b"/p/\xff", b"/p/B", "/p/é".encode()]
    with library.write() as connection:
        for path in paths:
            store_photo(connection, photo(path))
    assert [known.path for known in known_files(library, 1)] == sorted(paths)
    assert list(known_files(library, 2)) == []


def test_only_contents_with_both_vectors_are_known_by_size(library: Library, spaces: Spaces) -> None:
    _store(library, spaces, b"/p/a.jpg", "aa")
    with library.write() as connection:
        half = store_photo(connection, photo(b"/p/b.jpg", "bb"))
        store_faces(connection, half, spaces[0], [])
        other = store_photo(connection, photo(b"/p/c.jpg", "cc", size=101))
    assert hashes_of_size(library, 100, spaces) == {"aa"}
    assert hashes_of_size(library, 101, spaces) == set()
    assert incomplete_photos(library, spaces) == {half, other}
    with library.write() as connection:
        mark_absent(connection, [other])
    assert incomplete_photos(library, spaces) == {half}


def test_the_faces_of_a_file_are_those_of_that_very_file(library: Library, spaces: Spaces) -> None:
    photo_id = _store(library, spaces, b"/p/a.jpg", faces=2)
    rows = faces_of_file(library, b"/p/a.jpg", 100, 1, spaces[0])
    assert rows is not None
    assert [(row["number"], row["x"], row["person"]) for row in rows] == [(1, 1.0, None), (2, 2.0, None)]
    assert faces_of_file(library, b"/p/a.jpg", 101, 1, spaces[0]) is None
    assert faces_of_file(library, b"/p/a.jpg", 100, 2, spaces[0]) is None
    assert faces_of_file(library, b"/p/b.jpg", 100, 1, spaces[0]) is None
    with library.write() as connection:
        mark_absent(connection, [photo_id])
    assert faces_of_file(library, b"/p/a.jpg", 100, 1, spaces[0]) is None


def test_no_face_found_is_a_result(library: Library, spaces: Spaces) -> None:
    _store(library, spaces, b"/p/a.jpg", faces=0)
    assert faces_of_file(library, b"/p/a.jpg", 100, 1, spaces[0]) == []
