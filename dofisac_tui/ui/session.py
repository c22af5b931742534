"""What screens and their helpers may ask of the running app, so that none of them imports it."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from textual.screen import Screen
from textual.worker import Worker

from dofisac_tui.config import Settings
from dofisac_tui.library.status_report import Overview
from dofisac_tui.ui.background.child_processes import DaemonProcess
from dofisac_tui.ui.background.library_worker import LibraryWorker
from dofisac_tui.ui.background.pending_writes import PendingWrites
from dofisac_tui.ui.background.search_service import SearchRequest, SearchService
from dofisac_tui.ui.keys.key_guard import TypeaheadGuard
from dofisac_tui.ui.keys.keymap import Keymap
from dofisac_tui.ui.pictures.renderer import PictureRenderer
from dofisac_tui.ui.pictures.terminal import Terminal


class Album(NamedTuple):
    """Photos to go through in full size.

    Attributes:
        photo_ids: The photos, in this order.
        position: The one to begin with.
        face_ids: The face to mark on each photo, None for no face; empty if no face is marked on any.
    """

    photo_ids: Sequence[int]
    position: int = 0
    face_ids: Sequence[int | None] = ()


class Session(Protocol):
    """The app, as its screens know it.

    Attributes:
        folder: The library's folder.
        keys: The keys of each action, by name, as the settings have them.
        worker: Runs functions on the library in threads.
        renderer: Makes pictures; None where the terminal shows none.
        pending_writes: Decisions that are being written.
        overview: What the library holds, as of the last look; None before the first.
        undo_first: Undoes what is not a row of the ledger, while that is the newest thing to undo. It reports on the
            screen that it is given, and returns False if it no longer applies.
    """

    folder: Path
    settings: Settings
    terminal: Terminal
    keys: Keymap
    worker: LibraryWorker
    search_service: SearchService
    renderer: PictureRenderer | None
    pending_writes: PendingWrites
    daemon_process: DaemonProcess
    typeahead: TypeaheadGuard
    overview: Overview | None
    undo_first: Callable[[Any], Awaitable[bool]] | None

    @property
    def screen(self) -> Screen[Any]:
        """Return the screen that is shown."""

    @property
    def theme_variables(self) -> dict[str, str]:
        """Return the colours of the theme, by name."""

    def suspend(self) -> AbstractContextManager[None]:
        """Leave the terminal to another program within this context."""

    def run_worker(self, work: Any, *, exit_on_error: bool = True) -> Worker[Any]:
        """Run a coroutine beside the keyboard, for as long as the app runs."""

    async def check_library(self) -> None:
        """Read what the library holds now, and update the screen if it changed."""

    async def go_to(self, name: str) -> None:
        """Go to a main screen, leaving what is open on this one."""

    async def search_for(self, request: SearchRequest) -> None:
        """Go to the search screen and search."""

    async def edit_query(self) -> None:
        """Go to the query line."""

    def open_photo(self, album: Album) -> None:
        """Show photos in full size."""

    def tell(self, text: str) -> None:
        """Show a message on the current screen."""

    def redraw(self) -> None:
        """Draw everything again, pictures too."""
