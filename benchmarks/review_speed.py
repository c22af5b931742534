"""Measure the speed of the review queue: python -m benchmarks.review_speed FOLDER [--faces N] [--made-up-graph]

Fills a library in FOLDER, unless there is one, with made-up faces (`benchmarks.identities`), clusters them, and
measures making the questions, asking the first, and answering 200, each with the next. Prints one line of JSON. With
--made-up-graph the neighbours are not searched for, which takes long for a million faces: all near pairs of one person
are neighbours, and some of two, and people are taken as they were made, each tenth in two halves.
"""

import argparse
import hashlib
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.identities import DIMENSIONS, made_up
from dofisac_tui.clustering.graph import Pairs, RadiusGraph
from dofisac_tui.clustering.graph_cache import FORMAT, StoredGraph, _digests, _save, graph_path
from dofisac_tui.clustering.run import cluster
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.geometry import Vectors
from dofisac_tui.learning.review_queue import ReviewQueue
from dofisac_tui.library import runs
from dofisac_tui.library.database import Library, create_library, open_library
from dofisac_tui.library.embedding_spaces import cache_identity, ensure_space
from dofisac_tui.library.people import new_people
from dofisac_tui.library.roots import add_root
from dofisac_tui.library.vectors import pack

SPACE = "dlib-resnet-v1-128"
REACH = 0.59
STRANGERS = 3  # made-up neighbours of each face that are somebody else
Result = TypeVar("Result")


def timed(figures: dict[str, Any], name: str, call: Callable[[], Result]) -> Result:
    """Run a function and record the milliseconds."""
    start = time.perf_counter()
    result = call()
    figures[f"{name}_ms"] = round(1000 * (time.perf_counter() - start), 2)
    return result


def filled(folder: Path, vectors: Vectors) -> tuple[Library, EmbeddingSpace]:
    """Return a library of these faces, two per photo; their ids are 1, 2, ..."""
    library = create_library(folder / "library")
    root = add_root(library, bytes(folder)).root_id
    space = ensure_space(library, EmbeddingSpace(SPACE, "face", DIMENSIONS, "euclidean"))
    empty, numbers = np.zeros((5, 2), np.float32).tobytes(), range(len(vectors))
    with library.write() as connection:
        connection.executemany(
            "INSERT INTO photos (photo_id, root_id, path, size, mtime_ns, content_hash, format, width, height,"
            " fingerprint, indexed_at) VALUES (?, ?, ?, 1, 1, ?, 'JPEG', 800, 600, 0, 0)",
            ((n, root, b"/p/%d.jpg" % n, hashlib.sha256(b"%d" % n).hexdigest()) for n in range(len(vectors) // 2 + 1)),
        )
        connection.executemany(
            "INSERT INTO faces (face_id, photo_id, space_id, number, x, y, w, h, landmarks, score, quality)"
            " VALUES (?, ?, ?, ?, ?, 10, 50, 60, ?, 0.9, ?)",
            ((n + 1, n // 2, space.space_id, n % 2, 100 * (n % 2), empty, 0.5 + n % 50 / 100) for n in numbers),
        )
        connection.executemany(
            "INSERT INTO face_vectors (face_id, space_id, vector) VALUES (?, ?, ?)",
            ((n + 1, space.space_id, pack(space, vectors[n])) for n in numbers),
        )
    return library, space


def made_up_run(library: Library, space: EmbeddingSpace, vectors: Vectors, people: NDArray[np.int64]) -> None:
    """Store a people run and a given graph; every tenth person is in two halves."""
    graph = made_up_graph(vectors, people)
    ids = np.arange(1, len(vectors) + 1)
    identity = cache_identity(library, space, FORMAT)
    _save(graph_path(library.folder, space.space_id), identity, StoredGraph(graph, ids, _digests(vectors)))
    persons = 2 * people + (people % 10 == 0) * (ids % 2)
    several = np.bincount(persons)[persons] > 2
    _, number = np.unique(persons[several], return_inverse=True)
    with library.write() as connection:
        first = new_people(connection, int(number.max()) + 1)[0]
    order = np.argsort(number, kind="stable")
    members = runs.Members(number[order] + first, (ids[several][order] - 1) // 2, ids[several][order])
    run = runs.begin_run(library, "people", space.space_id, {"last_item": len(vectors), "items": len(vectors)})
    runs.fill_run(library, run, members, {}, people=True)
    with library.write() as connection:
        runs.make_current(connection, "people", run)


def made_up_graph(vectors: Vectors, people: NDArray[np.int64]) -> RadiusGraph:
    """Return all pairs of one person within REACH, and STRANGERS pairs of two people for each face."""
    order, chance = np.argsort(people, kind="stable"), np.random.default_rng(0)
    starts = np.flatnonzero(np.diff(people[order], prepend=-1))
    pairs = []
    for places in np.split(order, starts[1:]):
        if len(places) > 1:
            row, column = np.tril_indices(len(places), -1)
            far = np.linalg.norm(vectors[places[row]] - vectors[places[column]], axis=1)
            near = far <= REACH
            pairs.append((places[row[near]], places[column[near]], far[near]))
    one = np.repeat(np.arange(len(people)), STRANGERS)
    alike = (people[one] + chance.integers(1, 4, len(one))) % len(starts)  # the same few people, as look-alikes are
    other = order[starts[alike]]
    pairs.append((one, other, chance.uniform(0.9 * REACH, REACH, len(one))))
    a, b, far = (np.concatenate(part) for part in zip(*pairs, strict=True))
    keys, once = np.unique(np.maximum(a, b) * len(people) + np.minimum(a, b), return_index=True)
    later, earlier = (side.astype(np.int32) for side in np.divmod(keys, len(people)))
    real = later != earlier
    found = Pairs(later[real], earlier[real], far[once][real].astype(np.float32))
    return RadiusGraph.of_pairs(len(people), found, REACH)


def fill(folder: Path, count: int, made: bool) -> None:
    """Make and cluster a library."""
    vectors, people = made_up(count, strangers=0.2)
    library, space = filled(folder, vectors)
    if made:
        made_up_run(library, space, vectors, people)
    else:
        cluster(library, "people")
    library.close()


def measure(folder: Path, count: int, made: bool) -> dict[str, Any]:
    """Return all figures of one library."""
    if not (folder / "library").exists():
        fill(folder, count, made)
    library = open_library(folder / "library")
    figures: dict[str, Any] = {"faces": count, "peak_mib_before": peak_mib()}
    queue = ReviewQueue(library, 0)
    timed(figures, "refresh", queue.refresh)
    asked = timed(figures, "first", queue.next)
    slowest = 0.0
    for number in range(200):
        start = time.perf_counter()
        queue.answered(asked[0], same=number % 3 > 0)
        asked = queue.next()
        slowest = max(slowest, time.perf_counter() - start)
    figures["slowest_answer_and_next_ms"] = round(1000 * slowest, 3)
    timed(figures, "undone", lambda: queue.undone(asked[0]))
    return figures | {"peak_mib": peak_mib()}


def peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--faces", type=int, default=100_000)
    parser.add_argument("--made-up-graph", action="store_true")
    options = parser.parse_args()
    print(json.dumps(measure(options.folder, options.faces, options.made_up_graph)))


if __name__ == "__main__":
    main()
