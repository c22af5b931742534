"""The very lines of cronjob.txt, run by a plain shell in an environment as poor as cron's."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from dofisac_tui.library.lock import clustering_lock
from tests.cli.conftest import call_main
from tests.processes import PROJECT

LINES = [line.split(None, 5)[5] for line in (PROJECT / "cronjob.txt").read_text().splitlines() if line[:1].isdigit()]


def run_line(line: str, home: Path) -> int:
    """Run one line as cron would, in a session of its own, by our own program, with models at hand."""
    program = home / "dofisac-tui"
    program.write_text(
        f"#!/bin/sh\nexec env PYTHONPATH={PROJECT} DOFISAC_MODELS={os.environ['DOFISAC_MODELS']} {sys.executable} -c"
        " 'from dofisac_tui.cli import main; main()' \"$@\"\n"
    )
    program.chmod(0o700)
    cron = {"HOME": str(home), "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin", "DOFISAC": str(program)}
    return subprocess.run(
        ["/bin/sh", "-c", line], env=cron, cwd=home, timeout=120, check=False, start_new_session=True
    ).returncode


@pytest.fixture
def home(sample_photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with a library of two photos and one that cannot be read."""
    if not shutil.which("ionice", path="/usr/bin:/bin"):
        pytest.skip("needs ionice")
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("t1.jpg", "coffee.png"):
        shutil.copy(sample_photos / name, photos)
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not much of a picture")
    library = tmp_path / ".local" / "share" / "dofisac"
    assert call_main(monkeypatch, ("--library", library, "index", photos)) == 0
    return tmp_path


def test_every_line_does_its_work_and_logs_it(home: Path) -> None:
    library = home / ".local" / "share" / "dofisac"
    for line in LINES:
        assert run_line(line, home) == 0, line
    log = (home / "dofisac-cron.log").read_text()
    assert "photos in the library" in log and "people: " in log and "combined: " in log and "Copied" in log
    assert "Traceback" not in log
    assert len(list((library / "exports").glob("*.json"))) == 4
    (copy,) = (library / "backups").glob("library-*.db")
    assert os.stat(copy).st_mode & 0o777 == 0o600
    with contextlib.closing(sqlite3.connect(copy)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert opened.execute("SELECT COUNT(*) FROM photos").fetchone()[0] == 2


def test_a_second_clustering_says_so_and_leaves(home: Path) -> None:
    (line,) = (each for each in LINES if "cluster" in each)
    with clustering_lock(home / ".local" / "share" / "dofisac", "test"):
        assert run_line(line, home) == 1
    assert "being clustered by process" in (home / "dofisac-cron.log").read_text()
