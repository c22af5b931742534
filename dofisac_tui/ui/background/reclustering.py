"""Clustering from a screen: beside the keyboard, with a word every second."""

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from dofisac_tui.library.database import Library
from dofisac_tui.library.runs import RunKind
from dofisac_tui.wording.kinds import WORDS

if TYPE_CHECKING:
    from dofisac_tui.clustering.run import RunReport
    from dofisac_tui.ui.base.library_screen import LibraryScreen


async def recluster_on(screen: "LibraryScreen", kinds: Sequence[RunKind]) -> None:
    """Cluster these kinds anew, one after the other, and tell on the screen what came of it.

    Raises:
        LibraryBusyError: somebody else clusters, or this app does already, or learns.
    """
    told = []
    for kind in kinds:
        with screen.dofisac.desk.working(f"{WORDS[kind].capitalize()} are being looked for"):
            told.append(await _one_kind(screen, kind))
    screen.say(" ".join(told))
    await screen.dofisac.look()


async def _one_kind(screen: "LibraryScreen", kind: RunKind) -> str:
    began = monotonic()

    def tell() -> None:
        screen.say(f"Looking for {WORDS[kind]} … {monotonic() - began:.0f} s")

    tell()
    ticking = screen.set_interval(1.0, tell)
    try:
        return _in_words(await screen.dofisac.desk.long(_recluster, kind))
    finally:
        ticking.stop()


def _recluster(library: Library, kind: RunKind) -> "RunReport":
    from dofisac_tui.clustering.run import cluster

    return cluster(library, kind)


def _in_words(report: "RunReport") -> str:
    what = "faces" if report.kind in ("people", "combined") else "photos"
    held = f", {report.held:,} changes wait for you" if report.held else ""
    return (
        f"{WORDS[report.kind].capitalize()}: {report.clusters:,} groups of {report.items - report.noise:,} {what},"
        f" {report.changed:,} changed{held}, in {report.seconds:.1f} s."
    )
