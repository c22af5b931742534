"""The daemon's latency, and what a large tree costs it: start-up, memory, idle CPU and wake-ups; and what it costs to
give a new face its name.

    python benchmarks/watching.py [--folders N] [--files M] [--photos P] [--idle SECONDS] [--faces F] [--persons Q]

Latency is from the moment the writer of a 12-megapixel photo closes it until it is stored, and until a search in
another, warm process finds it; the daemon itself waits 0.6 s for a closed file to stay quiet. The large tree holds
files of a few bytes that are photos by name alone, entered in the library as if they had been indexed, since reading
200,000 pictures is what `benchmarks/indexing.py` measures. The faces are made up: vectors near that of their person.
"""

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.indexing import make_photos
from dofisac_tui.clustering.incremental import Assigner
from dofisac_tui.config import load_settings
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.engines.packs import Engines
from dofisac_tui.geometry import Vectors
from dofisac_tui.library.database import Library, create_library, open_library
from dofisac_tui.library.embedding_spaces import ensure_space
from dofisac_tui.library.heartbeat import daemon_heartbeat
from dofisac_tui.library.people import new_people
from dofisac_tui.library.photos import FaceRecord, PhotoRecord, store_faces, store_photo, store_scene
from dofisac_tui.library.roots import Root, add_root
from dofisac_tui.library.runs import Members, begin_run, fill_run, make_current

POLL_SECONDS = 0.02


@contextlib.contextmanager
def watching(library: Path) -> Iterator[psutil.Process]:
    """A daemon that has compared all folders and has nothing to do."""
    command = [sys.executable, "-m", "dofisac_daemon", "--library", str(library)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        with open_library(library, read_only=True) as opened:
            while not ((beat := daemon_heartbeat(opened)) and beat.reconciled_at and beat.state == "watching"):
                assert process.poll() is None, "the daemon ended"
                time.sleep(POLL_SECONDS)
        yield psutil.Process(process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def latencies(folder: Path, photos: int) -> dict[str, list[float]]:
    """Seconds from a photo whose writer has closed it until it is stored, and until a warm search finds it."""
    from dofisac_tui.search.photo_search import PhotoSearch
    from dofisac_tui.search.query import Query

    root, prepared = folder / "photos", folder / "prepared"
    root.mkdir()
    prepared.mkdir()
    make_photos(prepared, photos + 1)
    first, *others = sorted(prepared.iterdir())
    (root / "first.jpg").write_bytes(first.read_bytes())
    with create_library(folder / "library") as library:
        add_root(library, bytes(root))
    measured: dict[str, list[float]] = {"stored": [], "found": []}
    with watching(folder / "library"), open_library(folder / "library", read_only=True) as library:
        while not library.value("SELECT COUNT(*) FROM scene_vectors"):
            time.sleep(POLL_SECONDS)
        searching = PhotoSearch(library)
        example = searching.indexed_photo(library.value("SELECT photo_id FROM photos"))
        for photo in others:
            data, path = photo.read_bytes(), root / photo.name
            time.sleep(3)  # the daemon is at rest again
            path.write_bytes(data)
            closed = time.monotonic()
            while not library.value("SELECT 1 FROM photos WHERE path = ?", (bytes(path),)):
                time.sleep(POLL_SECONDS)
            measured["stored"].append(time.monotonic() - closed)
            while bytes(path) not in {hit.path for hit in searching.find(example, Query(), None, 10_000, 0.0)}:
                time.sleep(POLL_SECONDS)
            measured["found"].append(time.monotonic() - closed)
    return measured


def fill(library: Library, root: Root, folders: int, files: int) -> None:
    """Make tiny files, and enter them as if they had been indexed."""
    engines = Engines("bundled", load_settings())
    faces, scenes = (ensure_space(library, s) for s in (engines.faces().space, engines.scenes().space))
    nothing = np.zeros(scenes.dimensions, np.float32)
    for number in range(folders):
        place = root.path + b"/%03d/%05d" % (number % 100, number)
        os.makedirs(place)
        with library.write() as connection:
            for name in range(files // folders):
                path = place + b"/%05d.jpg" % name
                with open(path, "wb") as file:
                    file.write(b"photo")
                facts = os.stat(path)
                record = PhotoRecord(
                    root.root_id, path, facts.st_size, facts.st_mtime_ns, f"{number}-{name}",
                    "JPEG", 1, 1, 0, None, None, None, None,
                )  # fmt: skip
                photo_id = store_photo(connection, record)
                store_faces(connection, photo_id, faces, [])
                store_scene(connection, photo_id, scenes, nothing)


def large_tree(folder: Path, folders: int, files: int, idle: float) -> dict[str, float]:
    """Start-up, memory and idle cost of a daemon on many folders."""
    root = folder / "tree"
    root.mkdir()
    with create_library(folder / "large") as library:
        fill(library, add_root(library, bytes(root)), folders, files)
    began = time.monotonic()
    with watching(folder / "large") as process:
        startup = time.monotonic() - began
        time.sleep(5)
        cpu, switches = sum(process.cpu_times()[:2]), _wakeups(process)
        time.sleep(idle)
        return {
            "seconds until it watches": startup,
            "MB of memory": process.memory_info().rss / 1e6,
            "idle CPU percent": 100 * (sum(process.cpu_times()[:2]) - cpu) / idle,
            "wake-ups a minute": 60 * (_wakeups(process) - switches) / idle,
            "child processes": len(process.children()),
        }


def naming(folder: Path, faces: int, persons: int) -> dict[str, float]:
    """Seconds to give names to one new face: of the first call, which reads every face, and of those after it."""
    random = np.random.default_rng(0)
    people = random.normal(size=(persons, 128)).astype(np.float32)
    people *= 0.9 / np.linalg.norm(people, axis=1, keepdims=True)
    with create_library(folder / "people") as library:
        root = add_root(library, bytes(folder))
        space = ensure_space(library, Engines("bundled", load_settings()).faces().space)
        who = np.sort(random.integers(0, persons, faces))
        for start in range(0, faces, 5000):
            _add_faces(library, root, space, people, who[start : start + 5000], start)
        ids = np.arange(1, faces + 1)  # of photos and faces alike
        with library.write() as connection:
            known = np.array(new_people(connection, persons))
        run = begin_run(library, "people", space.space_id, {"last_item": faces, "items": faces})
        fill_run(library, run, Members(known[who], ids, ids), {}, people=True)
        with library.write() as connection:
            make_current(connection, "people", run)
        before, assigner, seconds = psutil.Process().memory_info().rss, Assigner(library), []
        for new in range(21):
            _add_faces(library, root, space, people, random.integers(0, persons, 1), faces + new)
            began = time.perf_counter()
            assert assigner.assign() == 1
            seconds.append(time.perf_counter() - began)
        return {
            "seconds of the first name": seconds[0],
            "seconds of a later name, median": statistics.median(seconds[1:]),
            "MB more of memory": (psutil.Process().memory_info().rss - before) / 1e6,
        }


def _add_faces(
    library: Library, root: Root, space: EmbeddingSpace, people: Vectors, who: NDArray[np.int64], start: int
) -> None:
    """A photo each of these persons."""
    noise = np.random.default_rng(start).normal(0, 0.2 / 128**0.5, (len(who), 128))
    with library.write() as connection:
        for number, vector in enumerate(people[who] + noise, start=start):
            path = root.path + b"/%d.jpg" % number
            record = PhotoRecord(
                root.root_id, path, 1, 1, f"{number:064}", "JPEG", 1, 1, 0, None, None, None, None
            )  # fmt: skip
            face = FaceRecord((1.0, 1.0, 9.0, 9.0), np.zeros((5, 2), np.float32), 0.9, 0.8, vector.astype(np.float32))
            store_faces(connection, store_photo(connection, record), space, [face])


def _wakeups(process: psutil.Process) -> int:
    lines = (line for task in Path(f"/proc/{process.pid}/task").glob("*/status") for line in task.open())
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))


def main() -> None:
    """Print what was measured as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folders", type=int, default=20_000)
    parser.add_argument("--files", type=int, default=200_000)
    parser.add_argument("--photos", type=int, default=20)
    parser.add_argument("--idle", type=float, default=60.0)
    parser.add_argument("--faces", type=int, default=200_000)
    parser.add_argument("--persons", type=int, default=2_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        measured = latencies(Path(name), wanted.photos)
        for part, seconds in measured.items():
            middle, worst = statistics.median(seconds), max(seconds)
            print(json.dumps({"new photo": part, "median": round(middle, 2), "worst": round(worst, 2)}))
        tree = large_tree(Path(name), wanted.folders, wanted.files, wanted.idle)
        print(json.dumps({what: round(figure, 2) for what, figure in tree.items()}))
        names = naming(Path(name), wanted.faces, wanted.persons)
        print(json.dumps({what: round(figure, 4) for what, figure in names.items()}))


if __name__ == "__main__":
    main()
