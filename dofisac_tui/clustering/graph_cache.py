"""A file for the neighbour graph, so that only new vectors are compared with all others."""

import dataclasses
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.cache_file import CacheFileError, Identity, Write, reading_cache, write_cache
from dofisac_tui.clustering.graph import RadiusGraph, blocks_of
from dofisac_tui.clustering.graph_search import build_graph, extend_graph
from dofisac_tui.config import cores
from dofisac_tui.display import display_text
from dofisac_tui.embedding import EmbeddingSpace, Metric
from dofisac_tui.geometry import Vectors
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import cache_identity

log = logging.getLogger(__name__)

FORMAT = 3

Ids = NDArray[np.int64]
Digests = NDArray[np.uint64]


@dataclass(frozen=True)
class StoredGraph:
    """A graph with the id and a digest of each of its vectors, (n,), since the vector of an id may change."""

    graph: RadiusGraph
    ids: Ids
    digests: Digests


def space_graph(library: Library, space: EmbeddingSpace, ids: Ids, vectors: Vectors, radius: float) -> RadiusGraph:
    """Return `current_graph` of vectors of a space, kept in the library.

    Args:
        space: One without an id is that of faces and scenes together.
    """
    path = graph_path(library.folder, space.space_id or "combined")
    return current_graph(
        path, cache_identity(library, space, FORMAT), ids, vectors, space.metric, radius, cores(most=2)
    )


def current_graph(
    path: Path, identity: Identity, ids: Ids, vectors: Vectors, metric: Metric, radius: float, threads: int = 2
) -> RadiusGraph:
    """Return the graph of these vectors in this order, from the file as far as possible, and bring the file up to date.

    Only vectors that are not in the file are compared with the others. A file that is damaged, of something else or of
    a smaller radius is built again; one that cannot be written costs the next run time and nothing else.

    Args:
        path: `graph_path` of the library and space.
        identity: Of the space, with `FORMAT`.
        ids: (n,) ascending, never given out twice.
        vectors: (n, d) theirs.
        radius: At least; a file of a larger one is used as it is.
    """
    digests = _digests(vectors)
    kept = _load(path, identity)
    graph = _extended(kept, ids, digests, vectors, metric, radius, threads) if kept else None
    if graph is None:
        graph = build_graph(vectors, metric, radius, threads)
    if kept is None or graph is not kept.graph:
        _save(path, identity, StoredGraph(graph, ids, digests))
    return graph


def graph_path(library_folder: Path, space: int | Literal["combined"]) -> Path:
    """Return the file of the graph of a space, by its id, or of faces and scenes together."""
    return library_folder / "index" / f"neighbours-{space}.graph"


def _extended(
    kept: StoredGraph, ids: Ids, digests: Digests, vectors: Vectors, metric: Metric, radius: float, threads: int
) -> RadiusGraph | None:
    """Return the kept graph without what is gone, with what is new; None if order or radius differ."""
    at = np.minimum(np.searchsorted(ids, kept.ids), max(0, len(ids) - 1))
    if kept.graph.radius < radius or not len(ids):
        return None
    still = (ids[at] == kept.ids) & (digests[at] == kept.digests)
    known = int(still.sum())
    if not np.array_equal(kept.ids[still], ids[:known]):
        return None
    graph = kept.graph if still.all() else kept.graph.drop(still)
    if known == len(ids):
        return graph
    return extend_graph(graph, vectors, metric, threads)


def _digests(vectors: Vectors) -> Digests:
    rows = [hashlib.blake2b(row, digest_size=8).digest() for row in np.ascontiguousarray(vectors)]
    return np.frombuffer(b"".join(rows), "<u8")


def _load(path: Path, identity: Identity) -> StoredGraph | None:
    try:
        with reading_cache(path) as (stamp, file):
            if stamp["identity"] != dataclasses.asdict(identity):
                raise CacheFileError("it belongs to another library, embedding space or version")
            parts: dict[str, Any] = {name: np.fromfile(file, kind, count) for name, kind, count in stamp["parts"]}
    except FileNotFoundError:
        return None
    except (OSError, CacheFileError) as error:
        log.warning("%s is built again: %s", display_text(str(path)), display_text(str(error)))
        return None
    blocks = tuple(blocks_of(parts["counts"], parts["earlier"], parts["distances"], parts["reaches"]))
    return StoredGraph(RadiusGraph(len(parts["ids"]), blocks, stamp["radius"]), parts["ids"], parts["digests"])


def _save(path: Path, identity: Identity, kept: StoredGraph) -> None:
    blocks = kept.graph.blocks
    parts: dict[str, tuple[str, Sequence[NDArray[Any]]]] = {
        "ids": ("<i8", [kept.ids]),
        "digests": ("<u8", [kept.digests]),
        "counts": ("<i4", [block.counts for block in blocks]),
        "earlier": ("<i4", [block.earlier for block in blocks]),
        "distances": ("<f4", [block.distances for block in blocks]),
        "reaches": ("<f4", [block.reaches for block in blocks]),
    }

    def content(write: Write) -> None:
        for kind, arrays in parts.values():
            for each in arrays:
                write(np.ascontiguousarray(each, kind).view(np.uint8).data)

    layout = [(name, kind, sum(map(len, arrays))) for name, (kind, arrays) in parts.items()]
    stamp = {"identity": dataclasses.asdict(identity), "radius": kept.graph.radius, "parts": layout}
    try:
        write_cache(path, stamp, content, wait=True)
    except OSError as error:
        log.warning("The neighbour graph cannot be written: %s", display_text(str(error)))
