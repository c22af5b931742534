"""What the terminal can draw, asked once before Textual takes the keyboard.

One batch of questions goes out: the kitty graphics query, the size of a cell where the system does not know it, and
the primary device attributes, which every terminal answers, so that silence about the rest costs no waiting.
"""

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
import threading
import time
import tty
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

ANSWER_SECONDS = 0.25
_KITTY_QUERY = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
_CELL_QUERY = "\x1b[16t"
_COLOUR_QUERY = "\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[m"  # set a colour and ask which one is set
_ATTRIBUTES_QUERY = "\x1b[c"
_ATTRIBUTES = re.compile(rb"\x1b\[\?([0-9;]*)c")
_KITTY = re.compile(rb"\x1b_Gi=31;([^\x1b]*)\x1b\\")
_CELL = re.compile(rb"\x1b\[6;(\d+);(\d+)t")
_COLOUR = re.compile(rb"\x1bP[01]\$r([0-9;:]*)m?\x1b\\")
_EXACT_COLOUR = re.compile(rb"48[;:]2[;:]+(?:0[;:])?1[;:]2[;:]3")
_SIXEL_ATTRIBUTE = b"4"


class Protocol(StrEnum):
    """How pictures reach the screen; the values are what `--images` takes."""

    KITTY = "kitty"
    SIXEL = "sixel"
    HALFBLOCKS = "halfblocks"
    NONE = "none"


@dataclass(frozen=True)
class Terminal:
    """What a terminal said of itself.

    Attributes:
        protocol: The best way to show pictures in it.
        cell: Width and height of a character in pixels.
        truecolour: Whether it shows any colour.
        typed: What was typed while it was asked.
        answers: Whether it answers questions.
    """

    protocol: Protocol
    cell: tuple[int, int] = (10, 20)
    truecolour: bool = False
    typed: str = ""
    answers: bool = False


def ask_terminal(wanted: Protocol | None = None, environment: Mapping[str, str] = os.environ) -> Terminal:
    """Find out what can be shown, in at most `ANSWER_SECONDS`; never fails.

    Args:
        wanted: Take this protocol whatever the terminal says.
    """
    if not _is_terminal():
        return Terminal(wanted or Protocol.NONE)
    cell = _cell_size()
    if _draws_no_pictures(environment):
        return Terminal(wanted or Protocol.NONE, cell or Terminal.cell)
    replies = _ask(_KITTY_QUERY + ("" if cell else _CELL_QUERY) + _COLOUR_QUERY + _ATTRIBUTES_QUERY)
    size = _CELL.search(replies)
    if not cell and size:
        cell = (int(size[2]), int(size[1]))
    protocol = wanted or _best(replies)
    answers = _ATTRIBUTES.search(replies) is not None
    return Terminal(protocol, cell or Terminal.cell, _shows_any_colour(protocol, replies), _typed(replies), answers)


def end_with_terminal() -> None:
    """End this process as SIGHUP does once its terminal is gone, also where nobody is there to send that signal.

    Textual reads the end of its input over and over, and waits for ever for room to write.
    """

    def wait() -> None:
        gone = select.poll()
        gone.register(0, 0)  # without events that are asked for, only a hang-up or an error is told
        gone.poll()
        os._exit(128 + signal.SIGHUP)

    threading.Thread(target=wait, name="hang-up", daemon=True).start()


def _shows_any_colour(protocol: Protocol, replies: bytes) -> bool:
    colour = _COLOUR.search(replies)
    return protocol is Protocol.KITTY or bool(colour and _EXACT_COLOUR.search(colour[1]))


def _typed(replies: bytes) -> str:
    """What is left when the answers are taken out; keys that send escape sequences are not worth guessing at."""
    for answer in (_CELL, _KITTY, _COLOUR, _ATTRIBUTES):
        replies = answer.sub(b"", replies)
    return "" if b"\x1b" in replies else replies.decode("utf-8", "ignore")


def _best(replies: bytes) -> Protocol:
    kitty = _KITTY.search(replies)
    if kitty and kitty[1] == b"OK":
        return Protocol.KITTY
    attributes = _ATTRIBUTES.search(replies)
    if attributes and _SIXEL_ATTRIBUTE in attributes[1].split(b";"):
        return Protocol.SIXEL
    return Protocol.HALFBLOCKS


def _draws_no_pictures(environment: Mapping[str, str]) -> bool:
    """Half-blocks are made of colours, so without colours there is nothing to see."""
    return bool(environment.get("NO_COLOR")) or environment.get("TERM", "dumb") in ("dumb", "unknown", "linux", "vt100")


def _is_terminal() -> bool:
    streams = (sys.__stdin__, sys.__stdout__)
    return all(stream is not None and not stream.closed and stream.isatty() for stream in streams)


def _cell_size() -> tuple[int, int] | None:
    """From the system; many terminals over SSH, and pseudo-terminals without a size, give none."""
    try:
        rows, columns, width, height = struct.unpack("HHHH", fcntl.ioctl(1, termios.TIOCGWINSZ, b"\0" * 8))
    except OSError:
        return None
    return (width // columns, height // rows) if rows and columns and width >= columns and height >= rows else None


def _ask(questions: str) -> bytes:
    """Send questions and read until the attributes are answered, or time is up."""
    replies = b""
    deadline = time.monotonic() + ANSWER_SECONDS
    with contextlib.suppress(OSError, termios.error), _raw(0):  # a terminal that went away answers nothing
        os.write(1, questions.encode())
        while not _ATTRIBUTES.search(replies):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([0], [], [], left)[0]:
                break
            block = os.read(0, 4096)
            if not block:
                break
            replies += block
    return replies


@contextlib.contextmanager
def _raw(descriptor: int) -> Iterator[None]:
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor, termios.TCSANOW)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSANOW, before)
