"""Votes that are probably wrong are found, asked again, and asked no third time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dofisac_tui.clustering.run import cluster
from dofisac_tui.learning.review_candidates import doubtful_votes
from dofisac_tui.learning.review_groups import read_review_groups
from dofisac_tui.learning.review_queue import ReviewQueue
from dofisac_tui.library import voting
from dofisac_tui.matching.evidence import cast_match
from tests.clustering.people_library import PeopleLibrary, people_library


@pytest.fixture
def made(tmp_path: Path) -> Iterator[PeopleLibrary]:
    """Three persons, clustered: face n is of person (n - 1) % 3."""
    people = people_library(tmp_path)
    for number in range(30):
        people.put([number % 3])
    cluster(people.library, "people")
    yield people
    people.library.close()


def doubted(made: PeopleLibrary) -> list[tuple[int, int]]:
    groups = read_review_groups(made.library)
    assert groups is not None
    questions = doubtful_votes(made.library, groups)
    assert all(question.reason == "contradiction" for question in questions)
    return [question.faces for question in questions]


def say(made: PeopleLibrary, face_a: int, face_b: int, answer: voting.YesNo) -> None:
    cast_match(made.library, face_a, face_b, answer, "test")


def test_right_votes_are_not_doubted(made: PeopleLibrary) -> None:
    assert doubted(made) == []
    say(made, 1, 4, "yes")
    say(made, 1, 2, "no")
    assert doubted(made) == []


def test_votes_that_the_models_contradict_are_doubted_the_least_likely_first(made: PeopleLibrary) -> None:
    say(made, 1, 4, "yes")
    say(made, 1, 2, "yes")
    say(made, 5, 8, "no")
    assert sorted(doubted(made)) == [(1, 2), (5, 8)]


def test_of_votes_that_contradict_each_other_the_one_that_the_models_believe_least_is_asked(
    made: PeopleLibrary,
) -> None:
    say(made, 1, 4, "yes")
    say(made, 4, 7, "yes")
    say(made, 1, 7, "no")
    assert doubted(made) == [(1, 7)]
    say(made, 1, 7, "yes")
    assert doubted(made) == []


def test_a_wrong_yes_among_right_ones_is_found_by_its_contradiction(made: PeopleLibrary) -> None:
    say(made, 1, 4, "yes")
    say(made, 4, 5, "yes")
    say(made, 1, 5, "no")
    assert doubted(made)[0] == (4, 5)


def test_what_was_confirmed_is_not_asked_again_unless_the_confirmation_is_undone(made: PeopleLibrary) -> None:
    say(made, 1, 2, "yes")
    say(made, 2, 1, "yes")
    assert doubted(made) == []
    voting.undo(made.library, "test")
    assert doubted(made) == [(1, 2)]
    voting.redo(made.library, "test")
    assert doubted(made) == []


def test_an_undone_vote_is_not_doubted(made: PeopleLibrary) -> None:
    say(made, 1, 2, "yes")
    voting.undo(made.library, "test")
    assert doubted(made) == []


def test_the_queue_asks_doubtful_votes_first_and_once_and_the_new_answer_wins(made: PeopleLibrary) -> None:
    say(made, 1, 2, "yes")
    queue = ReviewQueue(made.library, seed=0)
    queue.refresh()
    (question,) = queue.next()
    assert (question.faces, question.reason, question.source) == ((1, 2), "contradiction", "review")
    say(made, *question.faces, "no")
    queue.answered(question, same=False)
    queue.refresh()
    assert all(each.reason != "contradiction" for each in queue.next(1000))
    cluster(made.library, "people")
    persons = dict(map(tuple, made.library.rows("SELECT face_id, person_id FROM current_people")))
    assert len(set(persons.values())) == 3 and persons[1] != persons[2]


def test_a_face_that_is_none_any_more_is_not_asked_about(made: PeopleLibrary) -> None:
    say(made, 1, 2, "yes")
    voting.vote_face(made.library, 2, "no", "test")
    assert doubted(made) == []
