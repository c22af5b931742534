"""Votes in another library: they mean the same, those that are known are not added twice, and the later one holds."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dofisac_tui.clustering.run import cluster
from dofisac_tui.interchange.ledger_file import read_ledger, write_ledger
from dofisac_tui.interchange.ledger_import import ImportedVotes, import_votes
from dofisac_tui.library import people, voting
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import standing_votes
from tests.clustering.people_library import PeopleLibrary, people_library
from tests.interchange.test_ledger_file import decide_everything

GROUPS = (0, 0, 0, 0, 1, 1, 1, 1)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., PeopleLibrary]:
    """A library of the same photos of two persons, in which other persons may have been before."""

    def make_one(name: str, earlier: int = 0) -> PeopleLibrary:
        folder = tmp_path / name
        folder.mkdir()
        filling = people_library(folder)
        with filling.library.write() as connection:
            people.new_people(connection, earlier)
        for who in GROUPS:
            filling.put([who])
        return filling

    return make_one


def carry(source: Library, target: Library) -> ImportedVotes:
    """Export from one library and import into another."""
    file = source.folder / "votes.jsonl"
    write_ledger(source, file)
    return import_votes(target, read_ledger(file))


def faces(library: Library) -> list[int]:
    return [row[0] for row in library.rows("SELECT face_id FROM faces ORDER BY face_id")]


def who_is_where(library: Library) -> dict[int, str | None]:
    rows = library.rows("SELECT face_id, name FROM current_people JOIN people USING (person_id)")
    return dict(map(tuple, rows))


def meaning(library: Library) -> list[tuple[object, ...]]:
    """What holds, without ids."""
    return [(v.cast_at, v.kind, v.answer, v.content_a, v.box_a, v.content_b, v.box_b) for v in standing_votes(library)]


def test_all_votes_mean_the_same_in_another_library_and_are_added_once(make: Callable[..., PeopleLibrary]) -> None:
    here, there = make("here", earlier=5).library, make("there").library
    decide_everything(there, faces(there))
    assert carry(there, here) == (13, 0)
    assert meaning(here) == meaning(there)
    assert carry(there, here) == (0, 13)
    assert carry(here, there) == (0, 13)
    for library in (here, there):
        cluster(library, "people")
    assert who_is_where(here) == who_is_where(there)
    assert set(who_is_where(here).values()) >= {"Anna Jiménez"}


def test_a_rebuilt_library_has_its_names_back_at_once_and_after_the_next_run(
    make: Callable[..., PeopleLibrary],
) -> None:
    old, new = make("old").library, make("new", earlier=3).library
    for library in (old, new):
        cluster(library, "people")
    person = people.list_people(old)[0].person_id
    people.name_person(old, person, "Anna", "test")
    leaving = people.faces_of_person(old, person)[:1]
    people.split_person(old, person, leaving, "test")
    carry(old, new)
    assert who_is_where(new) == who_is_where(old)
    cluster(new, "people")
    assert sorted(map(str, who_is_where(new).values())) == ["Anna"] * 3 + ["None"] * 4
    assert len(people.list_people(new)) >= 2


def test_persons_of_one_name_are_one_person(make: Callable[..., PeopleLibrary]) -> None:
    here, there = make("here", earlier=5).library, make("there").library
    for library, at in ((here, 0), (there, 1)):
        cluster(library, "people")
        people.name_person(library, people.list_people(library)[at].person_id, ["Anna", "ANNA"][at], "test")
    carry(there, here)
    assert [each.name for each in people.list_people(here) if each.name] == ["ANNA"]
    cluster(here, "people")
    assert set(who_is_where(here).values()) == {"ANNA"}


def test_a_person_with_another_name_here_keeps_it(make: Callable[..., PeopleLibrary]) -> None:
    here, there = make("here").library, make("there").library
    for library, name in ((here, "Anna"), (there, "Berta")):
        cluster(library, "people")
        people.name_person(library, people.list_people(library)[0].person_id, name, "test")
    carry(there, here)
    assert {each.name for each in people.list_people(here)} == {"Anna", "Berta", None}


def test_of_two_votes_on_one_thing_the_one_cast_later_holds(make: Callable[..., PeopleLibrary]) -> None:
    here, there = make("here").library, make("there").library
    a, b, c = faces(here)[:3]
    voting.vote_match(there, a, b, "no", "there")
    voting.vote_match(here, a, b, "yes", "here")
    voting.vote_match(here, a, c, "yes", "here")
    voting.vote_match(there, a, c, "no", "there")
    carry(there, here)
    assert [(vote.answer, vote.source) for vote in standing_votes(here)] == [("yes", "here"), ("no", "there")]
    voting.undo(here, "here")
    assert [(vote.answer, vote.source) for vote in standing_votes(here)] == [("yes", "here"), ("yes", "here")]


def test_undone_votes_stay_undone_and_can_be_redone(make: Callable[..., PeopleLibrary]) -> None:
    here, there = make("here").library, make("there").library
    a, b, c = faces(here)[:3]
    voting.vote_match(here, b, c, "no", "here")
    voting.vote_match(there, a, b, "yes", "there")
    voting.vote_match(there, a, c, "yes", "there")
    voting.undo(there, "there")
    carry(there, here)
    assert [vote.answer for vote in standing_votes(here)] == ["no", "yes"]
    voting.redo(here, "here")
    assert meaning(here)[1:] == [*meaning(there), meaning(here)[-1]]
    assert carry(here, there) == (2, 3)
    assert meaning(there) == meaning(here)


def test_both_went_on_from_a_copy_and_nothing_is_lost(make: Callable[..., PeopleLibrary]) -> None:
    here, there = make("here").library, make("there").library
    a, b, c, d = faces(here)[:4]
    voting.vote_match(here, a, b, "yes", "both")
    carry(here, there)
    voting.vote_match(here, a, c, "yes", "here")  # both of these are vote 2
    voting.vote_match(there, a, d, "no", "there")
    assert carry(there, here) == (1, 1) and carry(here, there) == (1, 2)
    assert meaning(here) == meaning(there) and len(meaning(here)) == 3


def test_votes_on_photos_that_are_not_here_wait_for_them(make: Callable[..., PeopleLibrary], tmp_path: Path) -> None:
    there = make("there").library
    empty = people_library(tmp_path)
    a, b = faces(there)[:2]
    voting.vote_match(there, a, b, "no", "there")
    carry(there, empty.library)
    for who in GROUPS:
        empty.put([who])
    cluster(empty.library, "people")
    current = dict(map(tuple, empty.library.rows("SELECT face_id, person_id FROM current_people")))
    assert current.get(a, "nobody") != current.get(b)
