"""Constraints on faces from the ledger: faces of one person, faces of two persons, and votes that conflict.

Votes are weighed newest first, transitively: a yes joins two groups of faces unless newer votes keep them apart, and a
no keeps two groups apart unless newer votes joined them. A vote that loses is reported as a contradiction.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.constraint_graph import Conflict, ConstraintGraph, same_photo_pairs
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.face_keys import FaceKey, LocatedFace, locate
from dofisac_tui.library.ledger import Vote, standing_votes
from dofisac_tui.library.people import merged_people
from dofisac_tui.library.vectors import Faces


class PhotoConstraint(NamedTuple):
    """A vote on two photos: `same-picture`, `same-moment` or `unrelated`."""

    photo_a: int
    photo_b: int
    answer: str


def read_photo_constraints(library: Library) -> list[PhotoConstraint]:
    """Return the standing votes on pairs of present photos, without those that conflict with newer ones.

    Photos of one content are stood for by the first of them.
    """
    rows = library.rows(
        "SELECT content_hash, MIN(photo_id) FROM photos WHERE absent_since IS NULL GROUP BY content_hash"
    )
    photo_of = dict(map(tuple, rows))
    graph, found = ConstraintGraph[int, Vote](), []
    for vote in reversed(standing_votes(library, ("photos",))):
        a, b = photo_of.get(vote.content_a), photo_of.get(vote.content_b)
        if a is None or b is None:
            continue
        add = graph.cannot_link if vote.answer == "unrelated" else graph.must_link
        if add(a, b, vote):
            found.append(PhotoConstraint(a, b, vote.answer))
    return found


ABOUT_PERSONS = "review"
"""Source of votes on faces that stand for their whole persons, as the review queue asks."""

PairsOfFaces = NDArray[np.int64]
"""(m, 2) face ids."""


class PersonNode(NamedTuple):
    """A person in the constraint graph, whose other nodes are face ids."""

    person_id: int


FaceNode = int | PersonNode


class Contradiction(Conflict[Vote]):
    """A vote that newer ones rule out, wholly or in part.

    Attributes:
        winners: Empty where the rule that a photo shows a person once is against it.
    """

    def __str__(self) -> str:
        newer = " and ".join(f"vote {each.vote_id} ({each.kind} {each.answer})" for each in self.winners)
        rule = "the rule that a photo shows a person once, unless it is excused as a mirror or a collage"
        return f"Vote {self.loser.vote_id} ({self.loser.kind} {self.loser.answer}) conflicts with {newer or rule}."


@dataclass
class FaceConstraints:
    """Constraints on the faces that are in the library now.

    Persons are nodes of the graph, too: those with a name and ignored ones own their faces, and are never joined.

    Attributes:
        not_faces: Ids of what is not a face.
        excused: Ids of photos that may show one person twice.
        ledger_end: The newest row that was read.
        about_persons: Nodes of which a vote said that the persons whom they stand for are one.
    """

    not_faces: set[int] = field(default_factory=set)
    excused: set[int] = field(default_factory=set)
    ledger_end: int = 0
    graph: ConstraintGraph[FaceNode, Vote] = field(default_factory=ConstraintGraph)
    about_persons: list[tuple[FaceNode, FaceNode]] = field(default_factory=list)

    @property
    def contradictions(self) -> list[Contradiction]:
        """Votes that do not hold, or not wholly, the newest first."""
        return [Contradiction(each.loser, each.winners) for each in self.graph.conflicts]

    def must_link(self) -> PairsOfFaces:
        """Return faces of one person: each with the first of its component."""
        components = map(_faces, self.graph.components())
        return _pairs((faces[0], face) for faces in components for face in faces[1:])

    def cannot_link(self) -> PairsOfFaces:
        """Return faces of two persons, one pair for each two components. Those of one photo are not among them."""
        separations = ((_faces(one), _faces(other)) for one, other in self.graph.separations())
        return _pairs((one[0], other[0]) for one, other in separations if one and other)

    def separated_positions(self, faces: Faces) -> NDArray[np.int64]:
        """Return positions of faces of two persons, (m, 2): those of `cannot_link`, and those of one photo."""
        within = same_photo_pairs(faces.photos)
        excused = np.isin(faces.photos, list(self.excused))
        return np.concatenate([faces.positions(self.cannot_link()), within[~excused[within[:, 0]]]])

    def whole_persons(self) -> PairsOfFaces:
        """Return the must-links that were said of the persons whom the two faces stood for, and not just of these."""
        return _pairs(pair for pair in self.about_persons if self.graph.together(*pair))

    def persons(self) -> dict[int, list[int]]:
        """Return the faces that named and ignored persons must have, by person."""
        owned = {owner: _faces(nodes) for owner, nodes in self.graph.owned().items()}
        return {owner.person_id: faces for owner, faces in owned.items() if faces and isinstance(owner, PersonNode)}

    def separated_from(self, face_id: int) -> set[int]:
        """Return the faces that `face_id` must not be with, those of its own photo left aside."""
        if face_id not in self.graph:
            return set()
        return {face for nodes in self.graph.separated_from(face_id) for face in _faces(nodes)}

    def keep_named(self, persons: dict[int, list[LocatedFace]]) -> None:
        """Let named persons keep these faces, as far as no vote is against it."""
        known = self.persons()
        for person, faces in persons.items():
            kept = [face for face in faces if face.face_id not in self.not_faces]
            for face in kept:
                self.add(face)
                self.graph.must_link(known.get(person, [kept[0].face_id])[0], face.face_id)

    def add(self, face: LocatedFace) -> None:
        """Add a face to the graph; two faces of one photo are never in one component."""
        self.graph.add(face.face_id, {face.photo_id} - self.excused)


def read_face_constraints(library: Library) -> FaceConstraints:
    """Return the constraints of the standing votes on faces of the searched space, also of absent photos."""
    space = searched_space(library, "face")
    votes = standing_votes(library)
    constraints = FaceConstraints(ledger_end=int(library.value("SELECT IFNULL(MAX(vote_id), 0) FROM votes")))
    if space is None:
        return constraints
    located = locate(library, space, {key for vote in votes for key in _keys(vote)})
    refused = [vote.face_a for vote in votes if vote.kind == "face" and vote.answer == "no"]
    constraints.not_faces = {face.face_id for key in refused for face in located.get(key, ())}
    constraints.excused = _excused(library, votes)
    _Weighing(constraints, located, merged_people(votes)).weigh(votes)
    return constraints


@dataclass
class _Weighing:
    """Builder of constraints from votes, the newest first.

    Attributes:
        located: The faces of each key.
        merged: Persons that were merged into others.
    """

    constraints: FaceConstraints
    located: dict[FaceKey, list[LocatedFace]]
    merged: dict[int, int]

    def weigh(self, votes: Sequence[Vote]) -> None:
        for vote in votes:
            if vote.kind == "name" or (vote.kind, vote.answer) == ("ignore", "yes"):
                self.constraints.graph.add_owner(self._person(vote), vote)
        for vote in reversed(votes):
            match vote.kind, vote.answer:
                case "match", "yes":
                    self._link(vote, [vote.face_a, vote.face_b])
                case "match", "no":
                    self._separate(vote, [vote.face_a], [vote.face_b])
                case ("name", _) | ("ignore", "yes"):
                    self._link(vote, vote.about["faces"], self._person(vote))
                case "merge", _:
                    self._link(vote, [*vote.about["faces"], *vote.about["other_faces"]], self._person(vote))
                case "split", _:
                    self._link(vote, vote.about["faces"], self._person(vote, "into"))
                    self._separate(vote, vote.about["faces"], vote.about["rest"], self._person(vote))
                case "remove", _:
                    self._separate(vote, [vote.face_a], vote.about["rest"], self._person(vote))

    def _person(self, vote: Vote, part: str = "person") -> PersonNode:
        person: int = vote.about[part]
        return PersonNode(self.merged.get(person, person))

    def _link(self, vote: Vote, keys: Iterable[FaceKey], *persons: PersonNode) -> None:
        nodes: list[FaceNode] = [*persons, *self._nodes(vote, keys)]
        for node in nodes[1:]:
            self.constraints.graph.must_link(nodes[0], node, vote)
            if (vote.kind, vote.source) == ("match", ABOUT_PERSONS):
                self.constraints.about_persons.append((nodes[0], node))

    def _separate(self, vote: Vote, keys: Iterable[FaceKey], others: Iterable[FaceKey], *persons: PersonNode) -> None:
        apart: list[FaceNode] = [*persons, *self._nodes(vote, others)]
        for node in self._nodes(vote, keys):
            for other in apart:
                self.constraints.graph.cannot_link(node, other, vote)

    def _nodes(self, vote: Vote, keys: Iterable[FaceKey]) -> Iterator[int]:
        """Yield a node for each key that names a face; copies of a photo hold the same face, and are linked."""
        for key in keys:
            faces = [face for face in self.located.get(key, ()) if face.face_id not in self.constraints.not_faces]
            for face in faces:
                self.constraints.add(face)
                self.constraints.graph.must_link(faces[0].face_id, face.face_id, vote)
            yield from (face.face_id for face in faces[:1])


def _faces(nodes: Iterable[FaceNode]) -> list[int]:
    return [node for node in nodes if not isinstance(node, PersonNode)]


def _pairs(pairs: Iterable[tuple[FaceNode, FaceNode]]) -> PairsOfFaces:
    return np.array(list(pairs), np.int64).reshape(-1, 2)


def _keys(vote: Vote) -> Iterable[FaceKey]:
    if vote.box_a:
        yield vote.face_a
    if vote.box_b:
        yield vote.face_b
    if vote.kind in ("name", "merge", "split", "remove", "ignore"):
        about = vote.about
        for part in ("faces", "other_faces", "rest"):
            yield from about.get(part, ())


def _excused(library: Library, votes: Sequence[Vote]) -> set[int]:
    """Return photos that were excused, or in which two faces were called one person."""
    contents = {vote.content_a for vote in votes if vote.kind == "excuse" and vote.answer != "no"}
    contents |= {
        vote.content_a
        for vote in votes
        if (vote.kind, vote.answer) == ("match", "yes") and vote.content_a == vote.content_b
    }
    found = (library.rows("SELECT photo_id FROM photos WHERE content_hash = ?", (each,)) for each in contents)
    return {row[0] for rows in found for row in rows}
