"""Whether an answer can have been meant for the question that stands on the screen."""

import time

from textual import events
from textual.widget import Widget

from dofisac_tui.ui.textual_internals import forward_key

REACTION_SECONDS = 0.15
"""A key that comes sooner after a question was drawn was meant for the one before: nobody sees and decides so fast."""


class AnswerGuard:
    """Knows since when the question can be seen."""

    def __init__(self) -> None:
        self._drawn_at: float | None = None

    def reset(self) -> None:
        """Another question comes, or this one is being answered."""
        self._drawn_at = None

    def question_shown(self) -> None:
        """The question stands on the screen."""
        if self._drawn_at is None:
            self._drawn_at = time.monotonic()

    def accepts_answer(self) -> bool:
        """Whether an answer counts now."""
        return self._drawn_at is not None and time.monotonic() - self._drawn_at >= REACTION_SECONDS


_PATIENCE = 3.0
"""Seconds after which keys mean what they usually do, should the line never open."""


class TypeaheadGuard:
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
            forward_key(line, event)

    def drop(self) -> None:
        """No line opens after all, and what was typed for it is of no use."""
        self._kept = None
