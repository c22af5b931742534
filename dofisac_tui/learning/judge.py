"""Whether something learned from votes is better than what was there, judged by votes that it was not learned from.

Votes are left out by person, not by pair: a person's pairs are alike, so that pairs of whom something was learned say
too well of it. What is left to chance is measured by groups of votes on the same persons (Liang and Zeger,
"Longitudinal data analysis using generalized linear models", 1986).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.engines.calibration import Calibration
from dofisac_tui.learning.pairs import VotedPairs

FOLDS = 5
SURE = 1.64
"""Standard errors by which something must be better: 95 % sure."""

LEAST = 0.002
"""Gain below which nothing is changed: nats for a vote, or share of the votes."""

LEAST_WRONG = 0.01
"""Share of wrong votes that is taken for granted, so that no single one outweighs all others."""

Method = Callable[[VotedPairs], Calibration]
"""Makes a curve of the votes that it may see."""

Owners = NDArray[np.int64]
"""Two columns: whom the votes on a pair are about, who is left out as a whole."""


@dataclass(frozen=True)
class Gain:
    """How much better one thing is than another, for a vote on average, and the standard error of that."""

    mean: float
    error: float

    @property
    def sure(self) -> bool:
        """Whether it is more than chance, and worth a change."""
        return self.mean > max(SURE * self.error, LEAST)


def folds(owners: Owners) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """For each fold, which pairs may be learned from, and which of people unseen in them judge, (n,) each."""
    known, at = np.unique(owners, return_inverse=True)
    order = np.random.default_rng(0).permutation(len(known))
    fold = (order % min(FOLDS, max(1, len(known))))[at.reshape(-1, 2)]
    for number in np.unique(fold).tolist():
        judging = (fold == number).any(axis=1)
        yield ~judging, judging


def held_out_losses(votes: VotedPairs, owners: Owners, wrong: float, methods: dict[str, Method]) -> "Losses":
    """How badly the curves of each method foretell the votes on people whom it has not seen."""
    parts: dict[str, list[NDArray[np.float64]]] = {name: [] for name in methods}
    judged = [np.empty(0, np.int64)]
    for learning, judging in folds(owners):
        judged.append(np.flatnonzero(judging))
        for name, method in methods.items():
            curve = method(votes.where(learning))
            parts[name].append(vote_loss(curve, votes.where(judging), wrong))
    return Losses(
        {name: np.concatenate([np.empty(0), *losses]) for name, losses in parts.items()},
        np.sort(owners, axis=1)[np.concatenate(judged)],
    )


@dataclass(frozen=True)
class Losses:
    """Of m judgements.

    Attributes:
        by_method: (m,) each.
        groups: (m, 2) the owners of each one's pair.
    """

    by_method: dict[str, NDArray[np.float64]]
    groups: Owners

    def mean(self, method: str) -> float:
        """Of all judgements."""
        return float(self.by_method[method].mean())

    def gain(self, before: str, after: str) -> Gain:
        """How much one method is better than another."""
        return gain_of(self.by_method[before] - self.by_method[after], self.groups)


def gain_of(differences: NDArray[np.float64], groups: Owners) -> Gain:
    """The mean of differences, (m,), and its standard error where those of one group, (m, 2), hang together."""
    if not len(differences):
        return Gain(0.0, 0.0)
    mean = float(differences.mean())
    number = np.unique(groups, axis=0, return_inverse=True)[1].reshape(-1)
    sums = np.bincount(number, differences - mean)
    return Gain(mean, float(np.sqrt(np.square(sums).sum())) / len(differences))


def vote_loss(curve: Calibration, votes: VotedPairs, wrong: float) -> NDArray[np.float64]:
    """Surprise at each vote, in nats, (n,), where this share of them is wrong."""
    wrong = max(wrong, LEAST_WRONG)
    chance = wrong + (1 - 2 * wrong) * curve.probabilities(votes.distances)
    return np.asarray(-np.log(np.where(votes.same, chance, 1 - chance)))
