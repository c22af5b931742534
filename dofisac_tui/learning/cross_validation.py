"""Compare what is learned from votes with what is in force, on votes that were held out.

Votes are held out by person, not by pair: a person's pairs are alike, so pairs of a person seen in training would
overrate a curve. A pair of two persons is held out with one of them, drawn at random: held out with either, these pairs
would be rarer in training than persons' own pairs, and the share of matches would differ.

The review queue asks mostly about pairs near the boundary. So that Match is right at the easy ends as well, all levels
of Match have the same total weight. The standard error is clustered by the persons of the votes (Liang and Zeger,
"Longitudinal data analysis using generalized linear models", 1986).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.learning.voted_pairs import VotedPairs
from dofisac_tui.matching.calibration import Calibration

FOLDS = 5
MIN_STANDARD_ERRORS = 1.0
"""Standard errors by which a gain must exceed 0, Breiman's rule ("Classification and regression trees", 1984)."""

MIN_GAIN = 0.002
"""Gain below which nothing is changed: nats per vote, or share of the votes."""

MIN_WRONG = 0.01
"""Share of wrong votes that is always assumed, so that no single vote outweighs all others."""

LEVELS = (-6.0, -3.0, -1.0, 1.0, 3.0, 6.0)
"""Log odds of a match at the edges between levels of equal weight."""

MIN_VOTES_AT_LEVEL = 5
"""Votes below which a level has less weight, so that no single vote decides."""

Method = Callable[[VotedPairs], Calibration]
"""Function that fits a curve to the votes of a training set."""

VoteGroups = NDArray[np.int64]
"""Group numbers of both sides of each pair, (n, 2); a group is held out as a whole."""


@dataclass(frozen=True)
class HeldOutGain:
    """Mean gain per held-out vote of one method over another, and its standard error."""

    mean: float
    error: float

    @property
    def significant(self) -> bool:
        """True if the gain exceeds chance and is worth a change."""
        return self.mean > max(MIN_STANDARD_ERRORS * self.error, MIN_GAIN)


def folds(groups: VoteGroups) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield for each fold masks of the training and the test pairs, (n,) each; each pair is tested once."""
    rng = np.random.default_rng(0)
    known, group = np.unique(groups[np.arange(len(groups)), rng.integers(0, 2, len(groups))], return_inverse=True)
    fold = (rng.permutation(len(known)) % FOLDS)[group]
    for number in np.unique(fold).tolist():
        yield fold != number, fold == number


def held_out_losses(
    votes: VotedPairs, groups: VoteGroups, wrong: float, levels: Calibration, methods: dict[str, Method]
) -> "HeldOutLosses":
    """Return the losses of the curves of each method on the votes of persons held out.

    Args:
        wrong: Share of the votes that are wrong.
        levels: Curve that gives the level of Match of each vote.
    """
    losses = {name: np.empty(len(votes)) for name in methods}
    for training, testing in folds(groups):
        for name, method in methods.items():
            curve = method(votes.where(training))
            losses[name][testing] = vote_loss(curve, votes.where(testing), wrong)
    return HeldOutLosses(losses, np.sort(groups, axis=1), _level_weights(levels.log_odds(votes.distances)))


def _level_weights(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a weight for each vote, (n,), with a mean of 1, that gives all levels the same total."""
    level = np.digitize(odds, LEVELS)
    weights = 1 / np.maximum(np.bincount(level), MIN_VOTES_AT_LEVEL)[level]
    return np.asarray(weights * len(weights) / weights.sum())


@dataclass(frozen=True)
class HeldOutLosses:
    """Losses of m votes, each held out once.

    Attributes:
        by_method: (m,) losses of each method.
        groups: (m, 2) of each vote, the lower one first.
        weights: (m,) with a mean of 1.
    """

    by_method: dict[str, NDArray[np.float64]]
    groups: VoteGroups
    weights: NDArray[np.float64]

    def mean(self, method: str) -> float:
        """Return the weighted mean loss of a method."""
        return float((self.weights * self.by_method[method]).mean())

    def gain(self, before: str, after: str) -> HeldOutGain:
        """Return the gain of one method over another."""
        return mean_gain(self.by_method[before] - self.by_method[after], self.groups, self.weights)


def mean_gain(
    differences: NDArray[np.float64], groups: VoteGroups, weights: NDArray[np.float64] | float = 1.0
) -> HeldOutGain:
    """Return the weighted mean of differences, (m,), and its standard error clustered by groups, (m, 2).

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
    """Return the negative log likelihood of each vote, in nats, (n,), where a share of them is wrong."""
    wrong = max(wrong, MIN_WRONG)
    probability = wrong + (1 - 2 * wrong) * curve.probabilities(votes.distances)
    return np.asarray(-np.log(np.where(votes.same, probability, 1 - probability)))
