"""Describe files that could not be indexed."""

import os
import time

from dofisac_tui.display import display_text
from dofisac_tui.library.failures import Failure
from dofisac_tui.wording.fitting import fitted
from dofisac_tui.wording.numbers import ago, counted, duration

_LEAST_NAME = 12
_STAGES = {"scan": "scanning", "read": "reading", "models": "finding faces and scenes"}

FIXES = {
    "unreadable": "check that it opens elsewhere and that you may read it; a half-copied file is retried by itself",
    "unsupported": "convert it, or exclude it in .dofisacignore",
    "too large": "raise indexing.max_megapixels or indexing.max_megabytes in the settings",
    "decoder crashed": "the file is probably damaged; save it again with another program",
    "timed out": "slow disk or huge picture; raise indexing.seconds_per_photo in the settings",
    "engine failed": "a model could not be run; run dofisac-tui doctor",
}
"""What to do about each class of failure."""


def sentence(failure: Failure, width: int = 200) -> str:
    """Describe a failure in one line. The tries are left out first, then the name is shortened."""
    name = display_text(os.path.basename(failure.path), 80)
    what = display_text(failure.message, 200).split(". ")[0].rstrip(".").removeprefix("The file ")
    tries = f" ({failure.attempts} {'try' if failure.attempts == 1 else 'tries'}, {_next(failure.next_try)})"
    if len(name) + 2 + len(what) + len(tries) > width:
        tries = ""
    name = fitted(name, max(_LEAST_NAME, width - len(what) - len(tries) - 2))
    return f"{name}  {fitted(what, max(_LEAST_NAME, width - len(name) - len(tries) - 2))}{tries}"


def heading(failure_class: str, count: int) -> str:
    """Name a class of failures, with their number."""
    return f"{display_text(failure_class)} · {counted(count, 'file')}"


def details(failure: Failure) -> list[str]:
    """Describe a failure in several lines."""
    stage = _STAGES.get(failure.stage, failure.stage)
    return [
        display_text(failure.path),
        f"{display_text(failure.message)} · {display_text(failure.failure_class)}, while {stage}",
        f"first tried {ago(failure.first_try)}, last {ago(failure.last_try)} · {_next(failure.next_try)}",
        f"Fix: {FIXES.get(failure.failure_class, 'retry it')}",
    ]


def _next(moment: float | None) -> str:
    if moment is None:
        return "no automatic retry"
    wait = moment - time.time()
    return f"next in {duration(wait)}" if wait > 0 else "next now"
