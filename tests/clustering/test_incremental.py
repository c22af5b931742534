"""Assignment of new faces to known persons, call after call, as the daemon does it."""

from dataclasses import replace
from pathlib import Path

import pytest

from dofisac_tui.clustering.incremental import Assigner, assign_new_faces
from dofisac_tui.clustering.run import cluster
from dofisac_tui.library import people
from dofisac_tui.library.photos import copy_photo, record_of, store_faces
from tests.clustering.people_library import PeopleLibrary, people_library


@pytest.fixture
def filling(tmp_path: Path) -> PeopleLibrary:
    """Four persons in 20 photos, clustered."""
    made = people_library(tmp_path)
    for _ in range(10):
        made.put((0, 1))
        made.put((2, 3))
    cluster(made.library, "people")
    return made


def _person(filling: PeopleLibrary, face_id: int) -> int | None:
    found = filling.library.value("SELECT person_id FROM current_people WHERE face_id = ?", (face_id,))
    return None if found is None else int(found)


def _steps(assigner: Assigner, filling: PeopleLibrary) -> int:
    """What a call costs in hundreds of steps of SQLite's machine, which do not depend on how busy the computer is."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    filling.library.connection.set_progress_handler(count, 100)
    assigner.assign()
    filling.library.connection.set_progress_handler(None, 0)
    return steps


def test_what_is_kept_says_the_same_as_reading_everything(filling: PeopleLibrary, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = people_library(tmp_path / "other")
    for _ in range(10):
        other.put((0, 1))
        other.put((2, 3))
    cluster(other.library, "people")
    kept = Assigner(filling.library)
    for who in [(0,), (1, 2), (9,), (3, 0), (0, 0), (2, 9, 3)] * 3:
        assert filling.put(who, noise=0.4) == other.put(who, noise=0.4)
        assert kept.assign() == assign_new_faces(other.library)
    assert len(set(map(tuple, filling.library.rows("SELECT * FROM current_people")))) > 55
    members = "SELECT face_id, person_id FROM current_people ORDER BY face_id"
    assert [tuple(row) for row in filling.library.rows(members)] == [tuple(row) for row in other.library.rows(members)]


def test_a_call_costs_what_has_come_and_not_what_is_there(filling: PeopleLibrary) -> None:
    for _ in range(300):
        filling.put((0, 1, 2, 3))
    cluster(filling.library, "people")
    assigner = Assigner(filling.library)
    filling.put((0,))
    first = _steps(assigner, filling)
    filling.put((1,))
    assert 0 < _steps(assigner, filling) < first / 20
    assert _steps(assigner, filling) < first / 20


def test_decisions_and_runs_are_followed(filling: PeopleLibrary) -> None:
    library, assigner = filling.library, Assigner(filling.library)
    (face,) = filling.put((0,))
    assert assigner.assign() == 1
    zero = _person(filling, 1)
    assert zero and _person(filling, face) == zero

    half = people.split_person(library, zero, people.faces_of_person(library, zero)[::2], "test").about["into"]
    (face,) = filling.put((0,))
    assert assigner.assign() == 0, "two persons are as near"
    people.merge_people(library, half, zero, "test")
    assert assigner.assign() == 1 and _person(filling, face) == half

    cluster(library, "people")
    (face,) = filling.put((3,))
    assert assigner.assign() == 1 and _person(filling, face) == _person(filling, 4)


def test_copies_of_known_photos_join_though_no_distance_is_left(filling: PeopleLibrary) -> None:
    library = filling.library
    faces = [filling.put((number,))[0] for number in range(10, 30)]
    for number in range(2):
        _copy_photos(filling, faces, b"%d" % number)
    cluster(library, "people")
    assert all(_person(filling, face) for face in faces)
    copies = _copy_photos(filling, faces, b"new")
    assert assign_new_faces(library) == 20
    assert [_person(filling, copy) for copy in copies] == [_person(filling, face) for face in faces]


def _copy_photos(filling: PeopleLibrary, faces: list[int], name: bytes) -> list[int]:
    """Copy the photo of each face, and return the ids of the copied faces."""
    library, copies = filling.library, []
    for face in faces:
        photo_id = library.value("SELECT photo_id FROM faces WHERE face_id = ?", (face,))
        record = record_of(library, photo_id)
        with library.write() as connection:
            copy = copy_photo(connection, photo_id, replace(record, path=record.path + name))
        copies.append(library.value("SELECT face_id FROM faces WHERE photo_id = ?", (copy,)))
    return copies


def test_one_whom_another_was_merged_into_gains_faces_without_having_any(filling: PeopleLibrary) -> None:
    library = filling.library
    zero, one = _person(filling, 1), _person(filling, 2)
    assert zero and one
    people.name_person(library, zero, "Zero", "test")
    with library.write() as connection:
        for (photo_id,) in library.rows(
            "SELECT photo_id FROM faces WHERE face_id IN (SELECT face_id FROM current_people WHERE person_id = ?)",
            (zero,),
        ):
            store_faces(connection, photo_id, filling.space, [])
    filling.put((1, 5))
    for _ in range(5):
        filling.put((1,))
    cluster(library, "people")
    (newer,) = {row[0] for row in library.rows("SELECT person_id FROM current_people")} - {
        _person(filling, 21), _person(filling, 22), _person(filling, 3), _person(filling, 4)
    }  # fmt: skip
    people.merge_people(library, zero, newer, "test")
    (face,) = filling.put((1,))
    assert assign_new_faces(library) == 1
    assert _person(filling, face) == zero
