"""Stored vectors: packed, unpacked and read."""

from typing import Any

import numpy as np
import pytest

from dofisac_tui.embedding import EmbeddingSpace, Kind
from dofisac_tui.library import vectors as stored
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import ensure_space
from dofisac_tui.library.photos import store_faces, store_photo, store_scene
from dofisac_tui.library.vectors import (
    face_vectors,
    newest_id,
    pack,
    scene_vectors,
    unpack,
    vector_pages,
    vectors_by_id,
)
from tests.library.helpers import face, photo, vector

Spaces = tuple[EmbeddingSpace, EmbeddingSpace]


@pytest.mark.parametrize(("kind", "size", "error"), [("face", 4, 0.0), ("scene", 2, 1e-3)])
def test_vectors_come_back(kind: Kind, size: int, error: float) -> None:
    space = EmbeddingSpace("test", kind, 64, "cosine", 1)
    vectors = np.random.default_rng(0).standard_normal((10, 64)).astype(np.float32)
    blobs = [pack(space, vector) for vector in vectors]
    assert {len(blob) for blob in blobs} == {64 * size}
    assert unpack(space, blobs).dtype == np.float32
    np.testing.assert_allclose(unpack(space, blobs), vectors, rtol=error, atol=0)
    assert unpack(space, []).shape == (0, 64)


@pytest.fixture
def five(library: Library, spaces: Spaces, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Five photos with ids 1 to 5, each with a face and a scene whose vectors are of that number; pages of two."""
    monkeypatch.setattr(stored, "PAGE", 2)
    with library.write() as connection:
        for n in range(1, 6):
            photo_id = store_photo(connection, photo(b"/p/%d.jpg" % n, str(n)))
            store_faces(connection, photo_id, spaces[0], [face(n)])
            store_scene(connection, photo_id, spaces[1], vector(n))
    return library


@pytest.mark.parametrize("read", [face_vectors, scene_vectors, vectors_by_id])
def test_vectors_come_in_the_order_asked_for_without_those_that_are_not_there(
    five: Library, spaces: Spaces, read: Any
) -> None:
    space = spaces[1] if read is scene_vectors else spaces[0]
    ids, vectors = read(five, space, [4, 9, 1, 5, 2])
    assert ids.tolist() == [4, 1, 5, 2]
    np.testing.assert_array_equal(vectors, [vector(n) for n in (4, 1, 5, 2)])
    ids, vectors = read(five, space, [])
    assert (ids.shape, vectors.shape, vectors.dtype) == ((0,), (0, 4), np.float32)


def test_vectors_of_another_space_are_not_read(five: Library) -> None:
    other = ensure_space(five, EmbeddingSpace("other faces", "face", 4, "cosine"))
    assert not len(face_vectors(five, other, [1, 2])[0])
    assert not list(vector_pages(five, other))


@pytest.mark.parametrize("number", [0, 1])
def test_pages_hold_every_vector_between_two_ids_once(five: Library, spaces: Spaces, number: int) -> None:
    pages = list(vector_pages(five, spaces[number], after=1, up_to=4, size=2))
    assert [ids.tolist() for ids, _ in pages] == [[2, 3], [4]]
    np.testing.assert_array_equal(np.concatenate([page for _, page in pages]), [vector(n) for n in (2, 3, 4)])
    assert newest_id(five, spaces[number].kind) == 5


def test_a_new_vector_of_a_scene_gets_a_new_id(five: Library, spaces: Spaces) -> None:
    with five.write() as connection:
        store_scene(connection, 2, spaces[1], vector(7))
    assert scene_vectors(five, spaces[1], [2])[1][0].tolist() == vector(7).tolist()
    assert vectors_by_id(five, spaces[1], [2, 6])[0].tolist() == [newest_id(five, "scene")] == [6]
