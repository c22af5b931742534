"""tmux between the app and the terminal: what it tells, and how pictures get through it."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dofisac_tui.ui.pictures.terminal_replies import questions
from dofisac_tui.ui.pictures.tmux import Tmux, ask_tmux, through_tmux


@pytest.mark.parametrize(
    ("tmux", "passes"),
    [
        (Tmux("3.3a", "kitty(0.41.1)", True, True), True),
        (Tmux("3.3a", "kitty(0.41.1)", True, False), False),
        (Tmux("3.3a", "kitty(0.41.1)", False, True), False),
        (Tmux("3.3a", "kitty(0.26.5)", True, True), False),
        (Tmux("3.3a", "XTerm(379)", True, True), False),
    ],
)
def test_pictures_pass_only_where_everything_allows_it(tmux: Tmux, passes: bool) -> None:
    assert tmux.passes_pictures is passes


def test_each_message_is_wrapped_by_itself() -> None:
    one, other = "\x1b_Ga=p,i=7,U=1\x1b\\", "\x1b_Ga=d,d=I,i=7\x1b\\"
    wrapped = through_tmux(one + other)
    assert wrapped.count("\x1bPtmux;") == 2
    inside = re.findall(r"\x1bPtmux;((?:[^\x1b]|\x1b\x1b)*)\x1b\\", wrapped)
    assert "".join(inside).replace("\x1b\x1b", "\x1b") == one + other


def test_tmux_is_not_asked_for_kitty_which_would_be_its_title() -> None:
    assert "\x1b_G" not in questions(multiplexed=True)
    assert "\x1b_G" in questions(multiplexed=False)


def test_without_tmux_there_is_none() -> None:
    assert ask_tmux({}) is None
    assert ask_tmux({"TMUX": "/nowhere/socket,1,0"}) is None


@pytest.fixture
def socket(tmp_path: Path) -> Iterator[Path]:
    """A tmux of our own, without anybody's settings."""
    if not shutil.which("tmux"):
        pytest.skip("tmux is not installed")
    socket = tmp_path / "socket"
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TMUX")}
    command = ["tmux", "-S", str(socket), "-f", "/dev/null", "new-session", "-d", "sleep 60"]
    subprocess.run(command, check=True, env=environment)
    yield socket
    subprocess.run(["tmux", "-S", socket, "kill-server"], check=True)


def test_tmux_tells_its_version_and_whether_it_passes(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMUX", f"{socket},1,0")
    before = ask_tmux()
    assert before is not None
    assert re.match(r"\d+\.\d", before.version)
    assert not before.passes and not before.passes_pictures
    subprocess.run(["tmux", "-S", socket, "set", "-g", "allow-passthrough", "on"], check=True)
    after = ask_tmux()
    assert after is not None and after.passes


ASK = """
import sys
from dofisac_tui.ui.pictures.terminal import ask_terminal
terminal = ask_terminal()
with open(sys.argv[1], "w") as file:
    print(terminal.protocol, terminal.answers, terminal.truecolour, terminal.why, file=file)
"""


def test_in_a_tmux_without_pictures_there_are_blocks_in_all_colours(socket: Path, tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    window = ["new-window", "-c", str(Path.cwd()), "--", sys.executable, "-c", ASK, str(answer)]
    subprocess.run(["tmux", "-S", str(socket), *window], check=True)
    deadline = time.monotonic() + 20
    while not (answer.exists() and answer.read_text().endswith("\n")):
        assert time.monotonic() < deadline, "no answer"
        time.sleep(0.05)
    assert answer.read_text() == "halfblocks False True tmux names neither kitty's graphics nor Sixel\n"
    titles = ["list-panes", "-a", "-F", "#{pane_title}"]
    shown = subprocess.run(["tmux", "-S", str(socket), *titles], check=True, capture_output=True, text=True).stdout
    assert "Gi=" not in shown
