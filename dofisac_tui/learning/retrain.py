"""Retrain: learn from all votes, and adopt what is significantly better on held-out votes."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from dofisac_tui.clustering.radius import BOUNDS
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.learning.curve_selection import (
    MIN_VOTES,
    MIN_VOTES_OF_EACH,
    SHIPPED,
    has_enough_votes,
    select_curve,
    select_person_curves,
)
from dofisac_tui.learning.estimates import pair_estimate
from dofisac_tui.learning.pair_sample import PairSample, sample_pairs, thresholds_for
from dofisac_tui.learning.radius_tuning import tune_radius
from dofisac_tui.learning.score_prediction import score_report
from dofisac_tui.learning.voted_pairs import VotedPairs, voted_pairs
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.lock import clustering_lock
from dofisac_tui.library.retrainings import (
    EVERYBODY,
    Retraining,
    current_retraining,
    keep_retraining,
    newest_retraining,
)
from dofisac_tui.matching.calibration import Calibration, shipped_curve
from dofisac_tui.matching.current_curve import link_bounds, match_curve, person_curves


@dataclass(frozen=True)
class RetrainReport:
    """Result of a retraining.

    Attributes:
        votes: Standing yes and no votes on faces.
        random_votes: Those on random pairs.
        precision, recall: Of taking pairs nearer than `threshold_after` for one person; None where unknown.
        judged_by: Source of these two: `random votes`, or `match`, the curve's own expectation, without such votes.
        threshold_before, threshold_after: Distance up to which pairs have the stated precision, by the curve before and
            after; None while the library has no two faces of one person.
        ask_after: Distance beyond which there is hardly any match.
        adopted: True if anything was changed.
        method: Method of the curve in force now: `shipped`, `logistic` or `isotonic`.
        loss_before, loss_after: Mean loss of votes on held-out persons, in nats, of the curve in force and of the best
            one; None where nothing was tested.
        gain_error: Standard error of the difference.
        wrong: Estimated share of wrong votes.
        persons: Number of persons with a curve of their own.
        link: Match at the radius of people runs; None where the data decides.
        agreement_before, agreement_after: Share of held-out votes and scores that agree with a people run at the radius
            in use, and at the best one; None where nothing was tested.
        scores: Report on the prediction of scores of people clusters (`ScoreReport`).
        reason: Sentence about the outcome.
    """

    votes: int = 0
    random_votes: int = 0
    precision: float | None = None
    recall: float | None = None
    judged_by: str | None = None
    threshold_before: float | None = None
    threshold_after: float | None = None
    ask_after: float | None = None
    adopted: bool = False
    method: str = SHIPPED
    loss_before: float | None = None
    loss_after: float | None = None
    gain_error: float | None = None
    wrong: float | None = None
    persons: int = 0
    link: float | None = None
    agreement_before: float | None = None
    agreement_after: float | None = None
    scores: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


def retrain(library: Library, precision: float) -> RetrainReport:
    """Fit the curve of Match to the votes, set thresholds, tune the clustering; adopt significant gains.

    Safe while other processes index, vote and read: the result is stored in one transaction. Without new votes since
    the last retraining nothing is learned, so that a rollback holds until the next vote.

    Args:
        precision: Precision that the thresholds are set for, between 0 and 1.

    Raises:
        LibraryBusyError: another process clusters or retrains.
        LibraryError: the library cannot be read or written.
    """
    with clustering_lock(library.folder, "retrain"):
        space = searched_space(library, "face")
        if space is None:
            return RetrainReport(reason="Nothing is indexed yet.")
        inputs = _Inputs.read(library, space)
        reason = inputs.nothing_to_learn()
        return _report(inputs, inputs.curve, precision, reason=reason) if reason else _learn(inputs, precision)


@dataclass(frozen=True)
class _Inputs:
    """Inputs of a retraining.

    Attributes:
        current: Retraining whose curves are in force.
        curve: Curve for all persons.
        ledger_end: Newest row of the ledger.
    """

    library: Library
    space: EmbeddingSpace
    current: Retraining | None
    curve: Calibration
    votes: VotedPairs
    sample: PairSample
    ledger_end: int

    @classmethod
    def read(cls, library: Library, space: EmbeddingSpace) -> "_Inputs":
        ledger_end = int(library.value("SELECT IFNULL(MAX(vote_id), 0) FROM votes"))
        current, curve = current_retraining(library, space), match_curve(library, space)
        votes, sample = voted_pairs(library, space), sample_pairs(library, space)
        return cls(library, space, current, curve, votes, sample, ledger_end)

    @property
    def method(self) -> str:
        return str(self.current.report["method"]) if self.current else SHIPPED

    def nothing_to_learn(self) -> str | None:
        """Return why nothing can be learned; None where something may be."""
        if not has_enough_votes(self.votes):
            yes = int(self.votes.same.sum())
            return (
                f"{len(self.votes)} votes, {yes} yes and {len(self.votes) - yes} no, are too few to learn from: it"
                f" takes {MIN_VOTES}, with {MIN_VOTES_OF_EACH} of each. Nothing was changed."
            )
        newest = newest_retraining(self.library, self.space)
        if newest and newest.ledger_end == self.ledger_end:
            return "Nothing was voted since the last retraining. Nothing was changed."
        return None


def _learn(inputs: _Inputs, precision: float) -> RetrainReport:
    library, space, votes, current = inputs.library, inputs.space, inputs.votes, inputs.current
    choice = select_curve(shipped_curve(space), votes, inputs.method, current.ledger_end if current else 0)
    curve, method = (choice.curve, choice.method) if choice.gain.significant else (inputs.curve, inputs.method)
    persons = select_person_curves(curve, votes, choice.wrong)
    before = current.link_probability if current else None
    thresholds = thresholds_for(curve, inputs.sample, precision)
    tuning = tune_radius(
        library, space, curve, votes, link_bounds(library, space, BOUNDS["average-linkage"]),
        curve.probability(thresholds.link) if thresholds else None,
    )  # fmt: skip
    adopted = (
        choice.gain.significant or tuning.link is not None or persons.keys() != person_curves(library, space).keys()
    )
    report = replace(
        _report(inputs, curve, precision),
        adopted=adopted, method=method, wrong=choice.wrong, persons=len(persons), link=tuning.link or before,
        loss_before=choice.loss_before, loss_after=choice.loss_after, gain_error=choice.gain.error,
        agreement_before=tuning.before, agreement_after=tuning.after,
        reason="What was learned is clearly better on votes left out, and was adopted." if adopted
        else "Nothing that was learned is clearly better on votes left out. Nothing was changed.",
    )  # fmt: skip
    curves = {person: asdict(each) for person, each in ({EVERYBODY: curve} | persons).items()} if adopted else None
    keep_retraining(library, space, inputs.ledger_end, asdict(report), curves, report.link)
    return report


def _report(inputs: _Inputs, curve: Calibration, precision: float, reason: str = "") -> RetrainReport:
    """Return a report on votes, thresholds and scores with `curve` in force."""
    before, after = (thresholds_for(each, inputs.sample, precision) for each in (inputs.curve, curve))
    report = RetrainReport(
        votes=len(inputs.votes),
        random_votes=int(inputs.votes.random.sum()),
        method=inputs.method,
        persons=len(person_curves(inputs.library, inputs.space)),
        link=inputs.current.link_probability if inputs.current else None,
        scores=asdict(score_report(inputs.library, "people")),
        reason=reason,
    )
    if before is None or after is None or not len(inputs.votes):
        return report
    estimate = pair_estimate(inputs.library, inputs.votes, inputs.sample, curve, curve.probability(after.link))
    voted = estimate.precision is not None
    return replace(
        report,
        precision=estimate.precision if voted else after.precision,
        recall=estimate.recall if voted else after.recall,
        judged_by="random votes" if voted else "match",
        threshold_before=before.link,
        threshold_after=after.link,
        ask_after=after.ask,
    )
