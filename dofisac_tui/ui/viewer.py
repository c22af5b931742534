"""Opening a photo in another program."""

import os
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from dofisac_tui.display import display_text
from dofisac_tui.errors import DofisacError
from dofisac_tui.ui.children import leave

if TYPE_CHECKING:
    from dofisac_tui.ui.app import DofisacApp

_DESKTOP = ("xdg-open", "open")
_IN_TERMINAL = ("chafa", "viu", "timg", "img2sixel", "fim", "mpv")


async def open_in_viewer(app: "DofisacApp", path: bytes) -> None:
    """Show a photo with the program of the settings, of DOFISAC_VIEWER, or the desktop's.

    Programs of the desktop run beside the app; any other takes the terminal until it ends.

    Raises:
        DofisacError: there is none, or it failed.
    """
    command = shlex.split(os.environ.get("DOFISAC_VIEWER") or app.settings.screens.viewer)
    beside = not command and bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if beside:
        command = [program for program in _DESKTOP if shutil.which(program)][:1]
    if not command:
        raise DofisacError(
            "There is no program to open the photo with", f"Name one in DOFISAC_VIEWER, for example {_IN_TERMINAL[0]}."
        )
    arguments = [*map(os.fsencode, command), path]
    try:
        if beside:
            nothing = subprocess.DEVNULL
            leave(subprocess.Popen(arguments, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True))
        else:
            with app.suspend():
                subprocess.run(arguments, check=False)
            app.redraw()
    except (OSError, SuspendNotSupported) as error:
        raise DofisacError(f"{display_text(command[0])} cannot be run: {display_text(str(error))}") from error
