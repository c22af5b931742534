"""What the review queue asks, in which order, and what it no longer asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dofisac_tui.clustering.run import cluster
from dofisac_tui.learning.pair_sample import sample_pairs
from dofisac_tui.learning.review_questions import ReviewQuestion, SettledGroups
from dofisac_tui.learning.review_queue import RANDOM_EVERY, SKIPPED_FOR, ReviewQueue
from dofisac_tui.library import voting
from dofisac_tui.library.people import ignore_person, name_person
from dofisac_tui.library.vectors import pack, unpack
from dofisac_tui.matching.evidence import cast_match
from tests.clustering.people_library import PeopleLibrary, people_library


@pytest.fixture
def made(tmp_path: Path) -> Iterator[PeopleLibrary]:
    """Clustered: four persons, the first two of them in two clusters each, and single faces of theirs."""
    people = people_library(tmp_path)
    for number in range(32):
        people.put([number % 4], noise=0.2)
    for number in range(12):
        (face,) = people.put([number % 2], noise=0.2)
        aged(people, face)
    for number in range(16):
        people.put([number % 4], noise=0.5)
    cluster(people.library, "people")
    yield people
    people.library.close()


def aged(made: PeopleLibrary, face: int) -> None:
    """Move a face away from others of its person, to where it cannot be said whose it is."""
    (row,) = made.library.rows("SELECT vector FROM face_vectors WHERE face_id = ?", (face,))
    vector = unpack(made.space, [row["vector"]])[0]
    vector[60] += 0.5
    with made.library.write() as connection:
        connection.execute("UPDATE face_vectors SET vector = ? WHERE face_id = ?", (pack(made.space, vector), face))


def refreshed(made: PeopleLibrary) -> ReviewQueue:
    queue = ReviewQueue(made.library, seed=0)
    queue.refresh()
    return queue


def everything(queue: ReviewQueue) -> list[ReviewQuestion]:
    return queue.next(10_000)


def hard(questions: list[ReviewQuestion]) -> list[ReviewQuestion]:
    return [question for question in questions if question.reason != "random"]


def photo_of(made: PeopleLibrary, face: int) -> int:
    return int(made.library.value("SELECT photo_id FROM faces WHERE face_id = ?", (face,)))


def test_it_is_empty_before_the_first_clustering_and_in_an_empty_library(tmp_path: Path) -> None:
    people = people_library(tmp_path)
    assert refreshed(people).next() == []
    people.put([0, 1])
    assert refreshed(people).next() == []
    cluster(people.library, "people")
    assert refreshed(people).next() == []
    people.library.close()


def test_a_question_says_what_the_models_and_the_run_say(made: PeopleLibrary) -> None:
    persons = dict(map(tuple, made.library.rows("SELECT face_id, person_id FROM current_people")))
    sizes = {person: list(persons.values()).count(person) for person in persons.values()}
    for question in hard(everything(refreshed(made))):
        assert (question.person_a, question.person_b) == (persons.get(question.face_a), persons.get(question.face_b))
        vote = cast_match(made.library, question.face_a, question.face_b, "yes", "test")
        assert question.distance == pytest.approx(vote.distance) and question.match == pytest.approx(vote.probability)
        sides = [sizes.get(person, 1) for person in (question.person_a, question.person_b) if person is not None]
        assert 1 <= question.settles <= min(sides, default=1)
        if question.person_a != question.person_b:
            assert (sizes.get(question.person_a or 0, 1)) >= sizes.get(question.person_b or 0, 1)


def test_bridges_between_persons_come_before_single_faces_that_are_as_uncertain(made: PeopleLibrary) -> None:
    questions = hard(everything(refreshed(made)))
    bridges = [n for n, question in enumerate(questions) if question.reason == "bridge"]
    singles = [n for n, question in enumerate(questions) if question.settles == 1]
    assert bridges and singles and bridges[0] < singles[0]


def test_no_pair_is_asked_twice_even_by_another_queue_once_it_is_voted_on(made: PeopleLibrary) -> None:
    queue = refreshed(made)
    first = queue.next(30)
    for question in first:
        cast_match(made.library, question.face_a, question.face_b, "no", question.source)
        queue.answered(question, same=False)
    queue.refresh()
    asked = [question.faces for question in (*first, *everything(queue)) if question.reason != "contradiction"]
    assert len(asked) == len(set(asked))
    again = {question.faces for question in everything(refreshed(made)) if question.reason != "contradiction"}
    assert not again & {question.faces for question in first}


def test_a_tenth_is_random_and_says_so_to_the_ledger(made: PeopleLibrary) -> None:
    questions = refreshed(made).next(RANDOM_EVERY)
    assert [question.reason == "random" for question in questions] == [False] * (RANDOM_EVERY - 1) + [True]
    assert {question.source for question in questions} == {"review", "review-random"}


def test_a_skipped_question_comes_back_later(made: PeopleLibrary) -> None:
    queue = refreshed(made)
    (question,) = queue.next()
    queue.skip(question)
    others = queue.next(SKIPPED_FOR)
    assert question not in others and len(others) > 3
    assert question in (*others, *everything(queue))


def test_what_is_put_back_is_the_next_unless_an_answer_settles_it(made: PeopleLibrary) -> None:
    queue = refreshed(made)
    before = queue.waiting()
    drawn = queue.next(5)
    assert queue.waiting() == before - 5
    queue.put_back(drawn)
    assert queue.waiting() == before
    assert queue.next(5) == drawn
    queue.put_back(drawn)
    queue.answered(drawn[1], same=True)
    assert queue.waiting() == before - 1
    assert queue.next(4) == [drawn[0], *drawn[2:]]
    queue.undone(drawn[1])
    assert queue.next() == [drawn[1]]


def test_what_an_answer_settles_by_way_of_others_is_not_asked(made: PeopleLibrary) -> None:
    queue = refreshed(made)
    first = next(question for question in queue.next(50) if question.reason == "bridge")
    queue = refreshed(made)
    queue.answered(first, same=True)
    sides = {first.person_a, first.person_b}
    left = hard(everything(queue))
    assert all({question.person_a, question.person_b} != sides for question in left)
    assert not any(first.person_b in (question.person_a, question.person_b) for question in left
                   if question.person_a != question.person_b)  # fmt: skip


def test_an_answer_that_is_taken_back_is_asked_next_and_opens_what_it_settled(made: PeopleLibrary) -> None:
    queue, untouched = refreshed(made), everything(refreshed(made))
    (question,) = queue.next()
    queue.answered(question, same=True)
    rest = everything(queue)
    queue.undone(question)
    assert queue.next() == [question]
    assert {each.faces for each in hard([question, *rest, *everything(queue)])} >= {
        each.faces for each in hard(untouched)
    }


def test_votes_of_the_ledger_settle_by_way_of_others(made: PeopleLibrary) -> None:
    bridge = next(question for question in everything(refreshed(made)) if question.reason == "bridge")
    cast_match(made.library, bridge.face_a, bridge.face_b, "yes", "test")
    for question in hard(everything(refreshed(made))):
        assert {question.person_a, question.person_b} != {bridge.person_a, bridge.person_b}


def test_two_faces_of_a_photo_are_never_asked_about_unless_it_is_excused(tmp_path: Path) -> None:
    people = people_library(tmp_path)
    for number in range(12):
        people.put([number % 2], noise=0.2)
    (first, second) = people.put([0, 0], noise=0.45)
    cluster(people.library, "people")
    pair = {first, second}
    asked = everything(refreshed(people))
    assert all({*question.faces} != pair for question in asked)
    assert all(photo_of(people, question.face_a) != photo_of(people, question.face_b) for question in asked)
    people.library.close()


def test_copies_of_a_file_are_never_compared_with_each_other(tmp_path: Path) -> None:
    people = people_library(tmp_path)
    for number in range(12):
        people.put([number % 2], noise=0.3)
    copies = {face for name in "abcd" for _ in range(3) for face in people.put([0], noise=0.3, content=name)}
    cluster(people.library, "people")
    content_of = dict(
        map(tuple, people.library.rows("SELECT face_id, content_hash FROM faces JOIN photos USING (photo_id)"))
    )
    asked = everything(refreshed(people))
    assert any(copies & {*question.faces} for question in asked)
    assert all(content_of[question.face_a] != content_of[question.face_b] for question in asked)
    pairs = sample_pairs(people.library, people.space)
    assert len(pairs.distances) == 24 * 23 / 2 - 4 * 3  # all but those within the four files
    people.library.close()


def test_no_question_is_about_what_is_no_face_or_ignored_or_absent(made: PeopleLibrary) -> None:
    (question,) = refreshed(made).next()
    voting.vote_face(made.library, question.face_b, "no", "test")
    person = made.library.value("SELECT person_id FROM current_people WHERE face_id = 3")
    ignore_person(made.library, person, True, "test")
    gone = photo_of(made, 4)
    with made.library.write() as connection:
        connection.execute("UPDATE photos SET absent_since = 1 WHERE photo_id = ?", (gone,))
    for each in everything(refreshed(made)):
        assert question.face_b not in each.faces and 4 not in each.faces
        assert person not in (each.person_a, each.person_b)


def test_two_names_are_two_persons(made: PeopleLibrary) -> None:
    bridge = next(question for question in everything(refreshed(made)) if question.reason == "bridge")
    assert bridge.person_a and bridge.person_b
    name_person(made.library, bridge.person_b, "Ben", "test")
    named = next(
        q for q in everything(refreshed(made)) if {q.person_a, q.person_b} == {bridge.person_a, bridge.person_b}
    )
    assert named.person_a == bridge.person_b  # who has a name comes first, however few the faces
    name_person(made.library, bridge.person_a, "Anna", "test")
    for question in everything(refreshed(made)):
        if question.reason != "random":
            assert {question.person_a, question.person_b} != {bridge.person_a, bridge.person_b}


def test_what_is_joined_is_what_its_parts_were_kept_from() -> None:
    settled = SettledGroups({1: 5, 2: 3, 3: 4, 4: 1})
    settled.part(2, 3)
    assert settled.is_open(1, 3) and not settled.is_open(2, 3)
    settled.join(1, 2)
    assert not settled.is_open(1, 3) and not settled.is_open(2, 4) and settled.is_open(1, 4)
    settled.join(4, 3)
    assert not settled.is_open(4, 1)
