"""Textual's way to the terminal, which here also knows what pictures the terminal holds."""

from typing import TYPE_CHECKING, Any

from textual.drivers.linux_driver import LinuxDriver

from dofisac_tui.ui.pictures.kitty_images import KittyImages
from dofisac_tui.ui.pictures.tmux import through_tmux

if TYPE_CHECKING:
    from dofisac_tui.ui.app import DofisacApp


class PictureDriver(LinuxDriver):
    """Has the pictures forgotten whenever the screen is left: at the end, and for another program."""

    def __init__(self, app: "DofisacApp", **named: Any) -> None:
        super().__init__(app, **named)
        tmux = app.terminal.tmux
        self.held = KittyImages((lambda messages: self.write(through_tmux(messages))) if tmux else self.write)

    def stop_application_mode(self) -> None:
        """Leave the screen."""
        self.held.forget_all()
        super().stop_application_mode()
