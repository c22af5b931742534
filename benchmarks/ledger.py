"""Measure votes, undo, reading, export and import in a large ledger.

    python benchmarks/ledger.py [--votes 100000] [--photos 100000]

Each figure is the median of several runs in one process, on a library with one face in each photo. A vote and an undo
wait for the disk, and compute the evidence.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.interchange.ledger_file import read_ledger, write_ledger
from dofisac_tui.interchange.ledger_import import import_votes
from dofisac_tui.learning.agreement import agreements
from dofisac_tui.library import voting
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.embedding_spaces import ensure_space
from dofisac_tui.library.face_keys import keys_of_faces
from dofisac_tui.library.ledger import append, standing_votes
from dofisac_tui.library.photos import FaceRecord, PhotoRecord, store_faces, store_photo
from dofisac_tui.library.roots import add_root
from dofisac_tui.matching.evidence import cast_match


def fill(library: Library, photos: int, votes: int) -> None:
    """Create photos with one face each, and votes on successive faces."""
    random = np.random.default_rng(0)
    space = ensure_space(library, EmbeddingSpace("dlib-resnet-v1-128", "face", 128, "euclidean"))
    root = add_root(library, bytes(library.folder.parent))
    with library.write() as connection:
        for number in range(photos):
            path = b"/photos/%d.jpg" % number
            photo = PhotoRecord(root.root_id, path, 1, 1, f"{number:064x}", "JPEG", 800, 600, 0, None, None, None, None)
            vector = random.normal(0, 0.05, 128).astype(np.float32)
            face = FaceRecord((10.0, 10.0, 50.0, 60.0), np.zeros((5, 2), np.float32), 0.9, 0.8, vector)
            store_faces(connection, store_photo(connection, photo), space, [face])
    ids = [row[0] for row in library.rows("SELECT face_id FROM faces ORDER BY face_id")]
    keys = list(keys_of_faces(library, ids).values())
    with library.write() as connection:
        for number in range(votes):
            a, b = keys[number % photos], keys[(number + 1 + number // photos) % photos]
            append(connection, "benchmark", "match", "no" if number % 3 else "yes", a, b)


def median(runs: int, action: Callable[[int], object]) -> float:
    """Return the median seconds of a function."""
    seconds = []
    for number in range(runs):
        began = time.perf_counter()
        action(number)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--votes", type=int, default=100_000)
    parser.add_argument("--photos", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, create_library(Path(name, "library")) as library:
        fill(library, options.photos, options.votes)
        print(f"{options.votes:,} votes, {options.photos:,} photos")
        file = Path(name, "votes.jsonl")
        actions: list[tuple[str, int, Callable[[int], object]]] = [
            ("read what holds", 5, lambda _: standing_votes(library)),
            ("cast a vote", 51, lambda n: cast_match(library, n + 1, n + 60, "yes", "benchmark")),
            ("undo", 21, lambda _: voting.undo(library, "benchmark")),
            ("redo", 21, lambda _: voting.redo(library, "benchmark")),
            ("undo by number", 5, lambda n: voting.undo(library, "benchmark", n + 1)),
            ("export", 3, lambda _: write_ledger(library, file)),
            ("read a file", 3, lambda _: read_ledger(file)),
            ("import what is known", 3, lambda _: import_votes(library, read_ledger(file))),
            ("agreement", 1, lambda _: agreements(library)),
        ]
        for label, runs, action in actions:
            print(f"{label:<22}{1000 * median(runs, action):10.2f} ms")
        with create_library(Path(name, "other")) as other:
            seconds = median(1, lambda _: import_votes(other, read_ledger(file)))
            print(f"{'import what is new':<22}{1000 * seconds:10.2f} ms")


if __name__ == "__main__":
    main()
