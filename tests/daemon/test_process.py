"""The daemon as a process: starting, signals, the lock, systemd, the log, and what the commands say beside it."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from dofisac_daemon.systemd import unit_text

from tests.cli.conftest import Done, call_main
from tests.daemon.conftest import SAMPLES, eventually, put
from tests.daemon.helpers import count, daemon_process, rests, start_daemon, stop

Ask = Callable[..., Done]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    put("coffee.png", folder / "coffee.png")
    (folder / "broken.jpg").write_bytes(b"no picture")
    os.utime(folder / "broken.jpg", (1e9, 1e9))
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def ask(library: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Ask:
    """What a command says of the library."""

    def run(*arguments: str) -> Done:
        code = call_main(monkeypatch, ("--library", library, *arguments))
        return Done(code, *capfd.readouterr())

    return run


def test_beside_a_running_daemon(library: Path, root: Path, ask: Ask) -> None:
    with daemon_process(library, "--log-file", root) as process:
        status = ask("status", "--json").data
        assert status["daemon"]["pid"] == process.pid == status["indexing"]["pid"]
        assert (status["daemon"]["state"], status["daemon"]["queue"], status["photos"]) == ("watching", 0, 1)
        assert "daemon     watching" in ask("status").out

        daemon = psutil.Process(process.pid)
        for each in (daemon, *daemon.children(recursive=True)):
            assert each.nice() >= 10, each.cmdline()
            assert each.ionice().ioclass == psutil.IOPRIO_CLASS_IDLE or not shutil.which("ionice"), each.cmdline()

        second = start_daemon(library)
        _, errors = second.communicate(timeout=60)
        assert second.returncode == 1 and f"process {process.pid}" in errors and "Traceback" not in errors

        attempts = "SELECT attempts FROM failures"
        assert count(library, attempts) == 1
        other = ask("retry", "--class", "too large", "--json").data
        assert other == {"asked": 0, "pid": process.pid}
        asked = ask("retry", "--json").data
        assert asked == {"asked": 1, "pid": process.pid}
        eventually(lambda: count(library, attempts) == 2)

        service = ask("service", "status", "--json").data
        assert service["pid"] == process.pid

        status_code, log = stop(process)
        assert status_code == 0, log
        assert "INFO started" in log and "indexed=1" in log and "INFO stopped" in log
    file = library / "logs" / "daemon.log"
    assert "INFO started" in file.read_text() and file.stat().st_mode & 0o777 == 0o600
    assert ask("status", "--json").data["daemon"] is None


def test_a_stop_in_the_middle_keeps_what_was_read_and_goes_on_later(library: Path, root: Path) -> None:
    for number in range(36):
        photo = put("coffee.png", root / f"{number:03}.png")
        photo.write_bytes(photo.read_bytes() + b"%d" % number)
        os.utime(photo, (1e9, 1e9))
    process = start_daemon(library, root)
    photos = "SELECT COUNT(*) FROM photos WHERE absent_since IS NULL"
    eventually(lambda: (library / "library.db").exists() and count(library, photos) >= 5)
    began = time.monotonic()
    status, log = stop(process)
    assert (status, time.monotonic() - began < 10) == (0, True), log
    stored = count(library, photos)
    assert 5 <= stored < 37
    with daemon_process(library) as process:
        eventually(lambda: count(library, photos) == 37)
        assert count(library, "SELECT COUNT(*) - COUNT(DISTINCT path) FROM photos") == 0


def test_it_ends_with_the_program_that_started_it_if_told_so(library: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    process = start_daemon(library, tmp_path / "empty", "--while-stdin", stdin=subprocess.PIPE)
    eventually(lambda: process.poll() is not None or rests(library))
    assert process.poll() is None
    _, log = process.communicate(timeout=20)  # closes its input
    assert process.returncode == 0 and "INFO stopped" in log, log


def test_systemd_hears_of_readiness_and_life(library: Path, root: Path, tmp_path: Path) -> None:
    address = f"/tmp/dofisac-{os.getpid()}.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address)
        heard: list[bytes] = []
        threading.Thread(target=_hear, args=(receiver, heard), daemon=True).start()
        config = tmp_path / "config.toml"
        try:
            with daemon_process(library, root, NOTIFY_SOCKET=address, DOFISAC_CONFIG=str(config)) as process:
                config.write_text("[daemon]\nnice = 12\n[indexing]\nhidden = true\n")
                shutil.copy(SAMPLES / "camera.png", root / ".hidden.png")
                process.send_signal(signal.SIGHUP)
                eventually(lambda: count(library, "SELECT COUNT(*) FROM photos") == 2)
                eventually(lambda: rests(library))
                config.write_text("[indexing]\nhiden = true\n")
                process.send_signal(signal.SIGHUP)
                time.sleep(0.5)
                status, log = stop(process)
            eventually(lambda: b"STOPPING=1" in heard)
        finally:
            os.unlink(address)
    assert status == 0, log
    assert "settings stay as they were" in log and "Did you mean 'hidden'?" in log
    for words in ("READY=1", "WATCHDOG=1", "STATUS=watching", "RELOADING=1", "STOPPING=1"):
        assert words in b"\n".join(heard).decode()
    assert heard.index(b"READY=1") < heard.index(b"RELOADING=1") < heard.index(b"STOPPING=1")


def _hear(receiver: socket.socket, heard: list[bytes]) -> None:
    while not heard or heard[-1] != b"STOPPING=1":
        heard.append(receiver.recv(4096))


def test_the_abstract_address_that_systemd_may_give(monkeypatch: pytest.MonkeyPatch) -> None:
    from dofisac_daemon.systemd import Notifier

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0dofisac-test")
        monkeypatch.setenv("NOTIFY_SOCKET", "@dofisac-test")
        Notifier().alive("watching")
        assert receiver.recv(100) == b"WATCHDOG=1\nSTATUS=watching"
    Notifier().alive("nobody listens")


def test_the_unit_is_one_that_systemd_accepts(tmp_path: Path) -> None:
    text = unit_text(tmp_path / 'a "strange" 100% $HOME')
    assert 'a \\"strange\\" 100%% $$HOME"' in text and "@COMMAND@" not in text
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze")
    unit = tmp_path / "dofisac-daemon.service"
    unit.write_text(text)
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--user", unit],
        capture_output=True, text=True, check=False, env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    assert (verified.returncode, verified.stderr) == (0, "")


def test_without_systemd_the_service_says_what_to_do(library: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    answer = ask("service", "install")
    assert answer.code == 1
    assert "@reboot" in answer.err and "nohup" in answer.err and str(library) in answer.err
    assert not library.exists()
