"""Asking a file system that may never answer, as a network folder does whose server hangs: in a thread of its own.

A thread that waits for such an answer cannot be ended, but whoever asked can go on without it.
"""

import errno
import os
import queue
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

ANSWER_SECONDS = 15.0
"""How long the answer to one question may take: a disk that sleeps needs ten seconds to wake up."""

LISTING_SECONDS = 60.0
"""How long a walk may list one folder."""

_BATCH = 64
_MOST_BATCHES = 4

_unanswered: dict[bytes, threading.Thread] = {}  # by place; nothing more is asked about one while its thread waits


def call_with_timeout(place: bytes, question: Callable[[], T], seconds: float | None = None) -> T:
    """The answer to one question.

    Args:
        place: Whom it is put to: a root. One that has left a question open is not asked another.
        seconds: ANSWER_SECONDS unless given.

    Raises:
        TimeoutError: there is no answer.
        Exception: what the question raises.
    """
    (answer,) = iterate_with_timeout(place, lambda: iter([question()]), seconds or ANSWER_SECONDS)
    return answer


def iterate_with_timeout(
    place: bytes, items: Callable[[], Iterator[T]], seconds: float, progress: Callable[[], int] = lambda: 0
) -> Iterator[T]:
    """Yield items that are found in another thread.

    Args:
        items: Called in that thread.
        progress: A number that grows as long as the search goes on, though it may find nothing.

    Raises:
        TimeoutError: nothing came, and there was no progress, for so many seconds.
        Exception: what the search raises.
    """
    before = _unanswered.get(place)
    if before and before.is_alive():
        raise _no_answer(place)
    batches: queue.Queue[list[T] | Exception | None] = queue.Queue(_MOST_BATCHES)
    left = threading.Event()
    thread = threading.Thread(target=_find, args=(items, batches, left), name="patience", daemon=True)
    thread.start()
    try:
        while (batch := _next_batch(batches, seconds, progress)) is not None:
            if isinstance(batch, Exception):
                raise batch
            yield from batch
    except queue.Empty:
        _unanswered[place] = thread
        raise _no_answer(place) from None
    finally:
        left.set()
        while not batches.empty():  # so that the thread need not wait for room
            batches.get_nowait()


def _next_batch(
    batches: queue.Queue[list[T] | Exception | None], seconds: float, progress: Callable[[], int]
) -> list[T] | Exception | None:
    while True:
        before = progress()
        try:
            return batches.get(timeout=seconds)
        except queue.Empty:
            if progress() == before:
                raise


def _find(
    items: Callable[[], Iterator[T]], batches: queue.Queue[list[T] | Exception | None], left: threading.Event
) -> None:
    try:
        found = items()
        while batch := list(islice(found, _BATCH)):
            batches.put(batch)
            if left.is_set():
                return
    except Exception as error:  # it is raised where the items are wanted
        batches.put(error)
    else:
        batches.put(None)


def _no_answer(place: bytes) -> TimeoutError:
    return TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT), place)
