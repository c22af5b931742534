"""Telling systemd how the daemon is: sd_notify(3), without its library."""

import os
import shutil
import socket
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import platformdirs

from dofisac_tui.errors import DofisacError
from dofisac_tui.files import replacing


class Notifier:
    """Sends states to the socket that systemd names; without one, does nothing."""

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")

    def ready(self) -> None:
        """The daemon watches."""
        self._send("READY=1")

    def alive(self, status: str) -> None:
        """The daemon does not hang, and this is what it is doing.

        Args:
            status: One line, safe to print.
        """
        self._send("WATCHDOG=1", f"STATUS={status}")

    def reloading(self) -> None:
        """The settings are being read again; `ready` says when that is done."""
        self._send("RELOADING=1")

    def stopping(self) -> None:
        """The daemon is about to end."""
        self._send("STOPPING=1")

    def _send(self, *fields: str) -> None:
        if not self._address:
            return
        # an address that begins with @ is in Linux's abstract namespace, which begins with a zero byte
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            try:
                sender.sendto("\n".join(fields).encode(), address)
            except OSError:
                return  # systemd is being restarted or is busy; the next one will do


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
