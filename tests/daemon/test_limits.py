"""What inotify does not tell: queues that overflow, watches that run out, closed folders, network mounts."""

import contextlib
import ctypes
import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from dofisac_daemon import mounts

from dofisac_tui.config import Daemon as DaemonSettings
from dofisac_tui.library.roots import add_root
from tests.daemon.conftest import SAMPLES, SETTINGS, eventually, put, running_daemon
from tests.daemon.helpers import count, daemon_process, stop, without_root_s_rights
from tests.processes import PROJECT, folder_open_to_all

PRESENT = "SELECT COUNT(*) FROM photos WHERE absent_since IS NULL"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for number in range(4):
        (folder / f"{number}" / "deep").mkdir(parents=True)
    put("coffee.png", folder / "a.png")
    return folder


def _with_inotify_limit(name: str, value: int) -> Sequence[str]:
    """A command that runs another in a user namespace, which has limits of its own."""
    limited = [
        "unshare",
        "--user",
        "--map-root-user",
        "sh",
        "-c",
        f'echo {value} >/proc/sys/user/{name} && exec "$@"',
        "sh",
    ]
    if not shutil.which("unshare") or subprocess.run([*limited, "true"], capture_output=True, check=False).returncode:
        pytest.skip("may not make a user namespace with limits of its own")
    return limited


def test_a_limit_that_was_raised_is_noticed_when_all_is_compared(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def no_watches(*_: object) -> int:
            ctypes.set_errno(errno.ENOSPC)
            return -1

        patch.setattr("dofisac_daemon.watcher.inotify_add_watch", no_watches)
        stack = contextlib.ExitStack()
        running = stack.enter_context(running_daemon(tmp_path / "library", root))
        assert list(running.daemon._watcher.polled.values()) == [bytes(root)]
    with stack:
        running.daemon._compare_at = 0.0
        eventually(lambda: not running.daemon._watcher.polled and running.rests())
        shutil.copy(SAMPLES / "coins.png", root / "b.png")
        eventually(lambda: running.names() == {"a.png", "b.png"})


@pytest.mark.parametrize("limit", ["max_inotify_watches", "max_inotify_instances"])
def test_a_limit_of_inotify_is_told_with_its_cure_and_polling_takes_over(
    tmp_path: Path, root: Path, limit: str
) -> None:
    within = _with_inotify_limit(limit, 5 if limit == "max_inotify_watches" else 0)
    config, library = tmp_path / "config.toml", tmp_path / "library"
    config.write_text("[daemon]\npoll_minutes = 0.02\n")
    with daemon_process(library, root, within=within, DOFISAC_CONFIG=str(config)) as process:
        for number in range(4):
            shutil.copy(SAMPLES / "coins.png", root / f"{number}" / "deep" / "b.png")
        eventually(lambda: count(library, PRESENT) == 5)
        status, log = stop(process)
    assert (status, log.count("polling a folder that cannot be watched")) == (0, 1), log
    assert f"sudo sysctl fs.inotify.{limit.replace('inotify', 'user')}=" in log


def test_an_overflow_of_the_system_s_queue_is_noticed(tmp_path: Path, root: Path) -> None:
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if most > 500_000:
        pytest.skip("the queue of this system is too long to fill")
    library = tmp_path / "library"
    with daemon_process(library, root) as process:
        os.kill(process.pid, signal.SIGSTOP)
        for step in range(most // 2 + 100):  # the kernel makes one event of two that are the same
            for name in ("a.png", "0"):
                os.utime(root / name, ns=(step, step))
        (root / "made meanwhile").mkdir()
        shutil.copy(SAMPLES / "coins.png", root / "made meanwhile" / "b.png")
        os.kill(process.pid, signal.SIGCONT)
        eventually(lambda: count(library, PRESENT) == 2)
        shutil.copy(SAMPLES / "moon.png", root / "made meanwhile" / "c.png")
        eventually(lambda: count(library, PRESENT) == 3)
        _, log = stop(process)
    assert "the system dropped events" in log and "sysctl fs.inotify.max_queued_events=" in log


def test_a_folder_that_was_closed_is_watched_once_it_opens() -> None:
    with folder_open_to_all() as folder:
        (folder / "photos" / "closed" / "deep").mkdir(parents=True)
        put("coffee.png", folder / "photos" / "a.png")
        put("coins.png", folder / "photos" / "closed" / "b.png")
        (folder / "photos" / "closed").chmod(0o000)
        library, failures = folder / "library", "SELECT COUNT(*) FROM failures"
        with daemon_process(library, folder / "photos", within=without_root_s_rights()) as process:
            assert (count(library, PRESENT), count(library, failures)) == (1, 1)
            (folder / "photos" / "a.png").chmod(0o000)
            (folder / "photos" / "closed").chmod(0o700)
            eventually(lambda: (count(library, PRESENT), count(library, failures)) == (2, 0))
            (folder / "photos" / "a.png").chmod(0o600)
            eventually(lambda: _folders_watched(process.pid) == 3)
            shutil.copy(SAMPLES / "moon.png", folder / "photos" / "closed" / "deep" / "c.png")
            eventually(lambda: count(library, PRESENT) == 3)


def test_a_tree_that_was_moved_out_is_let_go(tmp_path: Path, root: Path, recwarn: pytest.WarningsRecorder) -> None:
    with running_daemon(tmp_path / "library", root) as running:
        before = _folders_watched(os.getpid())
        (root / "1").rename(tmp_path / "outside")
        eventually(lambda: _folders_watched(os.getpid()) == before - 2)
        (tmp_path / "outside").rename(root / "1")
        eventually(lambda: _folders_watched(os.getpid()) == before)
        (root / "1").rename(tmp_path / "outside")
        (tmp_path / "outside").rename(root / "back at once")
        time.sleep(1)
        assert _folders_watched(os.getpid()) == before
        (root / "2").rename(tmp_path / "outside")
        (root / "2").mkdir()
        time.sleep(1)
        assert _folders_watched(os.getpid()) == before - 1
        eventually(running.rests)
        put("coins.png", root / "2" / "b.png")
        eventually(lambda: "2/b.png" in running.names())
    assert [str(each.message) for each in recwarn] == []


def _folders_watched(process: int) -> int:
    """As the kernel has it."""
    watched = 0
    for file in Path(f"/proc/{process}/fdinfo").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            watched += file.read_text().count("\ninotify wd:")
    return watched


@contextlib.contextmanager
def _mounted_by_fuse(folder: Path, at: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A folder seen through FUSE, as those are that sshfs mounts."""
    if os.getuid() != 0 or not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip("needs root and /dev/fuse")
    at.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.daemon.fuse_folder", str(folder), str(at)]
    with subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.DEVNULL) as server:
        try:
            eventually(lambda: server.poll() is not None or os.path.ismount(at))
            if server.poll() is not None:
                pytest.skip("may not mount by FUSE")
            yield server
        finally:
            server.kill()
            subprocess.run(["umount", "--lazy", at], check=False)


def test_a_network_folder_is_polled_and_may_be_gone_for_a_while(tmp_path: Path, root: Path) -> None:
    far = tmp_path / "far"
    settings = replace(SETTINGS, daemon=DaemonSettings(poll_minutes=0.02))
    with contextlib.ExitStack() as stack:
        with _mounted_by_fuse(root, far) as server:
            running = stack.enter_context(running_daemon(tmp_path / "library", far, settings))
            assert mounts.network_type(bytes(far)) == "fuse.dofisac-test"
            assert running.daemon._watcher.polled and running.daemon._watcher._observer is None
            put("coins.png", root / "1" / "b.png")
            eventually(lambda: running.names() == {"a.png", "1/b.png"})
            before = running.photos()
            server.kill()
            eventually(lambda: "cannot find" in running.state())
            assert running.photos() == before
        put("moon.png", root / "2" / "c.png")
        with _mounted_by_fuse(root, far):
            eventually(lambda: running.names() == {"a.png", "1/b.png", "2/c.png"})
            assert before.items() <= running.photos().items()
            stack.close()


def test_a_server_that_hangs_stops_nothing_else(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dofisac_tui.indexing.timeouts.ANSWER_SECONDS", 1.0)
    monkeypatch.setattr("dofisac_tui.indexing.changes.LISTING_SECONDS", 1.0)
    near, far = tmp_path / "near", tmp_path / "far"
    near.mkdir()
    put("rocket.jpg", near / "first.jpg")
    settings = replace(SETTINGS, daemon=DaemonSettings(poll_minutes=0.02))
    with _mounted_by_fuse(root, far) as server, running_daemon(tmp_path / "library", near, settings) as running:
        add_root(running.library, bytes(far))
        eventually(lambda: "../far/a.png" in running.names() and running.rests())
        before = running.photos()
        server.send_signal(signal.SIGSTOP)
        eventually(lambda: "cannot find" in running.state())
        shutil.copy(SAMPLES / "coins.png", near / "second.png")
        eventually(lambda: "second.png" in running.names())
        assert before.items() <= running.photos().items()
        assert len([thread for thread in threading.enumerate() if thread.name == "patience"]) == 1
        server.send_signal(signal.SIGCONT)
        eventually(lambda: running.state() == "watching")
        put("moon.png", root / "2" / "c.png")
        eventually(lambda: "../far/2/c.png" in running.names())


def test_a_stop_does_not_wait_for_a_server_that_hangs(tmp_path: Path, root: Path) -> None:
    far, library = tmp_path / "far", tmp_path / "library"
    with _mounted_by_fuse(root, far) as server, daemon_process(library, far) as process:
        server.send_signal(signal.SIGSTOP)
        time.sleep(7)  # it looks at its folders every five seconds
        began = time.monotonic()
        status, log = stop(process)
        assert (status, time.monotonic() - began < 10) == (0, True), log
