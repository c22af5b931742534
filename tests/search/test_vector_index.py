"""The vector index against brute force."""

import logging
from pathlib import Path

import numpy as np
import pytest

from dofisac_tui.embedding import EmbeddingSpace, Metric
from dofisac_tui.geometry import distances_to
from dofisac_tui.library.embedding_spaces import ensure_space
from dofisac_tui.search import vector_index
from dofisac_tui.search.vector_index import VectorIndex
from tests.search.filling import Filling, new_filling, unit_vectors


def nearest_by_brute_force(index: VectorIndex, stored: np.ndarray, query: np.ndarray, count: int) -> set[int]:
    order = np.argsort(distances_to(query, stored, index.space.metric), kind="stable")[:count]
    return {int(position) + 1 for position in order}


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "inner_product"])
@pytest.mark.parametrize("shard", [50_000, 100])
def test_what_is_not_among_the_nearest_is_beyond_the_bound(
    tmp_path: Path, metric: Metric, shard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_index, "_WORTH_A_THREAD", shard)
    filling = new_filling(tmp_path, EmbeddingSpace("made-up", "face", 8, metric))
    stored = unit_vectors(500) * (1 if metric == "cosine" else 3)
    filling.put("many", list(stored))
    index = VectorIndex(filling.library, filling.faces)
    for query in unit_vectors(20, seed=1):
        ids, bound = index.nearest(query, 50)
        distances = distances_to(query, stored, index.space.metric)
        assert len(set(ids.tolist())) == 50
        others = np.delete(distances, ids - 1)
        assert others.min() >= bound
        assert bound > np.median(distances[ids - 1])  # it is a bound that says something
        near = distances[ids - 1]
        assert np.all(np.diff(near) > -0.02)
    filling.library.close()


def test_all_vectors_are_found_and_the_bound_says_so(filling: Filling) -> None:
    filling.put("many", list(unit_vectors(30)))
    index = VectorIndex(filling.library, filling.faces)
    ids, bound = index.nearest(unit_vectors(1, seed=5)[0], 100)
    assert sorted(ids) == list(range(1, 31))
    assert bound == np.inf


def test_an_empty_space_has_no_nearest_vectors(filling: Filling) -> None:
    ids, bound = VectorIndex(filling.library, filling.faces).nearest(unit_vectors(1)[0], 5)
    assert len(ids) == 0
    assert bound == np.inf


def test_equal_vectors_have_equal_distances_wherever_they_stand(filling: Filling) -> None:
    one = unit_vectors(1, 512, seed=3)
    query = unit_vectors(1, 512, seed=4)[0]
    for count in (1, 2, 7, 1000):
        for space in (filling.faces, filling.scenes):
            distances = distances_to(query, np.repeat(one, count, axis=0), space.metric)
            assert set(distances.tolist()) == {distances_to(query, one, space.metric)[0]}


def test_spaces_do_not_mix(filling: Filling) -> None:
    first = filling.faces
    filling.put("a", list(unit_vectors(3)))
    filling.faces = ensure_space(filling.library, EmbeddingSpace("other-faces", "face", 8, "euclidean"))
    filling.put("b", list(unit_vectors(4, seed=1)))
    index, other = VectorIndex(filling.library, first), VectorIndex(filling.library, filling.faces)
    filling.put("c", list(unit_vectors(2, seed=2)))
    for each in (index, other):
        each.refresh()
    assert (len(index), len(other)) == (3, 6)


def test_removed_vectors_leave_when_they_are_a_tenth(filling: Filling) -> None:
    for number in range(20):
        filling.put(f"{number}", [unit_vectors(20)[number]])
    index = VectorIndex(filling.library, filling.faces)
    filling.remove(b"3")
    index.refresh()
    filling.remove(b"4")
    index.refresh()
    assert len(index) == 20
    filling.remove(b"5")
    index.refresh()
    assert len(index) == 17
    ids, _ = index.nearest(unit_vectors(1)[0], 20)
    assert not {4, 5, 6} & set(ids.tolist())


def test_a_file_is_written_only_when_it_is_worth_it(filling: Filling) -> None:
    folder = filling.library.folder / "index"
    filling.put("few", list(unit_vectors(999)))
    index = VectorIndex(filling.library, filling.faces)
    index.save()
    assert not folder.exists()
    filling.put("more", list(unit_vectors(30)))
    index.refresh()
    index.save()
    assert [(path.name, path.stat().st_mode & 0o777) for path in folder.iterdir()] == [("face-1.index", 0o600)]
    assert folder.stat().st_mode & 0o777 == 0o700
    written = (folder / "face-1.index").stat().st_mtime_ns
    filling.put("few more", list(unit_vectors(100)))
    again = VectorIndex(filling.library, filling.faces)
    again.save()
    assert len(again) == 1129
    assert (folder / "face-1.index").stat().st_mtime_ns == written


def test_a_folder_that_cannot_be_written_costs_the_file_and_nothing_else(
    filling: Filling, caplog: pytest.LogCaptureFixture
) -> None:
    filling.put("many", list(unit_vectors(1500)))
    (filling.library.folder / "index").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        index = VectorIndex(filling.library, filling.faces)
        index.save()
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert len(index.nearest(unit_vectors(1)[0], 10)[0]) == 10


def test_what_was_removed_long_ago_is_no_reason_to_write(filling: Filling) -> None:
    for _ in range(60):
        filling.put("changing", list(unit_vectors(20)))
    index = VectorIndex(filling.library, filling.faces)
    index.save()
    assert len(index) == 20
    assert not (filling.library.folder / "index").exists()
