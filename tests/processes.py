"""Running code in other processes: to be killed, to compete, or to have fewer rights."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
NOBODY = 65534


def start_python(code: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """Start Python code that can import the project; what it prints can be read from `stdout`."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_python(code: str, *arguments: str | Path) -> str:
    """Run Python code that can import the project, and return what it printed."""
    with start_python(code, *arguments) as process:
        output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return output


def meet(folder: Path, name: str) -> None:
    """Wait until another process meets at this name, too, so that both go on at the same moment."""
    (folder / f"{name}.{os.getpid()}").touch()
    give_up = time.monotonic() + 60
    while len(list(folder.glob(f"{name}.*"))) < 2:
        assert time.monotonic() < give_up, "nobody came"


def as_nobody(action: Callable[[], object]) -> str:
    """What `action` returns or raises, as text, when run without root's right to read and write everything."""
    if os.getuid() != 0:
        return _outcome(action)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        os.write(writer, _outcome(action).encode())
        os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text


@contextlib.contextmanager
def folder_open_to_all() -> Iterator[Path]:
    """A temporary folder that every user of the machine may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def _outcome(action: Callable[[], object]) -> str:
    try:
        return str(action())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def mount_small_disk(folder: Path, size: str) -> None:
    """Mount a disk in memory that is soon full; the test is skipped where that is not allowed."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", os.fspath(folder)]
    if os.getuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("may not mount a small disk")
