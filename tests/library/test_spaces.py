"""Embedding spaces, and where thumbnails are."""

from pathlib import Path

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import ensure_space, find_space, search_in, searched_space
from dofisac_tui.library.thumbnails import store_thumbnail, thumbnail_path


def test_the_first_space_of_a_kind_is_searched_until_another_is_chosen(library: Library) -> None:
    assert searched_space(library, "face") is None
    first = ensure_space(library, EmbeddingSpace("first", "face", 128, "euclidean"))
    second = ensure_space(library, EmbeddingSpace("second", "face", 512, "cosine"))
    scene = ensure_space(library, EmbeddingSpace("scene", "scene", 1000, "inner_product"))
    again = ensure_space(library, EmbeddingSpace("first", "face", 128, "euclidean"))
    assert (again, again.space_id) == (first, first.space_id) and find_space(library, "first") == first
    assert len({space.space_id for space in (first, second, scene)}) == 3
    assert (searched_space(library, "face"), searched_space(library, "scene")) == (first, scene)
    search_in(library, second)
    assert (searched_space(library, "face"), searched_space(library, "scene")) == (second, scene)
    assert find_space(library, "third") is None


def test_a_thumbnail_is_private_and_written_once(tmp_path: Path) -> None:
    store_thumbnail(tmp_path, "ab12", b"first")
    store_thumbnail(tmp_path, "ab12", b"second")
    path = thumbnail_path(tmp_path, "ab12")
    assert path == tmp_path / "thumbs" / "ab" / "ab12.jpg"
    assert path.read_bytes() == b"first"
    assert [each.stat().st_mode & 0o777 for each in (path, *list(path.parents)[:2])] == [0o600, 0o700, 0o700]
    assert list(path.parent.iterdir()) == [path]
