"""A watcher of one's own, for as long as the app is open: the daemon as a child process."""

import subprocess
import sys
import time
from pathlib import Path

from dofisac_tui.ui.background.subprocesses import leave

AGAIN_SECONDS = 20.0
"""How long to wait before it is started once more, after it ended by itself."""


class DaemonProcess:
    """Started only while nobody else indexes; it ends with the app, however the app ends.

    Args:
        folder: The library's folder.
        wanted: Whether it shall run at all.
    """

    def __init__(self, folder: Path, wanted: bool) -> None:
        self.wanted = wanted
        self._folder = folder
        self._child: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start it, unless it runs, or ended only just now."""
        now = time.monotonic()
        if self.running or (self._child is not None and now - self._started < AGAIN_SECONDS):
            return
        self._started = now
        self._child = subprocess.Popen(
            [sys.executable, "-m", "dofisac_daemon", "--library", str(self._folder), "--log-file", "--while-stdin"],
            stdin=subprocess.PIPE,  # closes when this process dies, whatever it dies of
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def stop(self) -> None:
        """Ask it to end; nobody waits for it."""
        if self._child is not None and self._child.stdin:
            self._child.stdin.close()
            leave(self._child)
            self._child = None
