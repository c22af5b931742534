"""Paths that something happened to, until each of them is quiet."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

MOVE_SECONDS = 0.6
"""How long a path waits after its last event: watchdog tells of half a move, out of a root, after 0.5 s."""

QUIET_SECONDS = 1.0
"""How long the size and time of a file must stay as they are, where nobody said that writing has ended."""

MOST = 50_000
"""Beyond so many paths it is cheaper, and takes less memory, to compare whole folders."""


@dataclass
class _Seen:
    """What is known of a path.

    Attributes:
        at: Monotonic time of its last event, or of the last look that found it changed.
        complete: Whether the last event said that nobody is writing to it.
        stat: Size and mtime_ns at the last look; None before the first.
    """

    at: float
    complete: bool
    stat: tuple[int, int] | None = None


class PendingPaths:
    """A set of paths that any thread may add to, at next to no cost.

    Args:
        wake: Called when there is something in it after there was nothing.
        stat: What os.stat does.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        wake: Callable[[], None],
        stat: Callable[[bytes], os.stat_result] = os.stat,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wake = wake
        self._stat = stat
        self._clock = clock
        self._lock = threading.Lock()
        self._paths: dict[bytes, _Seen] = {}
        self._lost = False

    def __len__(self) -> int:
        return len(self._paths)

    def add(self, path: bytes, complete: bool | None) -> None:
        """Something happened to a path.

        Args:
            complete: It is gone, or moved, or was closed by its writer; else somebody may still be writing. None if
                it does not tell, as a change of its rights or times does not.
        """
        with self._lock:
            first = not self._paths
            before = self._paths.get(path)
            if complete is None:
                complete = before is None or before.complete
            if before or len(self._paths) < MOST:
                self._paths[path] = _Seen(self._clock(), complete)
            else:
                self._lost = True
        if first:
            self._wake()

    def mark_lost(self) -> None:
        """Something happened, and nobody knows to which paths."""
        with self._lock:
            self._lost = True
        self._wake()

    def take_lost(self) -> bool:
        """Whether events were lost since this was last asked; the paths in hand are then dropped, too."""
        with self._lock:
            lost, self._lost = self._lost, False
            if lost:
                self._paths = {}
        return lost

    def take(self) -> list[bytes]:
        """Take out the paths that are quiet."""
        with self._lock:
            open_paths = dict(self._paths)
        settled = [path for path, seen in open_paths.items() if self._is_settled(path, seen)]
        with self._lock:
            # one that had an event meanwhile has a new entry, and waits again
            taken = [path for path in settled if self._paths.get(path) is open_paths[path]]
            for path in taken:
                del self._paths[path]
        return taken

    def has_complete(self) -> bool:
        """Whether a path is ready to be taken by what its events said alone."""
        with self._lock:
            now = self._clock()
            return any(seen.complete and now - seen.at >= MOVE_SECONDS for seen in self._paths.values())

    def _is_settled(self, path: bytes, seen: _Seen) -> bool:
        now = self._clock()
        if seen.complete:
            return now - seen.at >= MOVE_SECONDS
        if now - seen.at < QUIET_SECONDS:
            return False
        try:
            facts = self._stat(path)
        except OSError:
            return True  # the scan says what is wrong with it
        stat = facts.st_size, facts.st_mtime_ns
        if seen.stat != stat:
            seen.stat, seen.at = stat, now
            return False
        return True
