"""Opening a photo in another program."""

import asyncio
import os
import shlex
import shutil
import subprocess

from textual.app import SuspendNotSupported

from dofisac_tui.display import display_text
from dofisac_tui.errors import DofisacError
from dofisac_tui.ui.background.child_processes import reap_in_background
from dofisac_tui.ui.session import Session
from dofisac_tui.ui.widgets.messages import Trouble

_DESKTOP = ("xdg-open", "open")
_PLACE = "it stands in DOFISAC_VIEWER or in the settings, at screens.viewer"
_ANOTHER = "Name another viewer in DOFISAC_VIEWER or in the settings, at screens.viewer."
_HEARD = 30  # tenths of a second
_IN_TERMINAL = ("chafa", "viu", "timg", "img2sixel", "fim", "mpv")


async def open_in_viewer(session: Session, path: bytes) -> None:
    """Show a photo with the program of the settings, of DOFISAC_VIEWER, or the desktop's.

    Programs of the desktop run beside the app; any other takes the terminal until it ends.

    Raises:
        DofisacError: there is none, or it failed.
    """
    command = _wanted(os.environ.get("DOFISAC_VIEWER") or session.settings.screens.viewer)
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
            _run_beside(session, command[0], arguments)
        else:
            _run_in_terminal(session, command[0], arguments)
    except (OSError, SuspendNotSupported) as error:
        why = error.strerror if isinstance(error, OSError) else None
        raise DofisacError(
            f"{display_text(command[0])} cannot be run: {display_text(why or str(error))}", _ANOTHER
        ) from error


def _wanted(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise DofisacError(
            f"The viewer cannot be read: {display_text(line)}", f"Close its quotes; {_PLACE}."
        ) from error


def _run_beside(session: Session, program: str, arguments: list[bytes]) -> None:
    nothing = subprocess.DEVNULL
    child = subprocess.Popen(arguments, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
    reap_in_background(child)

    async def hear() -> None:
        """What cannot open a file says so soon; what shows it may run for hours."""
        for _ in range(_HEARD):
            await asyncio.sleep(0.1)
            if child.returncode is not None:
                break
        if child.returncode:
            session.screen.post_message(Trouble(_failure(program, child.returncode)))

    session.run_worker(hear(), exit_on_error=False)


def _run_in_terminal(session: Session, program: str, arguments: list[bytes]) -> None:
    """Nothing may be raised before the app has its terminal back: Textual would never take it again."""
    failed: OSError | None = None
    status = 0
    with session.suspend():
        try:
            status = subprocess.run(arguments, check=False).returncode
        except OSError as error:
            failed = error
    session.redraw()
    if failed:
        raise failed
    if status:
        raise _failure(program, status)


def _failure(program: str, status: int) -> DofisacError:
    name = display_text(program)
    what = f"{name} failed with status {status}" if status > 0 else f"{name} was ended by signal {-status}"
    return DofisacError(what, _ANOTHER)
