"""Time and memory of clustering made-up faces: python -m benchmarks.clustering_speed [--counts N ...].

One line of JSON for each count, measured in a process of its own: building the graph, DBSCAN on it, people by average
linkage, and how long 1,000 more faces take. At the counts in --against, scikit-learn's DBSCAN runs on the same vectors
in the same process after ours, and the labels are compared. --command people (or combined) runs `cluster people` on
libraries of so many faces instead: for the first time, with nothing new, and with 1,000 more; --one-person N does so
with N faces of one person, all of which are neighbours. --fingerprints N groups N made-up photos.
"""

import argparse
import hashlib
import json
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from benchmarks.identities import made_up, one_person
from dofisac_tui.clustering.constrained_clustering import cluster_labels
from dofisac_tui.clustering.dbscan import density_labels
from dofisac_tui.clustering.duplicates import DuplicateCandidate, duplicate_groups
from dofisac_tui.clustering.found_clusters import Labels
from dofisac_tui.clustering.graph_search import build_graph, extend_graph
from dofisac_tui.clustering.run import cluster
from dofisac_tui.engines.bundled_scenes import KEPT, BundledScenes
from dofisac_tui.engines.dlib_faces import BundledFaces
from dofisac_tui.geometry import Vectors
from dofisac_tui.library.database import create_library, open_library
from dofisac_tui.library.embedding_spaces import ensure_space
from dofisac_tui.library.photos import FaceRecord, PhotoRecord, store_faces, store_photo, store_scene
from dofisac_tui.library.roots import add_root
from dofisac_tui.library.runs import RunKind

GRAPH, PEOPLE, DENSITY = 0.59, 0.563, 0.516
ADDED = 1000
EVENT = 20  # photos of one scene
Result = TypeVar("Result")


def timed(figures: dict[str, Any], name: str, call: Callable[[], Result]) -> Result:
    """Do something and note the seconds, and those that a core was busy."""
    start, busy = time.perf_counter(), time.process_time()
    result = call()
    figures[f"{name}_s"] = round(time.perf_counter() - start, 2)
    figures[f"{name}_cpu_s"] = round(time.process_time() - busy, 2)
    return result


def peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(count: int, against: bool) -> dict[str, Any]:
    """All figures of one count."""
    vectors, _ = made_up(count + ADDED, strangers=0.2)
    figures: dict[str, Any] = {"count": count}
    labels = measure_ours(figures, vectors[:count], vectors[count:])
    if against:
        measure_theirs(figures, vectors[:count], labels)
    return figures


def measure_ours(figures: dict[str, Any], old: Vectors, new: Vectors) -> Labels:
    """Cluster the old ones, then all; the labels of the old ones by DBSCAN."""
    labels = timed(figures, "dbscan", lambda: dbscan(old))
    figures["peak_mib_dbscan"] = peak_mib()
    graph = timed(figures, "graph", lambda: build_graph(old, "euclidean", GRAPH))
    figures["neighbours"] = round(2 * graph.size / len(old), 1)
    timed(figures, "people", lambda: cluster_labels(graph, old, "euclidean", PEOPLE))
    figures["peak_mib_people"] = peak_mib()
    vectors = np.concatenate([old, new])
    grown = timed(figures, "extend_by_1000", lambda: extend_graph(graph, vectors, "euclidean"))
    timed(figures, "people_again", lambda: cluster_labels(grown, vectors, "euclidean", PEOPLE))
    figures["peak_mib"] = peak_mib()
    return labels


def dbscan(vectors: Vectors) -> Labels:
    """From vectors to labels."""
    return density_labels(build_graph(vectors, "euclidean", DENSITY, crowd=None), DENSITY, 3)


def measure_theirs(figures: dict[str, Any], vectors: Vectors, labels: Labels) -> None:
    """scikit-learn's DBSCAN from vectors to labels, beside ours."""
    from sklearn.cluster import DBSCAN

    theirs = timed(figures, "sklearn", lambda: DBSCAN(eps=DENSITY, min_samples=3, n_jobs=2).fit_predict(vectors))
    anew = timed(figures, "ours", lambda: dbscan(vectors))
    figures["equal_labels"] = bool(np.array_equal(theirs, labels) and np.array_equal(theirs, anew))
    figures["sklearn_to_ours"] = round(figures["sklearn_s"] / figures["ours_s"], 2)
    figures["peak_mib_with_sklearn"] = peak_mib()


def measure_fingerprints(count: int) -> dict[str, Any]:
    """Group made-up photos: each twentieth is within 4 bits of another, and each fiftieth is blank."""
    chance = np.random.default_rng(0)
    fingerprints = chance.integers(0, 2**64, count, dtype=np.uint64)
    planted = count // 20
    fingerprints[:planted] = fingerprints[planted : 2 * planted]
    for _ in range(4):
        fingerprints[:planted] ^= np.uint64(1) << chance.integers(0, 64, planted, dtype=np.uint64)
    fingerprints[-count // 50 :] = np.uint64(1 << 63)
    photos = [
        DuplicateCandidate(number, str(number), value, 4000, 3000, 4_000_000, "JPEG", None)
        for number, value in enumerate(fingerprints.tolist())
    ]
    figures: dict[str, Any] = {"fingerprints": count, "planted": planted, "peak_mib_before": peak_mib()}
    groups = timed(figures, "group", lambda: duplicate_groups(photos))
    return figures | {"groups": len(groups), "peak_mib": peak_mib()}


def fill(folder: Path, faces: Vectors, scenes: Vectors) -> None:
    """A library of these faces, each alone in its photo; those that it has already are not added again."""
    engines = BundledFaces().space, BundledScenes().space
    with open_library(folder) if folder.exists() else create_library(folder) as library:
        root = add_root(library, bytes(folder.parent)).root_id
        of_faces, of_scenes = (ensure_space(library, e) for e in engines)
        landmarks = np.zeros((5, 2), np.float32)
        with library.write() as connection:
            for number in range(library.value("SELECT COUNT(*) FROM photos"), len(faces)):
                path = b"/photos/%d.jpg" % number
                content = hashlib.sha256(path).hexdigest()
                photo = PhotoRecord(root, path, 1, 1, content, "JPEG", 250, 250, number, None, None, None, None)
                face = FaceRecord((10.0, 10.0, 50.0, 60.0), landmarks, 0.9, 1.0, faces[number])
                photo_id = store_photo(connection, photo)
                store_faces(connection, photo_id, of_faces, [face])
                if len(scenes):
                    store_scene(connection, photo_id, of_scenes, scenes[number])


def made_up_scenes(count: int) -> Vectors:
    """Square roots of ten class probabilities, alike in the twenty photos of an event; some classes are common."""
    chance = np.random.default_rng(1)
    vectors = np.zeros((count, BundledScenes().space.dimensions), np.float32)
    for start in range(0, count, EVENT):
        classes = np.unique(chance.zipf(1.2, 4 * KEPT) % vectors.shape[1])[:KEPT]
        weights = chance.gamma(np.geomspace(20, 0.5, len(classes)), size=(min(EVENT, count - start), len(classes)))
        vectors[start : start + EVENT, chance.permutation(classes)] = np.sqrt(weights / weights.sum(axis=1)[:, None])
    return chance.permutation(vectors)


def measure_command(kind: RunKind, count: int, alone: bool) -> dict[str, Any]:
    """What `cluster` takes on a library: the first time, with nothing new, and with 1,000 more faces."""
    faces = one_person(count + ADDED) if alone else made_up(count + ADDED, strangers=0.2)[0]
    scenes = made_up_scenes(len(faces) if kind == "combined" else 0)
    figures: dict[str, Any] = {"kind": kind, "faces_of_one_person" if alone else "faces": count}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "library"
        for what, size in (("first", count), ("unchanged", count), ("with_1000_more", count + ADDED)):
            in_another_process(fill, folder, faces[:size], scenes[:size])
            figures |= in_another_process(measure_run, folder, kind, what)
        figures["graph_mib"] = sum(each.stat().st_size for each in folder.rglob("*.graph")) >> 20
    return figures


def measure_run(folder: Path, kind: RunKind, what: str) -> dict[str, Any]:
    """Seconds and memory of one run."""
    figures: dict[str, Any] = {}
    with open_library(folder) as library:
        report = timed(figures, what, lambda: cluster(library, kind))
    return figures | {f"{what}_clusters": report.clusters, f"{what}_peak_mib": peak_mib()}


def in_another_process(call: Callable[..., Result], *arguments: object) -> Result:
    """Its result, as if nothing had been in memory before."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(call, *arguments).result()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="*", default=[10_000, 20_000, 50_000, 100_000, 200_000])
    parser.add_argument("--against", type=int, nargs="*", default=[10_000, 20_000, 50_000])
    parser.add_argument("--fingerprints", type=int)
    parser.add_argument("--command", choices=["people", "combined"])
    parser.add_argument("--one-person", type=int)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fingerprints:
        print(json.dumps(measure_fingerprints(options.fingerprints)))
    elif options.one_person:
        print(json.dumps(measure_command("people", options.one_person, alone=True)))
    elif options.command:
        for count in options.counts:
            print(json.dumps(measure_command(options.command, count, alone=False)), flush=True)
    elif options.one:
        print(json.dumps(measure(options.one, options.one in options.against)), flush=True)
    else:
        against = [str(count) for count in options.against]
        for count in options.counts:  # a process for each, since the peak of memory never falls
            command = [sys.executable, "-m", "benchmarks.clustering_speed", "--one", str(count), "--against", *against]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
