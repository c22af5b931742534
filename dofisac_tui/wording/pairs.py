"""Two faces in words, so that a vote is possible with no picture at all."""

import os
from datetime import datetime

from dofisac_tui.display import display_text
from dofisac_tui.learning.estimates import PeopleEstimate
from dofisac_tui.learning.review_questions import ReviewQuestion
from dofisac_tui.library.views import PairSide, PairView, PhotoView
from dofisac_tui.wording.fitting import fitted
from dofisac_tui.wording.numbers import percent
from dofisac_tui.wording.photos import person

_HOUR = 3600.0
_DAY = 24 * _HOUR
_STEPS = (
    (90 * 60, 60, "min"),
    (36 * _HOUR, _HOUR, "h"),
    (60 * _DAY, _DAY, "days"),
    (730 * _DAY, 30.44 * _DAY, "months"),
)
_WHY = {
    "bridge": "these may be one person",
    "uncertain": "not sure whose face this is",
    "contradiction": "asked again: your last answer does not fit the others",
}


def asked(pair: PairView, width: int) -> str:
    """What a pair is asked about, on a screen of this width."""
    if pair.is_one_group:
        who = fitted(person(pair.left.face), 20)
        return f"Both in {who} now: right?" if width < 100 else f"Both are in {who} now: do they belong together?"
    return "Same person?" if width < 80 else "Are these the same person?"


def whose(side: PairSide) -> str:
    """Who a face belongs to, and with how many others."""
    if side.face.person_id is None:
        return "unsorted face"
    return f"{person(side.face)} · {count_of(side.faces)}"


def more_of(side: PairSide) -> str:
    """What the small pictures below a face are; nothing where there are none."""
    return f"more of {person(side.face)}" if side.more else ""


def count_of(faces: int) -> str:
    """So many faces."""
    return f"{faces:,} face{'s' * (faces != 1)}"


def time_between(a: PhotoView, b: PhotoView) -> str:
    """How far apart two photos were taken; nothing where one does not say when."""
    first, second = _moment(a), _moment(b)
    if first is None or second is None:
        return ""
    seconds = abs((first - second).total_seconds())
    if seconds < 60:
        return "same minute"
    for limit, unit, word in _STEPS:
        if seconds < limit:
            return f"{seconds / unit:.0f} {word} apart"
    return f"{seconds / (365.25 * _DAY):.0f} years apart"


def circumstances(pair: PairView) -> list[str]:
    """What speaks for or against besides the faces."""
    a, b = pair.left.face.photo, pair.right.face.photo
    same_folder = os.path.dirname(a.path) == os.path.dirname(b.path)
    return [
        *filter(None, [time_between(a, b)]),
        *(["same folder"] if same_folder else []),
        *(["same camera"] if a.camera and a.camera == b.camera else []),
        *(
            ["both with " + ", ".join(display_text(name, 30) for name in pair.companions[:3])]
            if pair.companions
            else []
        ),
    ]


def evidence(question: ReviewQuestion, pair: PairView) -> str:
    """All that is known of a pair, in one line."""
    return " · ".join(
        [
            percent(question.match),
            f"d {question.distance:.3f}",
            *circumstances(pair),
            *filter(None, [_WHY.get(question.reason)]),
        ]
    )


def estimate_in_words(estimate: PeopleEstimate | None, answers: int, short: bool = False) -> str:
    """How good the people are as far as is known.

    Args:
        answers: Standing ones, with those since the estimate.
        short: Without the intervals.
    """
    if estimate is None:
        return ""
    count = f"{answers:,} answer{'s' * (answers != 1)}"
    precision = _share(estimate.precision, estimate.precision_low, estimate.precision_high, 1, short)
    if not precision:
        return f"precision not known yet · {count}"
    recall = _share(estimate.recall, estimate.recall_low, estimate.recall_high, 0, short)
    return " · ".join(filter(None, [f"precision {precision}", recall and f"recall {recall}", count]))


def _share(value: float | None, low: float | None, high: float | None, digits: int, short: bool) -> str:
    """A share with its interval; nothing where it is not known."""
    if value is None or low is None or high is None:
        return ""
    interval = "" if short else f" ({100 * low:.{digits}f}-{100 * high:.{digits}f})"
    return f"{100 * value:.{digits}f} %{interval}"


def _moment(card: PhotoView) -> datetime | None:
    try:
        return datetime.fromisoformat(card.taken_at).replace(tzinfo=None) if card.taken_at else None
    except ValueError:  # as a camera wrote it
        return None
