"""Measure the calibration of Match before and after votes: python -m benchmarks.calibration LFW_FOLDER CACHE_FOLDER

LFW_FOLDER holds PERSON/photo.jpg. Worse versions of each photo (`labelled_library`) stand for a library whose photos
are harder than those that the shipped curve was fitted on. In each of SPLITS rounds votes are on pairs of half of the
people, and Match is evaluated on all pairs of the other half. Two versions of one photo are never a pair. Of ten votes
nine are on pairs drawn by how unsure the shipped curve is of them (its entropy), and one is on any pair, as the review
queue mixes them. What is learned is adopted only by the rule of `retrain`.

Prints one line for each number of votes and share of wrong ones: in how many rounds what was learned was adopted; the
surprise at a pair (log loss); the expected calibration error over ten bins of Match of equal width, of all pairs and of
those with a Match of 1 to 99 %; and how many of the pairs with a Match of 85 to 95 % are right. The reliability curves
are drawn to benchmarks/pictures.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.clustering import Faces
from benchmarks.curves import Panel, draw
from benchmarks.labelled_library import VERSIONS, labelled_faces
from dofisac_tui.engines.dlib_faces import BundledFaces
from dofisac_tui.geometry import distances
from dofisac_tui.learning.curve_fitting import fit_logistic
from dofisac_tui.learning.curve_selection import SHIPPED, has_enough_votes, select_curve
from dofisac_tui.learning.voted_pairs import VotedPairs
from dofisac_tui.matching.calibration import Calibration, shipped_curve

SPLITS = 12
VOTES = (5, 50, 500, 5000)
ALONG = tuple(range(0, 1001, 100))
PICTURE = Path(__file__).parent / "pictures" / "calibration.png"
BINS = np.arange(11) / 10


@dataclass(frozen=True)
class Pairs:
    """Pairs of faces: distances and truth, (n,), and the people of each, (n, 2)."""

    distances: NDArray[np.float64]
    same: NDArray[np.bool_]
    people: NDArray[np.int64]

    @classmethod
    def of(cls, faces: Faces, people: NDArray[np.int64], some: NDArray[np.int64]) -> "Pairs":
        """Return all pairs of the faces of some people, except two versions of one photo."""
        at = np.flatnonzero(np.isin(people, some))
        first, second = (at[side] for side in np.triu_indices(len(at), 1))
        original = faces.photos // (VERSIONS + 1)
        apart = original[first] != original[second]
        first, second = first[apart], second[apart]
        identities = np.column_stack([people[first], people[second]])
        found = distances(faces.vectors[first], faces.vectors[second], BundledFaces().space.metric)
        return cls(found, people[first] == people[second], identities)

    def votes(self, shipped: Calibration, count: int, wrong: float, chance: np.random.Generator) -> VotedPairs:
        """Return answers to questions in the mix of the review queue."""
        match = np.clip(shipped.probabilities(self.distances), 1e-9, 1 - 1e-9)
        entropy = -match * np.log(match) - (1 - match) * np.log(1 - match)
        weights = 0.9 * entropy / entropy.sum() + 0.1 / len(match)
        drawn = chance.choice(len(match), count, replace=False, p=weights)
        number = np.arange(count)
        return VotedPairs(
            distances=self.distances[drawn],
            same=self.same[drawn] ^ (chance.random(count) < wrong),
            random=np.zeros(count, bool),
            faces=np.column_stack([2 * number, 2 * number + 1]),
            identities=2 * self.people[drawn] + 2,
            votes=number + 1,
            cast_at=number.astype(np.float64),
        )


class Evaluation:
    """Matches and truths of pairs, collected over rounds."""

    def __init__(self) -> None:
        self.match: list[NDArray[np.float64]] = []
        self.same: list[NDArray[np.bool_]] = []
        self.adopted = 0

    def add(self, curve: Calibration, pairs: Pairs, adopted: bool) -> None:
        self.match.append(curve.probabilities(pairs.distances))
        self.same.append(pairs.same)
        self.adopted += adopted

    def loss(self) -> float:
        match, same = np.concatenate(self.match), np.concatenate(self.same)
        return float(-np.log(np.clip(np.where(same, match, 1 - match), 1e-12, 1)).mean())

    def error(self, low: float = 0.0, high: float = 1.0) -> float:
        """Return the expected calibration error, averaged over the rounds."""
        errors = []
        for match, same in zip(self.match, self.same, strict=True):
            kept = (match >= low) & (match <= high)
            number = np.minimum((match[kept] * 10).astype(int), 9)
            gaps = np.bincount(number, match[kept]) - np.bincount(number, same[kept])
            errors.append(np.abs(gaps).sum() / kept.sum())
        return float(np.mean(errors))

    def right(self, low: float, high: float) -> float:
        """Return the share of matches among the pairs of all rounds with a Match between the two."""
        match, same = np.concatenate(self.match), np.concatenate(self.same)
        return float(same[(match >= low) & (match <= high)].mean())

    def line(self) -> str:
        """Return the figures of one row."""
        return (
            f"adopted {self.adopted:2}/{len(self.match)}  loss {self.loss():.4f}  error {self.error():.4f}"
            f"  where unsure {self.error(0.01, 0.99):.3f}  Match 90 % is right {100 * self.right(0.85, 0.95):.1f} %"
        )


def evaluated(
    rounds: list[tuple[Pairs, Pairs]], shipped: Calibration, count: int, wrong: float, how: str = ""
) -> Evaluation:
    """Evaluate Match after some votes; with `how`, the logistic curve, with or without a gain: robust or not."""
    evaluation = Evaluation()
    for seed, (asked, unseen) in enumerate(rounds):
        votes = asked.votes(shipped, count, wrong, np.random.default_rng(seed))
        curve, adopted = shipped, False
        if how:
            curve, adopted = fit_logistic(shipped, votes.distances, votes.same, how == "robust").curve, True
        elif has_enough_votes(votes):
            choice = select_curve(shipped, votes, SHIPPED, 0)
            curve, adopted = (choice.curve, True) if choice.gain.significant else (shipped, False)
        evaluation.add(curve, unseen, adopted)
    return evaluation


def split(faces: Faces) -> list[tuple[Pairs, Pairs]]:
    """Return pairs of half of the people, and of the others, in several random splits."""
    names, people = np.unique(faces.people, return_inverse=True)
    orders = [np.random.default_rng(seed).permutation(len(names)) for seed in range(SPLITS)]
    half = len(names) // 2
    return [(Pairs.of(faces, people, order[:half]), Pairs.of(faces, people, order[half:])) for order in orders]


def report(name: str, rounds: list[tuple[Pairs, Pairs]], shipped: Calibration) -> list[Evaluation]:
    """Print a line for each number of votes and share of wrong ones; return the evaluations of right votes."""
    print(f"{name}: {len(rounds[0][0].same)} pairs to ask about, {len(rounds[0][1].same)} to be evaluated by, at first")
    found = []
    for count in (0, *(each for each in VOTES if each < len(rounds[0][0].same))):
        for wrong in (0.0, 0.05, 0.2) if count else (0.0,):
            evaluation = evaluated(rounds, shipped, count, wrong)
            print(f"  {count:5} votes, {wrong:4.0%} wrong  {evaluation.line()}", flush=True)
            if not wrong:
                found.append(evaluation)
    return found


def picture(evaluations: list[Evaluation], rounds: list[tuple[Pairs, Pairs]], shipped: Calibration) -> None:
    """Draw the reliability, and the effect of wrong votes."""
    middles = [round(each, 2) for each in (BINS[:-1] + 0.05).tolist()]
    names = ["shipped curve", *(f"{count} votes" for count in VOTES)]
    curves: dict[str, Sequence[float]] = {
        name: [evaluation.right(low, low + 0.1) for low in BINS[:-1].tolist()]
        for name, evaluation in zip(names, evaluations, strict=True)
        if evaluation.adopted or name == names[0]
    }
    along: dict[str, Sequence[float]] = {
        f"{wrong:.0%} wrong{', all trusted' if how == 'trusting' else ''}": [
            evaluated(rounds, shipped, count, wrong, how).loss() for count in ALONG
        ]
        for wrong, how in ((0.2, "trusting"), (0.05, "trusting"), (0.2, "robust"), (0.05, "robust"), (0.0, "robust"))
    }
    panels = [
        Panel("Share of pairs that are right, by Match", "Match", middles, curves | {"ideal": middles}),
        Panel("Surprise at a pair of people not voted on", "votes", ALONG, along),
    ]
    draw(panels, PICTURE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lfw", type=Path)
    parser.add_argument("cache", type=Path)
    options = parser.parse_args()
    shipped = shipped_curve(BundledFaces().space)
    everything = labelled_faces(options.lfw, options.cache)
    named = everything[np.char.find(everything.people, "stranger") < 0]
    report("LFW", split(named[named.photos % (VERSIONS + 1) == 0]), shipped)
    harder = split(named)
    picture(report("LFW and worse versions", harder, shipped), harder, shipped)


if __name__ == "__main__":
    main()
