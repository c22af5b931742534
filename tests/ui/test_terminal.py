"""Asking a terminal what it can show: real pseudo-terminals that answer, keep silent, or are none at all."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from dofisac_tui.ui.pictures.terminal import ANSWER_SECONDS

ASK = """
import sys, time
from dofisac_tui.ui.pictures.terminal import ask_terminal
began = time.monotonic()
terminal = ask_terminal()
print("RESULT", terminal.protocol, *terminal.cell, terminal.truecolour, repr(terminal.typed), time.monotonic() - began)
"""
ATTRIBUTES, QUERY_END = b"\x1b[?62;4c", b"\x1b[c"
WINDOW = termios.TIOCSWINSZ


def ask(
    answer: Callable[[bytes], bytes],
    size: tuple[int, int, int, int] = (24, 80, 800, 480),
    variables: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """What a process finds out in a pseudo-terminal that answers like this once all questions were read."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, WINDOW, struct.pack("HHHH", *size))
    usual = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    for name in ("TMUX", "STY"):
        usual.pop(name, None)
    environment = {**usual, "TERM": "xterm-256color", **variables}
    child = subprocess.Popen([sys.executable, "-c", ASK], stdin=theirs, stdout=theirs, env=environment)
    os.close(theirs)
    heard = b""
    answered = False
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and (child.poll() is None or select.select([ours], [], [], 0)[0]):
            if select.select([ours], [], [], 0.05)[0]:
                try:
                    heard += os.read(ours, 4096)
                except OSError:
                    break
            if not answered and QUERY_END in heard:
                answered = True
                os.write(ours, answer(heard))
        result = next(line for line in heard.decode().splitlines() if "RESULT" in line)
        return result[result.index("RESULT") :].split()[1:]
    finally:
        child.kill()
        child.wait()
        os.close(ours)


def test_sixel_is_told_by_the_attributes() -> None:
    protocol, width, height, *_ = ask(lambda _: ATTRIBUTES)
    assert (protocol, width, height) == ("sixel", "10", "20")


@pytest.mark.parametrize(
    ("name", "protocol"),
    [
        (b"kitty(0.41.1)", "kitty"),
        (b"kitty(0.26.5)", "sixel"),
        (b"ghostty 1.2.0", "kitty"),
        (b"Konsole 22.12", "sixel"),
    ],
)
def test_kitty_is_preferred_where_it_draws_pictures_by_characters(name: bytes, protocol: str) -> None:
    kitty = b"\x1b_Gi=31;OK\x1b\\"
    assert ask(lambda _: b"\x1bP>|" + name + b"\x1b\\" + kitty + ATTRIBUTES)[0] == protocol
    if protocol == "sixel":
        assert ask(lambda _: b"\x1bP>|" + name + b"\x1b\\" + kitty + b"\x1b[?62c")[0] == "halfblocks"


def test_a_kitty_that_refuses_is_none() -> None:
    name = b"\x1bP>|kitty(0.41.1)\x1b\\"
    assert ask(lambda _: name + b"\x1b_Gi=31;ENOTSUP\x1b\\\x1b[?62c")[0] == "halfblocks"


def test_the_cell_is_asked_for_where_the_system_does_not_know_it() -> None:
    protocol, width, height, *_ = ask(lambda _: b"\x1b[6;18;9t" + ATTRIBUTES, size=(24, 80, 0, 0))
    assert (protocol, width, height) == ("sixel", "9", "18")


def test_colours_are_told_by_reading_one_back() -> None:
    colour = b"\x1bP1$r0;48:2::1:2:3m\x1b\\"
    assert ask(lambda _: colour + ATTRIBUTES)[3] == "True"
    assert ask(lambda _: b"\x1bP1$r0;48;5;16m\x1b\\" + ATTRIBUTES)[3] == "False"


def test_a_window_without_a_size_is_no_trouble() -> None:
    assert ask(lambda _: b"\x1b[?62c", size=(0, 0, 0, 0))[0] == "halfblocks"


def test_silence_costs_little() -> None:
    protocol, *_, seconds = ask(lambda _: b"")
    assert protocol == "halfblocks"
    assert float(seconds) < ANSWER_SECONDS + 0.3


def test_keys_typed_meanwhile_are_kept() -> None:
    *_, typed, _ = ask(lambda _: b"/d" + ATTRIBUTES + "é".encode())
    assert typed == "'/dé'"


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colours_there_are_no_pictures_and_no_questions(variables: dict[str, str]) -> None:
    def never(_: bytes) -> bytes:
        raise AssertionError("asked")

    assert ask(never, variables=variables)[0] == "none"


def test_a_stdin_that_is_no_terminal() -> None:
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", ASK], stdin=subprocess.DEVNULL, stdout=theirs, check=True, timeout=30)
    assert b"RESULT none" in os.read(ours, 4096)
    os.close(theirs)
    os.close(ours)


def test_a_stdout_that_is_no_terminal() -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run([sys.executable, "-c", ASK], stdin=theirs, stdout=subprocess.PIPE, check=True, timeout=30)
    assert done.stdout.startswith(b"RESULT none")
    os.close(theirs)
    os.close(ours)


@pytest.mark.parametrize("arguments", [("open",), ()])
def test_the_app_without_a_terminal_says_so(arguments: tuple[str, ...], tmp_path: object) -> None:
    command = [sys.executable, "-m", "dofisac_tui", "--library", f"{tmp_path}/library", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The app needs a terminal")


def _children(process: int) -> list[int]:
    """The processes that a process started and that still run."""
    found = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for file in found for child in file.read_text().split()]


def _until(condition: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_a_terminal_that_goes_away_takes_the_app_and_its_watcher_along(library_folder: Path) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, WINDOW, struct.pack("HHHH", 24, 80, 800, 480))
    command = [sys.executable, "-m", "dofisac_tui", "--library", str(library_folder), "open", "--images", "halfblocks"]
    environment = {**os.environ, "TERM": "xterm-256color"}
    app = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )  # in a session without a controlling terminal, so that nobody sends it SIGHUP
    os.close(theirs)
    watchers: list[int] = []
    try:
        deadline = time.monotonic() + 60
        while not watchers:
            assert time.monotonic() < deadline, "no watcher was started"
            if select.select([ours], [], [], 0.05)[0]:
                os.read(ours, 1 << 16)
            watchers = _children(app.pid)
        os.close(ours)
        assert app.wait(3) == 128 + signal.SIGHUP
        _until(lambda: not Path(f"/proc/{watchers[0]}").exists(), 20)
    finally:
        app.kill()
        app.wait()
