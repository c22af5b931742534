"""From a command line to the app on the screen."""

import gc
import importlib
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path

from dofisac_tui.config import Settings
from dofisac_tui.errors import DofisacError
from dofisac_tui.ui.pictures.terminal import ask_terminal, end_with_terminal, protocol_called

DEMO = "demo"
"""What the app ends with to have the demo opened in its place."""
_START_SECONDS = 3.0
_SWITCH_SECONDS = 0.001
"""A thread that works holds another one up for so long at most: a key behind a picture, a page behind the screen."""


def run_app(folder: Path, settings: Settings, watch: bool) -> None:
    """Show the library in `folder` until the person leaves.

    Args:
        watch: Keep a watcher running meanwhile, unless a daemon runs.

    Raises:
        DofisacError: this is no terminal, or a setting cannot be used.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise DofisacError("The app needs a terminal", "Run it in one, or use the commands: dofisac-tui --help")
    end_with_terminal()
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))  # a terminal that stays is left as it was
    _collect_garbage_later()
    sys.setswitchinterval(_SWITCH_SECONDS)
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    wanted = protocol_called(settings.screens.images)
    terminal = ask_terminal(wanted, meanwhile=partial(importlib.import_module, "dofisac_tui.ui.app"))
    if terminal.truecolour:
        os.environ["COLORTERM"] = "truecolor"  # lost over SSH

    from dofisac_tui.ui.app import DofisacApp

    app = DofisacApp(folder, settings, terminal, watch)
    answer = app.run()
    sys.stdout.flush()
    sys.stderr.flush()
    if answer == DEMO:
        os.execv(sys.executable, [sys.executable, "-m", "dofisac_tui", "demo"])  # noqa: S606 -- ourselves, anew
    os._exit(app.return_code or 0)  # all is on disk; to take the interpreter apart takes longer than to leave the app


def _collect_garbage_later() -> None:
    """Keep the collector from searching again and again, while the app starts, what is there to stay."""

    def collect() -> None:
        gc.freeze()
        gc.enable()

    gc.disable()
    timer = threading.Timer(_START_SECONDS, collect)
    timer.daemon = True
    timer.start()
