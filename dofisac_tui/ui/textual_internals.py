"""Everything that the app uses of Textual under a private name, with the reason.

Textual is pinned below the next major version. `tests/ui/test_textual_internals.py` fails when one of these changes.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.css.query import NoMatches
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

_BATCH_SECONDS = 0.01


def parse_input(typed: str) -> Iterable[Message]:
    """Parse what a terminal sends into messages, as Textual's own driver does.

    Private: the driver reads the terminal itself, and cannot be given what was read before it started.
    """
    return XTermParser().feed(typed)


def forward_key(widget: Widget, event: events.Key) -> None:
    """Send a key to one widget.

    Private: a posted key event would be offered to the bindings of the screen first.
    """
    widget._forward_event(event)


async def run_binding(app: App[Any], event: events.Key) -> None:
    """Run the action that is bound to a key, once the current screen can hear it.

    Private: Textual sends a key to the screen's message queue, where a second key overtakes the action of the first.
    """
    event._set_forwarded()
    await wait_until_mounted(app.screen)
    if not await app._check_bindings(event.key, priority=True):
        await app._check_bindings(event.key)


async def wait_until_mounted(screen: Screen[Any]) -> None:
    """Wait until a screen that was just opened has its widgets: before that, no key means anything to it.

    Private: `is_mounted` can be read but not awaited.
    """
    await screen._mounted_event.wait()


async def wait_for_repaint(widget: Widget) -> None:
    """Wait until all changes so far are on the screen.

    Private: `call_after_refresh` calls back at once while Textual batches paints.
    """
    while widget.app._batch_count:
        await asyncio.sleep(_BATCH_SECONDS)
    done = asyncio.Event()
    widget.call_after_refresh(done.set)
    await done.wait()


class BatchedScreen(Screen[None]):
    """A screen that is not rendered while Textual batches paints.

    Private: Textual renders it all the same, and drops the result.
    """

    def _compositor_refresh(self) -> None:
        if self.app._batch_count:
            self._repaint_required = True
        else:
            super()._compositor_refresh()


class ClosingApp(App[str]):
    """An app that ignores missing widgets while it is closing.

    Private: screens that are being removed still receive messages, and Textual has no hook for their errors.
    """

    def _handle_exception(self, error: Exception) -> None:
        if not (self._exit and isinstance(error, NoMatches)):
            super()._handle_exception(error)
