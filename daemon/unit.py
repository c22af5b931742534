"""The systemd user unit that runs the daemon: its text, its place, and the commands that put it to work."""

import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import platformdirs

from dofisac_tui.errors import DofisacError
from dofisac_tui.files import replacing

NAME = "dofisac-daemon.service"


def unit_file() -> Path:
    """Where systemd looks for the units of this user."""
    return platformdirs.user_config_path("systemd") / "user" / NAME


def command(library: Path) -> list[str]:
    """What starts the daemon of this installation."""
    return [sys.executable, "-m", "dofisac_daemon", "--library", str(library)]


def unit_text(library: Path) -> str:
    """The unit for one library."""
    template = files(__package__).joinpath(NAME).read_text(encoding="utf-8")
    return template.replace("@COMMAND@", " ".join(map(_quoted, command(library))))


def install(library: Path) -> None:
    """Write the unit, and start the daemon now and at every login.

    Raises:
        DofisacError: systemd does not do it.
    """
    with replacing(unit_file()) as building:
        building.write_text(unit_text(library), encoding="utf-8")
    systemctl("daemon-reload")
    systemctl("enable", "--now", NAME)


def remove() -> None:
    """Stop the daemon and take the unit away; nothing happens where there is none.

    Raises:
        DofisacError: systemd does not do it.
    """
    if unit_file().exists():
        systemctl("disable", "--now", NAME)
        unit_file().unlink()
        systemctl("daemon-reload")


def has_systemd() -> bool:
    """Whether this user has a systemd of their own to start things with."""
    if not shutil.which("systemctl"):
        return False
    asked = subprocess.run(["systemctl", "--user", "show-environment"], capture_output=True, check=False)
    return asked.returncode == 0


def systemctl(*arguments: str) -> str:
    """What `systemctl --user` answers.

    Raises:
        DofisacError: it fails.
    """
    done = subprocess.run(["systemctl", "--user", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DofisacError(f"systemctl --user {' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout


def _quoted(argument: str) -> str:
    """An argument as systemd.service(5) reads it."""
    special = {"\\": "\\\\", '"': '\\"', "%": "%%", "$": "$$"}
    return '"' + "".join(special.get(character, character) for character in os.fspath(argument)) + '"'
