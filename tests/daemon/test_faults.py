"""Everything that goes wrong in a home server, done for real."""

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

from dofisac_tui.config import Daemon as DaemonSettings
from dofisac_tui.config import Indexing
from dofisac_tui.library.failures import ask_again, due_paths, record_failure
from dofisac_tui.library.roots import add_root, all_roots
from tests.daemon.conftest import SAMPLES, SETTINGS, eventually, odd_decoders, running_daemon
from tests.daemon.helpers import count, daemon_process, start_daemon, without_root_s_rights
from tests.imaging.odd_readers import odd_reader
from tests.processes import folder_open_to_all, mount_small_disk


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(SAMPLES / "coffee.png", folder / "a.png")
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
        shutil.copy(SAMPLES / "coins.png", root / "crash.png")
        shutil.copy(SAMPLES / "moon.png", root / "hang.png")
        shutil.copy(SAMPLES / "camera.png", root / "good.png")
        expected = {"crash.png": ("decoder crashed", 1), "hang.png": ("timed out", 1)}
        eventually(lambda: running.failures() == expected and running.rests())
        assert running.names() == {"a.png", "good.png"}
        assert ask_again(running.library, "timed out") == 1
        eventually(lambda: running.failures()["hang.png"] == ("timed out", 2))


def test_a_full_disk_is_waited_out(small_disk: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dofisac_daemon.service.FIRST_PAUSE", 0.5)
    with running_daemon(small_disk / "library", root) as running:
        ballast = small_disk / "ballast"
        with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            while True:
                file.write(bytes(4096))
        shutil.copy(SAMPLES / "astronaut.png", root / "b.png")
        eventually(lambda: "full" in str(running.daemon._pulse.heartbeat.error) or running.daemon._pause)
        assert running.names() == {"a.png"}
        ballast.unlink()
        eventually(lambda: running.names() == {"a.png", "b.png"} and running.rests())
        assert running.library.value("PRAGMA integrity_check") == "ok"


def test_a_disk_that_becomes_read_only_is_waited_out(
    small_disk: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dofisac_daemon.service.FIRST_PAUSE", 0.5)
    with running_daemon(small_disk / "library", root) as running:
        monkeypatch.setattr("dofisac_tui.library.thumbnails.replacing", _refuse)
        shutil.copy(SAMPLES / "astronaut.png", root / "b.png")
        eventually(lambda: "Read-only" in str(running.daemon._pulse.heartbeat.error))
        monkeypatch.undo()
        eventually(lambda: running.names() == {"a.png", "b.png"})


def _refuse(*_: object, **__: object) -> None:
    raise OSError(30, os.strerror(30))


def test_a_library_that_may_not_be_written_is_refused_at_once(small_disk: Path, root: Path) -> None:
    with running_daemon(small_disk / "library", root):
        pass
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    process = start_daemon(small_disk / "library")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "cannot be" in errors and "Traceback" not in errors


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


def test_a_network_folder_is_polled(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dofisac_daemon.watcher.network_type", lambda folder: "nfs4")
    settings = replace(SETTINGS, daemon=DaemonSettings(poll_minutes=0.02))
    with running_daemon(tmp_path / "library", root, settings) as running:
        assert running.daemon._watcher.polled and running.daemon._watcher._observer is None
        shutil.copy(SAMPLES / "coins.png", root / "b.png")
        eventually(lambda: running.names() == {"a.png", "b.png"})


@pytest.mark.parametrize("call", ["inotify_init", "inotify_add_watch"])
def test_a_limit_of_inotify_is_told_with_its_cure_and_polling_takes_over(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, call: str
) -> None:
    import ctypes
    import errno

    (root / "in" / "deep").mkdir(parents=True)
    real = __import__("watchdog.observers.inotify_c", fromlist=["x"]).inotify_add_watch
    calls = 0

    def limited(*arguments: object) -> int:
        nonlocal calls
        calls += 1
        if call == "inotify_add_watch" and calls <= 1:
            return int(real(*arguments))
        ctypes.set_errno(errno.ENOSPC if arguments else errno.EMFILE)
        return -1

    monkeypatch.setattr(f"watchdog.observers.inotify_c.{call}", limited)
    settings = replace(SETTINGS, daemon=DaemonSettings(poll_minutes=0.02))
    with running_daemon(tmp_path / "library", root, settings) as running:
        assert running.daemon._watcher.polled
        shutil.copy(SAMPLES / "coins.png", root / "in" / "deep" / "b.png")
        eventually(lambda: running.names() == {"a.png", "in/deep/b.png"})
    assert "sysctl fs.inotify.max_user_" in caplog.text


def test_an_overflow_of_the_system_s_queue_is_noticed(tmp_path: Path, root: Path) -> None:
    from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent, WatchDescriptor

    with running_daemon(tmp_path / "library", root) as running:
        reader = running.daemon._watcher._observer._notifications
        compared = running.daemon._pulse.heartbeat.reconciled_at
        reader.handle_event(InotifyEvent(WatchDescriptor(-1), InotifyConstants.IN_Q_OVERFLOW, 0, b""))
        eventually(lambda: running.daemon._pulse.heartbeat.reconciled_at > compared)
        shutil.copy(SAMPLES / "coins.png", root / "b.png")
        eventually(lambda: running.names() == {"a.png", "b.png"})


def test_a_clock_that_is_set_back_delays_no_retry(tmp_path: Path, root: Path) -> None:
    with running_daemon(tmp_path / "library", root) as running:
        path = bytes(root / "never.png")
        with running.library.write() as connection:
            record_failure(connection, path, 1, "read", "unreadable", "?", None)
        now = time.time()
        assert due_paths(running.library, now) == []
        assert due_paths(running.library, now - 365 * 86400) == [path]


def test_a_photo_that_may_not_be_read_is_read_once_it_may() -> None:
    with folder_open_to_all() as folder:
        (folder / "photos" / "closed").mkdir(parents=True)
        shutil.copy(SAMPLES / "coffee.png", folder / "photos" / "a.png")
        shutil.copy(SAMPLES / "coins.png", folder / "photos" / "closed" / "b.png")
        (folder / "photos" / "closed").chmod(0o000)
        photos = "SELECT COUNT(*) FROM photos"
        with daemon_process(folder / "library", folder / "photos", within=without_root_s_rights()):
            assert count(folder / "library", photos) == 1
            assert count(folder / "library", "SELECT COUNT(*) FROM failures") == 1
            (folder / "photos" / "a.png").chmod(0o000)
            (folder / "photos" / "closed").chmod(0o700)
            eventually(lambda: count(folder / "library", photos) == 2)
            eventually(lambda: count(folder / "library", "SELECT COUNT(*) FROM failures") == 0)
            (folder / "photos" / "a.png").chmod(0o600)


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
