"""Writing files of our own so that nobody ever reads half of one."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


@contextlib.contextmanager
def replacing(target: Path, durable: bool = True) -> Iterator[Path]:
    """Give a temporary path beside `target`; what the block wrote there takes the place of `target` at its end.

    Folders are made as needed, for their owner only. After an error `target` is as it was.

    Args:
        durable: Wait until the disk holds it. Leave out for what is cheap to make again.
    """
    make_private_folder(target.parent)
    building = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
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
