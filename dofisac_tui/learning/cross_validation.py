"""Whether something learned from votes is better than what was there, judged by votes that it was not learned from.

Votes are left out by person, not by pair: a person's pairs are alike, so that pairs of whom something was learned say
too well of it. A pair of two persons is left out with one of them, drawn at random: with either, more of these pairs
than of persons' own would be left out, and the share of matches would be another in what is learned from.

Most votes are on pairs near the boundary, of which the queue asks; so that Match is true at the easy ends as well,
votes at all levels of Match weigh the same together. What is left to chance is measured by groups of votes on the same
persons (Liang and Zeger, "Longitudinal data analysis using generalized linear models", 1986).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.learning.voted_pairs import VotedPairs
from dofisac_tui.matching.calibration import Calibration

FOLDS = 5
MIN_STANDARD_ERRORS = 1.0
"""Standard errors by which something must be better, Breiman's rule ("Classification and regression trees", 1984)."""

MIN_GAIN = 0.002
"""Gain below which nothing is changed: nats for a vote, or share of the votes."""

MIN_WRONG = 0.01
"""Share of wrong votes that is taken for granted, so that no single one outweighs all others."""

LEVELS = (-6.0, -3.0, -1.0, 1.0, 3.0, 6.0)
"""Log odds of a match between the levels that weigh the same."""

MIN_VOTES_AT_LEVEL = 5
"""Votes below which a level weighs less, so that no single vote decides."""

Method = Callable[[VotedPairs], Calibration]
"""Makes a curve of the votes that it may see."""

VoteGroups = NDArray[np.int64]
"""Two columns: whom the votes on a pair are about, who is left out as a whole."""


@dataclass(frozen=True)
class HeldOutGain:
    """How much better one thing is than another, for a vote on average, and the standard error of that."""

    mean: float
    error: float

    @property
    def significant(self) -> bool:
        """Whether it is likely more than chance, and worth a change."""
        return self.mean > max(MIN_STANDARD_ERRORS * self.error, MIN_GAIN)


def folds(owners: VoteGroups) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """For each fold, which pairs may be learned from, and which are to judge, (n,) each; each pair judges once."""
    chance = np.random.default_rng(0)
    known, owner = np.unique(owners[np.arange(len(owners)), chance.integers(0, 2, len(owners))], return_inverse=True)
    fold = (chance.permutation(len(known)) % FOLDS)[owner]
    for number in np.unique(fold).tolist():
        yield fold != number, fold == number


def held_out_losses(
    votes: VotedPairs, owners: VoteGroups, wrong: float, levels: Calibration, methods: dict[str, Method]
) -> "HeldOutLosses":
    """How badly the curves of each method foretell the votes on people whom it has not seen.

    Args:
        wrong: Share of the votes that are wrong.
        levels: Tells the level of Match of each vote.
    """
    losses = {name: np.empty(len(votes)) for name in methods}
    for learning, judging in folds(owners):
        for name, method in methods.items():
            curve = method(votes.where(learning))
            losses[name][judging] = vote_loss(curve, votes.where(judging), wrong)
    return HeldOutLosses(losses, np.sort(owners, axis=1), _level_weights(levels.log_odds(votes.distances)))


def _level_weights(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """A weight for each of n votes, with a mean of 1, by which all levels weigh the same."""
    level = np.digitize(odds, LEVELS)
    weights = 1 / np.maximum(np.bincount(level), MIN_VOTES_AT_LEVEL)[level]
    return np.asarray(weights * len(weights) / weights.sum())


@dataclass(frozen=True)
class HeldOutLosses:
    """Of m votes, each left out once.

    Attributes:
        by_method: (m,) each.
        groups: (m, 2) the owners of each one's pair.
        weights: (m,) with a mean of 1.
    """

    by_method: dict[str, NDArray[np.float64]]
    groups: VoteGroups
    weights: NDArray[np.float64]

    def mean(self, method: str) -> float:
        """Of all votes."""
        return float((self.weights * self.by_method[method]).mean())

    def gain(self, before: str, after: str) -> HeldOutGain:
        """How much one method is better than another."""
        return mean_gain(self.by_method[before] - self.by_method[after], self.groups, self.weights)


def mean_gain(
    differences: NDArray[np.float64], groups: VoteGroups, weights: NDArray[np.float64] | float = 1.0
) -> HeldOutGain:
    """The weighted mean of differences, (m,), and its standard error where those of one group, (m, 2), hang together.

    Args:
        weights: (m,) with a mean of 1.
    """
    if not len(differences):
        return HeldOutGain(0.0, 0.0)
    mean = float((weights * differences).mean())
    number = np.unique(groups, axis=0, return_inverse=True)[1].reshape(-1)
    sums = np.bincount(number, weights * (differences - mean))
    return HeldOutGain(mean, float(np.sqrt(np.square(sums).sum())) / len(differences))


def vote_loss(curve: Calibration, votes: VotedPairs, wrong: float) -> NDArray[np.float64]:
    """Surprise at each vote, in nats, (n,), where this share of them is wrong."""
    wrong = max(wrong, MIN_WRONG)
    chance = wrong + (1 - 2 * wrong) * curve.probabilities(votes.distances)
    return np.asarray(-np.log(np.where(votes.same, chance, 1 - chance)))
