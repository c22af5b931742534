"""Threads for work that must not hold up the keyboard.

asyncio's own executor is waited for when the app quits; these threads are not, so quitting takes no time.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class DaemonExecutor:
    """A few threads that do one piece of work each at a time, in the order asked for.

    Args:
        name: Of the threads, for debuggers.
        count: How many.
    """

    def __init__(self, name: str, count: int = 1) -> None:
        self._waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._idle = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(count)
        ]

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do `work(*arguments)` in one of the threads; work that was cancelled before its turn is left out."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def do() -> None:
            if future.cancelled():
                return
            try:
                result = work(*arguments)
            except BaseException as error:  # raised again where it is awaited
                _settle(loop, future, error=error)
            else:
                _settle(loop, future, result=result)

        self._waiting.put(do)
        while self._idle:  # none is needed before there is work
            self._idle.pop().start()
        return await future

    def _work(self) -> None:
        while True:
            self._waiting.get()()


def _settle(
    loop: asyncio.AbstractEventLoop, future: "asyncio.Future[T]", result: Any = None, error: BaseException | None = None
) -> None:
    def settle() -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    if not loop.is_closed():
        loop.call_soon_threadsafe(settle)
