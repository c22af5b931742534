"""From a command line to the app on the screen."""

import os
import sys
from pathlib import Path

from dofisac_tui.config import Settings
from dofisac_tui.errors import DofisacError
from dofisac_tui.ui.images.terminal import ask_terminal, end_with_terminal, protocol_called

DEMO = "demo"
"""What the app ends with to have the demo opened in its place."""


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
    terminal = ask_terminal(protocol_called(settings.screens.images))
    if terminal.truecolour:
        os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"  # COLORTERM, which says so, is lost over SSH
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

    from dofisac_tui.ui.app import DofisacApp

    app = DofisacApp(folder, settings, terminal, watch)
    answer = app.run()
    sys.stdout.flush()
    sys.stderr.flush()
    if answer == DEMO:
        os.execv(sys.executable, [sys.executable, "-m", "dofisac_tui", "demo"])  # noqa: S606 -- ourselves, anew
    os._exit(app.return_code or 0)  # all is on disk; to take the interpreter apart takes longer than to leave the app
