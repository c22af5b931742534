"""When a path is quiet, and which mounts are network ones."""

import os
from pathlib import Path

import pytest
from dofisac_daemon import mounts, pending_paths, resources
from dofisac_daemon.pending_paths import PendingPaths


class Clock:
    """Monotonic seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def woken() -> list[int]:
    return []


@pytest.fixture
def paths(clock: Clock, woken: list[int]) -> PendingPaths:
    return PendingPaths(lambda: woken.append(1), clock=clock)


def test_a_burst_is_one_path_and_wakes_once(paths: PendingPaths, clock: Clock, woken: list[int]) -> None:
    for _ in range(1000):
        paths.add(b"/a", complete=True)
    assert (len(paths), len(woken), paths.take(), paths.has_complete()) == (1, 1, [], False)
    clock.now += pending_paths.MOVE_SECONDS + 0.01
    assert paths.has_complete()
    assert (paths.take(), paths.take(), len(paths)) == ([b"/a"], [], 0)
    paths.add(b"/b", complete=True)
    assert len(woken) == 2


def test_an_event_while_it_waits_makes_it_wait_anew(paths: PendingPaths, clock: Clock) -> None:
    paths.add(b"/a", complete=True)
    clock.now += pending_paths.MOVE_SECONDS / 2
    paths.add(b"/a", complete=True)
    clock.now += pending_paths.MOVE_SECONDS / 2
    assert paths.take() == []


def test_a_file_being_written_waits_until_it_stays_as_it_is(paths: PendingPaths, clock: Clock, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"1")
    paths.add(bytes(file), complete=False)
    for content in (b"12", b"123"):
        clock.now += pending_paths.QUIET_SECONDS
        assert paths.take() == []
        file.write_bytes(content)
    clock.now += pending_paths.QUIET_SECONDS
    assert paths.take() == [], "it has just changed"
    clock.now += pending_paths.QUIET_SECONDS
    assert paths.take() == [bytes(file)]


def test_a_change_of_rights_or_times_does_not_tell_whether_it_is_written(paths: PendingPaths, clock: Clock) -> None:
    for path, before in ((b"/closed", True), (b"/open", False), (b"/other", None)):
        if before is not None:
            paths.add(path, before)
        paths.add(path, complete=None)
    clock.now += pending_paths.MOVE_SECONDS + 0.01
    assert sorted(paths.take()) == [b"/closed", b"/other"]


def test_a_file_that_has_gone_need_not_be_waited_for(paths: PendingPaths, clock: Clock) -> None:
    paths.add(b"/nowhere", complete=False)
    clock.now += pending_paths.QUIET_SECONDS
    assert paths.take() == [b"/nowhere"]


def test_too_many_paths_are_events_lost(paths: PendingPaths, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending_paths, "MOST", 3)
    for name in (b"/a", b"/b", b"/c", b"/a"):
        paths.add(name, complete=True)
    assert not paths.take_lost()
    paths.add(b"/d", complete=True)
    assert (paths.take_lost(), len(paths), paths.take_lost()) == (True, 0, False)


TABLE = rb"""22 1 8:1 / / rw shared:1 - ext4 /dev/root rw
40 22 0:30 / /mnt/nas\040one rw - nfs4 nas:/photos rw
41 22 0:31 / /home/me/far rw - fuse.sshfs me@far:/ rw
42 22 8:2 / /mnt/disk rw - fuseblk /dev/sdb1 rw
43 22 0:32 / /mnt/cifs rw - cifs //nas/x rw
44 43 8:3 / /mnt/cifs/local rw - ext4 /dev/sdc1 rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        (b"/srv/photos", None),
        (b"/mnt/nas one", "nfs4"),
        (b"/mnt/nas one/2020/in", "nfs4"),
        (b"/mnt/nas on", None),
        (b"/home/me", "fuse.sshfs"),
        (b"/mnt/disk/photos", None),
        (b"/mnt/cifs/x", "cifs"),
        (b"/mnt/cifs/local/photos", None),
        (b"/mnt/cifs", "cifs"),
    ],
)
def test_network_folders_are_known_by_their_mounts(folder: bytes, kind: str | None) -> None:
    assert mounts.network_type(folder, TABLE) == kind


def test_the_table_of_this_system_can_be_read(tmp_path: Path) -> None:
    assert mounts.network_type(os.path.realpath(bytes(tmp_path))) in (None, "9p", "virtiofs", "nfs4")


@pytest.mark.parametrize(
    ("status", "online", "expected"),
    [("Discharging", "0", True), ("Discharging", "1", False), ("Charging", "0", False), ("Full", "1", False)],
)
def test_running_on_battery(tmp_path: Path, status: str, online: str, expected: bool) -> None:
    for name, facts in {
        "BAT0": {"type": "Battery", "status": status},
        "AC": {"type": "Mains", "online": online},
    }.items():
        (tmp_path / name).mkdir()
        for fact, value in facts.items():
            (tmp_path / name / fact).write_text(f"{value}\n")
    assert resources.on_battery(tmp_path) is expected
    assert resources.on_battery(tmp_path / "nothing") is False


def test_wakeups_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    wakeups = resources.WakeupCounter()
    assert wakeups.measure() is None, "too soon to say"
    monkeypatch.setattr(resources.WakeupCounter, "LEAST_SECONDS", 0.0)
    assert (wakeups.measure() or 0) >= 0
