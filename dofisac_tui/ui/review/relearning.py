"""Learning from a screen: beside the keyboard, with before and after in words."""

from typing import TYPE_CHECKING

from dofisac_tui.library.database import Library

if TYPE_CHECKING:
    from dofisac_tui.learning.retrain import RetrainReport
    from dofisac_tui.ui.base.library_screen import LibraryScreen


async def relearn_on(screen: "LibraryScreen") -> bool:
    """Fit what is learned to all answers, and tell on the screen what came of it.

    Returns:
        Whether matches are judged in another way now.

    Raises:
        LibraryBusyError: this app learns already, or clusters.
    """
    with screen.session.worker.working("learning from your answers"):
        screen.say("Learning from your answers …")
        report = await screen.session.worker.long(_retrain, screen.session.settings.learning.precision)
    screen.say(_in_words(report))
    return report.adopted


def _retrain(library: Library, precision: float) -> "RetrainReport":
    from dofisac_tui.learning.retrain import retrain

    return retrain(library, precision)


def _in_words(report: "RetrainReport") -> str:
    parts = [report.reason]
    if report.loss_before is not None and report.loss_after is not None:
        parts.append(f"Log loss on held-out votes: {report.loss_before:.3f} before, {report.loss_after:.3f} after.")
    return " ".join(parts)
