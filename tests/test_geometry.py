"""Distances between vectors, and mean distances between groups, against what they are defined as."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dofisac_tui import geometry
from dofisac_tui.embedding import Metric
from dofisac_tui.geometry import Exact, Vectors

metrics = st.sampled_from(get_args(Metric))


@st.composite
def groups(draw: st.DrawFn) -> Vectors:
    """Up to 12 vectors, some of them far from the origin and some equal."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    vectors = chance.standard_normal((draw(st.integers(1, 12)), 5)) + draw(st.sampled_from([0.0, 3.0]))
    return vectors[chance.integers(0, len(vectors), len(vectors))].astype(np.float32)


def one_by_one(left: Vectors, right: Vectors, metric: Metric) -> Exact:
    """Distances of all pairs, (n, m), as `EmbeddingSpace` says."""
    a, b = left.astype(np.float64)[:, None], right.astype(np.float64)[None]
    return np.asarray(np.linalg.norm(a - b, axis=2) if metric == "euclidean" else 1 - (a * b).sum(axis=2))


def at_mean(distances: NDArray[np.float64], metric: Metric) -> float:
    """The mean of distances: for `euclidean` the root mean square."""
    return float(np.sqrt(np.square(distances).mean()) if metric == "euclidean" else distances.mean())


@given(groups(), groups(), metrics)
def test_all_ways_to_a_distance_agree(left: Vectors, right: Vectors, metric: Metric) -> None:
    expected = one_by_one(left, right, metric)
    matrix = geometry.distance_matrix(left.astype(np.float64), right.astype(np.float64), metric)
    np.testing.assert_allclose(matrix, expected, atol=1e-6)
    to_first = geometry.distances_to(left[0], right, metric)
    np.testing.assert_allclose(to_first, expected[0], atol=1e-12)
    repeated = np.repeat(left[:1], len(right), axis=0)
    np.testing.assert_allclose(geometry.distances(repeated, right, metric), expected[0], atol=1e-12)


@given(groups(), groups(), metrics)
def test_a_mean_distance_follows_from_means_and_squared_lengths(left: Vectors, right: Vectors, metric: Metric) -> None:
    middles = [side.astype(np.float64).mean(axis=0) for side in (left, right)]
    squares = [np.array([geometry.squared_lengths(side).mean()]) for side in (left, right)]
    found = geometry.mean_distances(np.array([middles[0] @ middles[1]]), squares[0], squares[1], metric)
    assert found[0] == pytest.approx(at_mean(one_by_one(left, right, metric), metric), abs=1e-6)


@given(groups(), metrics)
def test_the_mean_distance_to_all_others(vectors: Vectors, metric: Metric) -> None:
    found, expected = geometry.distances_to_others(vectors, metric), one_by_one(vectors, vectors, metric)
    if len(vectors) == 1:
        assert found.tolist() == [np.inf]
        return
    for n, distance in enumerate(found.tolist()):
        assert distance == pytest.approx(at_mean(np.delete(expected[n], n), metric), abs=1e-6)


@given(groups(), groups(), metrics)
def test_the_spread_of_vectors_makes_up_for_their_mean(left: Vectors, right: Vectors, metric: Metric) -> None:
    to_mean = geometry.distances_to(right.mean(axis=0), left[:1], metric)[0]
    found = np.hypot(to_mean, np.sqrt(geometry.spread(right, metric))) if metric == "euclidean" else to_mean
    assert found == pytest.approx(at_mean(one_by_one(left[:1], right, metric), metric), abs=1e-5)


@given(groups(), groups(), metrics)
def test_a_score_is_that_of_the_distance(left: Vectors, right: Vectors, metric: Metric) -> None:
    offsets = [geometry.score_offsets(geometry.squared_lengths(side), metric) for side in (left, right)]
    scores = left.astype(np.float64) @ right.T - offsets[0][:, None] - offsets[1]
    expected = geometry.score_at(geometry.dissimilarity_at(one_by_one(left, right, metric), metric), metric)
    np.testing.assert_allclose(scores, expected, atol=1e-6)


@given(st.floats(0, 10), metrics)
def test_a_dissimilarity_leads_back_to_its_distance(distance: float, metric: Metric) -> None:
    back = geometry.distance_at(np.array([geometry.dissimilarity_at(distance, metric)]), metric)
    assert back[0] == pytest.approx(distance, abs=1e-6)


@given(groups(), groups(), metrics)
def test_half_precision_is_off_by_less_than_the_bound(left: Vectors, right: Vectors, metric: Metric) -> None:
    rounded = right.astype(np.float16).astype(np.float32)
    off = np.abs(one_by_one(left[:1], rounded, metric) - one_by_one(left[:1], right, metric)).max()
    lengths = np.linalg.norm(left[0]), np.linalg.norm(right, axis=1).max()
    assert off <= geometry.rounding_error(2.0**-10, float(lengths[0]), float(lengths[1]), metric)


def test_unit_vectors_have_one_euclidean_distance_at_a_cosine_distance() -> None:
    a, b = np.array([[1.0, 0.0]], np.float32), np.array([[0.6, 0.8]], np.float32)
    cosine, euclidean = (geometry.distances(a, b, metric)[0] for metric in ("cosine", "euclidean"))
    assert geometry.euclidean_distance_at(cosine, "cosine") == pytest.approx(euclidean)
    assert geometry.euclidean_distance_at(euclidean, "euclidean") == euclidean
