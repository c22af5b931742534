"""Whole groups that a yes in the review queue joins, unless a vote or a photo is against it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dofisac_tui.clustering.run import cluster
from dofisac_tui.library import voting
from tests.clustering.people_library import PeopleLibrary, people_library

NEAR = 0.05  # noise with which two people are 0.64 apart: more than any radius, but not beyond belief


@pytest.fixture
def filling(tmp_path: Path) -> Iterator[PeopleLibrary]:
    made = people_library(tmp_path)
    with made.library:
        yield made


def group_of(filling: PeopleLibrary, who: int, noise: float = NEAR) -> list[int]:
    """Eight faces, each in a photo of its own."""
    return [filling.put((who,), noise)[0] for _ in range(8)]


def clusters(filling: PeopleLibrary) -> list[set[int]]:
    """The faces of each person after another run, the first face first."""
    cluster(filling.library, "people")
    people: dict[int, set[int]] = {}
    for face, person in filling.library.rows("SELECT face_id, person_id FROM current_people ORDER BY face_id"):
        people.setdefault(person, set()).add(face)
    return list(people.values())


def test_a_yes_of_the_review_queue_joins_whole_groups_until_it_is_undone(filling: PeopleLibrary) -> None:
    one, other = group_of(filling, 0), group_of(filling, 1)
    assert clusters(filling) == [set(one), set(other)]
    voting.vote_match(filling.library, one[3], other[5], "yes", "review")
    assert clusters(filling) == [{*one, *other}]
    voting.undo(filling.library, "test")
    assert clusters(filling) == [set(one), set(other)]


def test_a_yes_from_elsewhere_joins_two_faces(filling: PeopleLibrary) -> None:
    one, other = group_of(filling, 0), group_of(filling, 1)
    voting.vote_match(filling.library, one[3], other[5], "yes", "cli")
    first, second = clusters(filling)
    assert {one[3], other[5]} <= first or {one[3], other[5]} <= second
    assert {len(first), len(second)} == {7, 9}


def test_groups_beyond_belief_stay_two(filling: PeopleLibrary) -> None:
    one, other = group_of(filling, 0, noise=0.25), group_of(filling, 1, noise=0.25)
    voting.vote_match(filling.library, one[3], other[5], "yes", "review")
    assert not any({one[0], other[0]} <= each for each in clusters(filling))


def test_a_no_between_any_two_members_is_against_it(filling: PeopleLibrary) -> None:
    one, other = group_of(filling, 0), group_of(filling, 1)
    voting.vote_match(filling.library, one[1], other[2], "no", "cli")
    voting.vote_match(filling.library, one[3], other[5], "yes", "review")
    assert sorted(map(len, clusters(filling))) == [7, 9]


def test_two_members_in_one_photo_are_against_it(filling: PeopleLibrary) -> None:
    one, other = group_of(filling, 0), group_of(filling, 1)
    filling.put((0, 1), NEAR)
    voting.vote_match(filling.library, one[3], other[5], "yes", "review")
    assert sorted(map(len, clusters(filling))) == [8, 10]


def test_a_no_holds_by_way_of_a_third_group(filling: PeopleLibrary) -> None:
    first, middle, last = (group_of(filling, who) for who in range(3))
    voting.vote_match(filling.library, first[2], last[2], "no", "cli")
    voting.vote_match(filling.library, first[0], middle[0], "yes", "review")
    voting.vote_match(filling.library, middle[0], last[0], "yes", "review")
    found = clusters(filling)
    assert sorted(map(len, found)) == [7, 17]
    assert not any({first[2], last[2]} <= each for each in found)
