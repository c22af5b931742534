"""Waiting for the screen."""

import asyncio
from typing import Any

from textual.screen import Screen
from textual.widget import Widget

_HELD_BACK_SECONDS = 0.01


async def wait_for_repaint(widget: Widget) -> None:
    """Wait until what was changed so far stands on the screen: work that can wait must not hold it up."""
    while widget.app._batch_count:  # Textual calls back at once while it holds paints back
        await asyncio.sleep(_HELD_BACK_SECONDS)
    done = asyncio.Event()
    widget.call_after_refresh(done.set)
    await done.wait()


async def wait_until_mounted(screen: Screen[Any]) -> None:
    """Wait until a screen that was only just opened has its widgets: no key means anything to it before."""
    event: asyncio.Event = screen._mounted_event
    await event.wait()
