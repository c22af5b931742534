"""Select the curves of Match by cross-validation: one for all, and those of persons with enough votes."""

from dataclasses import dataclass

from dofisac_tui.learning.cross_validation import HeldOutGain, Method, held_out_losses
from dofisac_tui.learning.curve_fitting import fit_isotonic, fit_logistic
from dofisac_tui.learning.voted_pairs import VotedPairs
from dofisac_tui.matching.calibration import Calibration

MIN_VOTES = 20
"""Votes required to learn from them."""

MIN_VOTES_OF_EACH = 5
"""Yes votes, and no votes, required to learn from them."""

MIN_VOTES_FOR_ISOTONIC = 300
"""Votes from which an isotonic curve is tried."""

MIN_VOTES_OF_PERSON = 30
"""Votes on a person's faces from which the person may have a curve."""

SHIPPED = "shipped"


@dataclass(frozen=True)
class CurveSelection:
    """Selected curve and its losses.

    Attributes:
        method: `shipped`, `logistic` or `isotonic`.
        gain: Over the method in force, on persons held out.
        loss_before, loss_after: Mean loss of a held-out vote, in nats, of the curve in force and of this one.
        wrong: Estimated share of wrong votes.
    """

    curve: Calibration
    method: str
    gain: HeldOutGain
    loss_before: float
    loss_after: float
    wrong: float


def has_enough_votes(votes: VotedPairs, fewest: int = MIN_VOTES) -> bool:
    """Return True if there are enough votes, and enough of each answer, to learn from."""
    yes = int(votes.same.sum())
    return len(votes) >= fewest and min(yes, len(votes) - yes) >= MIN_VOTES_OF_EACH


def select_curve(shipped: Calibration, votes: VotedPairs, method_before: str, ledger_before: int) -> CurveSelection:
    """Return the curve of the method with the lowest loss on persons held out.

    The curve in force is refitted by its method to the training part of the votes it was learned from, so that neither
    has seen the persons it is tested on.

    Args:
        votes: Enough votes.
        method_before: Method of the curve in force.
        ledger_before: Newest vote that the curve in force was learned from.
    """
    wrong = fit_logistic(shipped, votes.distances, votes.same).wrong
    candidates = _methods(shipped, len(votes))
    before = candidates.get(method_before, candidates[SHIPPED])

    def as_before(seen: VotedPairs) -> Calibration:
        return before(seen.where(seen.votes <= ledger_before))

    losses = held_out_losses(votes, votes.identities, wrong, shipped, {"": as_before, **candidates})
    best = min((SHIPPED, "logistic"), key=losses.mean)
    if "isotonic" in candidates and losses.gain(best, "isotonic").significant:  # else the simpler curve
        best = "isotonic"
    gain = losses.gain("", best)
    return CurveSelection(candidates[best](votes), best, gain, losses.mean(""), losses.mean(best), wrong)


def _methods(shipped: Calibration, votes: int) -> dict[str, Method]:
    def logistic(seen: VotedPairs) -> Calibration:
        return fit_logistic(shipped, seen.distances, seen.same).curve

    def isotonic(seen: VotedPairs) -> Calibration:
        fit = fit_logistic(shipped, seen.distances, seen.same)
        return fit_isotonic(fit.curve, seen.distances, seen.same, fit.wrong)

    methods: dict[str, Method] = {SHIPPED: lambda _: shipped, "logistic": logistic}
    return {**methods, "isotonic": isotonic} if votes >= MIN_VOTES_FOR_ISOTONIC else methods


def select_person_curves(everybody: Calibration, votes: VotedPairs, wrong: float) -> dict[int, Calibration]:
    """Return own curves of those persons for whom they have a significant gain on held-out faces.

    Args:
        everybody: Curve for all, the prior of each.
    """
    curves = {}
    for person in votes.persons_with(MIN_VOTES_OF_PERSON):
        own = votes.of_person(person)
        if not has_enough_votes(own, MIN_VOTES_OF_PERSON):
            continue

        def personal(seen: VotedPairs) -> Calibration:
            return fit_logistic(everybody, seen.distances, seen.same).curve

        losses = held_out_losses(own, own.faces, wrong, everybody, {SHIPPED: lambda _: everybody, "own": personal})
        if losses.gain(SHIPPED, "own").significant:
            curves[person] = personal(own)
    return curves
