"""Waiting for the screen."""

import asyncio

from textual.widget import Widget

_HELD_BACK_SECONDS = 0.01


async def painted(widget: Widget) -> None:
    """Wait until what was changed so far stands on the screen: work that can wait must not hold it up."""
    while widget.app._batch_count:  # Textual calls back at once while it holds paints back
        await asyncio.sleep(_HELD_BACK_SECONDS)
    done = asyncio.Event()
    widget.call_after_refresh(done.set)
    await done.wait()
