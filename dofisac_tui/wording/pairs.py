"""Describe two faces, so that a vote is possible without pictures."""

import os
from datetime import datetime

from dofisac_tui.display import display_text
from dofisac_tui.learning.estimates import PeopleEstimate
from dofisac_tui.learning.review_questions import ReviewQuestion
from dofisac_tui.library.views import PairSide, PairView, PhotoView
from dofisac_tui.wording.fitting import fitted
from dofisac_tui.wording.numbers import counted, percent, time_apart
from dofisac_tui.wording.photos import person

_WHY = {
    "bridge": "possibly one person",
    "uncertain": "uncertain face",
    "contradiction": "asked again: contradicts another answer",
}


def asked(pair: PairView) -> str:
    """Return the question about a pair."""
    return f"Both in {fitted(person(pair.left.face), 20)}: correct?" if pair.is_one_group else "Same person?"


def whose(side: PairSide) -> str:
    """Return the person of a face, with the number of their faces."""
    if side.face.person_id is None:
        return "unassigned face"
    return f"{person(side.face)} · {counted(side.faces, 'face')}"


def more_of(side: PairSide) -> str:
    """Return the heading of the small pictures below a face."""
    return f"more of {person(side.face)}" if side.more else ""


def time_between(a: PhotoView, b: PhotoView) -> str:
    """Return the time between two photos; empty if one has no date."""
    first, second = _moment(a), _moment(b)
    return "" if first is None or second is None else time_apart(abs((first - second).total_seconds()))


def circumstances(pair: PairView) -> list[str]:
    """List what speaks for or against one person besides the faces."""
    a, b = pair.left.face.photo, pair.right.face.photo
    same_folder = os.path.dirname(a.path) == os.path.dirname(b.path)
    companions = ", ".join(display_text(name, 30) for name in pair.companions[:3])
    return [
        *filter(None, [time_between(a, b)]),
        *(["same folder"] if same_folder else []),
        *(["same camera"] if a.camera and a.camera == b.camera else []),
        *([f"both with {companions}"] if companions else []),
    ]


def evidence(question: ReviewQuestion, pair: PairView) -> str:
    """Join all that is known of a pair in one line."""
    why = filter(None, [_WHY.get(question.reason)])
    return " · ".join([percent(question.match), f"d {question.distance:.3f}", *circumstances(pair), *why])


def estimate_in_words(estimate: PeopleEstimate | None, answers: int, short: bool = False) -> str:
    """Describe how good the people are.

    Args:
        answers: Number of answers in force, including those since the estimate.
        short: Leave the intervals out.
    """
    if estimate is None:
        return ""
    count = counted(answers, "answer")
    precision = _share(estimate.precision, estimate.precision_low, estimate.precision_high, 1, short)
    if not precision:
        return f"precision not known yet · {count}"
    recall = _share(estimate.recall, estimate.recall_low, estimate.recall_high, 0, short)
    return " · ".join(filter(None, [f"precision {precision}", recall and f"recall {recall}", count]))


def _share(value: float | None, low: float | None, high: float | None, digits: int, short: bool) -> str:
    if value is None or low is None or high is None:
        return ""
    interval = "" if short else f" ({100 * low:.{digits}f}-{100 * high:.{digits}f})"
    return f"{100 * value:.{digits}f} %{interval}"


def _moment(card: PhotoView) -> datetime | None:
    try:
        return datetime.fromisoformat(card.taken_at).replace(tzinfo=None) if card.taken_at else None
    except ValueError:  # as a camera wrote it
        return None
