"""Clustering from a screen: beside the keyboard, with a word every second."""

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from dofisac_tui.library.database import Library
from dofisac_tui.library.runs import RunKind
from dofisac_tui.wording.kinds import WORDS
from dofisac_tui.wording.numbers import counted

if TYPE_CHECKING:
    from dofisac_tui.clustering.run import RunReport
    from dofisac_tui.ui.base.library_screen import LibraryScreen


async def recluster_on(screen: "LibraryScreen", kinds: Sequence[RunKind]) -> None:
    """Cluster these kinds again, one after the other, and report the result on the screen.

    Raises:
        LibraryBusyError: another process clusters, or this app clusters or learns already.
    """
    told = []
    for kind in kinds:
        with screen.session.worker.working(f"finding {WORDS[kind]}"):
            told.append(await _one_kind(screen, kind))
    screen.say(" · ".join(told))
    await screen.session.check_library()


async def _one_kind(screen: "LibraryScreen", kind: RunKind) -> str:
    began = monotonic()

    def tell() -> None:
        screen.say(f"Finding {WORDS[kind]} … {monotonic() - began:.0f} s")

    tell()
    ticking = screen.set_interval(1.0, tell)
    try:
        return _in_words(await screen.session.worker.long(_recluster, kind))
    finally:
        ticking.stop()


def _recluster(library: Library, kind: RunKind) -> "RunReport":
    from dofisac_tui.clustering.run import cluster

    return cluster(library, kind)


def _in_words(report: "RunReport") -> str:
    items = counted(report.items - report.noise, "face" if report.kind in ("people", "combined") else "photo")
    held = f", {counted(report.held, 'change')} waiting" if report.held else ""
    return f"Found {_groups(report.kind, report.clusters)} in {items}{held} ({report.seconds:.1f} s)"


def _groups(kind: RunKind, count: int) -> str:
    if kind == "people":
        return "1 person" if count == 1 else f"{count:,} people"
    return counted(count, "scene" if kind == "scenes" else f"group of {WORDS[kind]}")
