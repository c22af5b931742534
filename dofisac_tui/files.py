"""Write and lock the program's own files."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


@contextlib.contextmanager
def replacing(target: Path, durable: bool = True) -> Iterator[Path]:
    """Give a temporary path beside `target`; what the block wrote there takes the place of `target` at its end.

    No reader ever sees half of a file. Folders are made as needed, for their owner only. After an error `target` is as
    it was. The temporary name ends as that of `target` does.

    Args:
        durable: Wait until the disk holds it. Leave out for what is cheap to make again.
    """
    make_private_folder(target.parent)
    building = target.with_name(f".{os.urandom(4).hex()}.{target.name}")
    try:
        os.close(os.open(building, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))
        yield building
        if durable:
            sync(building)
        building.replace(target)
        if durable:
            sync(target.parent)
    finally:
        building.unlink(missing_ok=True)


def remove_unfinished(target: Path) -> None:
    """Delete what killed processes left of `replacing`; the caller holds a lock that keeps others from writing."""
    for abandoned in target.parent.glob(f".????????.{target.name}"):
        abandoned.unlink()


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner only."""
    for each in reversed((folder, *folder.parents)):  # mkdir(parents=True) would leave the upper ones open to all
        if not each.exists():
            each.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


def sync(path: Path) -> None:
    """Wait until the disk holds a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: Path, seconds: float | None = None, shared: bool = False) -> Iterator[int | None]:
    """Hold an advisory lock on a folder or a file; the system releases it when the process dies.

    Args:
        path: A file is made where there is none, unless the lock is shared.
        seconds: Longest wait for another process; None to wait without a limit.
        shared: Let others hold a shared lock, too.

    Returns:
        The open descriptor; None when another process kept the lock.

    Raises:
        OSError: the file cannot be opened or made.
    """
    flags = os.O_RDONLY if shared or path.is_dir() else os.O_RDWR | os.O_CREAT
    descriptor = os.open(path, flags | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        yield descriptor if _locks(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, seconds) else None
    finally:
        os.close(descriptor)


def _locks(descriptor: int, operation: int, seconds: float | None) -> bool:
    if seconds is None:
        fcntl.flock(descriptor, operation)
        return True
    give_up = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= give_up:
                return False
            time.sleep(0.01)
        else:
            return True
