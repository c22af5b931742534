"""The ledger as a file: it comes back as it was, and a bad file is refused in one sentence."""

import json
from pathlib import Path

import pytest

from dofisac_tui.clustering.run import cluster
from dofisac_tui.errors import InterchangeError
from dofisac_tui.interchange.ledger_file import read_ledger, write_ledger
from dofisac_tui.library import people, voting
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import all_votes
from dofisac_tui.matching.evidence import cast_match
from tests.clustering.people_library import people_library


def decide_everything(library: Library, faces: list[int]) -> None:
    """One decision of each kind that there is, on a library of two persons with four faces each, and undo and redo."""
    cluster(library, "people")
    first, second = (each.person_id for each in people.list_people(library))
    cast_match(library, faces[0], faces[4], "no", "test")
    people.name_person(library, first, "Anna Jiménez", "test")
    people.split_person(library, first, people.faces_of_person(library, first)[:1], "test")
    people.remove_face(library, first, people.faces_of_person(library, first)[-1], "test")
    people.merge_people(library, first, second, "test")
    people.ignore_person(library, second, True, "test")
    voting.vote_cluster(library, "people", first, 5, "test")
    voting.vote_face(library, faces[7], "no", "test")
    voting.vote_photos(library, 1, 2, "unrelated", "test")
    voting.keep_photo(library, 2, "test")
    voting.excuse_photo(library, 3, "mirror", "test")
    voting.undo(library, "test")
    voting.redo(library, "test")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> tuple[Library, Path]:
    """A library with one decision of each kind, and its ledger as a file."""
    folder = tmp_path_factory.mktemp("ledger")
    filling = people_library(folder)
    faces = [filling.put([who])[0] for who in (0, 0, 0, 0, 1, 1, 1, 1)]
    decide_everything(filling.library, faces)
    write_ledger(filling.library, folder / "votes.jsonl")
    return filling.library, folder / "votes.jsonl"


def test_every_kind_of_vote_comes_back_as_it_was(ledger: tuple[Library, Path]) -> None:
    votes = all_votes(ledger[0])
    assert {vote.kind for vote in votes} == {
        "match", "name", "split", "remove", "merge", "ignore", "cluster", "face", "photos", "keep", "excuse",
        "undo", "redo",
    }  # fmt: skip
    assert read_ledger(ledger[1]) == votes
    assert ledger[1].stat().st_mode & 0o777 == 0o600


def test_an_export_to_a_folder_that_is_not_there_makes_it_and_one_that_fails_leaves_nothing(
    ledger: tuple[Library, Path], tmp_path: Path
) -> None:
    assert write_ledger(ledger[0], tmp_path / "new" / "votes.jsonl") == 13
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        write_ledger(ledger[0], tmp_path / "file" / "votes.jsonl")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "new"]


def changed(line: str, **parts: object) -> str:
    return json.dumps({**json.loads(line), **parts})


BAD_ROWS: list[dict[str, object]] = [
    {"kind": "hack"},
    {"answer": "maybe"},
    {"vote_id": 0},
    {"vote_id": True},
    {"vote_id": "1"},
    {"cast_at": float("nan")},
    {"cast_at": 1e11},
    {"source": "\x1b[2J"},
    {"source": "\ud800"},
    {"content_a": None},
    {"content_b": ["x"]},
    {"box_a": "1,2,3"},
    {"box_b": "1,2,3,inf"},
    {"distance": "near"},
    {"probability": None},
    {"undoes": 1},
    {"kind": "undo", "answer": "undo", "undoes": 99},
    {"kind": "name", "answer": "A\nB", "subject": {"person": 1, "faces": []}},
    {"subject": {"person": 1, "faces": []}},
    {"another": 1},
]


@pytest.mark.parametrize("bad", BAD_ROWS, ids=str)
def test_a_bad_row_is_refused(ledger: tuple[Library, Path], tmp_path: Path, bad: dict[str, object]) -> None:
    header, first, *rest = ledger[1].read_text().splitlines()
    assert json.loads(first)["kind"] == "match"
    file = tmp_path / "bad.jsonl"
    file.write_text("\n".join([header, changed(first, **bad), *rest]))
    with pytest.raises(InterchangeError, match=r"cannot be used as a file of votes .*Nothing was changed"):
        read_ledger(file)


@pytest.mark.parametrize(
    "subject",
    [
        {},
        {"person": 1},
        {"person": -1, "faces": []},
        {"person": 1, "faces": "all"},
        {"person": 1, "faces": [["a"]]},
        {"person": 1, "faces": [["a", "x"]]},
        [1],
    ],
    ids=str,
)
def test_a_bad_subject_is_refused(ledger: tuple[Library, Path], tmp_path: Path, subject: object) -> None:
    header, *rows = ledger[1].read_text().splitlines()
    named = next(n for n, row in enumerate(rows) if json.loads(row)["kind"] == "name")
    rows[named] = changed(rows[named], subject=subject)
    (tmp_path / "bad.jsonl").write_text("\n".join([header, *rows]))
    with pytest.raises(InterchangeError):
        read_ledger(tmp_path / "bad.jsonl")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "cannot be used"),
        (b"\xff\xfe\x00", "cannot be used"),
        (b"[]", "does not begin as one"),
        (b'{"dofisac_votes": 2, "votes": 0}', "of version 2"),
        (b'{"dofisac_votes": 1, "votes": 3}', "should hold 3 votes and holds 0"),
        (b'{"dofisac_votes": 1, "votes": 1}\n' + b"[" * 100_000, "cannot be used"),
        (b'{"dofisac_votes": 1, "votes": 1}\n\n', "cannot be used"),
        (b'{"dofisac_votes": 1, "votes": 1}\n7', "cannot be used"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "votes.jsonl"
    file.write_bytes(content)
    with pytest.raises(InterchangeError, match=reason):
        read_ledger(file)


def test_a_file_that_was_cut_off_is_refused(ledger: tuple[Library, Path], tmp_path: Path) -> None:
    whole = ledger[1].read_bytes()
    for part in (0.3, 0.6, 0.95):
        (tmp_path / "cut.jsonl").write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(InterchangeError):
            read_ledger(tmp_path / "cut.jsonl")
