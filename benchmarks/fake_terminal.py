"""A terminal for benchmarks: a pseudo-terminal that answers questions, behind a line of a given speed and delay."""

import fcntl
import heapq
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Sequence

CELL = (9, 18)
_ATTRIBUTES = {
    "sixel": b"\x1b[?62;4c",
    "kitty": b"\x1bP>|kitty(0.41.1)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62c",
    "halfblocks": b"\x1b[?62c",
}
_COLOUR = b"\x1bP1$r0;48:2::1:2:3m\x1b\\"
_POSITION = re.compile(rb"\x1b\[2;(\d+)H\x1b\[6n")
_TAIL = 32  # a question may be cut in two by the end of a read


class FakeTerminal:
    """Runs a program and is its terminal.

    Args:
        command: The program.
        size: Columns and rows.
        protocol: What it answers to be: sixel, kitty or halfblocks.
        bits_per_second: Of the line from the program; None for as fast as it comes.
        delay: Seconds that each byte takes one way, both ways.
    """

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int] = (120, 35),
        protocol: str = "sixel",
        bits_per_second: float | None = None,
        delay: float = 0.0,
    ) -> None:
        self.protocol = protocol
        self.received = 0
        self.began = time.monotonic()
        self._rate, self._delay = bits_per_second, delay
        self._free_at = self.began
        self._to_program: list[tuple[float, int, bytes]] = []
        self._to_screen: list[tuple[float, int, bytes]] = []
        self._order = 0
        self._tail = self._screen = b""
        self._asked = False
        self._ours, theirs = pty.openpty()
        columns, rows = size
        window = struct.pack("HHHH", rows, columns, columns * CELL[0], rows * CELL[1])
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, window)
        environment = {**os.environ, "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none"}
        unusual = ("NO_COLOR", "TMUX", "STY", "SSH_CONNECTION", "COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE")
        for name in unusual:
            environment.pop(name, None)
        if bits_per_second:
            environment["SSH_CONNECTION"] = "192.0.2.1 50000 192.0.2.2 22"  # as sshd tells it
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)

    @property
    def screen(self) -> bytes:
        """What reached the screen since the last key."""
        return self._screen

    def press(self, keys: bytes) -> float:
        """Press keys; the time of it."""
        now = time.monotonic()
        self._screen = b""
        self._send(keys, now)
        return now

    def until(self, seen: Callable[[bytes], bool], seconds: float = 30.0) -> float:
        """Read until what reached the screen since the last key satisfies; the time at which it did.

        Raises:
            TimeoutError: it never did.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for at in self._arrivals():
                if seen(self._screen):
                    return at
        last = self._screen[-200:]
        raise TimeoutError(f"not seen within {seconds} s; the last of {len(self._screen)} bytes: {last!r}")

    def quiet(self, seconds: float = 0.5, most: float = 60.0) -> float:
        """Read until nothing came for so long; the time of the last byte."""
        last = time.monotonic()
        deadline = last + most
        while time.monotonic() < min(deadline, last + seconds):
            for at in self._arrivals():
                last = at
        return last

    def memory(self) -> int:
        """Resident bytes of the program."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def watch(self, seconds: float) -> None:
        """Read for so long."""
        self.quiet(seconds, most=seconds)

    def end(self) -> float:
        """Press q and wait; the seconds until the program ended and its last byte reached the screen."""
        pressed = last = self.press(b"q")
        while time.monotonic() < pressed + 20 and (self._to_screen or self.process.poll() is None):
            before = self.process.poll()
            for at in self._arrivals():
                last = at
            if before is None and self.process.poll() is not None:
                last = max(last, time.monotonic())
                self.watch(0.01)  # what it wrote last
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            last = time.monotonic()
        self.process.wait()
        os.close(self._ours)
        return last - pressed

    def _arrivals(self) -> Iterator[float]:
        """Times at which something reached the screen by now."""
        now = self._turn()
        while self._to_screen and self._to_screen[0][0] <= now:
            at, _, block = heapq.heappop(self._to_screen)
            self._screen += block
            self._answer(block, at)
            yield at

    def _turn(self) -> float:
        now = time.monotonic()
        while self._to_program and self._to_program[0][0] <= now:
            os.write(self._ours, heapq.heappop(self._to_program)[2])
        if select.select([self._ours], [], [], 0.001)[0]:
            try:
                block = os.read(self._ours, 4096)
            except OSError:  # the program has ended
                return time.monotonic()
            self.received += len(block)
            now = time.monotonic()
            self._free_at = max(self._free_at, now) + (len(block) * 8 / self._rate if self._rate else 0.0)
            self._push(self._to_screen, self._free_at + self._delay, block)
        return time.monotonic()

    def _answer(self, block: bytes, at: float) -> None:
        heard = self._tail + block
        if not self._asked and b"\x1b[c" in heard:
            self._asked = True
            self._send(_COLOUR + _ATTRIBUTES[self.protocol], at)
        for question in _POSITION.finditer(heard):
            if question.end() > len(self._tail):
                self._send(b"\x1b[2;%sR" % question[1], at)
        self._tail = heard[-_TAIL:]

    def _send(self, data: bytes, at: float) -> None:
        self._push(self._to_program, at + self._delay, data)

    def _push(self, heap: list[tuple[float, int, bytes]], at: float, data: bytes) -> None:
        self._order += 1
        heapq.heappush(heap, (at, self._order, data))
