"""`kill -9` of `index` at random moments: run again, and the library is the one an undisturbed run makes."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

KILLS = 20
KILLS_A_LIBRARY = 5


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory, sample_photos: Path) -> Path:
    """Forty photos: the samples, and smaller copies of them."""
    folder = tmp_path_factory.mktemp("photos")
    for source in sorted(sample_photos.iterdir()):
        with Image.open(source) as picture:
            for size in (900, 500, 400, 300):
                small = picture.convert("RGB")
                small.thumbnail((size, size))
                small.save(folder / f"{source.stem}-{size}.jpg")
    return folder


def start(library: Path, photos: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "from dofisac_tui.cli import main; main()", "--library", str(library)]
    return subprocess.Popen(
        [*command, "index", str(photos), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def finish(library: Path, photos: Path) -> float:
    began = time.monotonic()
    with start(library, photos) as process:
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()
    return time.monotonic() - began


def tables(library: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that an index run stores, without ids and times, which may differ."""
    connection = sqlite3.connect(library / "library.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        return {
            "photos": connection.execute(
                "SELECT path, size, mtime_ns, content_hash, format, width, height, fingerprint, taken_at, absent_since"
                " FROM photos ORDER BY path"
            ).fetchall(),
            "faces": connection.execute(
                "SELECT path, number, x, y, w, h, landmarks, score, quality, vector FROM faces"
                " JOIN photos USING (photo_id) JOIN face_vectors USING (face_id) ORDER BY path, number"
            ).fetchall(),
            "scenes": connection.execute(
                "SELECT path, vector FROM scene_vectors JOIN photos USING (photo_id) ORDER BY path"
            ).fetchall(),
            "analyses": connection.execute(
                "SELECT path, name FROM analyses JOIN photos USING (photo_id) JOIN spaces USING (space_id)"
                " ORDER BY path, name"
            ).fetchall(),
            "failures": connection.execute("SELECT path FROM failures").fetchall(),
        }
    finally:
        connection.close()


def test_killed_at_random_moments(tmp_path: Path, photos: Path, record_property: Callable[[str, object], None]) -> None:
    seconds = finish(tmp_path / "undisturbed", photos)
    expected = tables(tmp_path / "undisturbed")
    assert len(expected["photos"]) == len(list(photos.iterdir())) == len(expected["scenes"])
    chance = random.Random(7)
    stored_at_kills = []
    for attempt in range(KILLS // KILLS_A_LIBRARY):
        library = tmp_path / f"killed-{attempt}"
        for _ in range(KILLS_A_LIBRARY):
            with start(library, photos) as process:
                time.sleep(chance.uniform(0.2, seconds))
                os.killpg(process.pid, signal.SIGKILL)
            stored_at_kills.append(len(tables(library)["photos"]) if (library / "library.db").exists() else 0)
        finish(library, photos)
        found = tables(library)
        for name, rows in expected.items():
            assert found[name] == rows, name
    record_property("photos stored at each kill", stored_at_kills)
    assert any(0 < count < len(expected["photos"]) for count in stored_at_kills), stored_at_kills
