"""Telling systemd how the daemon is: sd_notify(3), without its library."""

import os
import socket


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
