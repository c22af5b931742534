"""Any interleaving of votes, undos, moves, reindexing, switches of models, reclustering, restarts and rebuilt libraries
keeps every standing decision."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dofisac_tui.clustering.ledger_constraints import read_face_constraints
from dofisac_tui.clustering.run import cluster
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.interchange.ledger_file import read_ledger, write_ledger
from dofisac_tui.interchange.ledger_import import import_votes
from dofisac_tui.learning.agreement import agreements
from dofisac_tui.library import people, voting
from dofisac_tui.library.database import Library, open_library
from dofisac_tui.library.embedding_spaces import ensure_space, search_in, searched_space
from dofisac_tui.library.face_keys import FaceKey, locate, read_box
from dofisac_tui.library.ledger import all_votes, standing_votes
from dofisac_tui.library.photos import (
    FaceRecord,
    copy_photo,
    mark_absent,
    mark_present,
    move_photo,
    record_of,
    store_faces,
)
from dofisac_tui.matching.evidence import cast_match
from tests.clustering.people_library import PeopleLibrary, people_library

PERSONS = 4
Face = tuple[str, int]  # content of its photo, and its place there from the left


@dataclass
class Decision:
    """What a test said, and whether it was taken back."""

    vote_id: int
    pair: frozenset[Face]
    answer: str
    undone: bool = False


class Interleavings(RuleBasedStateMachine):
    """A library, what is done to it, and beside it a plain list of what was decided."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.libraries = 0
        self.who: dict[str, list[int]] = {}  # persons in each photo, by content
        self.decided: list[Decision] = []
        self.undone: list[Decision] = []  # that can be redone, the last first
        self.filling = self._new_library()

    def teardown(self) -> None:
        self.filling.library.close()
        self.folder.cleanup()

    @property
    def library(self) -> Library:
        return self.filling.library

    @initialize()
    def some_photos(self) -> None:
        for number in range(2 * PERSONS):
            self.photo([number % PERSONS, (number + 1) % PERSONS])

    @rule(who=st.lists(st.integers(0, PERSONS - 1), min_size=1, max_size=3))
    def photo(self, who: list[int]) -> None:
        content = f"content {len(self.who)}"
        self.who[content] = who
        self._index([content])

    @rule(data=st.data(), answer=st.sampled_from(("yes", "no")))
    def vote(self, data: st.DataObject, answer: voting.YesNo) -> None:
        faces = self._faces()
        a, b = data.draw(st.lists(st.sampled_from(sorted(faces)), min_size=2, max_size=2, unique=True))
        vote = cast_match(self.library, faces[a], faces[b], answer, "test")
        assert vote.probability is not None
        self.decided.append(Decision(vote.vote_id, frozenset((a, b)), answer))
        self.undone.clear()

    @rule(data=st.data())
    @precondition(lambda self: self._holding())
    def undo(self, data: st.DataObject) -> None:
        held = self._holding()
        newest = max((each for each in self.decided if not each.undone), key=lambda each: each.vote_id)
        chosen = data.draw(st.sampled_from([newest, newest, *held.values()]))
        voting.undo(self.library, "test", None if chosen is newest else chosen.vote_id)
        chosen.undone = True
        self.undone.append(chosen)

    @rule()
    @precondition(lambda self: self.undone)
    def redo(self) -> None:
        voting.redo(self.library, "test")
        self.undone.pop().undone = False

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        photo_id = data.draw(st.sampled_from(self._photo_ids()))
        with self.library.write() as connection:
            move_photo(connection, photo_id, self.filling.root_id, self._new_path(), 1, 1)

    @rule(data=st.data())
    def copy(self, data: st.DataObject) -> None:
        photo_id = data.draw(st.sampled_from(self._photo_ids()))
        record = record_of(self.library, photo_id)
        with self.library.write() as connection:
            copy_photo(connection, photo_id, type(record)(**{**vars(record), "path": self._new_path()}))

    @rule(data=st.data(), gone=st.booleans())
    def absence(self, data: st.DataObject, gone: bool) -> None:
        photo_id = data.draw(st.sampled_from(self._photo_ids()))
        with self.library.write() as connection:
            (mark_absent if gone else mark_present)(connection, [photo_id])

    @rule(data=st.data())
    def index_a_photo_again(self, data: st.DataObject) -> None:
        content = data.draw(st.sampled_from(sorted(self.who)))
        with self.library.write() as connection:
            connection.execute("DELETE FROM photos WHERE content_hash = ?", (content,))
        self._index([content])

    @rule(model=st.integers(0, 2))
    def switch_models(self, model: int) -> None:
        """To one that finds the boxes a little elsewhere, in another order, and some faces more."""
        space = self._space(model)
        for photo_id, content in self.library.rows("SELECT photo_id, content_hash FROM photos"):
            self._find_faces(photo_id, content, space, model)
        search_in(self.library, space)

    @rule()
    def recluster(self) -> None:
        cluster(self.library, "people")
        self._check_people()

    @rule()
    def restart(self) -> None:
        self.library.close()
        self.filling.library = open_library(self.library.folder)

    @rule()
    def build_anew(self) -> None:
        """Carry the votes by a file; their ids change, since what another library had is not here."""
        file = Path(self.folder.name, "votes.jsonl")
        write_ledger(self.library, file)
        old, model = self.filling.library, self._model()
        times = {vote.vote_id: vote.cast_at for vote in all_votes(old)}
        old.close()
        self.filling = self._new_library()
        self.switch_models(model)
        self._index(self.who)
        import_votes(self.library, read_ledger(file))
        assert import_votes(self.library, read_ledger(file)).added == 0
        ids = {vote.cast_at: vote.vote_id for vote in all_votes(self.library)}
        for each in self.decided:
            each.vote_id = ids[times[each.vote_id]]

    @invariant()
    def every_standing_decision_is_kept(self) -> None:
        votes = standing_votes(self.library)
        found = {frozenset(map(_face, (vote.face_a, vote.face_b))): (vote.vote_id, vote.answer) for vote in votes}
        assert found == {pair: (each.vote_id, each.answer) for pair, each in self._holding().items()}
        assert len(found) == len(votes)

    @invariant()
    def every_standing_decision_finds_its_faces(self) -> None:
        (report,) = (each for each in agreements(self.library) if each.searched)
        assert report.lost == []

    def _check_people(self) -> None:
        """What was decided holds in the clusters, but for what newer decisions rule out, which is reported."""
        space = searched_space(self.library, "face")
        assert space
        lost = {each.loser.vote_id for each in read_face_constraints(self.library).contradictions}
        person = dict(map(tuple, self.library.rows("SELECT face_id, person_id FROM current_people")))
        for vote in standing_votes(self.library):
            located = locate(self.library, space, [vote.face_a, vote.face_b])
            a, b = (located[key][0].face_id for key in (vote.face_a, vote.face_b))
            if vote.vote_id in lost:
                continue
            if vote.answer == "yes":
                assert person[a] == person[b], vote
            else:
                assert person.get(a, "nobody") != person.get(b), vote

    def _holding(self) -> dict[frozenset[Face], Decision]:
        return {each.pair: each for each in self.decided if not each.undone}

    def _new_library(self) -> PeopleLibrary:
        self.libraries += 1
        folder = Path(self.folder.name, str(self.libraries))
        folder.mkdir()
        filling = people_library(folder, self.libraries)
        with filling.library.write() as connection:
            people.new_people(connection, self.libraries)
        return filling

    def _new_path(self) -> bytes:
        self.filling.photos += 1
        return b"/moved/%d.jpg" % self.filling.photos

    def _photo_ids(self) -> list[int]:
        return [row[0] for row in self.library.rows("SELECT photo_id FROM photos ORDER BY photo_id")]

    def _index(self, contents: Iterable[str]) -> None:
        """Read photos that are new, with the models in use."""
        space, model = searched_space(self.library, "face"), self._model()
        for content in contents:
            self.filling.put(self.who[content], content=content)
            if space and model:
                self._find_faces(self.library.value("SELECT MAX(photo_id) FROM photos"), content, space, model)

    def _model(self) -> int:
        space = searched_space(self.library, "face")
        return int(space.name.removeprefix("model ")) if space and space.name.startswith("model ") else 0

    def _space(self, model: int) -> EmbeddingSpace:
        """Of the first model, which is that of `PeopleLibrary`, or of another."""
        return (
            ensure_space(self.library, EmbeddingSpace(f"model {model}", "face", 16, "cosine"))
            if model
            else self.filling.space
        )

    def _find_faces(self, photo_id: int, content: str, space: EmbeddingSpace, model: int) -> None:
        if not model:
            known = self.library.value(
                "SELECT 1 FROM faces WHERE photo_id = ? AND space_id = ?", (photo_id, space.space_id)
            )
            assert known
            return
        vectors = np.eye(16, dtype=np.float32) + self.filling.random.normal(0, 0.05, (16, 16)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        places = [(100.0 * place + 3 * model, 10.0 - model, who) for place, who in enumerate(self.who[content])]
        found = [
            FaceRecord((x, y, 50.0, 60.0), np.zeros((5, 2), np.float32), 0.9, 0.8, vectors[who])
            for x, y, who in [*reversed(places), (0.0, 300.0, PERSONS)]
        ]
        with self.library.write() as connection:
            store_faces(connection, photo_id, space, found)

    def _faces(self) -> dict[Face, int]:
        """The faces of the searched space, one of the copies of each."""
        space = searched_space(self.library, "face")
        assert space
        rows = self.library.rows(
            "SELECT content_hash, x, face_id FROM faces JOIN photos USING (photo_id) WHERE space_id = ? AND y < 100",
            (space.space_id,),
        )
        return {(content, round(x / 100)): face_id for content, x, face_id in rows}


def _face(key: FaceKey) -> Face:
    return key.content, round(read_box(key.box)[0] / 100)


Interleavings.TestCase.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestInterleavings = Interleavings.TestCase
