"""Measure the gain of votes by the order of the questions: python -m benchmarks.review_queue LFW_FOLDER CACHE_FOLDER

LFW_FOLDER holds PERSON/photo.jpg. Six worse versions of each photo (two of: turned crop, blur, small, dark, noise) make
a library in which people fall apart. Answers come from the names of the folders, in batches of BATCH, and `cluster
people` runs after each batch, as it does every night. Every answer counts: random, repeated and wrong ones, too.

Orders: the review queue; all pairs of faces of two clusters within the graph's reach in random order; the same,
nearest first. None asks what votes have settled by way of others. A yes to the queue joins the whole groups that it
asks about, as in the product; one to the other orders joins two faces, which is better for them, since theirs often
stand badly for their groups. Then the queue again with some answers wrong, with and without asking doubtful votes
again. The mean of several runs is printed as JSON and drawn to benchmarks/pictures.

Judged are the pairwise F1 of the clusters, of all faces, and the mean F1 of a search for each person by name, which is
given to the largest cluster of that person's faces, in a copy of the library.
"""

import argparse
import json
import shutil
import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from benchmarks.clustering import Faces, score
from benchmarks.curves import Panel, draw
from benchmarks.labelled_library import labelled_faces, library_of
from dofisac_tui.clustering.run import cluster
from dofisac_tui.learning.review_candidates import questions_on
from dofisac_tui.learning.review_groups import read_review_groups
from dofisac_tui.learning.review_questions import ReviewQuestion, SettledGroups
from dofisac_tui.learning.review_queue import ReviewQueue
from dofisac_tui.library.database import Library, open_library
from dofisac_tui.library.people import name_person
from dofisac_tui.matching.evidence import cast_match
from dofisac_tui.search.photo_search import PhotoSearch
from dofisac_tui.search.query import Query

BATCH, VOTES, RUNS = 10, 200, 3
TARGETS = (0.76, 0.80, 0.85, 0.90)
PICTURE = Path(__file__).parent / "pictures" / "review_queue.png"


class Asking(Protocol):
    """Source of questions."""

    def refresh(self) -> None: ...
    def next(self, limit: int = 1) -> list[ReviewQuestion]: ...
    def answered(self, question: ReviewQuestion, same: bool) -> None: ...


@dataclass
class FacePairs:
    """Every pair of faces of two clusters within reach, in random order or the nearest first."""

    library: Library
    nearest_first: bool
    chance: np.random.Generator
    _waiting: deque[ReviewQuestion] = field(default_factory=deque)
    _settled: SettledGroups = field(default_factory=SettledGroups)
    _group_of: dict[int, int] = field(default_factory=dict)

    def refresh(self) -> None:
        groups = read_review_groups(self.library)
        assert groups is not None
        left, right, distances = groups.graph.pairs()
        across = np.flatnonzero(groups.group[left] != groups.group[right])
        order = np.argsort(distances[across]) if self.nearest_first else self.chance.permutation(len(across))
        first, second = (side[across[order]].astype(np.int64) for side in (left, right))
        self._waiting = deque(questions_on(groups, first, second))
        self._group_of = dict(zip(groups.faces.ids.tolist(), groups.group.tolist(), strict=True))
        self._settled = SettledGroups(dict(enumerate(groups.sizes.tolist())))
        for a, b in groups.cannot_link.tolist():
            self._settled.part(a, b)

    def next(self, limit: int = 1) -> list[ReviewQuestion]:
        found: list[ReviewQuestion] = []
        while self._waiting and len(found) < limit:
            question = self._waiting.popleft()
            if self._settled.is_open(*self._groups(question)):
                found.append(question)
        return found

    def answered(self, question: ReviewQuestion, same: bool) -> None:
        (self._settled.join if same else self._settled.part)(*self._groups(question))

    def _groups(self, question: ReviewQuestion) -> tuple[int, int]:
        return self._group_of[question.face_a], self._group_of[question.face_b]


@dataclass(frozen=True)
class Trial:
    """Order of questions and quality of answers.

    Attributes:
        wrong: Share of wrong answers.
        again: True if doubtful votes are asked again.
    """

    order: str = "queue"
    wrong: float = 0.0
    again: bool = True

    def __str__(self) -> str:
        if not self.wrong:
            return self.order
        return f"queue, {self.wrong:.0%} wrong, {'' if self.again else 'not '}asked again"

    def asking(self, library: Library, seed: int) -> Asking:
        """Return the source of questions."""
        if self.order == "queue":
            return ReviewQueue(library, seed)
        return FacePairs(library, self.order == "nearest first", np.random.default_rng(seed))


TRIALS = [
    *(Trial(order) for order in ("queue", "random", "nearest first")),
    *(Trial(wrong=wrong, again=again) for wrong in (0.05, 0.2) for again in (True, False)),
]


@dataclass
class Outcome:
    """Scores after each batch; and numbers of votes that were wrong, found, and wrong in the end."""

    clusters: list[float] = field(default_factory=list)
    search: list[float] = field(default_factory=list)
    asked: dict[tuple[int, int], list[bool]] = field(default_factory=dict)

    def repair(self) -> dict[str, int]:
        """Return counts of pairs."""
        pairs = self.asked.values()
        return {
            "pairs": len(pairs),
            "wrong at first": sum(not right[0] for right in pairs),
            "asked again": sum(len(right) > 1 for right in pairs),
            "of these wrong": sum(len(right) > 1 and not right[0] for right in pairs),
            "wrong in the end": sum(not right[-1] for right in pairs),
        }


def run(trial: Trial, faces: Faces, folder: Path, seed: int) -> Outcome:
    """Ask and answer VOTES questions."""
    library, who = library_of(faces, folder)
    asking, chance, outcome = trial.asking(library, seed), np.random.default_rng(seed), Outcome()
    for batch in range(VOTES // BATCH + 1):
        cluster(library, "people")
        add_scores(library, who, outcome)
        if batch * BATCH < VOTES:
            asking.refresh()
            for _ in range(BATCH):
                answer(library, asking, trial, who, chance, outcome)
    library.close()
    return outcome


def answer(
    library: Library, asking: Asking, trial: Trial, who: dict[int, str], chance: np.random.Generator, outcome: Outcome
) -> None:
    """Answer the next question, sometimes wrongly."""
    for question in iter(lambda: next(iter(asking.next()), None), None):
        if trial.again or question.reason != "contradiction":
            right = chance.random() >= trial.wrong
            same = (who[question.face_a] == who[question.face_b]) == right
            source = question.source if trial.order == "queue" else "benchmark"
            cast_match(library, question.face_a, question.face_b, "yes" if same else "no", source)
            asking.answered(question, same)
            outcome.asked.setdefault(question.faces, []).append(bool(right))
            return


def add_scores(library: Library, who: dict[int, str], outcome: Outcome) -> None:
    """Add the F1 of the clusters, and of a search for each person of several photos."""
    person_of = dict(map(tuple, library.rows("SELECT face_id, person_id FROM current_people")))
    labels = np.array([person_of.get(face, -1) for face in who], np.int32)
    people = np.array(list(who.values()))
    labels[labels >= 0] = np.unique(labels[labels >= 0], return_inverse=True)[1]
    outcome.clusters.append(score(labels, people)["f1"])
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(library.folder, copy, dirs_exist_ok=True)
        with open_library(Path(copy)) as copied:
            outcome.search.append(float(np.mean(list(search_figures(copied, who, person_of)))))


def search_figures(library: Library, who: dict[int, str], person_of: dict[int, int]) -> Iterator[float]:
    """Yield the F1 of `@name` at its cut-off for each person; 0 for those without a cluster."""
    searching = PhotoSearch(library)
    photo_of = dict(map(tuple, library.rows("SELECT face_id, photo_id FROM faces")))
    taken: set[int] = set()
    for name in sorted({name for name in who.values() if not name.startswith("stranger")}):
        photos = {photo_of[face] for face in who if who[face] == name}
        clusters = [
            person_of[face] for face in who if who[face] == name and person_of.get(face, -1) not in {-1, *taken}
        ]
        if not clusters:
            yield 0.0
            continue
        largest = max(sorted(set(clusters)), key=clusters.count)
        taken.add(largest)
        name_person(library, largest, name, "benchmark")
        found = {hit.photo_id for hit in searching.find(query=Query(people=(name,)), limit=10_000)}
        yield 2 * len(found & photos) / (len(found) + len(photos))


def mean_of_runs(trial: Trial, faces: Faces) -> tuple[list[float], list[float], dict[str, int]]:
    """Return mean curves of the clusters and of search, and the sums of repairs."""
    outcomes = []
    for seed in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            outcomes.append(run(trial, faces, Path(folder), seed))
    repairs = [outcome.repair() for outcome in outcomes]
    return (
        np.mean([outcome.clusters for outcome in outcomes], axis=0).tolist(),
        np.mean([outcome.search for outcome in outcomes], axis=0).tolist(),
        {name: sum(each[name] for each in repairs) for name in repairs[0]},
    )


def votes_to_reach(curve: list[float], target: float) -> int | None:
    """Return the number of votes at which a curve first reaches the target; None where it never does."""
    return next((BATCH * n for n, value in enumerate(curve) if value >= target), None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lfw", type=Path)
    parser.add_argument("cache", type=Path)
    options = parser.parse_args()
    faces = labelled_faces(options.lfw, options.cache)
    clusters, search = {}, {}
    for trial in TRIALS:
        clusters[trial], search[trial], repair = mean_of_runs(trial, faces)
        needed = {f"{target:.2f}": votes_to_reach(clusters[trial], target) for target in TARGETS}
        figures = {"votes to reach F1": needed, "clusters": rounded(clusters[trial]), "search": rounded(search[trial])}
        print(json.dumps({"trial": str(trial), **figures, **(repair if trial.wrong else {})}), flush=True)
    votes = [float(BATCH * n) for n in range(VOTES // BATCH + 1)]
    orders = [trial for trial in TRIALS if not trial.wrong]
    draw(
        [
            Panel("F1 of clusters", "votes", votes, {str(trial): clusters[trial] for trial in orders}),
            Panel("F1 of searches for a person", "votes", votes, {str(trial): search[trial] for trial in orders}),
            Panel("F1 of clusters, some answers wrong", "votes", votes,
                  {str(trial): clusters[trial] for trial in TRIALS if trial.order == "queue"}),
        ],
        PICTURE,
    )  # fmt: skip


def rounded(curve: list[float]) -> list[float]:
    return [round(value, 3) for value in curve]


if __name__ == "__main__":
    main()
