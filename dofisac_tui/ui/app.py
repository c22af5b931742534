"""The app: one library, its screens, and the pulse that keeps them true to it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

from textual import events
from textual.command import Provider
from textual.css.query import NoMatches
from textual.geometry import Size
from textual.screen import Screen

from dofisac_tui.config import Settings
from dofisac_tui.errors import DofisacError
from dofisac_tui.library.database import Library
from dofisac_tui.library.status_report import Overview, data_version, overview
from dofisac_tui.ui.background.child_processes import DaemonProcess
from dofisac_tui.ui.background.library_worker import LibraryWorker
from dofisac_tui.ui.background.pending_writes import PendingWrites
from dofisac_tui.ui.background.search_service import SearchRequest, SearchService
from dofisac_tui.ui.base.library_screen import LibraryScreen
from dofisac_tui.ui.keys.actions import SCREENS
from dofisac_tui.ui.keys.key_guard import TypeaheadGuard
from dofisac_tui.ui.keys.keymap import keymap
from dofisac_tui.ui.pictures.driver import PictureDriver
from dofisac_tui.ui.pictures.encode import Encoder
from dofisac_tui.ui.pictures.flow_control import FlowControl
from dofisac_tui.ui.pictures.kitty_images import KittyImages
from dofisac_tui.ui.pictures.renderer import PictureRenderer
from dofisac_tui.ui.pictures.terminal import Protocol, Terminal
from dofisac_tui.ui.screen_table import import_screens, main_screen
from dofisac_tui.ui.search.search_screen import SearchScreen
from dofisac_tui.ui.session import Album
from dofisac_tui.ui.textual_internals import ClosingApp, parse_input, run_binding, wait_until_mounted
from dofisac_tui.ui.theme import DARK
from dofisac_tui.ui.widgets.messages import Trouble

LOOK_SECONDS = 1.5
FIRST_PAGE_SECONDS = 0.3
"""An empty frame is shown where the first page takes longer."""


def _action_commands() -> type[Provider]:
    from dofisac_tui.ui.palette import ActionCommands  # not needed before

    return ActionCommands


class DofisacApp(ClosingApp):
    """Shows one library.

    Args:
        folder: The library's folder.
        settings: The user's.
        terminal: What it can show, found out before the app takes the keyboard.
        watch: Whether to keep a watcher running while nobody else indexes.
    """

    TITLE = "DoFISaC"
    CSS_PATH = "theme.tcss"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {name: partial(main_screen, name) for name in SCREENS}
    DEFAULT_MODE = "search"
    BINDINGS = []
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_action_commands}
    COMMAND_PALETTE_BINDING = "f12"

    def __init__(self, folder: Path, settings: Settings, terminal: Terminal, watch: bool = False) -> None:
        self.keys = keymap(settings.keys)
        super().__init__(driver_class=PictureDriver)
        self.folder = folder
        self.settings = settings
        self.terminal = terminal
        self.worker = LibraryWorker(folder)
        self.search_service = SearchService(settings)
        self.flow_control = FlowControl(terminal.answers, terminal.remote)
        self.daemon_process = DaemonProcess(folder, watch)
        self.typeahead = TypeaheadGuard()
        self.pending_writes = PendingWrites(self._handle_exception)
        self.overview: Overview | None = None
        self.undo_first: Callable[[Any], Awaitable[bool]] | None = None
        self._version = -1
        self._welcomed = False
        self.register_theme(DARK)
        self.set_reactive(DofisacApp.theme, DARK.name)
        self._colours = self.get_css_variables()
        self.stylesheet.set_variables(self._colours)
        self.renderer = self._open_studio()
        self.set_keymap({name: ",".join(keys) or "f24" for name, keys in self.keys.items()})

    def _open_studio(self) -> PictureRenderer | None:
        if self.terminal.protocol is Protocol.NONE:
            return None
        ground = self.theme_variables["background"].lstrip("#")
        red, green, blue = bytes.fromhex(ground[:6])
        encoder = Encoder(self.terminal, (red, green, blue))
        return PictureRenderer(self.folder, encoder, self.settings.indexing, self.flow_control)

    def refresh_css(self, animate: bool = True) -> None:
        """Read the styles anew where the colours changed; Textual asks for it at the start, too, when none have."""
        if self._colours != self.get_css_variables():
            self._colours = self.get_css_variables()
            super().refresh_css(animate)

    async def on_mount(self) -> None:
        """Begin to look at the library, and give back what was typed while the terminal was asked. Textual paints
        nothing before this ends, so that the first page and the frame around it are one paint."""
        self.set_interval(LOOK_SECONDS, self.check_library)
        self.call_after_refresh(self.check_library)
        self.set_timer(LOOK_SECONDS, Thread(target=import_screens, daemon=True).start)
        self.app_resume_signal.subscribe(self, lambda _: self.redraw())
        for key in parse_input(self.terminal.typed.replace("\n", "\r")):
            self.post_message(key)
        if isinstance(self.screen, SearchScreen):
            with suppress(TimeoutError):
                await asyncio.wait_for(self.screen.page_shown.wait(), FIRST_PAGE_SECONDS)

    async def check_library(self) -> None:
        """See whether the library changed, and tell the screen."""
        try:
            version, found = await self.worker.quick(_look)
        except DofisacError as error:
            self.screen.post_message(Trouble(error))
            return
        changed = version != self._version or found != self.overview
        self._version, self.overview = version, found
        if changed and isinstance(self.screen, LibraryScreen) and self.screen.is_mounted:
            with suppress(NoMatches):  # it is being taken apart
                self.screen.overview_changed(found)
        if self.daemon_process.wanted and found.folders and not found.holder:
            self.daemon_process.start()
        if not found.folders and not found.photos and not self._welcomed:
            from dofisac_tui.ui.status.welcome_screen import WelcomeScreen  # shown once in the life of a library

            self._welcomed = True
            self.push_screen(WelcomeScreen())

    async def on_event(self, event: events.Event) -> None:
        """Keys in the order in which they were pressed: each finds what the one before it opened. Textual would send
        them around by the screen first, and so ahead of each other's actions."""
        if not isinstance(event, events.Key) or event.is_forwarded or self.focused:
            await super().on_event(event)
        elif not self.typeahead.keep(event, time.monotonic()):
            await run_binding(self, event)

    def on_unmount(self) -> None:
        """The watcher ends with the app."""
        self.daemon_process.stop()

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal has drawn the picture behind which it was asked."""
        self.flow_control.answered(event.x + 1)

    async def go_to(self, name: str) -> None:
        """To one of the main screens, leaving what is open on this one."""
        await self.switch_mode(name)

    async def search_for(self, question: SearchRequest) -> None:
        """Go to the search screen and look for something."""
        (await self._search_screen()).search(question)

    async def edit_query(self) -> None:
        """Go to the query line."""
        (await self._search_screen()).edit_query()

    async def _search_screen(self) -> SearchScreen:
        await self.switch_mode("search")
        while not isinstance(screen := self.screen, SearchScreen):  # a photo is open on it
            await wait_until_mounted(screen)
            await self.pop_screen()
        return screen

    def open_photo(self, album: Album) -> None:
        """Show photos in full size."""
        from dofisac_tui.ui.photo.photo_screen import PhotoScreen  # not needed before

        self.push_screen(PhotoScreen(album))

    def tell(self, text: str) -> None:
        """Say something on the screen that is looked at."""
        if isinstance(self.screen, LibraryScreen):
            self.screen.say(text)

    @property
    def held(self) -> KittyImages | None:
        """The pictures that the terminal holds; None without a terminal."""
        return self._driver.held if isinstance(self._driver, PictureDriver) else None

    def redraw(self) -> None:
        """Send everything to the terminal anew, pictures too."""
        if self.held:
            self.held.forget_all()
        self.refresh(repaint=True, layout=True)

    def on_resize(self, event: events.Resize) -> None:
        """A zoomed font has other cells: pictures are made anew."""
        if self.renderer and event.pixel_size and event.size:
            cell = _cell(event.pixel_size, event.size)
            if cell != self.renderer.encoder.cell:
                self.renderer.encoder.resize_cells(cell)


def _look(library: Library) -> tuple[int, Overview]:
    return data_version(library), overview(library)


def _cell(pixels: Size, cells: Size) -> tuple[int, int]:
    return max(1, pixels.width // max(1, cells.width)), max(1, pixels.height // max(1, cells.height))
