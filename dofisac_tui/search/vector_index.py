"""The vectors of one embedding space, held in FAISS and searched exactly.

SQLite has the exact vectors. The index holds half-precision copies, which find the nearest up to a known error; to rank
them, the stored vectors are compared (`geometry.distances_to`).
"""

import dataclasses
import functools
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.cache_file import CacheFileError, Identity, Write, reading_cache, write_cache
from dofisac_tui.config import cores
from dofisac_tui.display import display_text
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.geometry import distances_of_faiss, rounding_error
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import cache_identity
from dofisac_tui.library.vectors import NEWEST, newest_id, vector_pages, vectors_by_id


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


log = logging.getLogger(__name__)

# tables with a narrow index, where counting is quick, and the ids of vectors in them
_COUNTED = {"face": ("faces", "face_id"), "scene": ("scene_vectors", "vector_id")}
_PROBED = 64
_WORTH_A_THREAD = 50_000  # vectors
_WORTH_WRITING = 1000  # changes
_HALF_PRECISION = 2.0**-10  # rounding to 11 significant bits is off by 2**-11; the rest is for float32 sums


class VectorIndex:
    """Search the vectors of one space. Read the cache file, or every vector again where that cannot be used.

    Use it in the thread of its library.

    Args:
        space: The vectors to search.

    Raises:
        LibraryError: the library cannot be read. A cache that cannot be read or written is never an error.
    """

    def __init__(self, library: Library, space: EmbeddingSpace) -> None:
        self.space = space
        self._library = library
        self._path = library.folder / "index" / f"{space.kind}-{space.space_id}.index"
        self._identity = cache_identity(library, space)
        self._removed: list[int] = []
        self._unsaved = 0
        self._index, self._covers = self._load() or self._empty()
        self.refresh()

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def refresh(self) -> None:
        """Add and remove what has changed in SQLite.

        Removed vectors stay in FAISS, where `nearest` may name them, until they are a tenth of it: a removal there
        moves everything behind it.
        """
        # ids follow the order of commits, so whatever is not there up to the largest one never will be
        self._add_up_to(newest_id(self._library, self.space.kind))
        # last, so that a vector which came and went in between is not taken for one that the index holds
        last = self._newest_removal()
        removed = self._removals_after(self._covers.last_removal, up_to=last)
        self._covers = replace(self._covers, last_removal=max(last, self._covers.last_removal))
        self._removed += removed
        self._unsaved += len(removed)
        if len(self._removed) > len(self) // 10:
            self._compact()

    def nearest(self, vector: NDArray[np.float32], count: int) -> tuple[NDArray[np.int64], float]:
        """Return the `count` nearest vectors, nearest first.

        Args:
            vector: (dimensions,) in this space.

        Returns:
            Their ids, and a distance: every vector that is not among them is at least that far away; infinite when
            they are all there are.
        """
        total, query = len(self), np.asarray(vector, np.float32)
        if not total:
            return np.empty(0, np.int64), np.inf
        shards = max(1, min(cores(), total // _WORTH_A_THREAD))
        edges = [self._id_at(total * shard // shards) for shard in range(1, shards)]
        parts = zip([0, *edges], [*edges, NEWEST], strict=True)
        count = min(count, total)
        scans = [_threads().submit(_scan, self._index, query, count, *part) for part in parts]
        scores, ids = (np.concatenate(each) for each in zip(*(scan.result() for scan in scans), strict=True))
        distances = distances_of_faiss(scores, self.space.metric)[ids >= 0]
        order = np.argsort(distances, kind="stable")[:count]
        bound = np.inf if count == total else float(distances[order[-1]]) - self._error(query)
        return ids[ids >= 0][order], bound

    def save(self) -> None:
        """Write the cache file, if enough has changed to be worth it.

        A failure costs the next process a rebuild and nothing else, so it is only logged.
        """
        if self._unsaved < max(_WORTH_WRITING, len(self) // 20):
            return
        self._compact()
        self._unsaved = 0
        try:
            write_index_file(self._path, self._index, self._identity, self._covers)
        except OSError as error:
            log.warning("The search index is not kept: %s", display_text(str(error)))

    def _empty(self) -> tuple[Any, Coverage]:
        # what was removed up to now is not among the vectors that will be read
        return _empty_index(self.space), Coverage(last_removal=self._newest_removal())

    def _load(self) -> tuple[Any, Coverage] | None:
        try:
            index, covers = read_index_file(self._path, self._identity)
        except FileNotFoundError:
            return None
        except (OSError, CacheFileError) as error:
            log.warning("%s is built again: %s", display_text(str(self._path)), display_text(str(error)))
            return None
        if not self._same_number(index, covers) or not self._newest_agree(index, covers):
            log.warning("%s is built again: the library is another copy", display_text(str(self._path)))
            return None
        return index, covers

    # A backup of library.db that is put back gives out the ids after it a second time, for other vectors.

    def _same_number(self, index: Any, covers: Coverage) -> bool:
        """Return True if SQLite has as many vectors in the range that the file covers."""
        up_to, space_id = covers.last_vector, self.space.space_id
        table, key = _COUNTED[self.space.kind]
        # the plus keeps SQLite off the primary key, which would lead it through the pages that hold the vectors
        expected = self._library.value(
            f"SELECT (SELECT COUNT(*) FROM {table} WHERE space_id = ? AND +{key} <= ?)"  # noqa: S608
            " + (SELECT COUNT(*) FROM vector_removals WHERE removal_id > ? AND space_id = ? AND vector_id <= ?)",
            (space_id, up_to, covers.last_removal, space_id, up_to),
        )
        return bool(index.ntotal == expected)

    def _newest_agree(self, index: Any, covers: Coverage) -> bool:
        """Return True if the newest vectors of the file are those that SQLite has under their ids, or had."""
        positions = range(max(0, index.ntotal - _PROBED), index.ntotal)
        position_of = {index.id_map.at(position): position for position in positions}
        ids, stored = vectors_by_id(self._library, self.space, list(position_of))
        gone = position_of.keys() - set(ids.tolist())
        if not gone <= set(self._removals_after(covers.last_removal)):
            return False
        held = [index.index.reconstruct(position_of[vector_id]) for vector_id in ids.tolist()]
        return all(np.allclose(a, b, rtol=2**-10, atol=1e-6) for a, b in zip(held, stored, strict=True))

    def _add_up_to(self, newest: int) -> None:
        for ids, vectors in vector_pages(self._library, self.space, self._covers.last_vector, newest):
            self._index.add_with_ids(vectors, ids)
            longest = max(self._covers.largest_norm, float(np.linalg.norm(vectors, axis=1).max()))
            self._covers = replace(self._covers, last_vector=int(ids[-1]), largest_norm=longest)
            self._unsaved += len(ids)
        self._covers = replace(self._covers, last_vector=max(newest, self._covers.last_vector))

    def _newest_removal(self) -> int:
        return int(self._library.value("SELECT IFNULL(MAX(removal_id), 0) FROM vector_removals"))

    def _removals_after(self, removal_id: int, up_to: int = NEWEST) -> list[int]:
        rows = self._library.rows(
            "SELECT vector_id FROM vector_removals WHERE removal_id > ? AND removal_id <= ? AND space_id = ?",
            (removal_id, up_to, self.space.space_id),
        )
        return [row[0] for row in rows]

    def _compact(self) -> None:
        if self._removed:
            self._index.remove_ids(np.array(self._removed, np.int64))
            self._removed = []

    def _id_at(self, position: int) -> int:
        return int(self._index.id_map.at(position))

    def _error(self, query: NDArray[np.float32]) -> float:
        """Return by how much a distance that FAISS computes may be off."""
        length = float(np.linalg.norm(query))
        return rounding_error(_HALF_PRECISION, length, self._covers.largest_norm, self.space.metric)


def _empty_index(space: EmbeddingSpace) -> Any:
    """Return an index of half-precision codes: half the memory of float32, and half the time."""
    import faiss

    metric = faiss.METRIC_L2 if space.metric == "euclidean" else faiss.METRIC_INNER_PRODUCT
    return faiss.IndexIDMap(faiss.IndexScalarQuantizer(space.dimensions, faiss.ScalarQuantizer.QT_fp16, metric))


@functools.cache
def _threads() -> ThreadPoolExecutor:
    """Return threads that scan a part of an index each, without OpenMP threads of their own."""
    import faiss

    return ThreadPoolExecutor(cores(), "faiss", initializer=faiss.omp_set_num_threads, initargs=(1,))


def _scan(
    index: Any, query: NDArray[np.float32], count: int, first_id: int, end_id: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    import faiss

    within = faiss.IDSelectorRange(first_id, end_id)
    only = faiss.SearchParameters(sel=within)  # type: ignore[call-arg]  # its stubs know no arguments
    scores, ids = index.search(query[None], count, params=only)
    return scores[0], ids[0]
