"""A library that an older version made opens with all that a person decided, and goes on working."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from dofisac_tui.interchange.ledger_file import read_ledger, vote_to_json
from dofisac_tui.interchange.ledger_import import import_votes
from dofisac_tui.library import voting
from dofisac_tui.library.clusters import current_clusters
from dofisac_tui.library.database import FILE_NAME, Library, create_library, open_library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.failures import all_failures
from dofisac_tui.library.ledger import all_votes, standing_votes
from dofisac_tui.library.people import list_people
from dofisac_tui.library.retrainings import all_retrainings
from dofisac_tui.library.runs import RUN_KINDS, begin_run, members_of_run, roll_back

DATA = Path(__file__).parent / "data"
RUNS = [
    (1, "people", "past"),
    (2, "duplicates", "past"),
    (3, "scenes", "past"),
    (4, "combined", "past"),
    (5, "people", "current"),
    (6, "duplicates", "current"),
    (7, "scenes", "current"),
    (8, "combined", "current"),
    (9, "people", "proposed"),
]
# id, size, person, score, the photo to keep, label and photos of each cluster
CLUSTERS = {
    "people": [
        (1, 3, "Eileen", 6, None, None, [1, 2, 3]),
        (2, 3, None, None, None, None, [5, 7, 8]),
        (3, 2, None, None, None, None, [5, 7]),
        (4, 2, None, None, None, None, [5, 7]),
        (5, 2, None, None, None, None, [7, 8]),
        (6, 2, None, None, None, None, [7, 8]),
        (7, 2, None, None, None, None, [7, 8]),
    ],
    "duplicates": [(1, 3, None, 5, 3, None, [3, 1, 2])],
    "scenes": [
        (2, 3, None, 2, None, "sports equipment, vehicle", [1, 2, 3]),
        (3, 3, None, None, None, "building, candle, jigsaw puzzle", [5, 7, 8]),
    ],
    "combined": [
        (7, 6, None, None, None, None, [7, 7, 7, 8, 8, 8]),
        (6, 4, None, None, None, None, [5, 5, 7, 7]),
        (4, 3, None, None, None, None, [1, 2, 3]),
        (5, 3, None, 4, None, None, [5, 7, 8]),
    ],
}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(gzip.decompress((DATA / "older-library.db.gz").read_bytes()))
    with open_library(folder) as opened:
        yield opened


def shown(library: Library) -> dict[str, list[tuple[object, ...]]]:
    return {
        kind: [
            (c.cluster_id, c.size, c.person, c.score, c.keeper_photo_id, c.label, [m.photo_id for m in c.members])
            for c in current_clusters(library, kind)
        ]
        for kind in RUN_KINDS
    }


def test_all_that_was_found_and_decided_is_there(library: Library) -> None:
    assert [tuple(row) for row in library.rows("SELECT run_id, kind, state FROM cluster_runs ORDER BY run_id")] == RUNS
    assert shown(library) == CLUSTERS
    assert [person.name for person in list_people(library)] == ["Eileen", *[None] * 6]
    (failure,) = all_failures(library)
    assert (failure.path, failure.failure_class, failure.attempts) == (b"/photos/broken.jpg", "unreadable", 1)
    space = searched_space(library, "face")
    assert space and [each.state for each in all_retrainings(library, space)] == ["current", "no gain"]


def test_votes_are_kept_as_they_were_written_and_understood(library: Library) -> None:
    votes = all_votes(library)
    assert [vote.vote_id for vote in votes] == list(range(1, 37))
    assert [vote_to_json(vote) for vote in votes] == [
        vote_to_json(vote) for vote in read_ledger(DATA / "older-votes.jsonl")
    ]
    assert [vote.vote_id for vote in standing_votes(library)] == [*range(1, 32), 36]
    stored = library.rows("SELECT json_extract(subject, '$.kind') FROM votes WHERE kind = 'cluster'")
    assert [row[0] for row in stored] == ["people", "phash", "bg", "combined"]
    assert [vote.about["kind"] for vote in standing_votes(library, ("cluster",))] == list(RUN_KINDS)


def test_a_new_score_replaces_an_old_one(library: Library) -> None:
    voting.vote_cluster(library, "duplicates", 1, 3, "test")
    assert shown(library)["duplicates"][0][3] == 3
    assert len(standing_votes(library, ("cluster",))) == 4


def test_a_ledger_of_that_version_adds_nothing_here_and_all_elsewhere(library: Library, tmp_path: Path) -> None:
    votes = read_ledger(DATA / "older-votes.jsonl")
    assert import_votes(library, votes) == (0, 36)
    with create_library(tmp_path / "elsewhere") as elsewhere:
        assert import_votes(elsewhere, votes) == (36, 0)
        assert [vote.about["kind"] for vote in standing_votes(elsewhere, ("cluster",))] == list(RUN_KINDS)


def test_undo_works(library: Library) -> None:
    undone = [voting.undo(library, "test")[0].undoes for _ in range(32)]
    assert undone == [36, *range(31, 0, -1)]
    assert [person.name for person in list_people(library)] == [None] * 7
    assert {row[3] for rows in shown(library).values() for row in rows} == {None}
    assert voting.redo(library, "test")
    assert list_people(library)[0].name == "Eileen"


def test_old_runs_can_be_shown_again(library: Library) -> None:
    before = {run: members_of_run(library, run) for run, _, _ in RUNS}
    for run, kind in enumerate(RUN_KINDS, start=1):
        roll_back(library, kind, run)
        again = members_of_run(library, run)
        assert all((a == b).all() for a, b in zip(again, before[run], strict=True))
    assert [row[2] for row in shown(library)["people"]] == ["Eileen", None]
    for run, kind in enumerate(RUN_KINDS, start=5):
        roll_back(library, kind, run)
    assert shown(library) == CLUSTERS


def test_ids_of_runs_are_not_given_out_twice_and_rows_hold_together(library: Library) -> None:
    assert begin_run(library, "scenes", None, {}) == 10
    assert not library.rows("PRAGMA foreign_key_check")
    assert library.value("PRAGMA foreign_keys") == 1
    assert library.value("PRAGMA integrity_check") == "ok"
