"""search and faces on the sample photos, and what they say when there is nothing to search for."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Dofisac

HIT = {"rank", "path", "photo_id", "face_id", "match", "distance", "box"}
FACE = {"number", "face_id", "box", "score", "quality", "person_id", "person"}


def names(hits: list[dict[str, Any]]) -> list[str]:
    return [Path(hit["path"]).name for hit in hits]


def test_faces_of_an_indexed_photo_have_ids(dofisac: Dofisac, indexed: tuple[Path, Path]) -> None:
    library, photos = indexed
    faces = dofisac("--library", library, "faces", photos / "t1.jpg", "--json").data
    assert len(faces) == 6 and set(faces[0]) == FACE
    assert [face["number"] for face in faces] == [1, 2, 3, 4, 5, 6]
    areas = [face["box"][2] * face["box"][3] for face in faces]
    assert areas == sorted(areas, reverse=True)
    assert all(isinstance(face["face_id"], int) and 0 <= face["quality"] <= 1 for face in faces)


def test_faces_of_a_photo_that_is_not_indexed(dofisac: Dofisac, tmp_path: Path, t1: Path) -> None:
    copy = Path(shutil.copy(t1, tmp_path / "elsewhere.jpg"))
    done = dofisac("--library", tmp_path / "none", "faces", copy, "--json")
    assert [face["face_id"] for face in done.data] == [None] * 6
    assert not (tmp_path / "none").exists()


def test_search_by_face_finds_the_person_in_a_changed_photo(
    dofisac: Dofisac, indexed: tuple[Path, Path], tmp_path: Path
) -> None:
    from PIL import Image

    library, photos = indexed
    with Image.open(photos / "astronaut.png") as picture:
        picture.convert("RGB").crop((80, 0, 380, 300)).save(tmp_path / "crop.jpg", quality=70)
    hits = dofisac("--library", library, "search", "--face", tmp_path / "crop.jpg", "--json").data
    assert names(hits) == ["astronaut.png"]
    assert set(hits[0]) == HIT and hits[0]["rank"] == 1
    assert 90 < hits[0]["match"] <= 100 and 0 < hits[0]["distance"] < 0.5
    x, y, w, h = hits[0]["box"]
    assert 150 < x < 250 and 40 < y < 150 and 50 < w < 150 and 60 < h < 160
    by_id = dofisac("--library", library, "search", "--face-id", hits[0]["face_id"], "--json").data
    assert by_id[0]["distance"] == pytest.approx(0, abs=1e-6)


def test_of_several_faces_the_largest_is_taken_and_another_can_be_chosen(
    dofisac: Dofisac, indexed: tuple[Path, Path]
) -> None:
    library, photos = indexed
    faces = dofisac("--library", library, "faces", photos / "t1.jpg", "--json").data
    largest = dofisac("--library", library, "search", "--face", photos / "t1.jpg", "--json")
    assert largest.data[0]["face_id"] == faces[0]["face_id"]
    assert "6 faces" in largest.err and "--face-number" in largest.err
    third = dofisac("--library", library, "search", "--face", photos / "t1.jpg", "--face-number", 3, "--json")
    assert third.data[0]["face_id"] == faces[2]["face_id"]
    seventh = dofisac("--library", library, "search", "--face", photos / "t1.jpg", "--face-number", 7)
    assert seventh.code == 1 and "it has 6" in seventh.err


def test_search_by_words_and_by_likeness(dofisac: Dofisac, indexed: tuple[Path, Path]) -> None:
    library, photos = indexed
    for words in ("cat", "gato", "Katze"):
        hits = dofisac("--library", library, "search", words, "--json").data
        assert names(hits)[0] == "chelsea.png" and hits[0]["face_id"] is None and hits[0]["box"] is None
    like = dofisac("--library", library, "search", "--like", photos / "coffee.png", "--json").data
    assert names(like) == ["coffee.png"] and like[0]["match"] > 99
    for photo in ("coffee.png", "chelsea.png", "rocket.jpg", "moon.png"):
        (same, *_) = dofisac("--library", library, "search", "--like", photos / photo, "--json").data
        assert Path(same["path"]).name == photo and 0 <= same["distance"] < 1e-3
    every = dofisac("--library", library, "search", "cat", "--all", "--limit", 4, "--json").data
    assert len(every) == 4 and [hit["rank"] for hit in every] == [1, 2, 3, 4]
    matches = [hit["match"] for hit in every]
    assert matches == sorted(matches, reverse=True)


def test_an_answer_may_be_empty(dofisac: Dofisac, indexed: tuple[Path, Path]) -> None:
    done = dofisac("--library", indexed[0], "search", "quarterly tax return", "--json")
    assert done.code == 0 and done.data == []
    plain = dofisac("--library", indexed[0], "search", "quarterly tax return")
    assert plain.code == 0 and plain.out == "" and "No photo matches" in plain.err


def test_minus_terms_folders_and_dates(dofisac: Dofisac, indexed: tuple[Path, Path]) -> None:
    library, _ = indexed
    assert "chelsea.png" not in names(dofisac("--library", library, "search", "--json", "in:photos", "-cat").data)
    assert len(dofisac("--library", library, "search", "in:photos", "--json").data) == 9
    assert dofisac("--library", library, "search", "in:nowhere", "--json").data == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--text", ""], "empty"),
        (["--text", "word " * 2000], "longer"),
        ([""], "empty"),
        (["--face", "NO_FACE"], "No face was found"),
        (["--face", "MISSING"], "There is no file"),
        (["--like", "BROKEN"], "broken.jpg"),
        (["--face-id", "999999"], "no face 999999"),
        (["after:tomorrow"], "not a date"),
    ],
)
def test_what_cannot_be_searched_for_gets_one_sentence(
    dofisac: Dofisac, indexed: tuple[Path, Path], arguments: list[str], said: str
) -> None:
    library, photos = indexed
    files = {"NO_FACE": "coffee.png", "MISSING": "missing.jpg", "BROKEN": "broken.jpg"}
    done = dofisac("--library", library, "search", *(photos / files[a] if a in files else a for a in arguments))
    assert (done.code, done.out) == (1, "")
    assert said in done.err and done.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["--limt", "3", "cat"], ["--face", "a.jpg", "--like", "b.jpg"], ["cat", "--text", "cat"]]
)
def test_wrong_usage_exits_with_2(dofisac: Dofisac, indexed: tuple[Path, Path], arguments: list[str]) -> None:
    assert dofisac("--library", indexed[0], "search", *arguments).code == 2
