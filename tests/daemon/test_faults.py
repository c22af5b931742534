"""Everything that goes wrong in a home server, done for real; only the clock is ours."""

import contextlib
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from dofisac_daemon.watcher import Watcher

from dofisac_tui.config import Indexing
from dofisac_tui.library.roots import add_root, all_roots
from tests.daemon.conftest import SAMPLES, SETTINGS, eventually, odd_decoders, put, running_daemon
from tests.daemon.helpers import (
    count,
    daemon_process,
    growing_reader,
    make_disk,
    mount_disk,
    start_daemon,
    stop,
)
from tests.imaging.odd_readers import odd_reader
from tests.processes import mount_small_disk

YEAR = 365 * 86400


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    put("coffee.png", folder / "a.png")
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount_small_disk(disk, "2m")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_decoders_that_crash_and_hang_cost_one_photo_each(tmp_path: Path, root: Path) -> None:
    settings = replace(SETTINGS, indexing=Indexing(workers=1, threads=1, seconds_per_photo=6.0))
    with running_daemon(tmp_path / "library", root, settings, odd_decoders(odd_reader)) as running:
        for name in ("crash.png", "hang.png", "good.png"):
            shutil.copy(SAMPLES / "coins.png", root / name)
        expected = {"crash.png": ("decoder crashed", 1), "hang.png": ("timed out", 1)}
        eventually(lambda: running.failures() == expected and running.rests())
        assert running.names() == {"a.png", "good.png"}


def test_a_photo_that_grows_while_it_is_read_is_read_again(tmp_path: Path, root: Path) -> None:
    whole = (SAMPLES / "coins.png").read_bytes()
    with running_daemon(tmp_path / "library", root, open_decoders=odd_decoders(growing_reader)) as running:
        (root / "grows.png").write_bytes(whole[: len(whole) // 2])
        eventually(lambda: "grows.png" in running.names())
        assert running.library.value("SELECT size FROM photos WHERE path = ?", (bytes(root / "grows.png"),)) == len(
            whole
        )
        eventually(lambda: running.failures() == {})


def test_a_full_disk_is_waited_out(small_disk: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dofisac_daemon.service.FIRST_PAUSE", 0.5)
    with running_daemon(small_disk / "library", root) as running:
        ballast = small_disk / "ballast"
        with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            while True:
                file.write(bytes(4096))
        shutil.copy(SAMPLES / "astronaut.png", root / "b.png")
        eventually(lambda: running.daemon._pause)
        assert running.names() == {"a.png"}
        ballast.unlink()
        eventually(lambda: running.names() == {"a.png", "b.png"} and running.rests())
        assert running.library.value("PRAGMA integrity_check") == "ok"


def test_a_library_that_may_not_be_written_for_a_while(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dofisac_daemon.service.FIRST_PAUSE", 0.5)
    thumbs = tmp_path / "library" / "thumbs"
    with running_daemon(tmp_path / "library", root) as running:
        eventually(lambda: running.names() == {"a.png"} and running.rests())
        with _immutable(thumbs):
            shutil.copy(SAMPLES / "astronaut.png", root / "b.png")
            eventually(lambda: "not permitted" in str(running.daemon._heartbeat.heartbeat.error))
            assert running.names() == {"a.png"}
        eventually(lambda: running.names() == {"a.png", "b.png"})


@contextlib.contextmanager
def _immutable(folder: Path) -> Iterator[None]:
    """Nobody, root neither, may write to a folder and those in it."""
    made = subprocess.run(["chattr", "-R", "+i", folder], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("may not make a folder immutable")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-R", "-i", folder], check=True)


def test_a_disk_that_the_system_makes_read_only_costs_nothing_and_is_taken_up_again(tmp_path: Path, root: Path) -> None:
    image, library = make_disk(tmp_path / "image"), tmp_path / "disk" / "library"
    photos = "SELECT COUNT(*) FROM photos"
    with contextlib.ExitStack() as stack:
        with mount_disk(image, tmp_path / "disk", lazy=True) as disk:
            process = stack.enter_context(daemon_process(library, root))
            # what happens by itself after an error of the disk
            subprocess.run(["mount", "--options", "remount,abort", disk], check=True)
            shutil.copy(SAMPLES / "astronaut.png", root / "b.png")
            time.sleep(3)
            assert process.poll() is None and count(library, photos) == 1
        mended = Path(shutil.copy(image, tmp_path / "mended"))  # another device, as a disk is that was plugged in again
        subprocess.run(["fsck.ext4", "-fy", mended], check=False, capture_output=True)  # 1: it mended something
        with mount_disk(mended, tmp_path / "disk"):
            eventually(lambda: count(library, photos) == 2)
            assert count(library, "SELECT integrity_check = 'ok' FROM pragma_integrity_check") == 1
            status, log = stop(process)
    assert status == 0 and "stopped for now" in log and "opening it anew" in log and "Traceback" not in log, log


def test_a_library_that_may_not_be_written_is_refused_at_once(small_disk: Path) -> None:
    with start_daemon(small_disk / "library") as process:
        eventually(lambda: (small_disk / "library" / "library.db").exists())
        stop(process)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    process = start_daemon(small_disk / "library")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "cannot be" in errors and "Traceback" not in errors


def test_a_disk_that_is_unmounted_pauses_its_folder(tmp_path: Path) -> None:
    image = make_disk(tmp_path / "image")
    with mount_disk(image, tmp_path / "disk") as disk:
        put("coffee.png", disk / "a.png")
    with contextlib.ExitStack() as stack:
        with mount_disk(image, tmp_path / "disk") as disk:
            running = stack.enter_context(running_daemon(tmp_path / "library", disk))
            before = running.photos()
            assert before.keys() == {"a.png"}
        eventually(lambda: "cannot find" in running.state())
        assert running.photos() == before, "an empty mount point is no loss"
        with mount_disk(image, tmp_path / "disk"):
            eventually(lambda: running.state() == "watching")
            put("coins.png", disk / "b.png")
            eventually(lambda: running.photos().keys() == {"a.png", "b.png"})
            assert running.photos()["a.png"] == before["a.png"]
            stack.close()


def test_a_root_that_is_unplugged_pauses_and_goes_on_by_itself(tmp_path: Path, root: Path) -> None:
    with running_daemon(tmp_path / "library", root) as running:
        before = running.photos()
        root.rename(tmp_path / "unplugged")
        eventually(lambda: "cannot find" in running.state())
        assert running.photos() == before
        shutil.copy(SAMPLES / "coins.png", tmp_path / "unplugged" / "new.png")
        root.mkdir()
        time.sleep(1)
        assert running.photos() == before, "an empty mount point is no loss either"
        root.rmdir()
        (tmp_path / "unplugged").rename(root)
        eventually(lambda: running.names() == {"a.png", "new.png"} and running.state() == "watching")
        shutil.copy(SAMPLES / "moon.png", root / "newer.png")
        eventually(lambda: "newer.png" in running.names())


def test_a_root_added_by_another_process_is_watched(tmp_path: Path, root: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    (root / ".keep").touch()
    with running_daemon(tmp_path / "library", root) as running:
        add_root(running.library, bytes(more))
        shutil.copy(SAMPLES / "coins.png", more / "b.png")
        eventually(lambda: "../more/b.png" in running.names())
        (root / "a.png").rename(more / "moved.png")
        photo_id = running.photos()["a.png"]
        eventually(lambda: running.photos().get("../more/moved.png") == photo_id)


def test_a_clock_that_is_set_back_and_forth_stops_nothing(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "broken.png").write_bytes(b"no picture")
    real = time.time
    with running_daemon(tmp_path / "library", root) as running:
        eventually(lambda: running.failures() == {"broken.png": ("unsupported", 1)})
        # setting the clock of the machine would be felt by everything that runs on it
        monkeypatch.setattr(time, "time", lambda: real() - YEAR)
        shutil.copy(SAMPLES / "coins.png", root / "b.png")
        eventually(lambda: running.names() == {"a.png", "b.png"})
        with running.library.write() as connection:
            connection.execute("UPDATE failures SET first_try = first_try - 1")
        eventually(lambda: running.failures() == {"broken.png": ("unsupported", 2)})
        monkeypatch.setattr(time, "time", real)
        shutil.copy(SAMPLES / "moon.png", root / "c.png")
        eventually(lambda: running.names() == {"a.png", "b.png", "c.png"} and running.rests())


def test_a_hundred_thousand_events_leave_nothing_behind(tmp_path: Path, root: Path) -> None:
    import psutil

    events = int(os.environ.get("DOFISAC_TEST_EVENTS", "10000"))
    process = psutil.Process()
    with running_daemon(tmp_path / "library", root) as running:

        def storm(number: int) -> None:
            for step in range(number):
                os.utime(root / "a.png", ns=(step, step))
                os.utime(root / "b.png", ns=(step, step))

        shutil.copy(SAMPLES / "coins.png", root / "b.png")
        storm(events // 8)
        eventually(lambda: running.names() == {"a.png", "b.png"} and running.rests())
        files, memory = process.num_fds(), process.memory_info().rss
        storming = threading.Thread(target=storm, args=(events // 2,))
        storming.start()
        storming.join()
        eventually(lambda: not len(running.daemon._pending) and running.rests())
        assert process.num_fds() <= files + 2
        assert process.memory_info().rss <= memory + 20_000_000
        last = max(events // 2 - 1, 0)
        eventually(lambda: running.library.value("SELECT MIN(mtime_ns) FROM photos") == last)


def test_the_watcher_forgets_a_root_that_was_removed(tmp_path: Path, root: Path) -> None:
    with running_daemon(tmp_path / "library", root) as running:
        watcher: Watcher = running.daemon._watcher
        assert watcher.refresh(all_roots(running.library)) == []
        assert watcher.refresh([]) == [] and not watcher._watches
