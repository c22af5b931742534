"""Store and read the daemon's last report of itself, which any process can show without talking to the daemon."""

import os
import time
from dataclasses import dataclass

from dofisac_tui.library.database import Library
from dofisac_tui.library.lock import DAEMON_COMMAND, current_holder


@dataclass
class Heartbeat:
    """A report of the daemon on itself.

    Attributes:
        pid: Its process id.
        started_at: Unix time.
        beat_at: Unix time of this heartbeat. An idle daemon beats every few minutes, a busy one every few seconds.
        state: Its present work, one plain phrase.
        current_file: The file that was last done, while it is at work; None when idle.
        queue: Files that it knows it has to look at.
        rate: Files a second in the work under way; None when idle.
        seconds_left: Estimate until the queue is empty; None when idle.
        reconciled_at: Unix time of the last complete comparison of all folders; None before the first.
        error: The last thing that went wrong as a whole, one plain sentence; None when all is well.
        error_at: Unix time of that.
        wakeups: Wake-ups of the process a minute, measured over half a minute or more; None before.
    """

    pid: int
    started_at: float
    beat_at: float
    state: str = "starting"
    current_file: bytes | None = None
    queue: int = 0
    rate: float | None = None
    seconds_left: float | None = None
    reconciled_at: float | None = None
    error: str | None = None
    error_at: float | None = None
    wakeups: float | None = None

    @classmethod
    def first(cls) -> "Heartbeat":
        """Return the first heartbeat of this process, which has just started."""
        now = time.time()
        return cls(os.getpid(), now, now)


_COLUMNS = tuple(Heartbeat.__dataclass_fields__)
_REPLACE = (
    f"INSERT OR REPLACE INTO heartbeat (one, {', '.join(_COLUMNS)})"  # noqa: S608
    f" VALUES (1, {', '.join(f':{name}' for name in _COLUMNS)})"
)


def store_heartbeat(library: Library, heartbeat: Heartbeat) -> None:
    """Put the heartbeat in the place of the last one."""
    with library.write() as connection:
        connection.execute(_REPLACE, vars(heartbeat))


def daemon_heartbeat(library: Library) -> Heartbeat | None:
    """Return the last heartbeat of the daemon that is running now; None when none runs.

    The lock that it holds says that it runs: the heartbeat of a killed process stays in the table.
    """
    holder = current_holder(library.folder)
    if holder is None or holder.command != DAEMON_COMMAND:
        return None
    rows = library.rows(f"SELECT {', '.join(_COLUMNS)} FROM heartbeat WHERE pid = ?", (holder.pid,))  # noqa: S608
    return Heartbeat(**rows[0]) if rows else None
