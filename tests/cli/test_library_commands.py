"""index, retry, roots, photos, failures, status: what they print, and how they fail."""

import json
import os
import shutil
from pathlib import Path

import pytest

from dofisac_tui.library.lock import indexing_lock
from tests.cli.conftest import Dofisac

REPORT = {"photos", "indexed", "unchanged", "moved", "absent", "failed", "faces", "seconds"}


def test_index_adds_the_folder_and_reports(dofisac: Dofisac, tmp_path: Path, sample_photos: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy(sample_photos / "t1.jpg", photos)
    first = dofisac("--library", tmp_path / "library", "index", photos, "--json")
    assert first.code == 0
    assert set(first.data) == REPORT
    assert (first.data["photos"], first.data["indexed"], first.data["faces"]) == (1, 1, 6)
    again = dofisac("--library", tmp_path / "library", "index")
    assert again.code == 0 and "1 photo in the library: 0 indexed, 0 faces found, 1 unchanged" in again.out


def test_index_without_any_folder_says_what_to_do(dofisac: Dofisac, tmp_path: Path) -> None:
    done = dofisac("--library", tmp_path / "library", "index")
    assert (done.code, done.out) == (1, "")
    assert "index FOLDER" in done.err and done.err.count("\n") == 1


def test_index_of_what_is_no_folder(dofisac: Dofisac, tmp_path: Path, sample_photos: Path) -> None:
    done = dofisac("--library", tmp_path / "library", "index", sample_photos / "t1.jpg")
    assert done.code == 1 and "is not a folder" in done.err


def test_a_second_indexer_is_told_who_the_first_is(dofisac: Dofisac, indexed: tuple[Path, Path]) -> None:
    library, _ = indexed
    with indexing_lock(library, "watch"):
        done = dofisac("--library", library, "index")
        status = dofisac("--library", library, "status", "--json").data
    assert done.code == 1 and str(os.getpid()) in done.err and "by itself" in done.err
    assert status["indexing"]["pid"] == os.getpid() and status["indexing"]["command"] == "watch"


def test_photos_lists_them_with_their_faces(dofisac: Dofisac, indexed: tuple[Path, Path]) -> None:
    library, photos = indexed
    rows = dofisac("--library", library, "photos", "--json").data
    assert set(rows[0]) == {"photo_id", "path", "faces", "width", "height", "taken_at", "absent"}
    by_name = {Path(row["path"]).name: row for row in rows}
    assert by_name["t1.jpg"]["faces"] == 6 and by_name["coffee.png"]["faces"] == 0
    assert (by_name["coffee.png"]["width"], by_name["coffee.png"]["height"]) == (600, 400)
    assert [row["path"] for row in rows] == sorted(row["path"] for row in rows)
    assert not any(row["absent"] for row in rows)
    assert dofisac("--library", library, "photos", "--absent", "--json").data == []
    assert str(photos) in dofisac("--library", library, "photos").out


def test_failures_say_what_is_wrong(dofisac: Dofisac, indexed: tuple[Path, Path]) -> None:
    library, photos = indexed
    (failure,) = dofisac("--library", library, "failures", "--json").data
    assert set(failure) == {"path", "stage", "class", "message", "attempts", "next_try"}
    assert failure["path"] == str(photos / "broken.jpg")
    assert (failure["stage"], failure["class"], failure["attempts"]) == ("read", "unreadable", 1)
    assert "broken.jpg" in dofisac("--library", library, "failures").out


def test_retry_tries_again_now_and_by_class(dofisac: Dofisac, tmp_path: Path) -> None:
    photos, library = tmp_path / "photos", tmp_path / "library"
    photos.mkdir()
    (photos / "text.jpg").write_text("no picture")
    dofisac("--library", library, "index", photos)
    done = dofisac("--library", library, "retry", "--class", "too-large", "--json")
    assert done.data["failed"] == 0
    done = dofisac("--library", library, "retry", "--class", "unsupported", "--json")
    assert set(done.data) == REPORT and done.data["failed"] == 1
    assert dofisac("--library", library, "failures", "--json").data[0]["attempts"] == 2
    assert dofisac("--library", library, "retry", "--class", "nonsense").code == 2


def test_status_counts(dofisac: Dofisac, indexed: tuple[Path, Path]) -> None:
    library, photos = indexed
    status = dofisac("--library", library, "status", "--json").data
    assert (status["photos"], status["absent"], status["failures"]) == (9, 0, 1)
    assert status["faces"] == 9  # six of the group, three portraits
    assert status["roots"] == [{"path": str(photos), "missing": False, "photos": 9}]
    assert {space["photos"] for space in status["models"]["spaces"]} == {9}
    assert [run["run"] for run in status["runs"]] == [None] * 4
    assert status["daemon"] is None and status["models"]["pack"] == "bundled"
    assert status["disk"]["library_bytes"] > 0
    assert "photos     9" in dofisac("--library", library, "status").out


@pytest.mark.parametrize("command", ["status", "photos", "failures", "search", "roots"])
def test_without_a_library_one_sentence_says_how_to_make_one(dofisac: Dofisac, tmp_path: Path, command: str) -> None:
    arguments = [command, "cat"] if command == "search" else [command]
    done = dofisac("--library", tmp_path / "none", *arguments)
    assert (done.code, done.out) == (1, "")
    assert "There is no library" in done.err
    assert not (tmp_path / "none").exists()


def test_roots_are_added_and_removed_and_photos_are_left_alone(
    dofisac: Dofisac, tmp_path: Path, sample_photos: Path
) -> None:
    photos, library = tmp_path / "photos", tmp_path / "library"
    photos.mkdir()
    shutil.copy(sample_photos / "coffee.png", photos)
    assert dofisac("--library", library, "roots", "add", photos).code == 0
    assert dofisac("--library", library, "roots", "--json").data == [{"path": str(photos), "missing": False}]
    (photos / "inside").mkdir()
    assert "is read already" in dofisac("--library", library, "roots", "add", photos / "inside").err
    assert dofisac("--library", library, "roots", "add", "").code == 1
    dofisac("--library", library, "index")
    assert dofisac("--library", library, "roots", "remove", tmp_path / "else").code == 1
    assert dofisac("--library", library, "roots", "remove", photos).code == 0
    assert dofisac("--library", library, "photos", "--json").data == []
    assert (photos / "coffee.png").exists()


def test_names_of_any_bytes_survive_json_and_are_safe_to_print(
    dofisac: Dofisac, tmp_path: Path, sample_photos: Path
) -> None:
    photos, library = os.fsencode(tmp_path / "photos"), tmp_path / "library"
    (tmp_path / "photos").mkdir()
    names = [b"new\nline.png", b"esc\x1b]0;title\x07.png", b"latin\xe9.png", "emoji🙂.png".encode(), b"'\"[bold].png"]
    names.append(b"x" * 251 + b".png")
    for name in names:
        shutil.copy(os.fsencode(sample_photos / "coffee.png"), os.path.join(photos, name))
    assert dofisac("--library", library, "index", tmp_path / "photos", "--json").data["photos"] == len(names)
    rows = dofisac("--library", library, "photos", "--json").data
    assert {os.fsencode(row["path"]) for row in rows} == {os.path.join(photos, name) for name in names}
    plain = dofisac("--library", library, "photos").out
    assert "\x1b" not in plain and "\x07" not in plain and "\\x1b]0;title\\x07" in plain
    assert len(plain.splitlines()) == len(names) + 1


def test_settings_with_a_mistake_are_refused(dofisac: Dofisac, tmp_path: Path, indexed: tuple[Path, Path]) -> None:
    (tmp_path / "config.toml").write_text("[indexing]\nworker = 3\n")
    done = dofisac("--library", indexed[0], "index")
    assert done.code == 1 and "worker" in done.err and "Did you mean 'workers'?" in done.err


def test_demo_makes_its_own_library(dofisac: Dofisac, tmp_path: Path) -> None:
    done = dofisac("demo", "--json")
    assert done.code == 0 and done.data["photos"] >= 8 and done.data["faces"] >= 8
    assert "search" in done.err
    assert (tmp_path / "cache" / "dofisac" / "demo" / "library" / "library.db").exists()
    assert json.loads(done.out)["failed"] == 0


def test_a_new_photo_of_a_named_person_has_the_name_at_once(
    dofisac: Dofisac, tmp_path: Path, shared_photos: Path
) -> None:
    photos, library = tmp_path / "photos", tmp_path / "library"
    people = [shared_photos / "faces" / name for name in ("Tony_Blair", "Colin_Powell")]
    for person in people:
        shutil.copytree(person, photos / person.name)
    last = sorted((photos / "Tony_Blair").iterdir())[3]
    last.rename(tmp_path / "later.jpg")
    dofisac("--library", library, "index", photos)
    assert dofisac("--library", library, "cluster", "people", "--json").code == 0
    clusters = dofisac("--library", library, "clusters", "people", "--json").data
    blair = next(each for each in clusters if "Tony_Blair" in each["members"][0]["path"])
    assert dofisac("--library", library, "people", "name", blair["id"], "Tony").code == 0
    (tmp_path / "later.jpg").rename(last)
    assert "surely of known people" in dofisac("--library", library, "index").err
    faces = dofisac("--library", library, "faces", last, "--json").data
    assert "Tony" in [face["person"] for face in faces]
    found = dofisac("--library", library, "search", "--person", "Tony", "--json").data
    assert str(last) in [hit["path"] for hit in found]
