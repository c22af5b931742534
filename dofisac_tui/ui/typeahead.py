"""Keys that were pressed for a line which is not open yet."""

from textual import events
from textual.widget import Widget

_PATIENCE = 3.0
"""Seconds after which keys mean what they usually do, should the line never open."""


class Typeahead:
    """Whoever presses the key of a question and types on, types into it: over a slow line both arrive in one block, and
    the letters must not be taken for the keys of the screen."""

    def __init__(self) -> None:
        self._kept: list[events.Key] | None = None
        self._since = 0.0

    def expect(self, now: float) -> None:
        """A line is about to open."""
        self._kept, self._since = [], now

    def keep(self, event: events.Key, now: float) -> bool:
        """Whether a key is kept for the line that opens."""
        if self._kept is None:
            return False
        if now - self._since > _PATIENCE:
            self.drop()
            return False
        self._kept.append(event)
        return True

    def release(self, line: Widget) -> None:
        """The line has the keyboard: give it what was typed."""
        kept, self._kept = self._kept or [], None
        for event in kept:
            line._forward_event(event)

    def drop(self) -> None:
        """No line opens after all, and what was typed for it is of no use."""
        self._kept = None
