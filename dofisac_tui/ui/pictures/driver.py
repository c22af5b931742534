"""Textual's way to the terminal, which here also knows what pictures the terminal holds."""

from typing import Any

from textual.drivers.linux_driver import LinuxDriver

from dofisac_tui.ui.pictures.kitty_images import KittyImages
from dofisac_tui.ui.pictures.terminal import Terminal
from dofisac_tui.ui.pictures.tmux import through_tmux


class PictureDriver(LinuxDriver):
    """Has the pictures forgotten whenever the screen is left: at the end, and for another program."""

    def __init__(self, app: Any, **named: Any) -> None:
        super().__init__(app, **named)
        terminal: Terminal = app.terminal
        self.held = KittyImages((lambda messages: self.write(through_tmux(messages))) if terminal.tmux else self.write)

    def stop_application_mode(self) -> None:
        """Leave the screen."""
        self.held.forget_all()
        super().stop_application_mode()
