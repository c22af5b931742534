"""Random histories of everything a person can decide: no decision is ever broken, no name lost, no run changed."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dofisac_tui.clustering.ledger_constraints import ABOUT_PERSONS, read_face_constraints
from dofisac_tui.clustering.run import cluster, roll_back
from dofisac_tui.errors import LibraryError
from dofisac_tui.library import people, runs, voting
from dofisac_tui.library.face_keys import FaceKey, keys_of_faces
from dofisac_tui.library.ledger import Vote, standing_votes
from tests.clustering.people_library import PeopleLibrary, people_library

Shown = list[tuple[int, int, int]]


@dataclass
class History:
    """One library, what is done to it at random, and what is known of it."""

    filling: PeopleLibrary
    random: random.Random
    past: dict[int, Shown] = field(default_factory=dict)

    def step(self) -> None:
        """Do one thing; what cannot be done is refused in plain words."""
        actions: list[Callable[[], object]] = [
            self.photo, self.match, self.match, self.match, self.name, self.merge, self.split, self.remove,
            self.not_a_face, self.excuse, self.undo, self.undo, self.redo, self.recluster, self.propose,
            self.go_back,
        ]  # fmt: skip
        try:
            self.random.choice(actions)()
        except LibraryError as refused:
            assert refused.hint

    def photo(self) -> None:
        self.filling.put(self.random.choices(range(6), k=self.random.randint(1, 3)), self.random.choice([0.25, 0.45]))

    def match(self) -> None:
        a, b = self.random.sample(self.faces(), 2)
        source = self.random.choice(["test", ABOUT_PERSONS])
        voting.vote_match(self.filling.library, a, b, self.random.choice(["yes", "no"]), source)

    def name(self) -> None:
        people.name_person(self.filling.library, self.person(), self.random.choice("ABCDEFGH"), "test")

    def merge(self) -> None:
        people.merge_people(self.filling.library, self.person(), self.person(), "test")

    def split(self) -> None:
        person = self.person()
        faces = people.faces_of_person(self.filling.library, person)
        if faces:
            chosen = self.random.sample(faces, self.random.randint(1, len(faces)))
            people.split_person(self.filling.library, person, chosen, "test")

    def remove(self) -> None:
        person = self.person()
        if faces := people.faces_of_person(self.filling.library, person):
            people.remove_face(self.filling.library, person, self.random.choice(faces), "test")

    def not_a_face(self) -> None:
        answer: voting.YesNo = "yes" if self.random.random() < 0.5 else "no"
        voting.vote_face(self.filling.library, self.random.choice(self.faces()), answer, "test")

    def excuse(self) -> None:
        photo_id = self.random.randint(1, self.filling.photos)
        voting.excuse_photo(self.filling.library, photo_id, self.random.choice(["mirror", "no"]), "test")

    def undo(self) -> None:
        voting.undo(self.filling.library, "test")

    def redo(self) -> None:
        voting.redo(self.filling.library, "test")

    def recluster(self) -> None:
        self.leave()
        cluster(self.filling.library, "people", method=self.random.choice(["average-linkage", "dbscan"]))
        self.check()

    def propose(self) -> None:
        before = self.shown()
        cluster(self.filling.library, "people", propose=True)
        assert self.shown() == before

    def go_back(self) -> None:
        if self.past:
            run_id, state = self.random.choice(list(self.past.items()))
            self.leave()
            roll_back(self.filling.library, "people", run_id)
            assert self.shown() == self.past.get(run_id, state)

    def leave(self) -> None:
        """Remember the run that is shown, which does not change once it is past."""
        if current := runs.current_run(self.filling.library, "people"):
            self.past[current.run_id] = self.shown()

    def faces(self) -> list[int]:
        return [row[0] for row in self.filling.library.rows("SELECT face_id FROM faces ORDER BY face_id")]

    def person(self) -> int:
        found = people.list_people(self.filling.library)
        return self.random.choice(found).person_id if found else 0

    def shown(self) -> Shown:
        current = runs.current_run(self.filling.library, "people")
        members = runs.members_of_run(self.filling.library, current.run_id) if current else runs.NO_MEMBERS
        return list(zip(*(column.tolist() for column in members), strict=True))

    def check(self) -> None:
        """What was decided holds in what is shown, but for what is reported as a contradiction."""
        library = self.filling.library
        lost = {each.loser.vote_id for each in read_face_constraints(library).contradictions}
        votes = standing_votes(library)
        rows = library.rows("SELECT face_id, photo_id, person_id FROM current_people")
        person = {row["face_id"]: row["person_id"] for row in rows}
        assert len(person) == len(rows), "a face is of one person"
        of_key = {key: face_id for face_id, key in keys_of_faces(library, self.faces()).items()}
        refused = {of_key[vote.face_a] for vote in votes if (vote.kind, vote.answer) == ("face", "no")}
        assert not refused & person.keys()
        for vote in votes:
            if vote.vote_id not in lost:
                self.check_vote(vote, person, of_key, refused)
        self.check_photos(votes, {(row["photo_id"], row["face_id"]): row["person_id"] for row in rows})
        self.check_names(votes, person)

    def check_vote(self, vote: Vote, person: dict[int, int], of_key: dict[FaceKey, int], refused: set[int]) -> None:
        if vote.kind == "match":
            a, b = of_key[vote.face_a], of_key[vote.face_b]
            if vote.answer == "no":
                assert person.get(a, "nobody") != person.get(b), vote
            elif not refused & {a, b}:
                assert person[a] == person[b], vote
        elif vote.kind == "split":
            leaving, staying = (
                {person[of_key[key]] for key in vote.about[part] if of_key[key] in person} for part in ("faces", "rest")
            )
            assert len(leaving) <= 1 and not leaving & staying, vote
        elif vote.kind == "remove":
            staying = {person[of_key[key]] for key in vote.about["rest"] if of_key[key] in person}
            assert person.get(of_key[vote.face_a]) not in staying, vote
        elif vote.kind == "name":
            roots = people.merged_people(standing_votes(self.filling.library))
            named = {person.get(of_key[key]) for key in vote.about["faces"] if of_key[key] not in refused}
            assert named <= {roots.get(vote.about["person"], vote.about["person"])}, vote
        elif vote.kind == "merge":
            both = [of_key[key] for key in (*vote.about["faces"], *vote.about["other_faces"])]
            assert len({person[face] for face in both if face not in refused}) <= 1, vote

    def check_photos(self, votes: list[Vote], person: dict[tuple[int, int], int]) -> None:
        excused = {vote.content_a for vote in votes if vote.kind == "excuse" and vote.answer != "no"}
        excused |= {v.content_a for v in votes if (v.kind, v.answer) == ("match", "yes") and v.content_a == v.content_b}
        contents = dict(map(tuple, self.filling.library.rows("SELECT photo_id, content_hash FROM photos")))
        seen = [(photo, who) for (photo, _), who in person.items() if contents[photo] not in excused]
        assert len(seen) == len(set(seen)), "nobody is twice in one photo"

    def check_names(self, votes: list[Vote], person: dict[int, int]) -> None:
        known = {each.person_id: each for each in people.list_people(self.filling.library)}
        gone = people.merged_people(votes)
        names = {vote.about["person"]: vote.answer for vote in votes if vote.kind == "name"}
        for person_id, name in names.items():
            if person_id not in gone:
                assert known[person_id].name == name


@pytest.mark.parametrize("seed", range(50))
def test_no_decision_is_broken_no_name_lost_and_no_run_changed(seed: int, tmp_path: Path) -> None:
    filling = people_library(tmp_path, seed)
    with filling.library:
        history = History(filling, random.Random(seed))
        for who in itertools.islice(itertools.cycle([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)]), 18):
            filling.put(who)
        history.recluster()
        for _ in range(30):
            history.step()
        history.recluster()
