"""What the terminal can draw, asked once before Textual takes the keyboard."""

import contextlib
import fcntl
import os
import select
import signal
import struct
import sys
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from dofisac_tui.errors import ConfigError
from dofisac_tui.ui.pictures.terminal_replies import TerminalReplies, draws_by_characters, questions
from dofisac_tui.ui.pictures.tmux import Tmux, ask_tmux

ANSWER_SECONDS = 0.25
_COLOURLESS = ("dumb", "unknown", "linux", "vt100")


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
        answers: Whether it answers questions; tmux answers in its place, and knows nothing of the line behind itself.
        name: What it is called; empty where it does not tell.
        why: What the protocol was chosen by.
        tmux: What is between us and it.
        remote: Whether it is at the other end of SSH.
    """

    protocol: Protocol
    cell: tuple[int, int] = (10, 20)
    truecolour: bool = False
    typed: str = ""
    answers: bool = False
    name: str = ""
    why: str = ""
    tmux: Tmux | None = None
    remote: bool = False


def protocol_called(images: str) -> Protocol | None:
    """What the settings and `--images` say; None for `auto`.

    Raises:
        ConfigError: there is none of that name.
    """
    if images == "auto":
        return None
    try:
        return Protocol(images)
    except ValueError:
        raise ConfigError(f"screens.images cannot be {images!r}", f"There are: auto, {', '.join(Protocol)}.") from None


def ask_terminal(
    wanted: Protocol | None = None,
    environment: Mapping[str, str] = os.environ,
    meanwhile: Callable[[], object] = lambda: None,
) -> Terminal:
    """Find out what can be shown, in at most `ANSWER_SECONDS` and what tmux takes; never fails.

    Args:
        wanted: Take this protocol whatever the terminal says.
        meanwhile: What to do while the answers are on their way; left out where nothing is asked.
    """
    if not _is_terminal():
        return _chosen(wanted, Protocol.NONE, "input or output is no terminal")
    cell = _cell_size()
    if without := _draws_no_pictures(environment):
        return _chosen(wanted, Protocol.NONE, without, cell or Terminal.cell)
    tmux = ask_tmux(environment)
    multiplexed = bool(environment.get("TMUX") or environment.get("STY"))
    answers = TerminalReplies(_ask(questions(multiplexed), meanwhile))
    terminal = _chosen(wanted, *_best(answers, tmux), cell or answers.cell or Terminal.cell)
    return replace(
        terminal,
        truecolour=answers.exact_colour or tmux is not None or terminal.protocol is Protocol.KITTY,
        typed=answers.typed,
        answers=answers.complete and tmux is None,
        name=tmux.outside if tmux else answers.name,
        tmux=tmux,
        remote=bool(environment.get("SSH_CONNECTION")),
    )


def _chosen(wanted: Protocol | None, best: Protocol, why: str, cell: tuple[int, int] = Terminal.cell) -> Terminal:
    return Terminal(wanted, cell, why="asked for") if wanted else Terminal(best, cell, why=why)


def _best(answers: TerminalReplies, tmux: Tmux | None) -> tuple[Protocol, str]:
    """The protocol, and what speaks for it."""
    if tmux and tmux.passes_pictures:
        return Protocol.KITTY, f"tmux hands pictures on to {tmux.outside}"
    if answers.kitty and draws_by_characters(answers.name):
        return Protocol.KITTY, f"{answers.name} says that it takes kitty's graphics"
    if answers.sixel:
        return Protocol.SIXEL, "the terminal names Sixel among its attributes"
    if answers.kitty:
        return Protocol.HALFBLOCKS, f"{answers.name or 'the terminal'} takes kitty's graphics, but not by characters"
    if answers.complete:
        return Protocol.HALFBLOCKS, f"{'tmux' if tmux else 'the terminal'} names neither kitty's graphics nor Sixel"
    return Protocol.HALFBLOCKS, "the terminal did not answer"


def end_with_terminal() -> None:
    """End this process as SIGHUP does once its terminal is gone, also where nobody is there to send that signal.

    Textual reads the end of its input over and over, and waits for ever for room to write.
    """

    def wait() -> None:
        gone = select.poll()
        gone.register(0, 0)  # without events that are asked for, only a hang-up or an error is told
        if any(event & (select.POLLHUP | select.POLLERR) for _, event in gone.poll()):
            os._exit(128 + signal.SIGHUP)

    threading.Thread(target=wait, name="hang-up", daemon=True).start()


def _draws_no_pictures(environment: Mapping[str, str]) -> str:
    """Why there are none; half-blocks are made of colours, so without colours there is nothing to see."""
    if environment.get("NO_COLOR"):
        return "NO_COLOR is set"
    kind = environment.get("TERM", "dumb")
    return f"TERM={kind} has no colours to make them of" if kind in _COLOURLESS else ""


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


def _ask(batch: str, meanwhile: Callable[[], object]) -> bytes:
    """Send a batch of questions and read until the last one is answered, or time is up."""
    replies = b""
    deadline = time.monotonic() + ANSWER_SECONDS
    with contextlib.suppress(OSError, termios.error), _raw(0):  # a terminal that went away answers nothing
        os.write(1, batch.encode())
        meanwhile()
        while not TerminalReplies(replies).complete:
            if not select.select([0], [], [], max(0.0, deadline - time.monotonic()))[0]:
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
