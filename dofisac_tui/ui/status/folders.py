"""Which folders of photos to read, as screens ask for them and speak of them."""

import os
from collections.abc import Callable, Sequence

from dofisac_tui.display import display_text
from dofisac_tui.errors import DofisacError
from dofisac_tui.library.roots import Root, add_root
from dofisac_tui.library.status_report import Overview
from dofisac_tui.ui.base.library_screen import LibraryScreen
from dofisac_tui.wording.fitting import fitted

_MOST = 40
_USUAL = ("~/Pictures", "~/Photos", "~/photos", "~")


async def add_folder(screen: LibraryScreen) -> Root | None:
    """Ask for a folder until one can be read from now on; None where the person left."""
    offered = typed = usual_folder()
    label = "Folder"

    async def suggest(line: str) -> Sequence[str]:
        return await suggest_folders(meant(line, offered))

    while True:
        answer = await screen.ask(label, typed, suggest)
        if answer is None or not answer.strip():
            return None
        typed = meant(answer.strip(), offered)
        try:
            return await screen.dofisac.desk.quick(add_root, os.fsencode(os.path.expanduser(typed)))
        except DofisacError as error:
            label = f"{fitted(error.title, screen.size.width // 2)}. Folder"


def meant(line: str, offered: str) -> str:
    """What was typed behind the folder that was offered, where it is a whole path by itself."""
    rest = line.removeprefix(offered)
    return rest if rest != line and rest.startswith(("/", "~")) else line


def usual_folder() -> str:
    """Where most people have their photos."""
    return next(folder for folder in _USUAL if os.path.isdir(os.path.expanduser(folder))) + "/"


async def suggest_folders(typed: str) -> Sequence[str]:
    """Folders that begin with what was typed; hidden ones only where a dot was typed."""
    before, _, start = typed.rpartition("/")
    try:
        with os.scandir(os.path.expanduser(before + "/") if before or typed.startswith("/") else ".") as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir() and entry.name.startswith(start))
    except OSError:  # not a folder, or not ours to read: nothing to offer
        return ()
    shown = [name for name in names if start.startswith(".") or not name.startswith(".")][:_MOST]
    prefix = f"{before}/" if "/" in typed else ""
    return [f"{prefix}{name}/" for name in shown if display_text(name) == name]


def no_photos(overview: Overview | None, watched: bool, key_of: Callable[[str], str]) -> str:
    """What to say in the place of photos where the library has none.

    Args:
        watched: Whether this app watches the folders.
    """
    status = f"  {key_of('app.status')}  and there  "
    if overview is None or not overview.folders:
        return f"No photos yet.\n\n{status}{key_of('roots.add')}  to choose a folder of photos"
    beat = overview.heartbeat
    if beat and beat.reconciled_at and not beat.queue:
        return f"No photos were found in your folders.\n\n{status}{key_of('roots.add')}  to choose another one"
    if watched or overview.holder:
        return "Your folder is being read: the first photos come in a moment."
    return f"No photos yet, and nobody reads the folders.\n\n{status}{key_of('watcher.toggle')}  to have them read"
