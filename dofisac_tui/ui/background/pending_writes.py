"""Decisions under way: carried out to the end, and once each."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any

from dofisac_tui.library.database import BUSY_SECONDS

LONGEST_SECONDS = BUSY_SECONDS + 1.0
"""A write waits for another process no longer than that."""


class PendingWrites:
    """They belong to the app, since a screen takes its work with it when it is left.

    Args:
        failed: Hears of errors that the decision itself did not tell.
    """

    def __init__(self, failed: Callable[[Exception], object]) -> None:
        self._failed = failed
        self._tasks: dict[Hashable, asyncio.Task[None]] = {}

    def __bool__(self) -> bool:
        """Whether one is not on the disk yet."""
        return bool(self._tasks)

    def __contains__(self, about: Hashable) -> bool:
        """Whether one on this is under way."""
        return about in self._tasks

    def start(self, decision: Coroutine[Any, Any, None], about: Hashable) -> None:
        """Begin with a decision on something on which none is under way."""
        self._tasks[about] = asyncio.get_running_loop().create_task(self._run(decision, about))

    async def _run(self, decision: Coroutine[Any, Any, None], about: Hashable) -> None:
        try:
            await decision
        except Exception as error:  # told, and not lost with the task
            self._failed(error)
        finally:
            del self._tasks[about]

    async def wait(self) -> None:
        """Wait until all are on the disk, or cannot be."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=LONGEST_SECONDS)
