"""Files that could not be indexed, in sentences."""

import os
import time

from dofisac_tui.display import display_text
from dofisac_tui.library.failures import Failure
from dofisac_tui.wording.fitting import fitted
from dofisac_tui.wording.numbers import counted, duration

_LEAST_NAME = 12
_STAGES = {"scan": "looked at", "read": "read", "models": "searched for faces and scenes"}

WHAT_HELPS = {
    "unreadable": "see whether it opens elsewhere and may be read; a file that is still being copied mends itself",
    "unsupported": "no photo, or of a kind that is not read; convert it, or let the ignore rules leave it out",
    "too large": "raise indexing.max_megapixels or indexing.max_megabytes in the settings",
    "decoder crashed": "the file is probably damaged; save it anew with another program",
    "timed out": "a slow disk, or a huge picture; raise indexing.seconds_per_photo in the settings",
    "engine failed": "a model could not be run; see dofisac-tui doctor",
}
"""By class, what would help."""


def sentence(failure: Failure, width: int = 200) -> str:
    """What is wrong with a file, how often it was tried, and when it is tried again: where there is not room for all,
    the tries are left out, then the name gives way."""
    name = display_text(os.path.basename(failure.path), 80)
    what = display_text(failure.message, 200).split(". ")[0].rstrip(".").removeprefix("The file ")
    tries = f" ({failure.attempts} {'try' if failure.attempts == 1 else 'tries'}, {_next(failure.next_try)})"
    if len(name) + 2 + len(what) + len(tries) > width:
        tries = ""
    name = fitted(name, max(_LEAST_NAME, width - len(what) - len(tries) - 2))
    return f"{name}  {fitted(what, max(_LEAST_NAME, width - len(name) - len(tries) - 2))}{tries}"


def heading(failure_class: str, count: int) -> str:
    """What a class of failures is called, and how many there are."""
    return f"{display_text(failure_class)} · {counted(count, 'file')}"


def details(failure: Failure) -> list[str]:
    """Everything that is known of one failure, in lines."""
    stage = _STAGES.get(failure.stage, failure.stage)
    return [
        display_text(failure.path),
        f"{display_text(failure.message)} · {display_text(failure.failure_class)}, while it was {stage}",
        f"first tried {_ago(failure.first_try)}, last {_ago(failure.last_try)} · {_next(failure.next_try)}",
        f"what helps: {WHAT_HELPS.get(failure.failure_class, 'try it again')}",
    ]


def _next(moment: float | None) -> str:
    if moment is None:
        return "again when asked or changed"
    wait = moment - time.time()
    return f"next in {duration(wait)}" if wait > 0 else "next now"


def _ago(moment: float) -> str:
    return f"{duration(max(0.0, time.time() - moment))} ago"
