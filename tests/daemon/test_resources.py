"""Being a good neighbour: one at a time, ending in time, and waiting for mains power."""

import functools
import os
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from dofisac_daemon.resources import on_battery

from dofisac_tui.config import Daemon as DaemonSettings
from tests.daemon.conftest import SAMPLES, SETTINGS, eventually, put, running_daemon
from tests.daemon.helpers import count, daemon_process, start_daemon, stop

PRESENT = "SELECT COUNT(*) FROM photos WHERE absent_since IS NULL"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    put("coffee.png", folder / "a.png")
    return folder


def test_a_stop_does_not_wait_for_a_photo_that_hangs(tmp_path: Path, root: Path) -> None:
    library = tmp_path / "library"
    config = tmp_path / "config.toml"
    config.write_text("[indexing]\nworkers = 1\nseconds_per_photo = 300.0\n")
    with daemon_process(library, root, DOFISAC_CONFIG=str(config)) as process:
        children = psutil.Process(process.pid).children(recursive=True)
        decoders = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
        assert len(decoders) == 1
        decoders[0].suspend()
        shutil.copy(SAMPLES / "coins.png", root / "b.png")
        eventually(lambda: count(library, "SELECT state = 'indexing' FROM heartbeat"))
        began = time.monotonic()
        status, log = stop(process)
        seconds = time.monotonic() - began
        assert (status, seconds < 10) == (0, True), log
        assert seconds > 5, "the photo in hand was given time"
        _, alive = psutil.wait_procs(decoders, timeout=2)
        assert not alive
    assert count(library, PRESENT) == 1


def test_two_daemons_that_start_at_once_are_one(tmp_path: Path, root: Path) -> None:
    library = tmp_path / "library"
    both = [start_daemon(library, root) for _ in range(2)]
    try:
        eventually(lambda: any(process.poll() is not None for process in both))
        (loser,) = [process for process in both if process.poll() is not None]
        (winner,) = [process for process in both if process is not loser]
        _, errors = loser.communicate()
        assert (loser.returncode, f"process {winner.pid}" in errors, "Traceback" in errors) == (1, True, False), errors
        eventually(lambda: count(library, PRESENT) == 1)
        status, log = stop(winner)
        assert status == 0, log
    finally:
        for process in both:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def test_work_waits_for_mains_power_if_that_is_asked(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    supplies = tmp_path / "power_supply"
    facts = {"BAT0/type": "Battery", "BAT0/status": "Full", "AC/type": "Mains", "AC/online": "1"}
    for fact, value in facts.items():
        (supplies / fact).parent.mkdir(parents=True, exist_ok=True)
        (supplies / fact).write_text(f"{value}\n")
    monkeypatch.setattr("dofisac_daemon.service.on_battery", functools.partial(on_battery, supplies))
    settings = replace(SETTINGS, daemon=DaemonSettings(pause_on_battery=True))
    with running_daemon(tmp_path / "library", root, settings) as running:
        eventually(lambda: running.names() == {"a.png"} and running.rests())
        (supplies / "AC" / "online").write_text("0\n")
        (supplies / "BAT0" / "status").write_text("Discharging\n")
        eventually(lambda: running.state() == "waiting for mains power")
        shutil.copy(SAMPLES / "coins.png", root / "b.png")
        time.sleep(2)
        assert running.names() == {"a.png"}
        (supplies / "AC" / "online").write_text("1\n")
        eventually(lambda: running.names() == {"a.png", "b.png"})
