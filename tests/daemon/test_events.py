"""Whatever happens to files under a root, the library soon says the same as the folder."""

import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from tests.daemon.conftest import SAMPLES, Running, eventually


@pytest.fixture
def place(shared_daemon: Running, request: pytest.FixtureRequest) -> Path:
    """An empty folder under the root, for one test."""
    folder = shared_daemon.root / str(request.node.name)
    folder.mkdir()
    return folder


def _now(running: Running, place: Path) -> set[str]:
    return {name.removeprefix(f"{place.name}/") for name in running.names(f"{place.name}/")}


def _wait(running: Running, place: Path, *names: str) -> None:
    eventually(lambda: _now(running, place) == set(names) and running.rests())


def test_a_new_photo_an_edit_and_a_deletion(shared_daemon: Running, place: Path) -> None:
    shutil.copy(SAMPLES / "coffee.png", place / "a.png")
    _wait(shared_daemon, place, "a.png")
    before = shared_daemon.library.value("SELECT content_hash FROM photos WHERE path = ?", (bytes(place / "a.png"),))
    shutil.copy(SAMPLES / "astronaut.png", place / "a.png")
    eventually(
        lambda: (
            before
            != shared_daemon.library.value("SELECT content_hash FROM photos WHERE path = ?", (bytes(place / "a.png"),))
        )
    )
    (place / "a.png").unlink()
    _wait(shared_daemon, place)


def test_a_file_put_in_the_place_of_another(shared_daemon: Running, place: Path) -> None:
    shutil.copy(SAMPLES / "rocket.jpg", place / "a.jpg")
    _wait(shared_daemon, place, "a.jpg")
    old = shared_daemon.library.value("SELECT size FROM photos WHERE path = ?", (bytes(place / "a.jpg"),))
    shutil.copy(SAMPLES / "camera.png", place / "temporary")
    (place / "temporary").rename(place / "a.jpg")
    eventually(
        lambda: old != shared_daemon.library.value("SELECT size FROM photos WHERE path = ?", (bytes(place / "a.jpg"),))
    )
    _wait(shared_daemon, place, "a.jpg")


def test_renamed_files_and_folders_keep_their_ids(shared_daemon: Running, place: Path) -> None:
    (place / "in" / "deep").mkdir(parents=True)
    shutil.copy(SAMPLES / "chelsea.png", place / "in" / "deep" / "a.png")
    shutil.copy(SAMPLES / "coins.png", place / "in" / "b.png")
    _wait(shared_daemon, place, "in/deep/a.png", "in/b.png")
    before = sorted(shared_daemon.photos().values())
    (place / "in" / "b.png").rename(place / "c.png")
    (place / "in").rename(place / "out")
    _wait(shared_daemon, place, "out/deep/a.png", "c.png")
    assert sorted(shared_daemon.photos().values()) == before
    shutil.copy(SAMPLES / "moon.png", place / "out" / "deep" / "new.png")
    _wait(shared_daemon, place, "out/deep/a.png", "out/deep/new.png", "c.png")


def test_trees_moved_out_and_in_again_come_back_whole(shared_daemon: Running, place: Path) -> None:
    (place / "tree" / "deep").mkdir(parents=True)
    shutil.copy(SAMPLES / "coffee.png", place / "tree" / "deep" / "a.png")
    _wait(shared_daemon, place, "tree/deep/a.png")
    before = shared_daemon.photos()
    outside = shared_daemon.root.parent / "outside"
    (place / "tree").rename(outside)
    _wait(shared_daemon, place)
    outside.rename(place / "back")
    _wait(shared_daemon, place, "back/deep/a.png")
    assert shared_daemon.photos()[f"{place.name}/back/deep/a.png"] == before[f"{place.name}/tree/deep/a.png"]


def test_links_of_both_kinds(shared_daemon: Running, place: Path) -> None:
    shutil.copy(SAMPLES / "rocket.jpg", shared_daemon.root.parent / "outside.jpg")
    (place / "soft.jpg").symlink_to(shared_daemon.root.parent / "outside.jpg")
    (place / "hard.jpg").hardlink_to(shared_daemon.root.parent / "outside.jpg")
    (place / "circle.jpg").symlink_to("circle.jpg")
    (place / "folder").symlink_to(shared_daemon.root)
    _wait(shared_daemon, place, "soft.jpg", "hard.jpg")
    eventually(lambda: shared_daemon.failures().get("circle.jpg") == ("unreadable", 1))
    (place / "circle.jpg").unlink()
    (place / "soft.jpg").unlink()
    _wait(shared_daemon, place, "hard.jpg")
    eventually(lambda: "circle.jpg" not in shared_daemon.failures())


def test_folders_and_files_made_at_once(shared_daemon: Running, place: Path) -> None:
    for number in range(30):
        (place / f"{number}" / "x").mkdir(parents=True)
        shutil.copy(SAMPLES / "rocket.jpg", place / f"{number}" / "x" / "a.jpg")
    _wait(shared_daemon, place, *(f"{number}/x/a.jpg" for number in range(30)))


def test_what_is_to_be_ignored_is_ignored_at_once(shared_daemon: Running, place: Path) -> None:
    for name in ("a.png", "b.png", ".hidden.png", "notes.txt"):
        shutil.copy(SAMPLES / "coffee.png", place / name)
    _wait(shared_daemon, place, "a.png", "b.png")
    (place / ".dofisacignore").write_text("b.*\n")
    _wait(shared_daemon, place, "a.png")
    (place / ".nomedia").touch()
    _wait(shared_daemon, place)
    (place / ".nomedia").unlink()
    (place / ".dofisacignore").unlink()
    _wait(shared_daemon, place, "a.png", "b.png")


def test_a_file_that_is_slowly_written_is_read_once_it_is_whole(shared_daemon: Running, place: Path) -> None:
    data = (SAMPLES / "astronaut.png").read_bytes()
    with (place / "slow.png").open("wb") as file:
        for part in range(5):
            file.write(data[part * len(data) // 5 : (part + 1) * len(data) // 5])
            file.flush()
            time.sleep(0.3)
    _wait(shared_daemon, place, "slow.png")
    assert "slow.png" not in shared_daemon.failures()


def test_a_file_that_grows_after_it_was_read_is_read_again(shared_daemon: Running, place: Path) -> None:
    data = (SAMPLES / "coins.png").read_bytes()
    (place / "part.png").write_bytes(data[: len(data) // 2])
    eventually(lambda: shared_daemon.failures().get("part.png") == ("unreadable", 1))
    with (place / "part.png").open("ab") as file:
        file.write(data[len(data) // 2 :])
    _wait(shared_daemon, place, "part.png")
    eventually(lambda: "part.png" not in shared_daemon.failures())


def test_a_file_that_comes_and_goes_leaves_nothing(shared_daemon: Running, place: Path) -> None:
    def flicker() -> None:
        for number in range(100):
            name = place / f"{number % 7}.png"
            shutil.copy(SAMPLES / "coffee.png", name)
            time.sleep(0.02)
            name.unlink()

    flickering = threading.Thread(target=flicker)
    flickering.start()
    flickering.join()
    shutil.copy(SAMPLES / "coffee.png", place / "stays.png")
    _wait(shared_daemon, place, "stays.png")
    assert not {f"{number}.png" for number in range(7)} & shared_daemon.failures().keys()


def test_names_that_are_no_text(shared_daemon: Running, place: Path) -> None:
    odd = bytes(place) + b"/\xff\n[b].png"
    shutil.copy(SAMPLES / "coffee.png", os.fsdecode(odd))
    eventually(lambda: shared_daemon.library.value("SELECT 1 FROM photos WHERE path = ?", (odd,)))
    os.unlink(odd)
    eventually(
        lambda: shared_daemon.library.value("SELECT absent_since IS NOT NULL FROM photos WHERE path = ?", (odd,))
    )


def test_lost_events_are_found_by_comparing(shared_daemon: Running, place: Path) -> None:
    shutil.copy(SAMPLES / "coffee.png", place / "a.png")
    shared_daemon.daemon._pending.mark_lost()
    _wait(shared_daemon, place, "a.png")
