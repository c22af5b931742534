"""How much there is and who is at work: what the top line of the screens says."""

from typing import NamedTuple

from dofisac_tui.library.database import Library
from dofisac_tui.library.heartbeat import Heartbeat, daemon_heartbeat
from dofisac_tui.library.lock import Holder, current_holder


class Overview(NamedTuple):
    """A look at the whole library.

    Attributes:
        photos: Present ones.
        folders: Roots.
        failures: Files that could not be indexed.
        proposals: Kinds of clusters whose last run holds changes back.
        heartbeat: What the daemon said last, if it is alive.
        holder: Who indexes now, daemon or not.
    """

    photos: int
    folders: int
    failures: int
    proposals: int
    heartbeat: Heartbeat | None
    holder: Holder | None


def overview(library: Library) -> Overview:
    """Counts, cheap enough for every second or two."""
    return Overview(
        photos=library.value("SELECT COUNT(*) FROM photos") - _absent(library),
        folders=library.value("SELECT COUNT(*) FROM roots"),
        failures=library.value("SELECT COUNT(*) FROM failures"),
        proposals=library.value("SELECT COUNT(*) FROM cluster_runs WHERE state = 'proposed'"),
        heartbeat=daemon_heartbeat(library),
        holder=current_holder(library.folder),
    )


def data_version(library: Library) -> int:
    """Changes whenever another connection has committed something."""
    return int(library.value("PRAGMA data_version"))


def _absent(library: Library) -> int:
    return int(library.value("SELECT COUNT(*) FROM photos WHERE absent_since IS NOT NULL"))
