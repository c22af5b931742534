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

from dofisac_tui.engines.protocols import SceneCrop
from dofisac_tui.imaging.photo import KnownPhoto, ReadLimits, ReadPhoto
from dofisac_tui.imaging.read import read_photo
from dofisac_tui.library.database import open_library
from dofisac_tui.library.heartbeat import daemon_heartbeat
from tests.daemon.conftest import SAMPLES, eventually


def start_daemon(
    library: Path, *arguments: str | Path, within: Sequence[str] = (), stdin: int | None = None, **environment: str
) -> subprocess.Popen[str]:
    """Start `dofisac-daemon` with few threads.

    Args:
        within: A command that runs the command that follows it.
        stdin: As `subprocess.Popen` takes it.
    """
    return subprocess.Popen(
        [*within, sys.executable, "-m", "dofisac_daemon", "--library", library, *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
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
    with start_daemon(library, *arguments, within=within, stdin=None, **environment) as process:
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


class _Growing(ReadLimits):
    """Limits that are asked about a photo after it was opened and before it is read, just when it grows."""

    def check_bytes(self, size: int) -> None:
        super().check_bytes(size)
        whole = (SAMPLES / "coins.png").read_bytes()
        with open(self.path, "ab") as file:  # type: ignore[attr-defined]  # set below
            file.write(whole[size:])


def growing_reader(
    path: bytes, limits: ReadLimits, crop: SceneCrop, known_hashes: frozenset[str]
) -> ReadPhoto | KnownPhoto:
    """Reads photos, of which those called `grows` are half of a sample and become whole while they are read."""
    if os.path.basename(path).startswith(b"grows"):
        limits = _Growing(**vars(limits))
        object.__setattr__(limits, "path", path)
    return read_photo(path, limits, crop, known_hashes)


def make_disk(image: Path) -> Path:
    """A small disk with an ext4 file system in a file; the test is skipped where that is not allowed."""
    with image.open("wb") as file:
        file.truncate(16 * 2**20)
    tools = shutil.which("mkfs.ext4") and os.getuid() == 0
    if not tools or subprocess.run(["mkfs.ext4", "-q", "-F", image], capture_output=True, check=False).returncode:
        pytest.skip("needs root and mkfs.ext4")
    return image


@contextlib.contextmanager
def mount_disk(image: Path, at: Path, lazy: bool = False) -> Iterator[Path]:
    """A disk from `make_disk`, mounted until the block ends.

    Args:
        lazy: Take it away at the end though somebody has files on it open, as who pulls its plug does.
    """
    at.mkdir(exist_ok=True)
    if subprocess.run(["mount", "-o", "loop", image, at], capture_output=True, check=False).returncode:
        pytest.skip("may not mount a disk")
    try:
        yield at
    finally:
        subprocess.run(["umount", *(["--lazy"] if lazy else []), at], check=True)
