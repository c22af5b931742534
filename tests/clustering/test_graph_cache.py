"""The file of the neighbour graph: whatever happens to it, the graph is right."""

import logging
from pathlib import Path

import numpy as np
import pytest

from dofisac_tui.cache_file import Identity
from dofisac_tui.clustering import graph_cache
from dofisac_tui.clustering.graph import RadiusGraph
from dofisac_tui.clustering.graph_cache import FORMAT, current_graph, graph_path
from dofisac_tui.clustering.graph_search import build_graph
from dofisac_tui.geometry import Vectors
from tests.clustering.test_graph import assert_same, vectors_of

IDENTITY = Identity("library", "space", 5, "euclidean", FORMAT)
VECTORS = vectors_of(400)
IDS = np.arange(400) * 3 + 7


def current(folder: Path, part: slice = slice(None), vectors: Vectors = VECTORS, radius: float = 0.7) -> RadiusGraph:
    return current_graph(graph_path(folder, 1), IDENTITY, IDS[part], vectors[part], "euclidean", radius)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many vectors each graph was built of that was built again."""
    counts = []

    def spy(vectors: Vectors, *rest: object) -> RadiusGraph:
        counts.append(len(vectors))
        return build_graph(vectors, *rest)  # type: ignore[arg-type]  # as given

    monkeypatch.setattr(graph_cache, "build_graph", spy)
    return counts


def test_only_what_is_new_is_compared(tmp_path: Path, built: list[int]) -> None:
    for part in (slice(0, 300), slice(0, 300), slice(20, 400), slice(50, 200)):
        assert_same(current(tmp_path, part), build_graph(VECTORS[part], "euclidean", 0.7))
    assert built == [300]
    assert graph_path(tmp_path, 1).stat().st_mode & 0o777 == 0o600


def test_a_crowd_is_kept_as_it_is(tmp_path: Path) -> None:
    vectors, path = vectors_of(900) * np.float32(0.1), graph_path(tmp_path, 1)
    for size in (800, 900, 900):
        graph = current_graph(path, IDENTITY, np.arange(size), vectors[:size], "euclidean", 0.7)
        assert (graph.reaches < 0.5).any()
        assert_same(graph, build_graph(vectors[:size], "euclidean", 0.7))


def test_an_id_that_means_another_vector_is_noticed(tmp_path: Path, built: list[int]) -> None:
    current(tmp_path)
    changed = VECTORS.copy()
    changed[[3, 399]] += 1
    assert_same(current(tmp_path, vectors=changed), build_graph(changed, "euclidean", 0.7))
    assert built == [400, 400]


def test_a_larger_radius_is_built_and_a_smaller_one_is_there(tmp_path: Path, built: list[int]) -> None:
    current(tmp_path, radius=0.5)
    assert current(tmp_path, radius=0.8).radius == 0.8
    assert current(tmp_path, radius=0.6).radius == 0.8
    assert built == [400, 400]


@pytest.mark.parametrize("place", [0, 30, 70, 200, 3000, -1])
def test_damage_is_noticed(tmp_path: Path, place: int, caplog: pytest.LogCaptureFixture) -> None:
    whole = current(tmp_path)
    path = graph_path(tmp_path, 1)
    for damaged in (bytearray(path.read_bytes()), bytearray(path.read_bytes()[:place])):
        if len(damaged) == path.stat().st_size:
            damaged[place] ^= 4
        path.write_bytes(damaged)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert_same(current(tmp_path), whole)
        assert "built again" in caplog.text


def test_a_graph_of_another_space_is_not_used(tmp_path: Path, built: list[int]) -> None:
    current(tmp_path)
    other = Identity("library", "another space", 5, "euclidean", FORMAT)
    current_graph(graph_path(tmp_path, 1), other, IDS, VECTORS, "euclidean", 0.7)
    assert built == [400, 400]


def test_none_at_all(tmp_path: Path) -> None:
    assert len(current(tmp_path, slice(0, 0))) == 0
    assert len(current(tmp_path)) == 400
    assert len(current(tmp_path, slice(0, 0))) == 0
