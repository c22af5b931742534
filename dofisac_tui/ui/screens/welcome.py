"""The first screen of a new library: what this is, and which folder to read."""

import os
from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult

from dofisac_tui.display import display_text
from dofisac_tui.library.roots import add_root
from dofisac_tui.ui.actions import bindings_of
from dofisac_tui.ui.screens.base import LibraryScreen
from dofisac_tui.ui.widgets.line import Line

WORDS = """\
Find every photo of a person, or a photo by describing it.
Nothing leaves this machine, and your photos are only ever read.

  {folder:6}  choose the folder of your photos
  {demo:6}  look around in a small library of sample photos
  {leave:6}  leave

Photos appear as they are read, the newest first. You can search while that goes on."""

_MOST = 40
_USUAL = ("~/Pictures", "~/Photos", "~/photos", "~")


class WelcomeScreen(LibraryScreen):
    """Shown while the library reads no folder."""

    NAME = "welcome"
    BINDINGS = bindings_of(NAME)

    def body(self) -> ComposeResult:
        """A few lines."""
        yield Line(id="welcome")

    def on_mount(self) -> None:
        """The words."""
        keys = {name: self.key_of(f"welcome.{name}") for name in ("folder", "demo")}
        self.query_one("#welcome", Line).put(Text(WORDS.format(**keys, leave=self.key_of("app.leave"))))

    def action_welcome_folder(self) -> None:
        """Ask for the folder."""
        self.spawn(self._choose())

    async def _choose(self) -> None:
        answer = await self.ask("Folder", usual_folder(), suggest_folders)
        if answer and answer.strip():
            root = await self.dofisac.desk.quick(add_root, os.fsencode(os.path.expanduser(answer.strip())))
            self.dismiss()
            await self.dofisac.look()
            self.dofisac.tell(f"Reading {display_text(root.path)}: photos appear as they are read.")

    def action_welcome_demo(self) -> None:
        """Another library, with sample photos."""
        self.app.exit("demo")


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
