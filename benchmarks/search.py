"""Time and memory of opening a vector index and of searching, by the number of vectors.

    python benchmarks/search.py [--counts 10000 100000] [--dimensions 128 1000] [--rounds R]

Each size has a library of its own with made-up vectors in clusters, as faces have. Opening with the cache file and
opening without it take turns, each in a fresh process, so that the figure that counts is their ratio. Searches are
timed through `PhotoSearch.find`, and, in turns with them, a plain NumPy scan of the same vectors in memory.
"""

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.library.database import create_library, open_library
from dofisac_tui.library.embedding_spaces import ensure_space, searched_space
from dofisac_tui.library.vectors import pack
from dofisac_tui.search.photo_search import PhotoSearch, SearchExample
from dofisac_tui.search.vector_index import VectorIndex

PEOPLE = 500
CHUNK = 10_000


def space_of(dimensions: int) -> EmbeddingSpace:
    """Faces are short and Euclidean, scenes long and compared by inner product."""
    if dimensions < 500:
        return EmbeddingSpace(f"made-up-{dimensions}", "face", dimensions, "euclidean")
    return EmbeddingSpace(f"made-up-{dimensions}", "scene", dimensions, "inner_product")


def clustered(count: int, dimensions: int, seed: int) -> NDArray[np.float32]:
    """Unit vectors around common centres, (count, dimensions)."""
    centres = np.random.default_rng(0).standard_normal((PEOPLE, dimensions), dtype=np.float32)
    chance = np.random.default_rng(seed)
    vectors = centres[chance.integers(0, PEOPLE, count)]
    vectors += 0.7 * chance.standard_normal((count, dimensions), dtype=np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def fill(folder: Path, count: int, dimensions: int) -> None:
    """A library of `count` photos with one vector each."""
    asked = space_of(dimensions)
    with create_library(folder) as library:
        space = ensure_space(library, asked)
        with library.write() as connection:
            connection.execute("INSERT INTO roots (path, added_at) VALUES (x'2f', 0)")
        for start in range(0, count, CHUNK):
            ids = range(start + 1, min(start + CHUNK, count) + 1)
            blobs = [pack(space, vector) for vector in clustered(len(ids), dimensions, start + 1)]
            with library.write() as connection:
                connection.executemany(
                    "INSERT INTO photos (photo_id, root_id, path, size, mtime_ns, content_hash, format, width, height,"
                    " fingerprint, indexed_at) VALUES (?, 1, ?, 1, 1, '', 'JPEG', 1, 1, 0, 0)",
                    [(photo_id, b"/photos/%d.jpg" % photo_id) for photo_id in ids],
                )
                if asked.kind == "face":
                    connection.executemany(
                        "INSERT INTO faces VALUES (?, ?, ?, 1, 0, 0, 1, 1, x'', 1, 1)",
                        [(photo_id, photo_id, space.space_id) for photo_id in ids],
                    )
                    rows = [(photo_id, space.space_id, blob) for photo_id, blob in zip(ids, blobs, strict=True)]
                    connection.executemany("INSERT INTO face_vectors VALUES (?, ?, ?)", rows)
                else:
                    connection.executemany(
                        "INSERT INTO scene_vectors (photo_id, space_id, vector) VALUES (?, ?, ?)",
                        [(photo_id, space.space_id, blob) for photo_id, blob in zip(ids, blobs, strict=True)],
                    )


def open_and_find(folder: Path, dimensions: int) -> None:
    """One process: print the seconds from opening the library to the first answer, the imports left out."""
    import faiss  # noqa: F401

    asked = space_of(dimensions)
    example = SearchExample(asked, clustered(1, dimensions, 7)[0])
    start = time.perf_counter()
    with open_library(folder, read_only=True) as library:
        hits = PhotoSearch(library).find(example, cut_off=0)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mib": peak, "hits": len(hits)}))


def opened(folder: Path, dimensions: int) -> dict[str, float]:
    """`open_and_find` in a fresh process."""
    command = [sys.executable, __file__, "--open", str(folder), "--dimensions", str(dimensions)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def measure_opening(folder: Path, dimensions: int, rounds: int) -> dict[str, Any]:
    """With the cache file and without it, in turns."""
    index, aside = folder / "index", folder / "aside"
    cached, rebuilt = [], []
    for _ in range(rounds):
        cached.append(opened(folder, dimensions))
        index.rename(aside)
        rebuilt.append(opened(folder, dimensions))
        shutil.rmtree(index, ignore_errors=True)
        aside.rename(index)
    return {
        "cached_s": statistics.median(each["seconds"] for each in cached),
        "rebuilt_s": statistics.median(each["seconds"] for each in rebuilt),
        "rebuilt_to_cached": statistics.median(
            b["seconds"] / a["seconds"] for a, b in zip(cached, rebuilt, strict=True)
        ),
        "peak_mib": max(each["peak_mib"] for each in cached),
    }


def measure_searching(folder: Path, count: int, dimensions: int) -> dict[str, Any]:
    """Answers of 50 photos, in turns with a plain scan of float32 vectors in memory."""
    asked = space_of(dimensions)
    chunks = [clustered(min(CHUNK, count - start), dimensions, start + 1) for start in range(0, count, CHUNK)]
    plain = np.concatenate(chunks)
    ours, scan = [], []
    with open_library(folder, read_only=True) as library:
        search = PhotoSearch(library)
        for number in range(41):
            example = SearchExample(asked, clustered(1, dimensions, 1_000_000 + number)[0])
            start = time.perf_counter()
            search.find(example, cut_off=0)
            middle = time.perf_counter()
            np.argpartition(-(plain @ example.embedding), min(50, count - 1))
            ours.append(middle - start)
            scan.append(time.perf_counter() - middle)
    ours, scan = ours[1:], scan[1:]  # the first one opens the index
    return {
        "search_p50_ms": 1000 * statistics.median(ours),
        "search_p95_ms": 1000 * sorted(ours)[round(0.95 * len(ours)) - 1],
        "numpy_scan_to_search": statistics.median(b / a for a, b in zip(ours, scan, strict=True)),
    }


def measure(count: int, dimensions: int, rounds: int) -> dict[str, Any]:
    """All figures of one size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, count, dimensions)
        with open_library(folder) as library:
            space = searched_space(library, space_of(dimensions).kind)
            assert space
            start = time.perf_counter()
            VectorIndex(library, space).save()
            build = time.perf_counter() - start
        figures = {"count": count, "dimensions": dimensions, "build_and_save_s": build}
        return figures | measure_opening(folder, dimensions, rounds) | measure_searching(folder, count, dimensions)


def main() -> None:
    """Print one line of JSON a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--dimensions", type=int, nargs="+", default=[128, 1000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--open", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.open:
        open_and_find(arguments.open, arguments.dimensions[0])
        return
    for dimensions in arguments.dimensions:
        for count in arguments.counts:
            figures = measure(count, dimensions, arguments.rounds)
            print(json.dumps({key: round(value, 4) for key, value in figures.items()}), flush=True)


if __name__ == "__main__":
    main()
