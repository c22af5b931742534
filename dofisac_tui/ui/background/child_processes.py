"""Run child processes beside the app: the daemon, and viewers."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path


def reap_in_background(child: "subprocess.Popen[bytes]") -> None:
    """Reap a child process in a background thread, so that no zombie is left."""
    threading.Thread(target=child.wait, name=f"child-{child.pid}", daemon=True).start()


def has_job_control() -> bool:
    """Return True if the parent is a shell that takes the terminal back when this process stops."""
    try:
        parent = os.getppid()
        return os.getsid(parent) == os.getsid(0) and os.getpgid(parent) != os.getpgrp()
    except OSError:  # whoever started us is gone
        return False


AGAIN_SECONDS = 20.0
"""How long to wait before it is started once more, after it ended by itself."""


class DaemonProcess:
    """Run the daemon as a child process while no other process indexes; it ends with the app, however the app ends.

    Args:
        folder: The library's folder.
        wanted: Whether to run it at all.
    """

    def __init__(self, folder: Path, wanted: bool) -> None:
        self.wanted = wanted
        self._folder = folder
        self._child: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    @property
    def running(self) -> bool:
        """True while the process runs."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start the daemon, unless it runs or has just ended."""
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
        """Ask the daemon to end, without waiting for it."""
        if self._child is not None and self._child.stdin:
            self._child.stdin.close()
            reap_in_background(self._child)
            self._child = None
