"""Estimate precision and recall of the people clusters, and of a search, from votes.

The review queue asks hard questions, among which errors are far more frequent than in the library. Only votes on pairs
that were drawn at random count here (`voted_pairs.RANDOM_SOURCE`). They are post-stratified: all pairs of the library
fall into strata, by whether the clusters hold them together and by Match; the votes say how many pairs of each stratum
are one person, and a random sample of faces says how large each stratum is (Cochran, "Sampling Techniques", 1977,
5A.9). So it does not matter that the queue draws more pairs of some strata than of others.

The share of matches in a stratum has Jeffreys' prior, worth one answer, whose interval covers as Wilson's does (Brown,
Cai, DasGupta, "Interval estimation for a binomial proportion", 2001); of pairs that are taken for two persons it is the
mean Match instead, worth one match, since hardly any of the many distant ones is ever asked about; its odds are allowed
to be wrong by a factor, whose logarithm is drawn from the standard normal distribution.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.learning.pair_sample import EMPTY_SAMPLE, PairSample, sample_pairs
from dofisac_tui.learning.voted_pairs import VotedPairs, voted_pairs
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.runs import members_of_run
from dofisac_tui.matching.calibration import Calibration
from dofisac_tui.matching.current_curve import match_curve

COVERAGE = 0.95
"""Share of the intervals that hold the true value."""

_BIN_EDGES = (0.01, 0.1, 0.5, 0.9)  # of Match, between strata
_DRAWS = 4000

Counts = NDArray[Any]


@dataclass(frozen=True)
class PeopleEstimate:
    """Pairwise precision and recall, each with its interval, 0 to 1; None without votes on random pairs.

    Attributes:
        precision: Share of the pairs taken for one person that are.
        recall: Share of the pairs of one person that are taken for one.
        answers: Standing yes and no votes on faces.
        unbiased_answers: Those on random pairs, from which the figures are estimated.
    """

    precision: float | None = None
    precision_low: float | None = None
    precision_high: float | None = None
    recall: float | None = None
    recall_low: float | None = None
    recall_high: float | None = None
    answers: int = 0
    unbiased_answers: int = 0


def people_estimate(library: Library) -> PeopleEstimate:
    """Estimate the current people clusters, which take the faces of one cluster for one person.

    A run obeys the votes before it, so they cannot measure it. Each vote is compared with the run that was current when
    it was cast; later runs are at least as good on it.
    """
    return _estimate(library, None)


def search_estimate(library: Library, threshold: float) -> PeopleEstimate:
    """Estimate a search for a face, which takes pairs with a Match of `threshold` or more for one person.

    Args:
        threshold: Cut-off, 0 to 100.
    """
    return _estimate(library, threshold / 100)


def _estimate(library: Library, cut_off: float | None) -> PeopleEstimate:
    space = searched_space(library, "face")
    if space is None:
        return PeopleEstimate()
    votes = voted_pairs(library, space)
    pairs = sample_pairs(library, space) if votes.random.any() else EMPTY_SAMPLE
    return pair_estimate(library, votes, pairs, match_curve(library, space), cut_off)


def pair_estimate(
    library: Library, votes: VotedPairs, pairs: PairSample, curve: Calibration, cut_off: float | None
) -> PeopleEstimate:
    """Return `people_estimate`, or `search_estimate` where there is a cut-off, from votes and pairs already read.

    Args:
        votes: All votes.
        pairs: Sample of the library; unused where no vote is on a random pair.
        cut_off: Lowest Match by `curve` of pairs taken for one person, 0 to 1.
    """
    asked = votes.where(votes.random)
    if not len(asked):
        return PeopleEstimate(answers=len(votes))
    edges = np.unique([*_BIN_EDGES, *([] if cut_off is None else [cut_off])])
    every = np.arange(2 * len(edges) + 2)
    held = every % 2 == 1 if cut_off is None else np.concatenate([[0.0], edges])[every // 2] >= cut_off
    match = curve.probabilities(pairs.distances)
    strata = _strata(match, pairs.together, edges)
    counts = np.bincount(strata, minlength=len(held))
    expected = np.bincount(strata, match, len(held)) / np.maximum(counts, 1)
    of_vote = _strata(curve.probabilities(asked.distances), _together(library, asked), edges)
    yes = np.bincount(of_vote[asked.same], minlength=len(held))
    no = np.bincount(of_vote[~asked.same], minlength=len(held))
    return PeopleEstimate(
        **_intervals(counts, expected, held, yes, no), answers=len(votes), unbiased_answers=len(asked)
    )


def _intervals(counts: Counts, expected: Counts, held: NDArray[np.bool_], yes: Counts, no: Counts) -> dict[str, Any]:
    """Return precision and recall with intervals, from draws of the posterior share of matches in each stratum.

    Args:
        counts, expected: (strata,) pairs, and their mean Match.
        held: (strata,) True for pairs taken for one person.
        yes, no: (strata,) votes.
    """
    rng = np.random.default_rng(0)
    match = np.clip(expected, 1e-9, 0.5)
    against = (1 - match) / match * rng.lognormal(size=(_DRAWS, 1))
    prior_yes, prior_no = np.where(held, 0.5, 1.0), np.where(held, 0.5, against)
    matches = counts * rng.beta(yes + prior_yes, no + prior_no)
    right = matches[:, held].sum(axis=1)
    drawn = {"precision": counts[held].sum(), "recall": matches.sum(axis=1)}
    tails = (1 - COVERAGE) / 2, (1 + COVERAGE) / 2
    figures: dict[str, Any] = {}
    for name, of in drawn.items():
        if np.all(of > 0):
            share = right / of
            low, high = np.quantile(share, tails).tolist()
            if name == "precision" and not no[held].any():
                high = 1.0  # as Brown, Cai and DasGupta modify it: nothing speaks against a precision of 1
            figures |= {name: float(share.mean()), f"{name}_low": low, f"{name}_high": high}
    return figures


def _strata(match: NDArray[np.float64], together: NDArray[np.bool_], edges: Counts) -> NDArray[np.int64]:
    """Return the stratum of each pair: 2 * its bin of Match, + 1 if it is in one cluster."""
    return np.asarray(2 * np.searchsorted(edges, match, side="right") + together, np.int64)


def _together(library: Library, votes: VotedPairs) -> NDArray[np.bool_]:
    """Return True for pairs in one cluster of the people run that was current at the vote, (n,)."""
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
