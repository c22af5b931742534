"""Precision and recall from votes, in a library whose truth is known."""

from pathlib import Path

import numpy as np
import pytest

from dofisac_tui.clustering.run import cluster
from dofisac_tui.learning.estimates import people_estimate, search_estimate
from dofisac_tui.learning.voted_pairs import RANDOM_SOURCE
from dofisac_tui.matching.evidence import cast_match
from tests.clustering.people_library import PeopleLibrary, people_library

FACES = 12


@pytest.fixture
def mixed(tmp_path: Path) -> tuple[PeopleLibrary, dict[int, int]]:
    """Ten persons of twelve faces, half of whose faces are badly visible; and who is on each face."""
    made = people_library(tmp_path)
    who = {}
    for person in range(10):
        for face in range(FACES):
            who[made.put([person], noise=0.2 if face % 2 else 0.42)[0]] = person
    cluster(made.library, "people")
    return made, who


def truth(made: PeopleLibrary, who: dict[int, int]) -> tuple[float, float]:
    """Pairwise precision and recall of the current run."""
    cluster_of = dict(map(tuple, made.library.rows("SELECT face_id, person_id FROM current_people")))
    faces = sorted(who)
    pairs = [(a, b) for n, a in enumerate(faces) for b in faces[n + 1 :]]
    together = [cluster_of.get(a, -a) == cluster_of.get(b, -b) for a, b in pairs]
    same = [who[a] == who[b] for a, b in pairs]
    right = sum(t and s for t, s in zip(together, same, strict=True))
    return right / sum(together), right / sum(same)


def ask(made: PeopleLibrary, who: dict[int, int], pairs: list[tuple[int, int]], source: str) -> None:
    for a, b in pairs:
        cast_match(made.library, a, b, "yes" if who[a] == who[b] else "no", source)


def random_pairs(made: PeopleLibrary, count: int, seed: int) -> list[tuple[int, int]]:
    """Half within persons, half between two, the way the review queue asks."""
    cluster_of = dict(map(tuple, made.library.rows("SELECT face_id, person_id FROM current_people")))
    faces = [row[0] for row in made.library.rows("SELECT face_id FROM faces ORDER BY face_id")]
    pairs = [(a, b) for n, a in enumerate(faces) for b in faces[n + 1 :]]
    within = [(a, b) for a, b in pairs if cluster_of.get(a, -a) == cluster_of.get(b, -b)]
    across = [(a, b) for a, b in pairs if cluster_of.get(a, -a) != cluster_of.get(b, -b)]
    chance = np.random.default_rng(seed)
    return [part[n] for part in (within, across) for n in chance.choice(len(part), count // 2, replace=False)]


def test_nothing_is_said_where_nothing_is_known(tmp_path: Path) -> None:
    made = people_library(tmp_path)
    for estimate in (people_estimate(made.library), search_estimate(made.library, 50)):
        assert (estimate.precision, estimate.recall, estimate.recall_high, estimate.answers) == (None, None, None, 0)


def test_hard_questions_alone_estimate_nothing(mixed: tuple[PeopleLibrary, dict[int, int]]) -> None:
    made, who = mixed
    ask(made, who, random_pairs(made, 20, 0), "review")
    estimate = people_estimate(made.library)
    assert (estimate.answers, estimate.unbiased_answers, estimate.precision) == (20, 0, None)


def test_intervals_hold_the_truth_and_shrink(mixed: tuple[PeopleLibrary, dict[int, int]]) -> None:
    made, who = mixed
    precision, recall = truth(made, who)
    assert 0.3 < recall < 1.0
    widths = []
    for count, seed in ((10, 1), (100, 2), (400, 3)):
        ask(made, who, random_pairs(made, count, seed), RANDOM_SOURCE)
        found = people_estimate(made.library)
        assert found.precision is not None and found.precision_low is not None and found.precision_high is not None
        assert found.recall_low is not None and found.recall_high is not None
        assert found.precision_low <= precision <= found.precision_high
        assert found.recall_low <= recall <= found.recall_high
        widths.append(found.precision_high - found.precision_low)
    assert widths == sorted(widths, reverse=True) and widths[-1] < 0.1


def test_votes_that_a_later_run_holds_to_are_held_against_the_run_that_was_shown(
    mixed: tuple[PeopleLibrary, dict[int, int]],
) -> None:
    made, _ = mixed
    cluster_of = dict(map(tuple, made.library.rows("SELECT face_id, person_id FROM current_people")))
    one = next(person for person in cluster_of.values())
    faces = [face for face, person in cluster_of.items() if person == one][:6]
    for face in faces[1:]:  # half of what is said of this cluster is no
        cast_match(made.library, faces[0], face, "no" if face == faces[1] else "yes", RANDOM_SOURCE)
    before = people_estimate(made.library)
    cluster(made.library, "people")
    after = people_estimate(made.library)
    assert before.precision is not None and after.precision is not None
    assert after.precision == pytest.approx(before.precision, abs=0.05) and after.precision < 0.95


def test_a_search_is_judged_at_its_cut_off(mixed: tuple[PeopleLibrary, dict[int, int]]) -> None:
    made, who = mixed
    ask(made, who, random_pairs(made, 300, 4), RANDOM_SOURCE)
    strict, lax = search_estimate(made.library, 99), search_estimate(made.library, 1)
    assert strict.recall is not None and lax.recall is not None
    assert strict.recall < lax.recall
    assert strict.precision is not None and strict.precision > 0.9
