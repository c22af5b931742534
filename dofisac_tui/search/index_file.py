"""The file that keeps a FAISS index between two runs: a cache, which may be lost or damaged at any time.

FAISS's own files are neither written atomically nor checksummed. So ours is one file with the SHA-256 of the rest on
the first line, a stamp that says what the index covers on the second, and FAISS's bytes after that. It appears under
its name only when it is whole.
"""

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from dofisac_tui.files import PRIVATE_FOLDER, replacing

FORMAT = 1
_LONGEST_LINE = 10_000


class IndexFileError(Exception):
    """The file is damaged, or covers something other than what was asked for."""


@dataclass(frozen=True)
class Identity:
    """What an index is of. A file of any other identity is not used."""

    library_id: str
    space: str
    dimensions: int
    metric: str
    format: int = FORMAT


@dataclass(frozen=True)
class Coverage:
    """What of SQLite an index holds.

    Attributes:
        last_vector: Every vector up to this id is in the index.
        last_removal: Every removal up to this id has been carried out.
        largest_norm: No vector in the index is longer than this.
    """

    last_vector: int = 0
    last_removal: int = 0
    largest_norm: float = 0.0


def read_index_file(path: Path, identity: Identity) -> tuple[Any, Coverage]:
    """Read the index and what it covers.

    Returns:
        The `faiss.Index` and its coverage.

    Raises:
        FileNotFoundError: there is no such file.
        OSError: it cannot be read.
        IndexFileError: it is damaged, of another library, space or format.
    """
    import faiss

    with open(path, "rb") as file:
        digest = file.readline(_LONGEST_LINE).strip()
        start = file.tell()
        if hashlib.file_digest(file, "sha256").hexdigest().encode() != digest:
            raise IndexFileError("its checksum is wrong")
        file.seek(start)
        coverage = _read_stamp(file, identity)
        try:
            return faiss.read_index(faiss.PyCallbackIOReader(file.read)), coverage  # type: ignore[attr-defined]  # not in its stubs
        except RuntimeError as error:
            raise IndexFileError(f"this FAISS cannot read it: {error}") from error


def _read_stamp(file: BinaryIO, identity: Identity) -> Coverage:
    # the checksum held, so we wrote this, though perhaps in another version
    stamp = json.loads(file.readline(_LONGEST_LINE))
    if stamp["identity"] != dataclasses.asdict(identity):
        raise IndexFileError("it belongs to another library, embedding space or version")
    return Coverage(**stamp["coverage"])


def write_index_file(path: Path, index: Any, identity: Identity, coverage: Coverage) -> bool:
    """Write the index to `path`, whole or not at all, for its owner only.

    Returns:
        False when another process is writing into the same folder, whose file will do as well.

    Raises:
        OSError: the disk is full or read-only.
    """
    path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with _sole_writer(path.parent) as alone:
        if not alone:
            return False
        for abandoned in path.parent.glob(f".{path.name}.*"):  # by a process that was killed while it wrote
            abandoned.unlink()
        with replacing(path) as building, open(building, "wb") as file:
            _write(file, index, identity, coverage)
    return True


def _write(file: BinaryIO, index: Any, identity: Identity, coverage: Coverage) -> None:
    import faiss

    checksum = hashlib.sha256()

    def write(data: bytes) -> int:
        checksum.update(data)
        return file.write(data)

    file.write(checksum.hexdigest().encode() + b"\n")  # keeps the place until the real one is known
    stamp = {"identity": dataclasses.asdict(identity), "coverage": dataclasses.asdict(coverage)}
    write(json.dumps(stamp).encode() + b"\n")
    faiss.write_index(index, faiss.PyCallbackIOWriter(write))  # type: ignore[attr-defined]  # not in its stubs
    file.seek(0)
    file.write(checksum.hexdigest().encode())


@contextlib.contextmanager
def _sole_writer(folder: Path) -> Iterator[bool]:
    """Hold the folder's lock; False when another process holds it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
