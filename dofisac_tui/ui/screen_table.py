"""Find the class of each screen by name. Screens behind the first one are imported a moment after it is shown."""

import importlib
from typing import TYPE_CHECKING

from dofisac_tui.ui.keys.actions import SCREENS

if TYPE_CHECKING:
    from dofisac_tui.ui.base.library_screen import LibraryScreen


def main_screen(name: str) -> "LibraryScreen":
    """One of the screens of the top line, made anew."""
    return screen_class(name)()


def import_screens() -> None:
    """Import screens beforehand, in a thread: some take half a second, in which no key would be heard."""
    for name in SCREENS:
        screen_class(name)
    importlib.import_module("dofisac_tui.ui.photo.photo_screen")
    importlib.import_module("dofisac_tui.ui.keys.help_screen")


def screen_class(name: str) -> "type[LibraryScreen]":
    """The class of a main screen: `SearchScreen` of `search/search_screen.py`, and so on."""
    module = importlib.import_module(f"dofisac_tui.ui.{name}.{name}_screen")
    found: type[LibraryScreen] = getattr(module, f"{name.capitalize()}Screen")
    return found
