"""tmux between the app and the terminal: it has to be told to let pictures through."""

import contextlib
import os
import re
import subprocess
from collections.abc import Mapping
from typing import NamedTuple

from dofisac_tui.ui.pictures.terminal_replies import draws_by_characters

_SECONDS = 0.2
_FACTS = "#{version}\t#{client_termtype}\t#{client_termname}\t#{client_termfeatures}\t#{allow-passthrough}"
_MESSAGE = re.compile(r"\x1b_G.*?\x1b\\", re.DOTALL)


class Tmux(NamedTuple):
    """The tmux that the app runs in.

    Attributes:
        version: Such as `3.3a`.
        outside: Name of the terminal around it; its kind where it does not tell its name.
        exact_colours: Whether it hands on all colours; kitty's pictures are numbered by them.
        passes: Whether programs may send to the terminal around it.
    """

    version: str
    outside: str
    exact_colours: bool
    passes: bool

    @property
    def passes_pictures(self) -> bool:
        """Whether kitty's pictures arrive."""
        return self.passes and self.exact_colours and draws_by_characters(self.outside)


def ask_tmux(environment: Mapping[str, str] = os.environ) -> Tmux | None:
    """The facts, in a few milliseconds; None where there is no tmux, or where it does not answer."""
    if not environment.get("TMUX"):
        return None
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        command = ["tmux", "display-message", "-p", _FACTS]
        answer = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True, text=True, errors="replace")
        version, name, kind, features, passes = answer.stdout.rstrip("\n").split("\t")
        return Tmux(version, name or kind, "RGB" in features.split(","), passes not in ("0", "off"))
    return None


def through_tmux(messages: str) -> str:
    """Kitty's messages, wrapped so that tmux hands them on."""
    return _MESSAGE.sub(lambda message: "\x1bPtmux;" + message[0].replace("\x1b", "\x1b\x1b") + "\x1b\\", messages)
