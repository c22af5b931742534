"""What `doctor` finds out about the terminal: how pictures are drawn in it, why, and what would draw better ones."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from dofisac_tui.cli.doctor_commands import Finding
from dofisac_tui.errors import DofisacError

if TYPE_CHECKING:
    from dofisac_tui.ui.pictures.terminal import Terminal
    from dofisac_tui.ui.pictures.tmux import Tmux

_TMUX_SETTINGS = "Put into ~/.tmux.conf, and start tmux anew: "


def terminal_findings(images: str) -> Iterator[Finding]:
    """Ask the terminal as the app does.

    Args:
        images: The setting of that name.
    """
    if sys.stdin.isatty() and sys.stdout.isatty():
        yield from _asked(images, os.environ)
    else:
        yield Finding("terminal", True, "input or output is none", "To learn what it draws, run doctor in it.")
    encoding = sys.stdout.encoding or "unknown"
    hint = "" if encoding.lower().replace("-", "") == "utf8" else "Set LANG to a UTF-8 locale, such as C.UTF-8."
    yield Finding("encoding", not hint, encoding, hint)


def _asked(images: str, environment: Mapping[str, str]) -> Iterator[Finding]:
    from dofisac_tui.ui.pictures.terminal import ask_terminal, protocol_called

    try:
        terminal = ask_terminal(protocol_called(images))
    except DofisacError as error:
        yield Finding("pictures", False, error.title, error.hint)
        return
    yield _kind(terminal, environment)
    yield _pictures(terminal)
    yield Finding("cell", True, "{}x{} pixels".format(*terminal.cell))
    yield _colours(terminal, environment)
    if terminal.tmux:
        yield tmux_finding(terminal.tmux)
    elif environment.get("STY"):
        yield Finding("screen", True, "GNU screen hands on no pictures", "tmux does: kitty's, and from 3.4 on Sixel.")


def _kind(terminal: "Terminal", environment: Mapping[str, str]) -> Finding:
    size = shutil.get_terminal_size()
    where = "over SSH" if environment.get("SSH_CONNECTION") else "on this machine"
    name = terminal.name or "tells no name"
    return Finding("terminal", True, f"{name}, TERM={environment.get('TERM')}, {size.columns}x{size.lines}, {where}")


def _pictures(terminal: "Terminal") -> Finding:
    from dofisac_tui.ui.pictures.terminal import Protocol

    hint = ""
    if terminal.protocol is Protocol.HALFBLOCKS and not terminal.tmux:
        hint = "A terminal with Sixel or kitty's graphics draws finer ones: kitty, foot, WezTerm, or xterm -ti vt340."
    return Finding("pictures", True, f"{terminal.protocol}: {terminal.why}", hint)


def _colours(terminal: "Terminal", environment: Mapping[str, str]) -> Finding:
    if terminal.tmux and not terminal.tmux.exact_colours:
        return Finding("colours", True, "256, which is what tmux hands on")
    if terminal.truecolour or environment.get("COLORTERM") in ("truecolor", "24bit"):
        return Finding("colours", True, "16 million")
    few = "256" if "256color" in environment.get("TERM", "") else "16 or fewer"
    return Finding("colours", True, few, "Where the terminal can show all of them, set COLORTERM=truecolor.")


def tmux_finding(tmux: "Tmux") -> Finding:
    """What passes through tmux, and the settings that let more pass."""
    from dofisac_tui.ui.pictures.terminal_replies import draws_by_characters

    passing = "hands on kitty's pictures" if tmux.passes_pictures else "hands on no pictures"
    settings = ["set -g allow-passthrough on"] if draws_by_characters(tmux.outside) and not tmux.passes else []
    settings += [] if tmux.exact_colours else ["set -as terminal-features ',*:RGB'"]
    hint = _TMUX_SETTINGS + "; ".join(settings) if settings else ""
    return Finding("tmux", True, f"{tmux.version} inside {tmux.outside or 'nothing now'}, {passing}", hint)
