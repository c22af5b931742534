"""Retraining a library whose photos are worse than those that the shipped curve was fitted on."""

import dataclasses
import json
import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from dofisac_tui.cli import cli
from dofisac_tui.clustering.run import cluster
from dofisac_tui.errors import ConfigError, LibraryBusyError, LibraryError
from dofisac_tui.geometry import distances
from dofisac_tui.learning.retrain import RetrainReport, retrain
from dofisac_tui.learning.voted_pairs import RANDOM_SOURCE, voted_pairs
from dofisac_tui.library.database import open_library
from dofisac_tui.library.face_keys import keys_of_faces
from dofisac_tui.library.ledger import Evidence, append
from dofisac_tui.library.lock import clustering_lock
from dofisac_tui.library.retrainings import all_retrainings, roll_back_retraining
from dofisac_tui.library.vectors import face_vectors
from dofisac_tui.library.voting import undo
from dofisac_tui.matching.calibration import shipped_curve
from dofisac_tui.matching.current_curve import match_curve
from dofisac_tui.matching.evidence import face_evidence
from tests.clustering.people_library import PeopleLibrary, people_library

PEOPLE, PHOTOS = 12, 8


class Voter:
    """Knows who is who, and answers questions about pairs near the boundary."""

    def __init__(self, folder: Path, worst: float, seed: int = 0) -> None:
        self.chance = np.random.default_rng(seed)
        self.made: PeopleLibrary = people_library(folder, seed)
        self.library, self.space = self.made.library, self.made.space
        self.who: dict[int, int] = {}
        for number in range(PEOPLE * PHOTOS):
            face = self.made.put([number % PEOPLE], noise=self.chance.uniform(0.25, worst))[0]
            self.who[face] = number % PEOPLE
        cluster(self.library, "people")
        self.faces = np.array(sorted(self.who))
        vectors = face_vectors(self.library, self.space, self.faces.tolist())[1].astype(np.float64)
        first, second = np.triu_indices(len(self.faces), 1)
        self.distances = distances(vectors[first], vectors[second], "euclidean")
        self.pairs = np.column_stack([self.faces[first], self.faces[second]])
        self.truth = np.array([self.who[a] == self.who[b] for a, b in self.pairs.tolist()])

    def vote(self, count: int, source: str = "review", wrong: float = 0.0) -> None:
        """Answer new questions, all in one transaction; some wrongly."""
        near = (
            np.argsort(np.abs(self.distances - 0.72))[: 2 * count + 200]
            if source == "review"
            else np.arange(len(self.pairs))
        )
        keys = keys_of_faces(self.library, self.faces.tolist())
        curve = match_curve(self.library, self.space)
        with self.library.write(durable=True) as connection:
            for n in self.chance.choice(near, count, replace=False).tolist():
                a, b = self.pairs[n].tolist()
                same = bool(self.truth[n]) ^ (self.chance.random() < wrong)
                distance = float(self.distances[n])
                evidence = Evidence(self.space.name, distance, curve.probability(distance))
                append(connection, source, "match", "yes" if same else "no", keys[a], keys[b], evidence=evidence)

    def error(self) -> float:
        """Mean difference of Match and truth, over bins of Match, of the pairs that the curve in force is unsure of."""
        match = match_curve(self.library, self.space).probabilities(self.distances)
        unsure = (match > 0.05) & (match < 0.95)
        bins = (match[unsure] * 5).astype(int)
        counts = np.bincount(bins)
        gaps = np.abs(np.bincount(bins, match[unsure]) - np.bincount(bins, self.truth[unsure]))
        return float(gaps.sum() / counts.sum())


@pytest.fixture
def hard(tmp_path: Path) -> Voter:
    """Many faces of one person are as far apart as the shipped curve has it for two."""
    return Voter(tmp_path, worst=0.6)


def changed(report: RetrainReport) -> tuple[bool, float]:
    assert report.threshold_before is not None and report.threshold_after is not None
    return report.adopted, report.threshold_after - report.threshold_before


@pytest.mark.parametrize("votes", [0, 5])
def test_too_few_votes_change_nothing_and_say_so(hard: Voter, votes: int) -> None:
    hard.vote(votes)
    report = retrain(hard.library, 0.99)
    assert (report.votes, report.adopted) == (votes, False)
    assert "too few" in report.reason
    assert (report.precision is None) == (votes == 0)
    assert match_curve(hard.library, hard.space) == shipped_curve(hard.space)
    assert all_retrainings(hard.library, hard.space) == []


def test_an_empty_library_says_so(tmp_path: Path) -> None:
    report = retrain(people_library(tmp_path).library, 0.99)
    assert (report.votes, report.adopted, report.threshold_after) == (0, False, None)


@pytest.mark.parametrize("votes", [50, 1500])
def test_votes_make_match_true(hard: Voter, votes: int) -> None:
    before = hard.error()
    hard.vote(votes)
    report = retrain(hard.library, 0.99)
    adopted, moved = changed(report)
    assert adopted and moved > 0.02
    assert report.loss_before is not None and report.loss_after is not None and report.loss_after < report.loss_before
    assert hard.error() < 0.6 * before


def test_wrong_votes_hurt_little(hard: Voter) -> None:
    before = hard.error()
    hard.vote(1000, wrong=0.2)
    report = retrain(hard.library, 0.99)
    assert report.adopted and report.wrong == pytest.approx(0.2, abs=0.06)
    assert hard.error() < 0.6 * before


def test_where_the_shipped_curve_is_right_nothing_is_changed(tmp_path: Path) -> None:
    easy = Voter(tmp_path, worst=0.4)
    easy.vote(60)
    report = retrain(easy.library, 0.99)
    assert report.votes == 60
    if report.adopted:  # only ever for a gain that was measured
        assert report.loss_before is not None and report.loss_after is not None and report.gain_error is not None
        better = report.loss_before - report.loss_after > report.gain_error
        assert better or report.agreement_after != report.agreement_before


def test_without_new_votes_nothing_is_learned_again(hard: Voter) -> None:
    hard.vote(100)
    assert retrain(hard.library, 0.99).adopted
    again = retrain(hard.library, 0.99)
    assert not again.adopted and "since the last" in again.reason
    assert len(all_retrainings(hard.library, hard.space)) == 1


def test_rollback_goes_back_step_by_step_and_holds_until_somebody_votes(hard: Voter) -> None:
    shipped = match_curve(hard.library, hard.space)
    hard.vote(40)
    assert retrain(hard.library, 0.99).adopted
    first = match_curve(hard.library, hard.space)
    hard.vote(600)
    assert retrain(hard.library, 0.99).adopted
    assert match_curve(hard.library, hard.space) not in (first, shipped)
    for expected in (first, shipped):
        roll_back_retraining(hard.library, hard.space)
        assert match_curve(hard.library, hard.space) == expected
    assert roll_back_retraining(hard.library, hard.space) == (None, None)
    assert not retrain(hard.library, 0.99).adopted
    assert match_curve(hard.library, hard.space) == shipped
    hard.vote(1)
    assert retrain(hard.library, 0.99).adopted
    assert [each.state for each in all_retrainings(hard.library, hard.space)] == ["current", *["rolled back"] * 2]


def test_undone_votes_teach_nothing(hard: Voter) -> None:
    hard.vote(22)
    for _ in range(5):
        undo(hard.library, "test")
    assert retrain(hard.library, 0.99).votes == 17


def test_a_vote_on_other_vectors_is_measured_anew(hard: Voter) -> None:
    hard.vote(30)
    stored = voted_pairs(hard.library, hard.space)
    with hard.library.write() as connection:
        connection.execute("UPDATE spaces SET name = 'other-models'")
        connection.execute("UPDATE meta SET value = 'other-models' WHERE key = 'face_space'")
    renamed = dataclasses.replace(hard.space, name="other-models")
    assert voted_pairs(hard.library, renamed).distances == pytest.approx(stored.distances, abs=1e-6)


def test_what_was_learned_is_what_the_product_goes_by(hard: Voter) -> None:
    hard.vote(500)
    assert retrain(hard.library, 0.99).adopted
    a, b = hard.pairs[0].tolist()
    evidence = face_evidence(hard.library, a, b)
    assert evidence is not None
    learned = match_curve(hard.library, hard.space)
    assert evidence.probability == pytest.approx(learned.probability(evidence.distance))
    assert evidence.probability != pytest.approx(shipped_curve(hard.space).probability(evidence.distance), rel=1e-3)
    alone = cluster(hard.library, "people").noise
    roll_back_retraining(hard.library, hard.space)
    assert alone < cluster(hard.library, "people").noise  # the shipped curve is too strict for these photos


def test_random_votes_judge_the_threshold(hard: Voter) -> None:
    hard.vote(200)
    assert retrain(hard.library, 0.99).judged_by == "match"
    hard.vote(300, RANDOM_SOURCE)
    report = retrain(hard.library, 0.99)
    assert report.judged_by == "random votes" and report.random_votes >= 250
    assert report.precision is not None and report.precision > 0.8


def test_a_retraining_and_a_clustering_wait_for_each_other(hard: Voter) -> None:
    with clustering_lock(hard.library.folder, "cluster"), pytest.raises(LibraryBusyError):
        retrain(hard.library, 0.99)


def _vote_on(folder: Path, faces: list[int], started: "multiprocessing.synchronize.Event") -> None:
    from dofisac_tui.matching.evidence import cast_match

    with open_library(folder) as library:
        for n, face in enumerate(faces[1:]):
            cast_match(library, faces[0], face, "no", "review")
            if n == 3:
                started.set()


def test_votes_cast_meanwhile_are_neither_lost_nor_kept_waiting(hard: Voter) -> None:
    hard.vote(200)
    spawn = multiprocessing.get_context("spawn")
    started = spawn.Event()
    faces = hard.faces[:60].tolist()
    voter = spawn.Process(target=_vote_on, args=(hard.library.folder, faces, started))
    voter.start()
    assert started.wait(60)
    assert retrain(hard.library, 0.99).votes >= 200
    voter.join(60)
    assert voter.exitcode == 0
    assert hard.library.value("SELECT COUNT(*) FROM votes") == 259


def run(hard: Voter, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--library", str(hard.library.folder), "retrain", *arguments])


def test_the_command_line_tells_before_and_after(hard: Voter) -> None:
    hard.vote(300)
    answer = json.loads(run(hard, "--json").stdout)
    assert {"votes", "precision", "recall", "threshold_before", "threshold_after", "adopted"} <= set(answer)
    assert answer["adopted"] is True and answer["votes"] == 300
    assert "Nothing was voted" in run(hard).stdout
    (entry,) = json.loads(run(hard, "--history", "--json").stdout)
    assert (entry["state"], entry["votes"]) == ("current", 300)
    assert "current" in run(hard, "--history").stdout
    assert json.loads(run(hard, "--rollback", "--json").stdout) == {
        "retraining_id": entry["retraining_id"],
        "current_retraining_id": None,
    }
    assert isinstance(run(hard, "--rollback").exception, LibraryError)
    assert run(hard, "--rollback", "--history").exit_code == 2


def test_a_precision_that_is_none_is_refused(hard: Voter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text("[learning]\nprecision = 99\n")
    monkeypatch.setenv("DOFISAC_CONFIG", str(settings))
    assert isinstance(run(hard).exception, ConfigError)
