"""Ask for folders of photos, and say what is missing if there are no photos."""

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
    """Ask for a folder until one can be added; None if the user cancels."""
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
            return await screen.session.worker.quick(add_root, os.fsencode(os.path.expanduser(typed)))
        except DofisacError as error:
            label = f"{fitted(error.title, screen.size.width // 2)}. Folder"


def meant(line: str, offered: str) -> str:
    """Return the text typed behind the offered folder if it is a whole path by itself, else the line."""
    rest = line.removeprefix(offered)
    return rest if rest != line and rest.startswith(("/", "~")) else line


def usual_folder() -> str:
    """Return the folder where most people have their photos."""
    return next(folder for folder in _USUAL if os.path.isdir(os.path.expanduser(folder))) + "/"


async def suggest_folders(typed: str) -> Sequence[str]:
    """Return folders that start with the typed text; hidden ones only after a dot."""
    before, _, start = typed.rpartition("/")
    try:
        with os.scandir(os.path.expanduser(before + "/") if before or typed.startswith("/") else ".") as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir() and entry.name.startswith(start))
    except OSError:  # not a folder, or not readable
        return ()
    shown = [name for name in names if start.startswith(".") or not name.startswith(".")][:_MOST]
    prefix = f"{before}/" if "/" in typed else ""
    return [f"{prefix}{name}/" for name in shown if display_text(name) == name]


def no_photos(overview: Overview | None, watched: bool, key_of: Callable[[str], str]) -> str:
    """Say what to do if the library has no photos.

    Args:
        watched: True if this app watches the folders.
    """
    status = f"  {key_of('app.status')}  open Status, then press"
    if overview is None or not overview.folders:
        return f"No photos yet.\n\n{status} {key_of('roots.add')} to add a folder"
    beat = overview.heartbeat
    if beat and beat.reconciled_at and not beat.queue:
        return f"No photos in your folders.\n\n{status} {key_of('roots.add')} to add another folder"
    if watched or overview.holder:
        return "Indexing your folder: the first photos appear in a moment."
    return f"No photos yet, and the folders are not being indexed.\n\n{status} {key_of('watcher.toggle')} to start"
