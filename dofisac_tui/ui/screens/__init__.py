"""One screen a file. Those behind the first one are imported a moment after it is shown."""

import importlib
from typing import TYPE_CHECKING

from dofisac_tui.ui.actions import SCREENS

if TYPE_CHECKING:
    from dofisac_tui.ui.screens.base import LibraryScreen


def main_screen(name: str) -> "LibraryScreen":
    """One of the screens of the top line, made anew."""
    return screen_class(name)()


def import_screens() -> None:
    """Import screens beforehand, in a thread: some take half a second, in which no key would be heard."""
    for name in (*SCREENS, "photo", "help"):
        screen_class(name)


def screen_class(name: str) -> "type[LibraryScreen]":
    """The class of a screen: `SearchScreen` of `search.py`, and so on."""
    module = importlib.import_module(f"{__name__}.{name}")
    found: type[LibraryScreen] = getattr(module, f"{name.capitalize()}Screen")
    return found
