"""The file of a FAISS index. Those that FAISS itself writes are neither atomic nor checksummed."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dofisac_tui.cache_file import CacheFileError, Identity, Write, reading_cache, write_cache


@dataclass(frozen=True)
class Coverage:
    """The vectors of the library that an index holds.

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
        CacheFileError: it is damaged, of another library, space or format.
    """
    import faiss

    with reading_cache(path) as (stamp, file):
        # the checksum held, so we wrote this, though perhaps in another version
        if stamp["identity"] != dataclasses.asdict(identity):
            raise CacheFileError("it belongs to another library, embedding space or version")
        try:
            index = faiss.read_index(faiss.PyCallbackIOReader(file.read))  # type: ignore[attr-defined]  # not in its stubs
        except RuntimeError as error:
            raise CacheFileError(f"this FAISS cannot read it: {error}") from error
        return index, Coverage(**stamp["coverage"])


def write_index_file(path: Path, index: Any, identity: Identity, coverage: Coverage) -> bool:
    """Write the index to `path`, whole or not at all, for its owner only.

    Returns:
        False when another process is writing into the same folder, whose file will do as well.

    Raises:
        OSError: the disk is full or read-only.
    """

    def content(write: Write) -> None:
        import faiss

        faiss.write_index(index, faiss.PyCallbackIOWriter(write))  # type: ignore[attr-defined]  # not in its stubs

    stamp = {"identity": dataclasses.asdict(identity), "coverage": dataclasses.asdict(coverage)}
    return write_cache(path, stamp, content)
