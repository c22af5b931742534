"""`kill -9` of the daemon at random moments, while files come, change, move and go and votes are written.

DOFISAC_TEST_KILLS says how often; 200 takes about a quarter of an hour. DOFISAC_TEST_PHOTOS says how many photos
arrive at once.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.daemon.conftest import SAMPLES, eventually
from tests.daemon.helpers import count, daemon_process, rests, start_daemon

KILLS = int(os.environ.get("DOFISAC_TEST_KILLS", "4"))

PHOTOS = int(os.environ.get("DOFISAC_TEST_PHOTOS", "40"))

TUI = [sys.executable, "-c", "from dofisac_tui.cli import main; main()"]

VOTER = """
import sys, time
from pathlib import Path
from dofisac_tui.library.database import open_library
with open_library(Path(sys.argv[1])) as library:
    number = 0
    while True:
        number += 1
        with library.write(durable=True) as connection:
            connection.execute(
                "INSERT INTO votes (cast_at, source, kind, answer, subject) VALUES (?, 'test', 'match', 'yes', ?)",
                (time.time(), str(number)),
            )
        print(number, flush=True)
        time.sleep(0.02)
"""


class Workload:
    """Adds, edits, moves and deletes photos under a root, as chance will have it."""

    def __init__(self, root: Path, seed: int) -> None:
        self._root = root
        self._chance = random.Random(seed)
        self._number = 0
        with Image.open(SAMPLES / "astronaut.png") as picture:
            self._picture = picture.convert("RGB").resize((160, 160))

    def step(self) -> None:
        """Do one thing."""
        photos = sorted(self._root.rglob("*.jpg"))
        kind = self._chance.choice(["add", "add", "edit", "move", "move folder", "delete", "copy"])
        if kind == "add" or len(photos) < 8:
            self._write(self._root / f"{self._chance.randrange(4)}" / f"{self._number}.jpg")
            return
        photo = self._chance.choice(photos)
        target = self._root / f"{self._chance.randrange(4)}" / "in" / f"{self._number}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        if kind == "edit":
            self._write(photo)
        elif kind == "move":
            photo.rename(target)
        elif kind == "move folder":
            photo.parent.rename(photo.parent.with_name(f"f{self._number}"))
        elif kind == "copy":
            shutil.copy(photo, target)
        elif len(photos) > 15:
            photo.unlink()
        self._number += 1

    def _write(self, path: Path) -> None:
        self._number += 1
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = self._picture.copy()
        picture.paste((self._number % 256, self._number // 256, 0), (0, 0, 20, 20))
        picture.save(path)


def _tables(library: Path) -> dict[str, list[tuple[object, ...]]]:
    """What is known of the present photos, without ids and times."""
    connection = sqlite3.connect(library / "library.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        columns = {
            "photos": "path, size, mtime_ns, content_hash, format, width, height, fingerprint, taken_at FROM photos",
            "faces": "path, number, x, y, w, h, landmarks, score, quality, vector FROM faces"
            " JOIN photos USING (photo_id) JOIN face_vectors USING (face_id)",
            "scenes": "path, vector FROM scene_vectors JOIN photos USING (photo_id)",
        }
        return {
            table: sorted(connection.execute(f"SELECT {what} WHERE absent_since IS NULL").fetchall())
            for table, what in columns.items()
        }
    finally:
        connection.close()


def _indexes(library: Path, pid: int) -> bool:
    """Whether a daemon has got so far; on a busy machine many are killed before."""
    return count(library, "SELECT 1 FROM heartbeat WHERE pid = ? AND state = 'indexing'", pid) == 1


def test_killed_at_random_moments(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    root, library = tmp_path / "photos", tmp_path / "library"
    root.mkdir()
    workload, chance = Workload(root, 1), random.Random(2)
    for _ in range(12):
        workload.step()
    with daemon_process(library, root):
        pass
    said = tmp_path / "said"  # a pipe that nobody reads would make the voter wait once it is full
    with said.open("wb") as file:
        voter = subprocess.Popen([sys.executable, "-c", VOTER, library], stdout=file)
    try:
        for _ in range(KILLS):
            process = start_daemon(library)
            until, at_work = time.monotonic() + chance.uniform(0.3, 4.0), chance.random() < 0.5
            while time.monotonic() < until or (at_work and not _indexes(library, process.pid)):
                assert process.poll() is None
                workload.step()
                time.sleep(chance.uniform(0.0, 0.3))
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    finally:
        voter.kill()
        voter.wait()
    with daemon_process(library):
        eventually(lambda: rests(library))
    with daemon_process(tmp_path / "scratch", root):
        eventually(lambda: rests(tmp_path / "scratch"))
    found, expected = _tables(library), _tables(tmp_path / "scratch")
    assert len(expected["photos"]) == len(list(root.rglob("*.jpg"))) > 5
    for table, rows in expected.items():
        assert found[table] == rows, table
    votes = sqlite3.connect(library / "library.db").execute("SELECT COUNT(*) FROM votes").fetchone()[0]
    record_property("kills and votes", (KILLS, votes))
    assert votes >= int(said.read_text().split()[-1]) > 0


def test_many_photos_at_once_are_all_found_and_none_twice(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    number = PHOTOS
    root, library, prepared = tmp_path / "photos", tmp_path / "library", tmp_path / "prepared"
    root.mkdir()
    prepared.mkdir()
    with Image.open(SAMPLES / "rocket.jpg") as picture:
        small = picture.convert("RGB").resize((200, 150))
    for name in range(number):
        small.paste((name % 256, name // 256, 0), (0, 0, 30, 30))
        small.save(prepared / f"{name}.jpg")
    with daemon_process(library, root):
        began = time.monotonic()
        for photo in prepared.iterdir():
            shutil.copy(photo, root)
        eventually(lambda: len(_tables(library)["scenes"]) == number and rests(library), seconds=40 + number)
        record_property("seconds", round(time.monotonic() - began, 1))
        searched = ["search", "--like", str(root / "0.jpg"), "--all", "--limit", str(2 * number), "--json"]
        answer = subprocess.run([*TUI, "--library", library, *searched], capture_output=True, check=True)
        assert sorted(hit["path"] for hit in json.loads(answer.stdout)) == sorted(map(str, root.iterdir()))
