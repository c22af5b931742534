"""How good the current people clusters are, and the answers of a search, from votes.

The review queue asks hard questions, among which errors are far more frequent than in the library. Only votes on
pairs that were drawn at random count here (`pairs.RANDOM_SOURCE`). They are post-stratified: all pairs of the library
fall into strata, by whether the clusters hold them together and by Match; the votes say how many pairs of each stratum
are one person, and a random sample of faces says how large each stratum is (Cochran, "Sampling Techniques", 1977,
5A.9). So it does not matter that the queue draws more pairs of some strata than of others.

The share of matches in a stratum has Jeffreys' prior, worth one answer, whose interval covers as Wilson's does (Brown,
Cai, DasGupta, "Interval estimation for a binomial proportion", 2001); of pairs that are taken for two persons it is
the mean Match instead, worth one match, since hardly any of the many distant ones is ever asked about; its odds are
allowed to be wrong by a factor, whose logarithm is drawn from the standard normal distribution.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.engines.calibration import Calibration
from dofisac_tui.learning.pairs import VotedPairs, vectors_of, voted_pairs
from dofisac_tui.library.database import Library
from dofisac_tui.library.runs import members_of_run
from dofisac_tui.library.spaces import Space, searched_space
from dofisac_tui.match_curves import match_curve

COVERED = 0.95
"""Share of the intervals that hold the true value."""

SAMPLED = 3000
"""Faces whose pairs stand for all pairs of the library."""

_EDGES = (0.01, 0.1, 0.5, 0.9)  # of Match, between strata
_DRAWS = 4000
_AT_ONCE = 500  # rows of the distance matrix


@dataclass(frozen=True)
class PeopleEstimate:
    """Pairwise precision and recall, each with its interval, 0 to 1; None while no random answer is known.

    Attributes:
        precision: Of the pairs that are held to be one person, the share that is.
        recall: Of the pairs that are one person, the share that is held to be.
        answers: Standing yes and no votes on faces.
        unbiased_answers: Those of them on pairs drawn at random, which alone were counted.
    """

    precision: float | None = None
    precision_low: float | None = None
    precision_high: float | None = None
    recall: float | None = None
    recall_low: float | None = None
    recall_high: float | None = None
    answers: int = 0
    unbiased_answers: int = 0


@dataclass(frozen=True)
class _Strata:
    """Pairs of the library by stratum: 2 * bin of Match + whether they are together.

    Attributes:
        counts: (strata,) pairs of the sampled faces.
        match: (strata,) their mean Match.
    """

    counts: NDArray[np.float64]
    match: NDArray[np.float64]


def people_estimate(library: Library) -> PeopleEstimate:
    """Of the current people clusters: what is held to be one person are the faces of one cluster.

    A run holds to the votes that it has seen, and so looks faultless to them. Each vote is held against the run that
    was shown when it was cast; later runs are at least as good on it.
    """
    return _estimate(library, None)


def search_estimate(library: Library, threshold: float) -> PeopleEstimate:
    """Of a search for a face: what is held to be one person are pairs with a Match of `threshold` or more.

    Args:
        threshold: The cut-off, 0 to 100.
    """
    return _estimate(library, threshold / 100)


def _estimate(library: Library, cut_off: float | None) -> PeopleEstimate:
    space = searched_space(library, "face")
    if space is None:
        return PeopleEstimate()
    votes = voted_pairs(library, space)
    asked = votes.where(votes.random)
    if not len(asked):
        return PeopleEstimate(answers=len(votes))
    curve = match_curve(library, space)
    edges = np.unique([*_EDGES, *([] if cut_off is None else [cut_off])])
    strata = _population(library, space, curve, edges)
    of_vote = _stratum(curve, edges, asked.distances, _together(library, asked))
    every = np.arange(len(strata.counts))
    held = every % 2 == 1 if cut_off is None else np.concatenate([[0.0], edges])[every // 2] >= cut_off
    return PeopleEstimate(
        **_figures(strata, held, of_vote, asked.same), answers=len(votes), unbiased_answers=len(asked)
    )


def _figures(
    strata: _Strata, held: NDArray[np.bool_], of_vote: NDArray[np.int64], same: NDArray[np.bool_]
) -> dict[str, Any]:
    """Precision and recall with their intervals, drawn from what is known of each stratum's share of matches."""
    yes = np.bincount(of_vote[same], minlength=len(held))
    no = np.bincount(of_vote[~same], minlength=len(held))
    chance = np.random.default_rng(0)
    match = np.clip(strata.match, 1e-9, 0.5)
    against = (1 - match) / match * chance.lognormal(size=(_DRAWS, 1))
    prior_yes, prior_no = np.where(held, 0.5, 1.0), np.where(held, 0.5, against)
    matches = strata.counts * chance.beta(yes + prior_yes, no + prior_no)
    right = matches[:, held].sum(axis=1)
    drawn = {"precision": strata.counts[held].sum(), "recall": matches.sum(axis=1)}
    tails = (1 - COVERED) / 2, (1 + COVERED) / 2
    figures: dict[str, Any] = {}
    for name, of in drawn.items():
        if np.all(of > 0):
            share = right / of
            low, high = np.quantile(share, tails).tolist()
            figures |= {name: float(share.mean()), f"{name}_low": low, f"{name}_high": high}
    return figures


def _population(library: Library, space: Space, curve: Calibration, edges: NDArray[np.float64]) -> _Strata:
    """All pairs of a random sample of the faces, without those of one photo, which are never asked about."""
    rows = library.rows(
        "SELECT face_id, faces.photo_id, IFNULL(person_id, -face_id) FROM faces JOIN photos USING (photo_id)"
        " LEFT JOIN current_people USING (face_id) WHERE space_id = ? AND absent_since IS NULL",
        (space.space_id,),
    )
    chance = np.random.default_rng(0)
    drawn = np.sort(chance.choice(len(rows), min(SAMPLED, len(rows)), replace=False))
    ids, photos, persons = np.array([tuple(rows[n]) for n in drawn.tolist()], np.int64).reshape(-1, 3).T
    order = np.argsort(ids)
    photos, persons = photos[order], persons[order]
    vectors = vectors_of(library, space, ids[order]).astype(np.float64)
    counts, match = np.zeros((2, 2 * len(edges) + 2))
    for start in range(0, len(vectors), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        distances = _matrix(vectors[part], vectors, space.metric)
        kept = np.arange(len(vectors)) > np.arange(start, start + len(distances))[:, None]
        kept &= photos[part, None] != photos
        together = (persons[part, None] == persons)[kept]
        stratum = _stratum(curve, edges, distances[kept], together)
        counts += np.bincount(stratum, minlength=len(counts))
        match += np.bincount(stratum, curve.probabilities(distances[kept]), minlength=len(counts))
    return _Strata(counts, match / np.maximum(counts, 1))


def _stratum(
    curve: Calibration, edges: NDArray[np.float64], distances: NDArray[np.float64], together: NDArray[np.bool_]
) -> NDArray[np.int64]:
    match = np.searchsorted(edges, curve.probabilities(distances), side="right")
    return np.asarray(2 * match + together, np.int64)


def _matrix(a: NDArray[np.float64], b: NDArray[np.float64], metric: str) -> NDArray[np.float64]:
    products: NDArray[np.float64] = a @ b.T
    if metric != "euclidean":
        return 1 - products
    squares = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(squares - 2 * products, 0)))


def _together(library: Library, votes: VotedPairs) -> NDArray[np.bool_]:
    """Whether each pair was in one cluster of the people run that was shown when the vote was cast, (n,)."""
    runs = library.rows(
        "SELECT run_id, finished_at FROM cluster_runs WHERE kind = 'people' AND state IN ('current', 'past')"
        " ORDER BY finished_at"
    )
    of_vote = np.searchsorted([run["finished_at"] for run in runs], votes.cast_at, side="right") - 1
    together = np.zeros(len(votes), bool)
    for number in np.unique(of_vote[of_vote >= 0]).tolist():
        members = members_of_run(library, runs[number]["run_id"])
        cluster_of = dict(zip(members.faces.tolist(), members.clusters.tolist(), strict=True))
        those = of_vote == number
        clusters = [[cluster_of.get(face, 0) for face in pair] for pair in votes.faces[those].tolist()]
        together[those] = [a == b and a > 0 for a, b in clusters]
    return together
