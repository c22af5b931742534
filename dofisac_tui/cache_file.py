"""Read and write caches of one file each, which may be lost or damaged at any time.

The SHA-256 of the rest is on the first line, a stamp that says what the cache is of on the second, and the content
comes after that. A file appears under its name only when it is whole.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from dofisac_tui.files import PRIVATE_FOLDER, locked, remove_unfinished, replacing

_LONGEST_LINE = 10_000

Write = Callable[[bytes | memoryview], int]


class CacheFileError(Exception):
    """The file is damaged, or is a cache of something else."""


@dataclass(frozen=True)
class Identity:
    """Library and embedding space of a cache. A file of any other identity is not used."""

    library_id: str
    space: str
    dimensions: int
    metric: str
    format: int = 1


@contextlib.contextmanager
def reading_cache(path: Path) -> Iterator[tuple[dict[str, Any], BinaryIO]]:
    """Give the stamp of a file, and the file open where its content begins, once its checksum has held.

    Raises:
        FileNotFoundError: there is no such file.
        OSError: it cannot be read.
        CacheFileError: it is damaged.
    """
    with open(path, "rb") as file:
        digest = file.readline(_LONGEST_LINE).strip()
        start = file.tell()
        if hashlib.file_digest(file, "sha256").hexdigest().encode() != digest:
            raise CacheFileError("its checksum is wrong")
        file.seek(start)
        yield json.loads(file.readline(_LONGEST_LINE)), file


def write_cache(path: Path, stamp: dict[str, Any], content: Callable[[Write], None], wait: bool = False) -> bool:
    """Write a file, whole or not at all, for its owner only.

    Args:
        stamp: Any JSON object.
        content: Writes the content by the function it is given.
        wait: Until other processes have written into the same folder.

    Returns:
        False when another process is writing there and we do not wait.

    Raises:
        OSError: the disk is full or read-only.
    """
    path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with locked(path.parent, None if wait else 0) as lock:
        if lock is None:
            return False
        remove_unfinished(path)
        with replacing(path) as building, open(building, "wb") as file:
            _write(file, stamp, content)
    return True


def _write(file: BinaryIO, stamp: dict[str, Any], content: Callable[[Write], None]) -> None:
    checksum = hashlib.sha256()

    def write(data: bytes | memoryview) -> int:
        checksum.update(data)
        return file.write(data)

    file.write(checksum.hexdigest().encode() + b"\n")  # keeps the place until the real one is known
    write(json.dumps(stamp).encode() + b"\n")
    content(write)
    file.seek(0)
    file.write(checksum.hexdigest().encode())
