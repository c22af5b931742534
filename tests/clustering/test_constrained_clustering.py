"""Clusters within constraints, which always hold; average linkage against SciPy, DBSCAN against scikit-learn."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.metrics import adjusted_rand_score

import dofisac_tui.clustering.average_linkage as linkage_module
from dofisac_tui.clustering.constrained_clustering import Method, cluster_labels
from dofisac_tui.clustering.constraint_graph import same_photo_pairs
from dofisac_tui.clustering.dbscan import density_labels
from dofisac_tui.clustering.found_clusters import Labels
from dofisac_tui.clustering.graph_search import build_graph
from dofisac_tui.geometry import Vectors
from tests.clustering.test_graph import vectors_of

METHODS: list[Method] = ["average-linkage", "dbscan"]


def labels_of(vectors: Vectors, radius: float = 0.6, **options: Any) -> Labels:
    return cluster_labels(build_graph(vectors, "euclidean", radius), vectors, "euclidean", radius, **options)


@pytest.mark.parametrize("first_pairs", [5, 1 << 22])
@pytest.mark.parametrize("seed", range(5))
def test_average_linkage_is_that_of_scipy(seed: int, first_pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the pairs are taken in by many growing radii, as those of large libraries are; and with cannot-links,
    which are pairs that are infinitely far apart."""
    monkeypatch.setattr(linkage_module, "_FIRST_PAIRS", first_pairs)
    vectors = vectors_of(300, seed=seed)[:, :3]
    vectors = np.unique(vectors, axis=0)  # no ties
    exact = vectors.astype(np.float64)
    squared = np.square(exact[:, None] - exact[None]).sum(axis=2)
    cannot = np.random.default_rng(seed).integers(0, len(exact), (100, 2))
    cannot = cannot[cannot[:, 0] != cannot[:, 1]]
    for forbidden in (cannot[:0], cannot):
        squared[forbidden, forbidden[:, ::-1]] = 1e9
        theirs = fcluster(linkage(squared[np.triu_indices(len(exact), 1)], "average"), 0.6**2, "distance")
        ours = labels_of(vectors, min_samples=1, cannot_link=forbidden)
        assert len(set(theirs)) > 10
        assert adjusted_rand_score(theirs, ours) == 1


def test_plain_density_is_dbscan() -> None:
    vectors = vectors_of(500)
    plain = density_labels(build_graph(vectors, "euclidean", 0.4), 0.4, 3)
    ours = labels_of(vectors, 0.4, method="dbscan")
    assert adjusted_rand_score(plain, ours) == 1
    np.testing.assert_array_equal(plain < 0, ours < 0)


@st.composite
def constrained(draw: st.DrawFn) -> tuple[Vectors, dict[str, Any]]:
    """Faces of a truth, and consistent decisions on them, most of them against what the vectors say."""
    count = draw(st.integers(2, 60))
    seed = draw(st.integers(0, 2**32 - 1))
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, draw(st.integers(1, 12)), count)
    pairs = chance.integers(0, count, (draw(st.integers(0, 80)), 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    same = truth[pairs[:, 0]] == truth[pairs[:, 1]]
    options = {
        "must_link": pairs[same],
        "cannot_link": pairs[~same],
        "may_seed": chance.random(count) < draw(st.sampled_from([0.0, 0.6, 1.0])),
        "min_samples": draw(st.integers(1, 4)),
        "method": draw(st.sampled_from(METHODS)),
    }
    return vectors_of(count, 2, seed), options


@settings(max_examples=150, deadline=None)
@given(constrained())
def test_no_constraint_is_ever_broken(case: tuple[Vectors, dict[str, Any]]) -> None:
    vectors, options = case
    labels = labels_of(vectors, **options)
    one, other = labels[options["must_link"]].reshape(-1, 2).T
    assert (one == other).all() and (one >= 0).all()
    one, other = labels[options["cannot_link"]].reshape(-1, 2).T
    assert ((one != other) | (one < 0)).all()
    tied = np.zeros(len(labels), bool)
    tied[options["must_link"].ravel()] = True
    for label in set(labels[labels >= 0].tolist()):
        members = labels == label
        if options["method"] == "average-linkage":
            assert tied[members].any() or (members & options["may_seed"]).sum() >= options["min_samples"]
    first = [int(np.flatnonzero(labels == label)[0]) for label in range(labels.max() + 1)]
    assert first == sorted(first)


@settings(max_examples=40, deadline=None)
@given(constrained(), st.integers(0, 2**32 - 1))
def test_the_order_of_faces_does_not_matter(case: tuple[Vectors, dict[str, Any]], seed: int) -> None:
    vectors, options = case
    vectors = vectors + np.random.default_rng(seed).normal(scale=1e-3, size=vectors.shape).astype(np.float32)  # no ties
    order = np.random.default_rng(seed).permutation(len(vectors))
    options["method"] = "average-linkage"
    turned = options | {
        "must_link": np.argsort(order)[options["must_link"]],
        "cannot_link": np.argsort(order)[options["cannot_link"]],
        "may_seed": options["may_seed"][order],
    }
    labels, again = labels_of(vectors, **options), labels_of(vectors[order], **turned)
    np.testing.assert_array_equal(labels[order] < 0, again < 0)
    assert adjusted_rand_score(labels[order], again) == 1


@pytest.mark.parametrize("first_pairs", [5, 1 << 22])
@pytest.mark.parametrize("seed", range(6))
def test_pairs_that_the_graph_lacks_in_a_crowd_change_nothing(
    seed: int, first_pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In ten dimensions all are rather near each other, and their groups are easily mistaken for others."""
    monkeypatch.setattr(linkage_module, "_FIRST_PAIRS", first_pairs)
    chance = np.random.default_rng(seed)
    vectors = (0.5 * chance.normal(size=(300, 10))).astype(np.float32)
    pairs = chance.integers(0, 300, (60, 2))
    options = {"may_seed": chance.random(300) < 0.7, "cannot_link": pairs[pairs[:, 0] != pairs[:, 1]]}
    whole = build_graph(vectors, "euclidean", 2.0, crowd=None)
    crowded = build_graph(vectors, "euclidean", 2.0, crowd=3)
    assert crowded.size < 0.3 * whole.size
    ours, theirs = (cluster_labels(each, vectors, "euclidean", 1.9, **options) for each in (crowded, whole))
    assert theirs.max() > 5
    np.testing.assert_array_equal(ours, theirs)
    few = chance.random(300) < 0.5
    ours, theirs = (cluster_labels(each.drop(few), vectors[few], "euclidean", 1.9) for each in (crowded, whole))
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("method", METHODS)
def test_decisions_that_contradict_each_other_are_refused(method: Method) -> None:
    with pytest.raises(ValueError, match="must not be together"):
        labels_of(vectors_of(10), must_link=[(0, 1), (1, 2)], cannot_link=[(2, 0)], method=method)


@pytest.mark.parametrize("method", METHODS)
def test_few_faces_are_noise_until_they_are_linked(method: Method) -> None:
    vectors = np.array([[0.0], [0.1], [9.0], [20.0]], np.float32)
    assert labels_of(vectors, method=method).tolist() == [-1] * 4
    assert labels_of(vectors, method=method, must_link=[(0, 3)]).tolist() == [0, -1, -1, 0]


def test_a_bridging_face_does_not_chain_two_people() -> None:
    chance = np.random.default_rng(0)
    left, right = (np.array([place, 0]) + 0.05 * chance.normal(size=(20, 2)) for place in (0.0, 1.0))
    bridge = np.array([[0.25, 0], [0.4, 0], [0.5, 0], [0.6, 0], [0.75, 0]])
    vectors = np.concatenate([left, right, bridge]).astype(np.float32)
    assert labels_of(vectors, 0.4, method="dbscan")[[0, 20]].tolist() == [0, 0]
    apart = labels_of(vectors, 0.4)
    assert len(set(apart[:20])) == len(set(apart[20:40])) == 1 and apart[0] != apart[20]


def test_weak_faces_join_the_nearest_person_that_is_not_in_their_photo() -> None:
    vectors = np.array([[0.0], [0.1], [0.2], [0.8], [0.9], [1.0], [0.3]], np.float32)
    strong = np.array([True] * 6 + [False])
    assert labels_of(vectors, 0.75, may_seed=strong, method="average-linkage")[6] == 0
    photos = np.array([1, 2, 3, 4, 5, 6, 1])
    assert labels_of(vectors, 0.75, may_seed=strong, cannot_link=same_photo_pairs(photos))[6] == 1


def test_same_photo_pairs_are_all_of_them() -> None:
    photos = np.array([7, 3, 7, 9, 7, 3])
    expected = {(a, b) for a in range(6) for b in range(a + 1, 6) if photos[a] == photos[b]}
    assert {(int(a), int(b)) for a, b in same_photo_pairs(photos)} == expected
    assert same_photo_pairs(np.array([1, 2])).shape == (0, 2)
