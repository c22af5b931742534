"""Time and memory of clustering made-up faces: python -m benchmarks.clustering_speed [--counts N ...].

One line of JSON for each count, measured in a process of its own: building the graph, DBSCAN on it, people by average
linkage, and how long 1,000 more faces take. At the counts in --against, scikit-learn's DBSCAN runs on the same vectors
in the same process after ours, and the labels are compared. --fingerprints N groups N made-up photos instead, and
--one-person N runs `cluster people` on a library of N faces of one person, all of which are neighbours.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from benchmarks.clustering import Faces
from benchmarks.identities import made_up, one_person
from benchmarks.labelled_library import library_of
from dofisac_tui.clustering.density import Labels, density_labels
from dofisac_tui.clustering.duplicates import DuplicateCandidate, duplicate_groups
from dofisac_tui.clustering.graph_search import build_graph, extend_graph
from dofisac_tui.clustering.identities import identity_labels
from dofisac_tui.clustering.run import cluster
from dofisac_tui.engines.protocols import Vectors

GRAPH, PEOPLE, DENSITY = 0.59, 0.563, 0.516
ADDED = 1000
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
    graph = timed(figures, "graph", lambda: build_graph(old, "euclidean", GRAPH))
    figures["neighbours"] = round(2 * graph.size / len(old), 1)
    labels = timed(figures, "dbscan", lambda: density_labels(graph, DENSITY, 3))
    figures["peak_mib_dbscan"] = peak_mib()
    timed(figures, "people", lambda: identity_labels(graph, old, "euclidean", PEOPLE))
    figures["peak_mib_people"] = peak_mib()
    vectors = np.concatenate([old, new])
    grown = timed(figures, "extend_by_1000", lambda: extend_graph(graph, vectors, "euclidean"))
    timed(figures, "dbscan_again", lambda: density_labels(grown, DENSITY, 3))
    timed(figures, "people_again", lambda: identity_labels(grown, vectors, "euclidean", PEOPLE))
    figures["peak_mib"] = peak_mib()
    return labels


def measure_theirs(figures: dict[str, Any], vectors: Vectors, labels: Labels) -> None:
    """scikit-learn's DBSCAN from vectors to labels, and ours."""
    from sklearn.cluster import DBSCAN

    theirs = timed(figures, "sklearn", lambda: DBSCAN(eps=DENSITY, min_samples=3, n_jobs=2).fit_predict(vectors))
    anew = timed(figures, "ours", lambda: density_labels(build_graph(vectors, "euclidean", DENSITY), DENSITY, 3))
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


def measure_one_person(count: int) -> dict[str, Any]:
    """Cluster the faces of somebody who is alone in every photo, for the first time and once more."""
    faces = Faces(one_person(count), np.full(count, "somebody"), np.arange(count), np.ones(count))
    figures: dict[str, Any] = {"faces_of_one_person": count}
    with tempfile.TemporaryDirectory() as folder:
        library, _ = library_of(faces, Path(folder))
        with library:
            figures["peak_mib_before"] = peak_mib()
            report = timed(figures, "cluster_people", lambda: cluster(library, "people"))
            timed(figures, "again", lambda: cluster(library, "people"))
            figures["graph_mib"] = sum(each.stat().st_size for each in library.folder.rglob("*.graph")) >> 20
    return figures | {"people": report.clusters, "noise": report.noise, "peak_mib": peak_mib()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="*", default=[10_000, 20_000, 50_000, 100_000, 200_000])
    parser.add_argument("--against", type=int, nargs="*", default=[10_000, 20_000, 50_000])
    parser.add_argument("--fingerprints", type=int)
    parser.add_argument("--one-person", type=int)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fingerprints:
        print(json.dumps(measure_fingerprints(options.fingerprints)))
    elif options.one_person:
        print(json.dumps(measure_one_person(options.one_person)))
    elif options.one:
        print(json.dumps(measure(options.one, options.one in options.against)), flush=True)
    else:
        against = [str(count) for count in options.against]
        for count in options.counts:  # a process for each, since the peak of memory never falls
            command = [sys.executable, "-m", "benchmarks.clustering_speed", "--one", str(count), "--against", *against]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
