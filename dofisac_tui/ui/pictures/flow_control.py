"""Pictures no faster than the line takes them.

Over a slow SSH connection whatever was written waits in buffers that nobody here can see, and the next page would wait
behind all of it. So each picture is followed by a question that every terminal answers, where its cursor is, and the
next picture goes out once enough of the answers came back: a window of unanswered bytes, as in TCP, that is as wide
as what the line takes in a quarter of a second.
"""

import asyncio
import time
from collections.abc import Callable

WINDOW_SECONDS = 0.25
LEAST_WINDOW = 24 << 10
PATIENCE_SECONDS = 0.8
"""How long an answer may be overdue before the picture counts as dropped on its way, as it is while screens change."""
MOST_SILENCES = 4
FAST_RATE = 512 << 10
"""Bytes a second from which a line needs no thrift: a page takes half a second then."""
NUMBERS = 32
"""Questions are told apart by the column that the cursor is put in, and no terminal is narrower than that."""
# in the second row, for an answer from the first one can be read as a function key
_ASK = "\x1b7\x1b[2;{}H\x1b[6n\x1b8"


class FlowControl:
    """Counts what is under way to the terminal.

    Args:
        answers: Whether the terminal answers questions at all; where it does not, nothing is held back.
        remote: Whether the terminal is known to be elsewhere.
        clock: Seconds, monotonic.
    """

    def __init__(self, answers: bool, remote: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._on = answers
        self._clock = clock
        self._under_way: dict[int, tuple[int, float]] = {}
        self._number = 0
        self._silences = 0
        self._unanswered = 0
        self._remote = remote
        self._rate = LEAST_WINDOW / WINDOW_SECONDS
        self._last_answer = 0.0
        self._room = asyncio.Event()
        self._room.set()

    @property
    def window(self) -> int:
        """Bytes that may be under way before the next picture waits."""
        return max(LEAST_WINDOW, int(self._rate * WINDOW_SECONDS))

    @property
    def is_slow(self) -> bool:
        """Whether pictures should rather be small than fine: over a remote line, until it is found to be fast."""
        return self._remote and self._rate < FAST_RATE

    def sent(self, size: int) -> str:
        """Note a picture of so many bytes; what is returned has to be written behind it."""
        if not self._on:
            return ""
        self._number = self._number % NUMBERS + 1
        self._unanswered += size - self._under_way.pop(self._number, (0, 0.0))[0]
        self._under_way[self._number] = (size, self._clock())
        if self._unanswered >= self.window:
            self._room.clear()
        return _ASK.format(self._number)

    def answered(self, column: int) -> None:
        """An answer came: the picture before that question is on the screen.

        Args:
            column: Where the cursor was, from 1.
        """
        found = self._under_way.pop(column, None)
        if found is None:
            return
        size, asked = found
        self._unanswered -= size
        self._silences = 0
        now = self._clock()
        seconds = max(1e-3, now - max(asked, self._last_answer))
        self._rate += 0.3 * (size / seconds - self._rate)
        self._last_answer = now
        if self._unanswered < self.window:
            self._room.set()

    async def turn(self) -> None:
        """Wait until the line has room for one more picture."""
        while not self._room.is_set():
            heard = self._last_answer
            try:
                await asyncio.wait_for(self._room.wait(), PATIENCE_SECONDS + self._unanswered / self._rate)
            except TimeoutError:
                if self._last_answer == heard:
                    self._silences += 1
                    self._on = self._silences < MOST_SILENCES  # it does not answer: pictures go out as they come
                self._forget()

    def _forget(self) -> None:
        self._under_way.clear()
        self._unanswered = 0
        self._room.set()
