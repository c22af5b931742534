"""Decoder processes: one bad photo costs one photo."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from dofisac_tui.errors import DofisacError, PhotoError
from dofisac_tui.imaging.photo import KnownPhoto, ReadPhoto
from dofisac_tui.imaging.read import read_photo
from dofisac_tui.imaging.reader_pool import LOOK_AHEAD, ReaderPool, ReadRequest
from tests.imaging.helpers import CROP, LIMITS, coffee, encode
from tests.imaging.odd_readers import odd_reader
from tests.processes import run_python

QUICK = dataclasses.replace(LIMITS, seconds_per_photo=3.0, memory_megabytes=1024)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty photos: `00.jpg` to `39.jpg`."""
    folder = tmp_path_factory.mktemp("pool")
    for number in range(40):
        (folder / f"{number:02}.jpg").write_bytes(encode(coffee((600, 400 + number)), "JPEG"))
    return folder


def requests(folder: Path, *names: str) -> list[ReadRequest]:
    return [ReadRequest(os.fsencode(folder / name), tag=name) for name in names]


def classes(pool: ReaderPool, wanted: list[ReadRequest]) -> dict[object, str]:
    return {
        request.tag: outcome.failure_class if isinstance(outcome, PhotoError) else "read"
        for request, outcome in pool.read(wanted)
    }


def workers_of(pid: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(pid).children() if "resource_tracker" not in " ".join(child.cmdline())]


def gone(pids: list[int], within: float) -> bool:
    end = time.monotonic() + within
    while any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_results_are_those_of_the_reader(folder: Path) -> None:
    names = [path.name for path in folder.iterdir()]
    with ReaderPool(2, LIMITS, CROP) as pool:
        results = {request.tag: outcome for request, outcome in pool.read(requests(folder, *names))}
    assert sorted(results) == sorted(names)  # type: ignore[type-var]
    direct = read_photo(os.fsencode(folder / "07.jpg"), LIMITS, CROP)
    pooled = results["07.jpg"]
    assert isinstance(pooled, ReadPhoto) and isinstance(direct, ReadPhoto)
    assert np.array_equal(pooled.frame, direct.frame) and np.array_equal(pooled.scene_crop, direct.scene_crop)
    assert (pooled.thumbnail, pooled.content_hash) == (direct.thumbnail, direct.content_hash)


def test_known_hashes_and_failures_pass_through(folder: Path, tmp_path: Path) -> None:
    known = read_photo(os.fsencode(folder / "00.jpg"), LIMITS, CROP)
    (tmp_path / "empty.jpg").touch()
    wanted = [ReadRequest(os.fsencode(folder / "00.jpg"), frozenset({known.content_hash}))]
    with ReaderPool(1, LIMITS, CROP) as pool:
        assert [outcome for _, outcome in pool.read(wanted)] == [
            KnownPhoto(known.content_hash, known.size, known.mtime_ns)
        ]
        [(_, outcome)] = pool.read(requests(tmp_path, "empty.jpg"))
    assert isinstance(outcome, PhotoError) and outcome.title == "The file is empty"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("crash", "decoder crashed"), ("xit", "decoder crashed"), ("bug", "decoder crashed"), ("hang", "timed out"),
        ("memory", "too large"),
    ],
)  # fmt: skip
def test_a_bad_photo_costs_itself_alone(folder: Path, name: str, expected: str) -> None:
    good = [f"{number:02}.jpg" for number in range(12)]
    with ReaderPool(2, QUICK, CROP, reader=odd_reader) as pool:
        found = classes(pool, requests(folder, *good[:3], name, *good[3:6], name + " again", *good[6:]))
        assert found == dict.fromkeys(good, "read") | {name: expected, name + " again": expected}
        assert classes(pool, requests(folder, *good)) == dict.fromkeys(good, "read")


def test_only_bad_photos(folder: Path) -> None:
    with ReaderPool(2, QUICK, CROP, reader=odd_reader) as pool:
        assert set(classes(pool, requests(folder, *(f"crash {n}" for n in range(5)))).values()) == {"decoder crashed"}


def test_messages_of_mistakes_are_safe_to_print(folder: Path) -> None:
    with ReaderPool(1, QUICK, CROP, reader=odd_reader) as pool:
        [(_, outcome)] = pool.read(requests(folder, "bug"))
    assert isinstance(outcome, PhotoError) and "ZeroDivisionError" in outcome.title and "\x1b" not in outcome.title


def test_requests_are_taken_only_as_there_is_room(folder: Path) -> None:
    taken = 0

    def endless() -> Iterator[ReadRequest]:
        nonlocal taken
        while True:
            taken += 1
            yield ReadRequest(os.fsencode(folder / "00.jpg"))

    with ReaderPool(2, LIMITS, CROP) as pool:
        for done, _ in enumerate(pool.read(endless()), 1):
            assert taken <= done + 2 * LOOK_AHEAD
            if done == 20:
                break


def test_workers_start_when_needed_and_no_more_than_needed(folder: Path) -> None:
    with ReaderPool(3, LIMITS, CROP) as pool:
        assert list(pool.read([])) == [] and workers_of(os.getpid()) == []
        assert len(list(pool.read(requests(folder, "00.jpg")))) == 1
        assert len(workers_of(os.getpid())) == 1
    assert workers_of(os.getpid()) == []


def test_a_pool_left_in_the_middle_can_be_used_again(folder: Path) -> None:
    with ReaderPool(2, LIMITS, CROP) as pool:
        results = pool.read(requests(folder, "00.jpg", "01.jpg", "02.jpg", "03.jpg"))
        next(results)
        results.close()  # type: ignore[attr-defined]
        assert classes(pool, requests(folder, "10.jpg", "11.jpg")) == {"10.jpg": "read", "11.jpg": "read"}


def test_a_worker_ended_while_idle_costs_nothing(folder: Path) -> None:
    with ReaderPool(1, LIMITS, CROP) as pool:
        list(pool.read(requests(folder, "00.jpg")))
        [worker] = workers_of(os.getpid())
        worker.kill()
        assert gone([worker.pid], 5)
        time.sleep(0.5)  # its other threads end a little later, and its end of the pipe with them
        assert classes(pool, requests(folder, "01.jpg")) == {"01.jpg": "read"}


def test_a_pool_that_cannot_start_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here_alone = types.ModuleType("here_alone")
    exec("def reader(path, limits, crop, known_hashes): pass", here_alone.__dict__)  # noqa: S102  # no worker finds it
    monkeypatch.setitem(sys.modules, "here_alone", here_alone)
    with (
        ReaderPool(2, LIMITS, CROP, reader=here_alone.reader) as pool,
        pytest.raises(DofisacError, match="cannot start"),
    ):
        list(pool.read(requests(folder, "00.jpg", "01.jpg", "02.jpg")))


def test_too_little_memory_is_told_and_not_hung_upon(folder: Path) -> None:
    with ReaderPool(1, dataclasses.replace(LIMITS, memory_megabytes=1), CROP) as pool:
        assert set(classes(pool, requests(folder, "00.jpg", "01.jpg")).values()) <= {"too large", "decoder crashed"}


def test_workers_are_as_nice_as_asked(folder: Path) -> None:
    with ReaderPool(1, LIMITS, CROP, nice=3, reader=odd_reader) as pool:
        [(_, outcome)] = pool.read(requests(folder, "pid"))
    assert isinstance(outcome, KnownPhoto) and outcome.size == os.nice(0) + 3


def test_closing_ends_even_a_hanging_worker_at_once(folder: Path) -> None:
    pool = ReaderPool(2, LIMITS, CROP, reader=odd_reader)
    results = pool.read(requests(folder, "hang", "00.jpg", "hang too"))
    next(results)
    begin = time.monotonic()
    pool.close()
    assert time.monotonic() - begin < 2
    assert workers_of(os.getpid()) == []


def test_workers_keep_their_memory(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.jpg").write_bytes(encode(coffee((200, 100 + number)), "JPEG"))
    names = [f"{number % 20}.jpg" for number in range(1000)]
    with ReaderPool(1, LIMITS, CROP) as pool:
        ours = psutil.Process()
        for done, _ in enumerate(pool.read(requests(tmp_path, *names)), 1):
            if done == 200:
                [worker] = workers_of(os.getpid())
                before = worker.memory_info().rss, ours.memory_info().rss, ours.num_fds()
            if done == 990:
                after = worker.memory_info().rss, ours.memory_info().rss, ours.num_fds()
    assert after[0] - before[0] < 8 * 2**20
    assert after[1] - before[1] < 16 * 2**20
    assert after[2] <= before[2] + 1


def test_workers_are_light(folder: Path) -> None:
    """Heavy libraries would cost seconds and hundreds of megabytes for each worker."""
    code = (
        "import sys, os; from dofisac_tui.imaging.reader_pool import read_photo\n"
        "from tests.imaging.helpers import LIMITS, CROP; read_photo(os.fsencode(sys.argv[1]), LIMITS, CROP)\n"
        "print(*{'torch', 'onnxruntime', 'faiss', 'sklearn', 'cv2', 'insightface', 'textual'} & set(sys.modules))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, folder / "00.jpg"], capture_output=True, text=True, check=True, timeout=60
    )
    assert out.stdout.strip() == ""


@pytest.mark.parametrize("state", ["busy", "idle", "hanging"])
def test_workers_die_with_a_killed_parent(folder: Path, tmp_path: Path, state: str) -> None:
    for name in ["00.jpg", "01.jpg", "02.jpg", "03.jpg"]:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    if state == "hanging":
        (tmp_path / "04hang").touch()
    arguments = [sys.executable, "-m", "tests.imaging.pool_parent", str(tmp_path)] + (
        ["idle"] if state == "idle" else []
    )
    shared_memory = set(os.listdir("/dev/shm"))
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        time.sleep(0.3)
        parent.kill()
    assert len(pids) >= 2
    assert gone(pids, 10)
    assert set(os.listdir("/dev/shm")) <= shared_memory


def test_ctrl_c_cannot_reach_a_worker_while_it_starts() -> None:
    code = (
        "from pathlib import Path; import signal\n"
        "from dofisac_tui.imaging.reader_pool import ReaderPool; from tests.imaging.helpers import LIMITS, CROP\n"
        "with ReaderPool(1, LIMITS, CROP) as pool:\n"
        "    status = Path(f'/proc/{pool._start().process.pid}/status').read_text()\n"
        "masks = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith(('SigBlk', 'SigIgn'))]\n"
        "print(any(mask >> signal.SIGINT - 1 & 1 for mask in masks))"
    )
    assert run_python(code).strip() == "True"


def test_ctrl_c_ends_parent_and_workers_without_talk_of_workers(folder: Path) -> None:
    arguments = [sys.executable, "-m", "tests.imaging.pool_parent", str(folder)]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        assert parent.stdout and parent.stderr
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        os.killpg(parent.pid, signal.SIGINT)
        talk = parent.stderr.read()
        assert parent.wait(10) != 0
    assert talk.count("KeyboardInterrupt") == 1 and "SpawnProcess" not in talk
    assert gone(pids, 10)
