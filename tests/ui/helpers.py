"""Waiting for what the app does behind the keyboard, and looking at what it shows."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.search.search_screen import SearchScreen
from dofisac_tui.ui.widgets.status_line import StatusLine
from dofisac_tui.ui.widgets.text_line import TextLine


async def until(pilot: Pilot[Any], condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is true; an assertion fails where it does not become so in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)
        await pilot.pause()


@asynccontextmanager
async def searching(
    app: DofisacApp, size: tuple[int, int] = (120, 35)
) -> AsyncIterator[tuple[Pilot[Any], SearchScreen]]:
    """The app with all photos in front."""
    async with app.run_test(size=size) as pilot:
        screen = app.screen
        assert isinstance(screen, SearchScreen)
        await until(pilot, lambda: screen.current is not None)
        yield pilot, screen


def words(line: TextLine) -> str:
    """What a line says."""
    return str(line.render())


def said(app: App[Any]) -> str:
    """The line above the keys."""
    return words(app.screen.query_one(StatusLine))


def shown(app: App[Any]) -> str:
    """All that stands on the screen, as text."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())
