"""The library as JSON and CSV: whole, readable by others, and safe."""

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from dofisac_tui.clustering.run import cluster
from dofisac_tui.interchange.json_csv import HEADINGS, write_csv, write_json
from dofisac_tui.library import people
from dofisac_tui.library.database import Library
from dofisac_tui.library.photos import PhotoRecord, mark_absent, store_photo
from dofisac_tui.matching.evidence import cast_match
from tests.clustering.people_library import people_library

ODD = b'/photos/\xff\x1b[2J,"line\nbreak".jpg'


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Photos of two persons, one of whom has a name; one with an odd path, one that is absent."""
    filling = people_library(tmp_path_factory.mktemp("tables"))
    for who in (0, 0, 0, 1, 1, 1):
        filling.put([who])
    library = filling.library
    cluster(library, "people")
    people.name_person(library, people.list_people(library)[0].person_id, "=Anna; Jiménez", "test")
    cast_match(library, 1, 4, "no", "test")
    record = PhotoRecord(
        filling.root_id, ODD, 1, 1, "odd", "JPEG", 80, 60, 0, "2019-07-14T16:02:11", "@SUM(A1)", 52.5, -13.25
    )
    with library.write() as connection:
        store_photo(connection, record)
        mark_absent(connection, [6])
    return library


def exported(library: Library) -> Any:
    file = io.StringIO()
    write_json(library, file)
    return json.loads(file.getvalue())


def test_json_holds_everything(library: Library) -> None:
    data = exported(library)
    assert set(data) == {"dofisac", "photos", "people", "clusters", "votes"}
    assert [photo["photo_id"] for photo in data["photos"]] == [1, 2, 3, 4, 5, 7]
    first = data["photos"][0]
    assert (first["path"], first["width"], first["height"]) == ("/photos/1.jpg", 800, 600)
    assert first["faces"] == 1
    (face,) = first["face_list"]
    assert (face["box"], face["person"]) == ([0.0, 10.0, 50.0, 60.0], "=Anna; Jiménez")
    assert os.fsencode(data["photos"][-1]["path"]) == ODD
    assert {each["person"] for each in data["people"]} == {"=Anna; Jiménez", None}
    assert sorted(len(each["members"]) for each in data["clusters"]) == [2, 3]
    assert [vote["kind"] for vote in data["votes"]] == ["name", "match"]


def test_csv_has_a_line_for_each_photo_and_nothing_that_runs(library: Library) -> None:
    file = io.StringIO()
    write_csv(library, file)
    text = file.getvalue()
    assert "\x1b" not in text and text.isascii() is False
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == HEADINGS and len(rows) == 6
    assert (rows[0]["path"], rows[0]["people"], rows[0]["faces"]) == ("/photos/1.jpg", "'=Anna; Jiménez", "1")
    odd = rows[-1]
    assert odd["path"] == '/photos/\\xff\\x1b[2J,"line\\x0abreak".jpg'
    assert (odd["camera"], odd["latitude"], odd["longitude"]) == ("'@SUM(A1)", "52.5", "-13.25")
    assert (odd["people"], odd["taken_at"]) == ("", "2019-07-14T16:02:11")


def test_an_empty_library_is_valid_too(tmp_path: Path) -> None:
    library = people_library(tmp_path).library
    assert exported(library) == {"dofisac": 2, "photos": [], "people": [], "clusters": [], "votes": []}
