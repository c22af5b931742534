"""The heartbeat: what the daemon is doing, for the library, for systemd and for the log."""

import time
from collections.abc import Callable

from dofisac_tui.display import display_text
from dofisac_tui.errors import LibraryError
from dofisac_tui.library.database import Library
from dofisac_tui.library.heartbeat import Heartbeat, store_heartbeat

from . import log
from .resources import WakeupCounter
from .systemd import Notifier

BUSY_SECONDS = 2.0
IDLE_SECONDS = 300.0  # an idle daemon must not keep a disk from sleeping


class HeartbeatWriter:
    """Listens to the runs, and passes on how they go.

    Args:
        library: Gets the heartbeat.
        notifier: Gets the status line.
        waiting: How many files wait, those of the run under way left out.
    """

    def __init__(self, library: Library, notifier: Notifier, waiting: Callable[[], int]) -> None:
        self._library = library
        self._notifier = notifier
        self._waiting = waiting
        self._wakeups = WakeupCounter()
        self._stored_at = 0.0
        self._left = self._done = 0
        self._began: float | None = None
        self.heartbeat = Heartbeat.first()

    def on_warning(self, message: str) -> None:
        """A line of a run."""
        log.warning(message)

    def on_start(self, total: int) -> None:
        """A run will read so many files."""
        self._left = total
        if total and self._began is None:
            self._began, self._done = time.monotonic(), 0

    def on_file_done(self, path: bytes) -> None:
        """A run is done with a file."""
        self._left = max(self._left - 1, 0)
        self._done += 1
        self.heartbeat.current_file = path
        self.write(BUSY_SECONDS)

    def run_ended(self) -> None:
        """Nothing is left to do."""
        self._left, self._began = 0, None
        self.heartbeat.current_file = None

    def set_state(self, state: str) -> None:
        """The daemon turns to something else."""
        if self.heartbeat.state != state:
            self.heartbeat.state = state
            self.write()

    def set_reconciled(self) -> None:
        """All folders were compared."""
        self.heartbeat.reconciled_at = time.time()

    def set_error(self, message: str) -> None:
        """Something went wrong that concerns more than one photo.

        Args:
            message: Safe to print.
        """
        self.heartbeat.error, self.heartbeat.error_at = message, time.time()

    def write(self, least_seconds: float = 0.0) -> None:
        """Say what is being done, unless it was said less than `least_seconds` ago."""
        now = time.monotonic()
        if self._stored_at and now - self._stored_at < least_seconds:
            return
        self._measure(now)
        self._stored_at = now
        self.notify_systemd()
        try:
            store_heartbeat(self._library, self.heartbeat)
        except LibraryError as error:
            log.warning("the heartbeat cannot be stored", why=str(error))

    def notify_systemd(self) -> None:
        """Tell systemd that the daemon does not hang."""
        queue = f", {self.heartbeat.queue} to do" if self.heartbeat.queue else ""
        self._notifier.alive(display_text(self.heartbeat.state) + queue)

    def _measure(self, now: float) -> None:
        beat = self.heartbeat
        beat.beat_at, beat.queue = time.time(), self._left + self._waiting()
        beat.wakeups = self._wakeups.measure()
        beat.rate = beat.seconds_left = None
        if self._began is not None and self._done:
            beat.rate = self._done / max(now - self._began, 0.1)
            beat.seconds_left = beat.queue / beat.rate
