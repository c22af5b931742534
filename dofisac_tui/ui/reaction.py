"""Whether an answer can have been meant for the question that stands on the screen."""

import time

REACTION_SECONDS = 0.15
"""A key that comes sooner after a question was drawn was meant for the one before: nobody sees and decides so fast."""


class Reaction:
    """Knows since when the question can be seen."""

    def __init__(self) -> None:
        self._drawn_at: float | None = None

    def reset(self) -> None:
        """Another question comes, or this one is being answered."""
        self._drawn_at = None

    def drawn(self) -> None:
        """The question stands on the screen."""
        if self._drawn_at is None:
            self._drawn_at = time.monotonic()

    def is_due(self) -> bool:
        """Whether an answer counts now."""
        return self._drawn_at is not None and time.monotonic() - self._drawn_at >= REACTION_SECONDS
