"""Scores of clusters, foretold: the mixed ones must come first."""

from pathlib import Path

import numpy as np
import pytest

from dofisac_tui.clustering.run import cluster
from dofisac_tui.learning.score_prediction import (
    BEST,
    FEATURES,
    MIN_SCORES,
    WORST,
    cluster_features,
    predicted_scores,
    score_report,
)
from dofisac_tui.library.voting import vote_cluster
from tests.clustering.people_library import PeopleLibrary, people_library

PEOPLE = 30


@pytest.fixture
def mixed(tmp_path: Path) -> tuple[PeopleLibrary, dict[int, bool]]:
    """A run in which each third cluster holds two people; and which these are."""
    made = people_library(tmp_path)
    for number in range(PEOPLE * 6):
        made.put([number % PEOPLE], noise=0.3)
    cluster(made.library, "people")
    rows = made.library.rows("SELECT person_id, MIN(face_id) FROM current_people GROUP BY person_id")
    people = [row[0] for row in rows]
    assert len(people) == PEOPLE
    bad: dict[int, bool] = {}
    with made.library.write() as connection:
        for n in range(0, PEOPLE - 1, 3):
            move = "UPDATE cluster_members SET cluster_id = ? WHERE cluster_id = ?"
            connection.execute(move, (people[n], people[n + 1]))
            bad |= {people[n]: True, people[n + 2]: False}
    return made, bad


def test_mixed_clusters_come_first_before_anybody_gave_a_score(mixed: tuple[PeopleLibrary, dict[int, bool]]) -> None:
    made, bad = mixed
    found = predicted_scores(made.library, "people")
    assert found.keys() == bad.keys()
    worst_first = sorted(found, key=found.__getitem__)
    assert all(bad[cluster_id] for cluster_id in worst_first[: sum(bad.values())])
    assert all(WORST <= score <= BEST for score in found.values())
    assert score_report(made.library, "people").scores == 0


def test_few_scores_teach_nothing_and_say_so(mixed: tuple[PeopleLibrary, dict[int, bool]]) -> None:
    made, bad = mixed
    before = predicted_scores(made.library, "people")
    for cluster_id in list(bad)[: MIN_SCORES - 1]:
        vote_cluster(made.library, "people", cluster_id, 3, "test")
    report = score_report(made.library, "people")
    assert (report.scores, report.learned, report.error_before) == (MIN_SCORES - 1, False, None)
    assert predicted_scores(made.library, "people") == before


def test_scores_that_follow_a_feature_are_learned(mixed: tuple[PeopleLibrary, dict[int, bool]]) -> None:
    made, bad = mixed
    clusters = list(bad)
    left_out = clusters[-2:]
    for cluster_id in clusters[:-2]:  # somebody who is neither as strict nor as kind as Match
        vote_cluster(made.library, "people", cluster_id, 3 if bad[cluster_id] else 5, "test")
    report = score_report(made.library, "people")
    assert report.learned and report.error_before is not None and report.error_after is not None
    assert report.error_after < 0.7 * report.error_before
    found = predicted_scores(made.library, "people")
    for cluster_id in left_out:
        assert found[cluster_id] == pytest.approx(3 if bad[cluster_id] else 5, abs=1)


def test_features_are_those_of_the_members(tmp_path: Path) -> None:
    made = people_library(tmp_path)
    for _ in range(4):
        made.put([0, 1], noise=0.1)
    assert cluster_features(made.library, "people") is None
    cluster(made.library, "people")
    found = cluster_features(made.library, "people")
    assert found is not None and found.sizes.tolist() == [4, 4]
    table = dict(zip(FEATURES, found.table.T, strict=True))
    assert table["size"] == pytest.approx(np.log([4, 4]))
    assert table["clashes"].tolist() == [0, 0]
    assert (table["nearest other"] < 0).all() and (table["spread"] > 0).all()
    assert table["face size"] == pytest.approx(np.log1p([3000**0.5] * 2))
    assert table["quality"] == pytest.approx([0.8, 0.8])


def test_without_clusters_there_is_nothing_to_foretell(tmp_path: Path) -> None:
    assert predicted_scores(people_library(tmp_path).library, "scenes") == {}
