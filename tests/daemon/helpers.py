"""The daemon as a process of its own."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dofisac_tui.library.database import open_library
from dofisac_tui.library.heartbeat import daemon_heartbeat
from tests.daemon.conftest import eventually


def start_daemon(
    library: Path, *arguments: str | Path, within: Sequence[str] = (), **environment: str
) -> subprocess.Popen[str]:
    """Start `dofisac-daemon` with few threads.

    Args:
        within: A command that runs the command that follows it.
    """
    return subprocess.Popen(
        [*within, sys.executable, "-m", "dofisac_daemon", "--library", library, *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def without_root_s_rights() -> list[str]:
    """A command that runs another without root's right to read and write everything."""
    if os.getuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("needs setpriv, or another user than root")
    rights = "-dac_override,-dac_read_search"
    return ["setpriv", f"--inh-caps={rights}", f"--bounding-set={rights}"]


def rests(library: Path) -> bool:
    """Whether a daemon runs and has compared all folders and nothing left to do."""
    if not (library / "library.db").exists():
        return False
    with open_library(library, read_only=True) as opened:
        beat = daemon_heartbeat(opened)
        return beat is not None and beat.state.startswith("watching") and beat.reconciled_at is not None


@contextlib.contextmanager
def daemon_process(
    library: Path, *arguments: str | Path, within: Sequence[str] = (), **environment: str
) -> Iterator[subprocess.Popen[str]]:
    """A daemon that rests when the block begins, and is gone after it."""
    with start_daemon(library, *arguments, within=within, **environment) as process:
        try:
            eventually(lambda: process.poll() is not None or rests(library), seconds=600)
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def stop(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Stop a daemon as systemd does; its exit status and its log."""
    process.terminate()
    _, log = process.communicate(timeout=20)
    return process.returncode, log


def count(library: Path, sql: str, *parameters: Any) -> int:
    """What a query counts."""
    with open_library(library, read_only=True) as opened:
        return int(opened.value(sql, parameters) or 0)
