"""What the ledger demands of every clustering: who must be together, who must not, and where votes contradict.

Decisions are weighed newest first, transitively: a link joins two groups of faces unless something newer keeps them
apart, and a cut parts two groups unless something newer joined them. What loses is a contradiction, and is reported.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.face_keys import FaceKey, LocatedFace, locate
from dofisac_tui.library.ledger import Vote, standing_votes
from dofisac_tui.library.people import merged_people

ABOUT_PERSONS = "review"
"""Source of votes on faces that stand for all of their persons: the review queue says how many an answer settles."""

PairsOfFaces = NDArray[np.int64]
"""(m, 2) face ids."""


@dataclass(frozen=True)
class Contradiction:
    """A decision that newer ones rule out.

    Attributes:
        loser: It does not hold, or not wholly.
        winners: What rules it out; empty where it is the rule that nobody is twice in one photo.
    """

    loser: Vote
    winners: tuple[Vote, ...]

    def __str__(self) -> str:
        newer = " and ".join(f"vote {each.vote_id} ({each.kind} {each.answer})" for each in self.winners)
        reason = newer or "nobody is twice in one photo, unless it is excused as a mirror or a collage"
        return (
            f"Vote {self.loser.vote_id} ({self.loser.kind} {self.loser.answer}) does not hold, or not wholly: {reason}"
        )


@dataclass
class FaceConstraints:
    """What the ledger demands of the faces that are in the library now.

    Nodes are face ids, and persons as negative ids: a person who was named or is to be ignored is a node of its own,
    and two of them are never joined.

    Attributes:
        not_faces: Ids of what is not a face.
        excused: Ids of photos that may show one person twice.
        contradictions: The newest loser first.
        ledger_end: The newest row that was read.
    """

    not_faces: set[int] = field(default_factory=set)
    excused: set[int] = field(default_factory=set)
    contradictions: list[Contradiction] = field(default_factory=list)
    ledger_end: int = 0
    _parent: dict[int, int] = field(default_factory=dict)
    _faces: dict[int, list[int]] = field(default_factory=dict)
    _photos: dict[int, set[int]] = field(default_factory=dict)
    _person: dict[int, tuple[int, Vote]] = field(default_factory=dict)
    _cuts: dict[int, dict[int, Vote]] = field(default_factory=lambda: defaultdict(dict))
    _links: dict[int, list[tuple[int, Vote]]] = field(default_factory=lambda: defaultdict(list))
    _said_of_persons: list[tuple[int, int]] = field(default_factory=list)

    def must_link(self) -> PairsOfFaces:
        """Faces that are one person: each with the first of its group."""
        pairs = [(faces[0], face) for faces in self._faces.values() for face in faces[1:]]
        return np.array(pairs, np.int64).reshape(-1, 2)

    def cannot_link(self) -> PairsOfFaces:
        """Faces that are two persons, one pair for each two groups. Those in one photo are not among them."""
        pairs = [(a, b) for a, others in self._cuts.items() for b in others if a < b]
        named = sorted(self._person)
        pairs += [(a, b) for n, a in enumerate(named) for b in named[n + 1 :]]
        faces = [(self._faces[a][0], self._faces[b][0]) for a, b in pairs if self._faces[a] and self._faces[b]]
        return np.array(faces, np.int64).reshape(-1, 2)

    def said_of_persons(self) -> PairsOfFaces:
        """Faces that stood for the persons they are of when somebody said that these are one, and not just the two."""
        pairs = [(a, b) for a, b in self._said_of_persons if self._root(a) == self._root(b)]
        return np.array(pairs, np.int64).reshape(-1, 2)

    def persons(self) -> dict[int, list[int]]:
        """Faces that a named or ignored person surely has, by person."""
        return {person: self._faces[root] for root, (person, _) in self._person.items() if self._faces[root]}

    def kept_from(self, face_id: int) -> set[int]:
        """Faces that `face_id` must not be with, those of its own photo left aside."""
        if face_id not in self._parent:
            return set()
        root = self._root(face_id)
        apart = set(self._cuts[root])
        if root in self._person:
            apart |= self._person.keys() - {root}
        return {face for other in apart for face in self._faces[other]}

    def hold_together(self, persons: dict[int, list[LocatedFace]]) -> None:
        """Keep the faces that named persons have, as far as no decision is against it."""
        anchors = self.persons()
        for person, faces in persons.items():
            node = anchors[person][0] if person in anchors else None
            for face in faces:
                if face.face_id not in self.not_faces:
                    self._add(face)
                    node = node or face.face_id
                    self._join(node, face.face_id, None)

    def _root(self, node: int) -> int:
        while self._parent[node] != node:
            self._parent[node] = node = self._parent[self._parent[node]]
        return node

    def _add(self, face: LocatedFace) -> int:
        if face.face_id not in self._parent:
            self._parent[face.face_id] = face.face_id
            self._faces[face.face_id] = [face.face_id]
            self._photos[face.face_id] = {face.photo_id} - self.excused
        return face.face_id

    def _add_person(self, person: int, distinct: Vote | None = None) -> int:
        if -person not in self._parent:
            self._parent[-person] = -person
            self._faces[-person], self._photos[-person] = [], set()
        if distinct:
            self._person[-person] = (person, distinct)
        return -person

    def _join(self, a: int, b: int, vote: Vote | None) -> None:
        """Join two nodes for the sake of `vote`; without one, only where nothing is against it."""
        first, second = self._root(a), self._root(b)
        if first == second:
            return
        winners = self._against(first, second)
        if winners is not None:
            if vote:
                self._contradict(vote, winners)
            return
        if vote:
            self._links[a].append((b, vote))
            self._links[b].append((a, vote))
        if len(self._faces[first]) + len(self._cuts[first]) < len(self._faces[second]) + len(self._cuts[second]):
            first, second = second, first
        self._absorb(first, second)

    def _absorb(self, kept: int, gone: int) -> None:
        self._parent[gone] = kept
        self._faces[kept] += self._faces.pop(gone)
        self._photos[kept] |= self._photos.pop(gone)
        if gone in self._person:
            self._person[kept] = self._person.pop(gone)
        for other, vote in self._cuts.pop(gone, {}).items():
            del self._cuts[other][gone]
            self._cuts[other][kept] = self._cuts[kept][other] = vote

    def _against(self, first: int, second: int) -> tuple[Vote, ...] | None:
        """What keeps two groups apart; an empty tuple for the rule on photos, None where nothing does."""
        if vote := self._cuts[first].get(second):
            return (vote,)
        if first in self._person and second in self._person:
            return (self._person[first][1], self._person[second][1])
        if self._photos[first] & self._photos[second]:
            return ()
        return None

    def _part(self, a: int, b: int, vote: Vote) -> None:
        first, second = self._root(a), self._root(b)
        if first == second:
            self._contradict(vote, self._path(a, b))
        elif second not in self._cuts[first]:
            self._cuts[first][second] = self._cuts[second][first] = vote

    def _contradict(self, loser: Vote, winners: tuple[Vote, ...]) -> None:
        if not self.contradictions or self.contradictions[-1].loser != loser:  # once for all its faces
            self.contradictions.append(Contradiction(loser, winners))

    def _path(self, start: int, end: int) -> tuple[Vote, ...]:
        """The votes that join two nodes of one group, newest first."""
        came: dict[int, tuple[int, Vote] | None] = {start: None}
        waiting = deque([start])
        while waiting and end not in came:
            node = waiting.popleft()
            for other, vote in self._links[node]:
                if other not in came:
                    came[other] = (node, vote)
                    waiting.append(other)
        votes, step = set(), came.get(end)
        while step:
            votes.add(step[1])
            step = came[step[0]]
        return tuple(sorted(votes, reverse=True))


def read_face_constraints(library: Library) -> FaceConstraints:
    """What the standing votes demand of the faces of the searched space, absent photos' too."""
    space = searched_space(library, "face")
    votes = standing_votes(library)
    verdicts = FaceConstraints(ledger_end=int(library.value("SELECT IFNULL(MAX(vote_id), 0) FROM votes")))
    if space is None:
        return verdicts
    located = locate(library, space, {key for vote in votes for key in _keys(vote)})
    refused = [vote.face_a for vote in votes if vote.kind == "face" and vote.answer == "no"]
    verdicts.not_faces = {face.face_id for key in refused for face in located.get(key, ())}
    verdicts.excused = _excused(library, votes)
    _Weighing(verdicts, located, merged_people(votes)).weigh(votes)
    return verdicts


@dataclass
class _Weighing:
    """Puts decisions into `verdicts`, one after the other."""

    verdicts: FaceConstraints
    located: dict[FaceKey, list[LocatedFace]]
    merged: dict[int, int]

    def weigh(self, votes: Sequence[Vote]) -> None:
        for vote in votes:
            if vote.kind == "name" or (vote.kind, vote.answer) == ("ignore", "yes"):
                self.verdicts._add_person(self._root_of(vote), vote)
        for vote in reversed(votes):
            match vote.kind, vote.answer:
                case "match", "yes":
                    self._link([vote.face_a, vote.face_b], vote)
                case "match", "no":
                    self._cut([vote.face_a], [vote.face_b], vote)
                case ("name", _) | ("ignore", "yes"):
                    self._link(vote.about["faces"], vote, self._root_of(vote))
                case "merge", _:
                    self._link([*vote.about["faces"], *vote.about["other_faces"]], vote, self._root_of(vote))
                case "split", _:
                    self._link(vote.about["faces"], vote, self._root_of(vote, "into"))
                    self._cut(vote.about["faces"], vote.about["rest"], vote, self._root_of(vote))
                case "remove", _:
                    self._cut([vote.face_a], vote.about["rest"], vote, self._root_of(vote))

    def _root_of(self, vote: Vote, part: str = "person") -> int:
        person: int = vote.about[part]
        return self.merged.get(person, person)

    def _link(self, keys: Sequence[FaceKey], vote: Vote, person: int | None = None) -> None:
        nodes = [] if person is None else [self.verdicts._add_person(person)]
        nodes += self._nodes(keys, vote)
        for node in nodes[1:]:
            self.verdicts._join(nodes[0], node, vote)
            if (vote.kind, vote.source) == ("match", ABOUT_PERSONS):
                self.verdicts._said_of_persons.append((nodes[0], node))

    def _cut(self, keys: Sequence[FaceKey], others: Sequence[FaceKey], vote: Vote, person: int | None = None) -> None:
        apart = [] if person is None else [self.verdicts._add_person(person)]
        apart += self._nodes(others, vote)
        for node in self._nodes(keys, vote):
            for other in apart:
                self.verdicts._part(node, other, vote)

    def _nodes(self, keys: Iterable[FaceKey], vote: Vote) -> Iterable[int]:
        """A node for each key that names a face; copies of a photo hold the same face, and are joined."""
        for key in keys:
            faces = [face for face in self.located.get(key, ()) if face.face_id not in self.verdicts.not_faces]
            nodes = [self.verdicts._add(face) for face in faces]
            for node in nodes[1:]:
                self.verdicts._join(nodes[0], node, vote)
            yield from nodes[:1]


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
    """Photos that were excused, or in which somebody said of two faces that they are one person."""
    contents = {vote.content_a for vote in votes if vote.kind == "excuse" and vote.answer != "no"}
    contents |= {
        vote.content_a
        for vote in votes
        if (vote.kind, vote.answer) == ("match", "yes") and vote.content_a == vote.content_b
    }
    found = (library.rows("SELECT photo_id FROM photos WHERE content_hash = ?", (each,)) for each in contents)
    return {row[0] for rows in found for row in rows}
