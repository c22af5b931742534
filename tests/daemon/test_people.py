"""New faces of known people have their names as soon as they are indexed."""

import functools
import shutil
from pathlib import Path

from PIL import Image, ImageEnhance

from dofisac_tui.clustering.run import cluster
from dofisac_tui.library import people
from tests.daemon.conftest import SAMPLES, Running, eventually, running_daemon


def _portrait(target: Path, brightness: float) -> None:
    """A photo of one and the same person."""
    with Image.open(SAMPLES / "astronaut.png") as picture:
        ImageEnhance.Brightness(picture.convert("RGB")).enhance(brightness).save(target)


def _is_named(running: Running, photo: Path, name: str) -> bool:
    rows = running.library.rows(
        "SELECT name FROM photos JOIN faces USING (photo_id) LEFT JOIN current_people USING (face_id)"
        " LEFT JOIN people USING (person_id) WHERE path = ?",
        (bytes(photo),),
    )
    return [row[0] for row in rows] == [name]


def test_a_new_photo_of_a_known_person_gets_the_name(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    root.mkdir()
    for number in range(4):
        _portrait(root / f"{number}.jpg", 0.8 + number / 10)
    with running_daemon(tmp_path / "library", root) as running:
        eventually(lambda: len(running.names()) == 4 and running.rests())
        cluster(running.library, "people")
        (person,) = people.list_people(running.library)
        people.name_person(running.library, person.person_id, "Eileen", "test")
        for brightness in (0.85, 0.95):
            new = root / f"{brightness}.jpg"
            _portrait(new, brightness)
            eventually(functools.partial(_is_named, running, new, "Eileen"))
        shutil.copy(SAMPLES / "coffee.png", root)
        eventually(lambda: "coffee.png" in running.names() and running.rests())


def test_people_that_cannot_be_read_stop_no_indexing(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    root.mkdir()
    _portrait(root / "a.jpg", 1.0)
    with running_daemon(tmp_path / "library", root) as running:
        eventually(lambda: len(running.names()) == 1 and running.rests())
        cluster(running.library, "people")
        with running.library.write() as connection:
            connection.execute("UPDATE cluster_runs SET parameters = 'no JSON'")
        _portrait(root / "b.jpg", 0.9)
        eventually(lambda: "b.jpg" in running.names() and running.rests())
        assert "JSONDecodeError" in str(running.library.value("SELECT error FROM heartbeat"))
        _portrait(root / "c.jpg", 1.1)
        eventually(lambda: "c.jpg" in running.names())
