"""What a kept run costs on disk: python -m benchmarks.clustering_runs FOLDER [--faces N] [--nights N].

A library of made-up persons gains 1,000 faces a night, and one face in a thousand moves to another person. Prints the
bytes of each night's snapshot, the size of the database, and the seconds that keeping a run and showing one again take.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.library import runs
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.people import new_people
from dofisac_tui.library.run_snapshots import snapshot_past_runs

NEW, MOVED, FACES_OF_A_PERSON = 1000, 1000, 7


def keep(library: Library, persons: NDArray[np.int64]) -> None:
    """A run with these persons of faces 1, 2, ..., one in a photo, as `cluster people` would store it."""
    faces = np.arange(1, len(persons) + 1)
    order = np.lexsort((faces, persons))
    run = runs.begin_run(library, "people", None, {"items": len(faces)})
    runs.fill_run(library, run, runs.Members(persons[order], faces[order], faces[order]), {}, people=True)
    with library.write() as connection:
        runs.make_current(connection, "people", run)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--faces", type=int, default=200_000)
    parser.add_argument("--nights", type=int, default=8)
    options = parser.parse_args()
    chance = np.random.default_rng(0)
    with create_library(options.folder) as library:
        with library.write() as connection:
            first = new_people(connection, options.faces // FACES_OF_A_PERSON)[0]
        several = options.faces // FACES_OF_A_PERSON
        persons = first + chance.integers(0, several, options.faces)
        keep(library, persons)
        for _ in range(options.nights):
            persons = np.append(persons, first + chance.integers(0, several, NEW))
            moved = chance.integers(0, len(persons), len(persons) // MOVED)
            persons[moved] = first + chance.integers(0, several, len(moved))
            keep(library, persons)
            start = time.perf_counter()
            snapshot_past_runs(library, "people")
            kept = time.perf_counter() - start
            size = library.value("SELECT LENGTH(content) FROM run_snapshots ORDER BY snapshot_id DESC LIMIT 1")
            pages = library.value("PRAGMA page_count") * library.value("PRAGMA page_size")
            print(json.dumps({"snapshot_bytes": size, "database_bytes": pages, "kept_s": round(kept, 2)}), flush=True)
        start = time.perf_counter()
        runs.roll_back(library, "people", 1)
        print(json.dumps({"rollback_s": round(time.perf_counter() - start, 2)}))


if __name__ == "__main__":
    main()
