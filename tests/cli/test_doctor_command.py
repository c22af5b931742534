"""`doctor`: the same things in words and in JSON, and what a terminal says of itself."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.fake_terminal import FakeTerminal
from dofisac_tui.cli.doctor_commands import tmux_finding
from dofisac_tui.ui.pictures.tmux import Tmux
from tests.cli.conftest import Dofisac


def in_terminal(library: Path, protocol: str, *arguments: str, **line: Any) -> str:
    """What `doctor` prints in a terminal of that kind."""
    command = [sys.executable, "-m", "dofisac_tui", "--library", str(library), "doctor", *arguments]
    terminal = FakeTerminal(command, protocol=protocol, **line)
    try:
        terminal.until(lambda screen: b"There is no library" in screen, 60)
        terminal.quiet(0.5)
        return terminal.screen.decode()
    finally:
        terminal.process.kill()
        terminal.process.wait()


def test_elsewhere_than_in_a_terminal_it_says_so(dofisac: Dofisac, tmp_path: Path) -> None:
    done = dofisac("--library", tmp_path, "doctor", "--json")
    findings = {finding["check"]: finding for finding in done.data}
    assert {"version", "machine", "disk", "models", "formats", "terminal", "encoding", "library"} <= set(findings)
    assert "pictures" not in findings
    assert "input or output" in findings["terminal"]["detail"]


@pytest.mark.parametrize(
    ("protocol", "why"),
    [
        ("kitty", "kitty: kitty(0.41.1) says that it takes kitty's graphics"),
        ("sixel", "sixel: the terminal names Sixel"),
        ("halfblocks", "halfblocks: the terminal names neither"),
    ],
)
def test_it_says_how_pictures_are_drawn_and_why(protocol: str, why: str, tmp_path: Path) -> None:
    text = in_terminal(tmp_path / "library", protocol)
    assert why in text
    assert "9x18 pixels" in text
    assert "16 million" in text
    assert ("draws finer ones" in text) is (protocol == "halfblocks")
    assert "on this machine" in text


def test_the_same_in_json_and_over_ssh(tmp_path: Path) -> None:
    text = in_terminal(tmp_path / "library", "kitty", "--json", bits_per_second=1e7)
    findings = {finding["check"]: finding for finding in json.loads(text[text.index('[{"') :])}
    assert {"terminal", "pictures", "cell", "colours", "encoding"} <= set(findings)
    assert "over SSH" in findings["terminal"]["detail"]


@pytest.mark.parametrize(
    ("tmux", "settings"),
    [
        (Tmux("3.3a", "kitty(0.41.1)", True, True), []),
        (Tmux("3.3a", "kitty(0.41.1)", True, False), ["allow-passthrough on"]),
        (Tmux("3.3a", "kitty(0.41.1)", False, False), ["allow-passthrough on", "RGB"]),
        (Tmux("3.3a", "XTerm(379)", False, False), ["RGB"]),
    ],
)
def test_it_names_the_settings_of_tmux_that_are_missing(tmux: Tmux, settings: list[str]) -> None:
    hint = tmux_finding(tmux).hint
    assert bool(hint) is bool(settings)
    assert all(setting in hint for setting in settings)
    assert ("allow-passthrough" in hint) is ("allow-passthrough on" in settings)
