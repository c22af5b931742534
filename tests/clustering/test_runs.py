"""Kept runs: what is held for a person to accept, new faces, what is decided meanwhile, and kill -9."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dofisac_tui.clustering import run
from dofisac_tui.clustering.incremental import assign_new_faces
from dofisac_tui.clustering.ledger_constraints import read_face_constraints
from dofisac_tui.clustering.people_run import find_people
from dofisac_tui.clustering.run import cluster, roll_back
from dofisac_tui.errors import LibraryBusyError
from dofisac_tui.library import people, run_snapshots, runs, voting
from dofisac_tui.library.clusters import current_clusters
from dofisac_tui.library.database import open_library
from dofisac_tui.library.lock import clustering_lock, indexing_lock
from tests.clustering.people_library import PeopleLibrary, people_library
from tests.processes import start_python


@pytest.fixture
def filling(tmp_path: Path) -> Iterator[PeopleLibrary]:
    """Four people in eight photos each, two in a photo."""
    made = people_library(tmp_path)
    with made.library:
        for number in range(16):
            made.put((number % 4, (number + 1) % 4))
        yield made


def person_of(filling: PeopleLibrary) -> dict[int, int]:
    rows = filling.library.rows("SELECT face_id, person_id FROM current_people ORDER BY face_id")
    return {row[0]: row[1] for row in rows}


def test_people_and_their_ids_survive(filling: PeopleLibrary) -> None:
    first = cluster(filling.library, "people")
    assert (first.clusters, first.noise, first.items, first.changed, first.held) == (4, 0, 32, 32, 0)
    before = person_of(filling)
    (face,) = filling.put((2,))
    second = cluster(filling.library, "people")
    assert (second.run, second.clusters, second.changed) == (first.run + 1, 4, 1)
    after = person_of(filling)
    assert {each: after[each] for each in before} == before
    two = people.faces_of_person(filling.library, after[face])
    assert len(two) == 9


def test_what_would_take_a_face_from_a_named_person_waits(filling: PeopleLibrary) -> None:
    library = filling.library
    outlier = filling.put((0,), noise=0.6)[0]
    cluster(library, "people")
    zero = person_of(filling)[1]
    assert outlier not in person_of(filling)
    people.name_person(library, zero, "Zero", "test")
    vote = voting.vote_match(library, 1, outlier, "yes", "test")
    cluster(library, "people")
    assert person_of(filling)[outlier] == zero
    voting.undo(library, "test", vote.vote_id)
    report = cluster(library, "people")
    assert report.held == 1 and report.changed == 0
    assert person_of(filling)[outlier] == zero
    proposed = runs.proposed_run(library, "people")
    assert proposed is not None
    roll_back(library, "people", proposed.run_id)
    assert outlier not in person_of(filling)
    assert people.person_called(library, "zero") == zero


def test_accepting_a_proposal_keeps_what_was_decided_and_indexed_since(filling: PeopleLibrary) -> None:
    library = filling.library
    cluster(library, "people")
    proposed = cluster(library, "people", propose=True)
    removed, person = 1, person_of(filling)[1]
    people.remove_face(library, person, removed, "test")
    (new,) = filling.put((2,))
    assert assign_new_faces(library) == 1
    before = person_of(filling)
    roll_back(library, "people", proposed.run)
    after = person_of(filling)
    assert removed not in after or after[removed] != person
    assert after[new] == before[new]
    assert {face: after.get(face) for face in before} == before


def test_people_are_found_by_dbscan_once_within_all_constraints(filling: PeopleLibrary) -> None:
    library = filling.library
    cluster(library, "people")
    before = person_of(filling)
    people.name_person(library, before[1], "Zero", "test")
    voting.vote_match(library, 3, 9, "no", "test")
    report = cluster(library, "people", method="dbscan")
    found = person_of(filling)
    assert found[3] != found[9]
    assert [each for each in before if before[each] == before[1] != found.get(each)] == []
    again = cluster(library, "people")
    methods = [runs.find_run(library, "people", each.run).parameters["method"] for each in (report, again)]
    assert methods == ["dbscan", "average-linkage"]
    assert person_of(filling)[3] != person_of(filling)[9]


def test_a_person_of_one_face_keeps_the_name(filling: PeopleLibrary) -> None:
    library = filling.library
    cluster(library, "people")
    alone = people.faces_of_person(library, person_of(filling)[1])[0]
    people.split_person(library, person_of(filling)[alone], [alone], "test")
    people.name_person(library, person_of(filling)[alone], "Alone", "test")
    named = person_of(filling)[alone]
    for _ in range(2):
        cluster(library, "people")
        assert people.faces_of_person(library, named) == [alone]
        assert people.person_called(library, "alone") == named


def test_a_new_face_joins_a_sure_person_at_once(filling: PeopleLibrary) -> None:
    library = filling.library
    cluster(library, "people")
    before = person_of(filling)
    new = filling.put((0, 1, 9))
    assert assign_new_faces(library) == 2
    assert [person_of(filling).get(face) for face in new] == [before[1], before[2], None]
    assert assign_new_faces(library) == 0


def test_a_new_face_joins_nobody_against_a_decision_or_twice_in_a_photo(filling: PeopleLibrary) -> None:
    library = filling.library
    cluster(library, "people")
    (refused,) = filling.put((0,))
    twins = filling.put((1, 1))
    voting.vote_match(library, refused, 1, "no", "test")
    known = people.faces_of_person(library, person_of(filling)[1])
    assert 1 in known
    assert assign_new_faces(library) == 1
    assert refused not in person_of(filling)
    assert len({person_of(filling).get(face) for face in twins} - {None}) == 1
    cluster(library, "people")
    assert person_of(filling).get(refused) != person_of(filling)[1]


def test_what_is_decided_and_indexed_during_a_run_is_carried_over(
    filling: PeopleLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = filling.library
    cluster(library, "people")
    person = person_of(filling)[1]
    other = person_of(filling)[2]
    leaving = people.faces_of_person(library, other)[:2]
    new: list[int] = []
    find = find_people

    def meanwhile(*options: Any) -> object:
        found = find(*options)
        people.split_person(library, other, leaving, "test")
        people.name_person(library, person, "Zero", "test")
        new.extend(filling.put((0,)))
        assert assign_new_faces(library) == 1
        return found

    monkeypatch.setattr(run, "find_people", meanwhile)  # the real one, and slow
    cluster(library, "people")
    now = person_of(filling)
    assert len({now[face] for face in leaving}) == 1 and now[leaving[0]] != other
    assert now[new[0]] == person == people.person_called(library, "Zero")


def test_one_clustering_at_a_time_but_beside_an_indexer(filling: PeopleLibrary) -> None:
    folder = filling.library.folder
    with clustering_lock(folder, "test"), pytest.raises(LibraryBusyError, match="being clustered by process"):
        cluster(filling.library, "people")
    with indexing_lock(folder, "test"):
        assert cluster(filling.library, "people").clusters == 4


def test_yes_yes_no_around_a_triangle_is_reported_and_the_newer_wins(filling: PeopleLibrary) -> None:
    library = filling.library
    for a, b, answer in ((1, 3, "yes"), (3, 5, "yes"), (1, 5, "no")):
        voting.vote_match(library, a, b, answer, "test")  # type: ignore[arg-type]  # a literal
    (found,) = read_face_constraints(library).contradictions
    assert found.loser.vote_id == 1 and {each.vote_id for each in found.winners} <= {2, 3}
    cluster(library, "people")
    now = person_of(filling)
    assert now[3] == now[5] != now[1]


def test_a_killed_run_leaves_the_current_one_and_the_next_cleans_up(filling: PeopleLibrary) -> None:
    library = filling.library
    first = cluster(library, "people")
    before = person_of(filling)
    code = """
import sys
from pathlib import Path
from dofisac_tui.clustering.run import cluster
from dofisac_tui.library import runs
from dofisac_tui.library.database import open_library
import dofisac_tui.clustering.run as module
def stop(*arguments):
    print("filled", flush=True)
    sys.stdin.read()
    import time; time.sleep(60)
module._apply = stop
with open_library(Path(sys.argv[1])) as library:
    cluster(library, "people")
"""
    with start_python(code, library.folder) as process:
        assert process.stdout and process.stdout.readline() == "filled\n"
        os.kill(process.pid, signal.SIGKILL)
    assert library.value("SELECT COUNT(*) FROM cluster_runs WHERE state = 'running'") == 1
    assert person_of(filling) == before
    again = cluster(library, "people")
    assert (again.changed, again.run) == (0, first.run + 2)
    assert library.value("SELECT COUNT(*) FROM cluster_runs WHERE state = 'running'") == 0
    assert library.value("SELECT COUNT(DISTINCT run_id) FROM cluster_members") == 1


def test_runs_killed_at_any_moment_leave_a_whole_current_run(filling: PeopleLibrary) -> None:
    library = filling.library
    cluster(library, "people")
    before = person_of(filling)
    code = """
import sys
from pathlib import Path
from dofisac_tui.clustering.run import cluster
from dofisac_tui.library.database import open_library
with open_library(Path(sys.argv[1])) as library:
    print("go", flush=True)
    while True:
        cluster(library, "people")
"""
    for wait in (0.05, 0.2, 0.35, 0.5):
        with start_python(code, library.folder) as process:
            assert process.stdout and process.stdout.readline() == "go\n"
            time.sleep(wait)
            process.kill()
        with open_library(library.folder) as again:
            assert again.value("SELECT COUNT(*) FROM cluster_runs WHERE state = 'current'") == 1
        assert person_of(filling) == before


def test_every_run_is_kept_and_any_comes_back_exactly(filling: PeopleLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through whole snapshots and changes, and after decisions on a run that was shown again."""
    monkeypatch.setattr(run_snapshots, "LONGEST_CHAIN", 2)
    library = filling.library
    shown: dict[int, dict[int, int]] = {}
    for number in range(8):
        filling.put((number % 4, (number + 2) % 4))
        run_id = cluster(library, "people").run
        shown[run_id] = person_of(filling)
    assert library.value("SELECT COUNT(DISTINCT run_id) FROM cluster_members") == 1
    assert library.value("SELECT COUNT(*) FROM run_snapshots WHERE base_id IS NULL") == 3
    for run_id in (1, 7, 4, 1, 8, 2):
        roll_back(library, "people", run_id)
        assert person_of(filling) == shown[run_id]
        face = filling.random.choice(list(shown[run_id]))
        people.remove_face(library, shown[run_id][int(face)], int(face), "test")
        shown[run_id] = person_of(filling)
    for run_id, before in shown.items():
        members = runs.members_of_run(library, run_id)
        assert dict(zip(members.faces.tolist(), members.clusters.tolist(), strict=True)) == before
    assert library.value("SELECT COUNT(*) FROM cluster_runs") == 8


def test_what_is_said_of_clusters_comes_back_with_them(filling: PeopleLibrary) -> None:
    library = filling.library
    with library.write() as connection:
        connection.execute("UPDATE photos SET fingerprint = 0x1249B6DB36D3A4C7")
    first = cluster(library, "duplicates")
    before = current_clusters(library, "duplicates")
    assert before and before[0].reasons
    filling.put((0,))
    cluster(library, "duplicates")
    roll_back(library, "duplicates", first.run)
    assert current_clusters(library, "duplicates") == before
