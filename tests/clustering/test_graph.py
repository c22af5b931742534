"""The neighbour graph and DBSCAN on it against scikit-learn on the dense data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.cluster import DBSCAN
from sklearn.metrics import pairwise_distances

from dofisac_tui.clustering.dbscan import density_labels
from dofisac_tui.clustering.graph import Pairs, RadiusGraph
from dofisac_tui.clustering.graph_search import build_graph, complete_graph, extend_graph
from dofisac_tui.clustering.radius import choose_radius, neighbour_distances
from dofisac_tui.embedding import Metric
from dofisac_tui.geometry import Vectors


def vectors_of(count: int, dimensions: int = 5, seed: int = 0, unit: bool = False) -> Vectors:
    """Clusters, lone points, and exact copies."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(max(1, count // 12), dimensions))
    vectors = centres[chance.integers(0, len(centres), count)] + 0.3 * chance.normal(size=(count, dimensions))
    vectors[count // 2 : count // 2 + count // 10] = vectors[: count // 10]
    if unit:
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


def assert_same(one: RadiusGraph, other: RadiusGraph) -> None:
    assert (one.radius, len(one)) == (other.radius, len(other))
    np.testing.assert_array_equal(np.minimum(one.reaches, one.radius), np.minimum(other.reaches, one.radius))
    for ours, theirs in zip(one.pairs(), other.pairs(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "inner_product"])
@pytest.mark.parametrize("count", [0, 1, 2, 40, 1300])
def test_every_pair_within_the_radius_and_no_other(metric: Metric, count: int) -> None:
    vectors = vectors_of(count, unit=metric == "cosine")
    radius = {"euclidean": 0.8, "cosine": 0.1, "inner_product": -1.0}[metric]
    graph = build_graph(vectors, metric, radius)
    exact = vectors.astype(np.float64)
    dense = np.linalg.norm(exact[:, None] - exact[None], axis=2) if metric == "euclidean" else 1 - exact @ exact.T
    close = dense <= radius
    close = np.tril(close, -1)
    later, earlier, distances = graph.pairs()
    np.testing.assert_array_equal(np.column_stack([later, earlier]), np.argwhere(close))
    np.testing.assert_allclose(distances, dense[close], rtol=1e-6, atol=1e-7)
    assert [part.dtype.str for part in (later, earlier, distances)] == ["<i4", "<i4", "<f4"]


@pytest.mark.parametrize("old", [0, 1, 500, 1300])
def test_an_extended_graph_is_the_graph_of_all(old: int) -> None:
    vectors = vectors_of(1300)
    grown = extend_graph(build_graph(vectors[:old], "euclidean", 0.8), vectors, "euclidean")
    assert_same(grown, build_graph(vectors, "euclidean", 0.8))


def test_dropping_and_narrowing_are_as_building_again() -> None:
    vectors = vectors_of(900)
    graph = build_graph(vectors, "euclidean", 0.9)
    keep = np.random.default_rng(1).random(900) < 0.6
    assert_same(graph.drop(keep), build_graph(vectors[keep], "euclidean", 0.9))
    assert_same(graph.within(0.5), build_graph(vectors, "euclidean", 0.5))
    with pytest.raises(ValueError, match=r"reaches 0\.9"):
        graph.within(1.0)


def test_a_pair_at_the_very_radius_counts() -> None:
    """Far from the origin, where single precision alone would be off."""
    vectors = np.array([[1000, 0], [1000.5, 0], [1001.0001, 0]], np.float32)
    assert build_graph(vectors, "euclidean", 0.5).pairs()[1].tolist() == [0]


def test_nearest_neighbours_and_graphs_of_given_pairs() -> None:
    vectors = vectors_of(900)
    graph = build_graph(vectors, "euclidean", 0.7)
    later, earlier, distances = graph.pairs()
    order = np.random.default_rng(2).permutation(graph.size)
    assert_same(RadiusGraph.of_pairs(900, Pairs(later[order], earlier[order], distances[order]), 0.7), graph)
    dense = pairwise_distances(vectors.astype(np.float64))
    np.fill_diagonal(dense, np.inf)
    places = np.array([899, 0, 450])
    for place, found in zip(places, graph.nearest(places, 4), strict=True):
        expected = np.sort(dense[place])[:4]
        np.testing.assert_allclose(dense[place, found], expected[expected <= 0.7])


@pytest.mark.parametrize(("metric", "radius"), [("euclidean", 2.0), ("cosine", 0.9)])
@pytest.mark.parametrize("crowd", [3, 40])
def test_of_a_crowd_only_pairs_beyond_both_reaches_are_left_out(metric: Metric, radius: float, crowd: int) -> None:
    vectors = vectors_of(1300, unit=metric == "cosine")
    graph, whole = (build_graph(vectors, metric, radius, crowd=most) for most in (crowd, None))
    later, earlier, distances = whole.pairs()
    before = [np.sort(each) for each in np.split(distances, np.cumsum(np.bincount(later, minlength=1300))[:-1])]
    reaches = [each[crowd - 1] if len(each) >= crowd else np.float32(radius) for each in before]
    np.testing.assert_array_equal(graph.reaches, reaches)
    kept = distances <= np.maximum(graph.reaches[later], graph.reaches[earlier])
    assert kept.mean() < 0.7
    for ours, theirs in zip(graph.pairs(), (later[kept], earlier[kept], distances[kept]), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for old in (1, 700):
        assert_same(
            extend_graph(build_graph(vectors[:old], metric, radius, crowd=crowd), vectors, metric, 2, crowd), graph
        )
    np.testing.assert_array_equal(neighbour_distances(graph, 3), neighbour_distances(whole, 3))
    with pytest.raises(ValueError, match="all pairs within"):
        density_labels(graph, radius, 3)
    assert_same(complete_graph(graph, vectors, metric, radius), whole)
    assert complete_graph(whole, vectors, metric, radius).blocks is whole.blocks


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(2, 250),
    dimensions=st.integers(1, 20),
    radius=st.floats(0.05, 2.0),
    min_samples=st.integers(1, 8),
    seed=st.integers(0, 2**32 - 1),
)
def test_labels_are_those_of_scikit_learn(
    count: int, dimensions: int, radius: float, min_samples: int, seed: int
) -> None:
    vectors = vectors_of(count, dimensions, seed)
    dense = pairwise_distances(vectors.astype(np.float64))
    if (np.abs(dense - radius) < 1e-6).any():  # rounding may then decide either way
        radius += 3e-6
    theirs = DBSCAN(eps=radius, min_samples=min_samples).fit(vectors.astype(np.float64))
    graph = build_graph(vectors, "euclidean", 2.1)
    np.testing.assert_array_equal(density_labels(graph, radius, min_samples), theirs.labels_)


def test_labels_are_those_of_scikit_learn_by_cosine() -> None:
    vectors = vectors_of(1500, 16, unit=True)
    theirs = DBSCAN(eps=0.08, min_samples=4, metric="cosine").fit_predict(vectors)
    assert theirs.max() > 5 and (theirs < 0).any()
    np.testing.assert_array_equal(density_labels(build_graph(vectors, "cosine", 0.1), 0.08, 4), theirs)


def test_the_order_of_vectors_does_not_matter() -> None:
    vectors = vectors_of(400)
    order = np.random.default_rng(5).permutation(400)
    labels = density_labels(build_graph(vectors, "euclidean", 0.6), 0.6, 4)
    turned = density_labels(build_graph(vectors[order], "euclidean", 0.6), 0.6, 4)
    np.testing.assert_array_equal(labels[order] < 0, turned < 0)
    assert labels.max() == turned.max()


def test_weak_vectors_join_but_do_not_seed() -> None:
    line = np.array([[0.0], [0.1], [0.2], [0.3], [5.0], [5.1], [5.2]], np.float32)
    graph = build_graph(line, "euclidean", 0.25)
    assert density_labels(graph, 0.15, 3).tolist() == [0, 0, 0, 0, 1, 1, 1]
    strong = np.array([True, True, True, False, False, True, True])
    assert density_labels(graph, 0.15, 3, strong).tolist() == [0, 0, 0, -1, -1, -1, -1]
    assert density_labels(graph, 0.25, 3, strong).tolist() == [0, 0, 0, 0, -1, -1, -1]


def knee_data(chance: np.random.Generator) -> Vectors:
    centres = 20 * chance.normal(size=(30, 8))
    tight = np.repeat(centres, 10, axis=0) + 0.1 * chance.normal(size=(300, 8))
    return np.concatenate([tight, 20 * chance.normal(size=(60, 8))]).astype(np.float32)


@pytest.mark.parametrize(
    ("lower", "upper", "said"), [(0.1, 3.0, "knee of"), (2.0, 3.0, "lower bound"), (0.01, 0.02, "too few")]
)
def test_the_radius_stays_within_its_bounds(lower: float, upper: float, said: str) -> None:
    choice = choose_radius(build_graph(knee_data(np.random.default_rng(0)), "euclidean", 3.0), lower, upper)
    assert lower <= choice.radius <= upper
    assert said in choice.reason and f"{choice.radius:.3f}" in choice.reason


def test_neighbour_distances_are_exact() -> None:
    vectors = vectors_of(200)
    dense: NDArray[np.float64] = np.sort(pairwise_distances(vectors.astype(np.float64)), axis=1)[:, 3]
    found = neighbour_distances(build_graph(vectors, "euclidean", 0.7), 3)
    np.testing.assert_allclose(found[dense <= 0.7], dense[dense <= 0.7], rtol=1e-5, atol=1e-6)
    assert np.isinf(found[dense > 0.7]).all()
