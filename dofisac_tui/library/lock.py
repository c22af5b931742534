"""Let one process index at a time, and one cluster, by advisory locks that name their holders."""

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dofisac_tui.display import display_text
from dofisac_tui.errors import LibraryBusyError, LibraryError
from dofisac_tui.files import locked

LOCK_NAME = "library.lock"
CLUSTERING_LOCK_NAME = "clustering.lock"
DAEMON_COMMAND = "watch"  # what the daemon holds the indexing lock as
PATIENCE_SECONDS = 0.5  # `current_holder` takes the lock for an instant, and is not a holder


class Holder(NamedTuple):
    """The process that holds a lock.

    Attributes:
        pid: Process id on `host`.
        command: Its command, e.g. `index`.
        since: Unix time.
    """

    pid: int
    host: str
    command: str
    since: float

    @classmethod
    def of_this_process(cls, command: str) -> "Holder":
        """Name this process, which is doing `command`."""
        return cls(os.getpid(), socket.gethostname(), command, time.time())

    def __str__(self) -> str:
        started = time.strftime("%H:%M:%S", time.localtime(self.since))
        return f"process {self.pid} on {display_text(self.host)} ({display_text(self.command)}, since {started})"


def indexing_lock(folder: Path, command: str) -> contextlib.AbstractContextManager[None]:
    """Hold the right to index into the library in `folder`. The system lets go of it when the process dies.

    Raises:
        LibraryBusyError: another process holds it; the title names that process.
        LibraryError: the lock file cannot be written.
    """
    return _held(folder / LOCK_NAME, command, "The library is being indexed")


def clustering_lock(folder: Path, command: str) -> contextlib.AbstractContextManager[None]:
    """Hold the right to cluster the library in `folder`, beside which others may index and vote.

    Raises:
        LibraryBusyError, LibraryError: as `indexing_lock`.
    """
    return _held(folder / CLUSTERING_LOCK_NAME, command, "The library is being clustered")


@contextlib.contextmanager
def _held(path: Path, command: str, busy: str) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        try:
            descriptor = stack.enter_context(locked(path, PATIENCE_SECONDS))
        except OSError as error:
            raise LibraryError(
                f"The library folder {display_text(str(path.parent))} cannot be written: {error.strerror}",
                "Make the folder writable, or choose another with --library DIR.",
            ) from error
        if descriptor is None:
            raise _busy(busy, _read(path))
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(Holder.of_this_process(command)._asdict()).encode(), 0)
        yield


def _busy(busy: str, holder: Holder | None) -> LibraryBusyError:
    hint = "Wait until it is done, or stop that process."
    if holder and holder.command == DAEMON_COMMAND:
        hint = "It is the daemon, which reads new photos by itself; for anything else stop it first."
    return LibraryBusyError(f"{busy} by {holder or 'another process'}", hint)


def current_holder(folder: Path) -> Holder | None:
    """Return the process that is indexing into the library in `folder` now, or None."""
    path = folder / LOCK_NAME
    try:
        # a shared lock, so that two processes that ask at once do not take each other for an indexer
        with locked(path, 0, shared=True) as free:
            return None if free is not None else _read(path)
    except FileNotFoundError:
        return None


def _read(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None  # the holder has locked it and not yet written its name
