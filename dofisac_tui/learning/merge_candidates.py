"""Which two persons may be one, and whose a face may be."""

import json
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.engines.protocols import Vectors
from dofisac_tui.learning.membership_confidence import best_of, vectors_of
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import Space, searched_space
from dofisac_tui.library.face_keys import keys_of_faces
from dofisac_tui.library.ledger import match_answers, standing_of_kinds
from dofisac_tui.library.people_views import present_faces
from dofisac_tui.library.runs import current_run
from dofisac_tui.matching.current_curve import match_curve

LEAST = 0.05
"""Probability below which two persons are not suggested as one."""

_CONSIDERED = 20  # candidates that are looked at closely
_PAGE = 4096  # read at once, so that no read transaction lasts

Numbers = NDArray[np.int64]
Exact = NDArray[np.float64]


@dataclass(frozen=True)
class Lookalike:
    """Another person who may be the same one.

    Attributes:
        faces: Theirs.
        match: Probability that both are one person, 0 to 1, at the mean distance of their faces.
        distance: That.
        mine, theirs: Ids of typical, well visible faces of both, for a vote.
        days: Between the nearest two photos of them; None where one has no dates.
    """

    person_id: int
    name: str | None
    faces: int
    match: float
    distance: float
    mine: int
    theirs: int
    days: int | None


class Guess(NamedTuple):
    """Whose an unsorted face most likely is; `match` from 0 to 1."""

    person_id: int
    name: str | None
    match: float
    distance: float


class MergeCandidates:
    """Compares persons by the middles of their faces. Kept between calls, since it has to read every vector once."""

    def __init__(self) -> None:
        self._basis: tuple[int, ...] | None = None
        self._middles: _Middles | None = None

    def lookalikes(self, library: Library, person_id: int, most: int = 5) -> list[Lookalike]:
        """Who may be the same person, the likeliest first.

        Left out are two who both have a name, who were compared before, or who are in one photo together.
        """
        space, middles = self._current(library)
        if space is None or middles is None or person_id not in middles.ids:
            return []
        at = int(np.searchsorted(middles.ids, person_id))
        distances = middles.distances_of_person(at)
        chances = match_curve(library, space, person=person_id).probabilities(distances)
        order = [n for n in np.argsort(distances, kind="stable").tolist() if n != at and chances[n] >= LEAST]
        likely = [int(middles.ids[n]) for n in order[:_CONSIDERED]]
        names = _names(library, [person_id, *likely])
        members = {each: present_faces(library, each) for each in (person_id, *likely)}
        asked = _asked_before(library, members, person_id)
        found: list[Lookalike] = []
        for n, other in zip(order, likely, strict=False):
            if len(found) < most and other not in asked and _may_be_one(names, members, person_id, other):
                figures = float(chances[n]), float(distances[n])
                found.append(_lookalike(library, space, names, members, (person_id, other), figures))
        return found

    def guesses(self, library: Library, face_ids: list[int]) -> dict[int, Guess]:
        """Who unsorted faces may be, where anybody is at all likely."""
        space, middles = self._current(library)
        if space is None or middles is None or not len(middles.ids):
            return {}
        ids, vectors = vectors_of(library, space, face_ids)
        if not ids:
            return {}
        distances = middles.distances(vectors)
        nearest, least = distances.argmin(axis=1), distances.min(axis=1)
        chances = match_curve(library, space).probabilities(least)
        people = middles.ids[nearest].tolist()
        names = _names(library, people)
        guessed = {
            face: Guess(person, names[person].name, chance, far)
            for face, person, chance, far in zip(ids, people, chances.tolist(), least.tolist(), strict=True)
            if chance >= LEAST and person in names and not names[person].ignored
        }
        refused = _refused(library, guessed)
        return {face: guess for face, guess in guessed.items() if face not in refused}

    def _current(self, library: Library) -> tuple[Space | None, "_Middles | None"]:
        space, run = searched_space(library, "face"), current_run(library, "people")
        if space is None or run is None:
            return None, None
        size = int(library.value("SELECT IFNULL(SUM(size), 0) FROM clusters WHERE run_id = ?", (run.run_id,)))
        basis = (space.space_id, run.run_id, size, _last_move(library))
        if basis != self._basis:
            self._middles, self._basis = _Middles.read(library, space), basis
        return space, self._middles


@dataclass
class _Middles:
    """Attributes:
    ids, counts: (p,) persons, ascending, and their faces.
    means: (p, d) of their vectors.
    squares: (p,) means of the squared lengths of the vectors.
    """

    metric: str
    ids: Numbers
    means: Exact
    squares: Exact

    @classmethod
    def read(cls, library: Library, space: Space) -> "_Middles":
        person_of: dict[int, int] = dict(map(tuple, library.rows("SELECT face_id, person_id FROM current_people")))
        ids = np.unique(np.fromiter(person_of.values(), np.int64, len(person_of)))
        counts, squares, sums = np.zeros(len(ids)), np.zeros(len(ids)), np.zeros((len(ids), space.dimensions))
        faces = list(person_of)
        for start in range(0, len(faces), _PAGE):
            page, vectors = vectors_of(library, space, faces[start : start + _PAGE])
            at = np.searchsorted(ids, [person_of[face] for face in page])
            np.add.at(counts, at, 1)
            np.add.at(sums, at, vectors)
            np.add.at(squares, at, np.einsum("ij,ij->i", vectors, vectors))
        seen = counts > 0
        return cls(space.metric, ids[seen], sums[seen] / counts[seen, None], squares[seen] / counts[seen])

    def distances(self, vectors: Vectors) -> Exact:
        """Mean distance of (n, d) vectors to the faces of each person, (n, p)."""
        return self._far(vectors @ self.means.T, np.einsum("ij,ij->i", vectors, vectors)[:, None])

    def distances_of_person(self, at: int) -> Exact:
        """Mean distance of the faces of one person to those of each, (p,)."""
        return self._far(self.means @ self.means[at], self.squares[at])

    def _far(self, products: Exact, squares: Exact) -> Exact:
        if self.metric != "euclidean":
            return np.asarray(1 - products)
        return np.asarray(np.sqrt(np.maximum(squares + self.squares - 2 * products, 0)))


class _Known(NamedTuple):
    name: str | None
    ignored: bool


def _lookalike(
    library: Library,
    space: Space,
    names: dict[int, _Known],
    members: dict[int, list[tuple[int, int]]],
    pair: tuple[int, int],
    figures: tuple[float, float],
) -> Lookalike:
    mine, theirs = (best_of(library, space, [face for face, _ in members[each]]) for each in pair)
    days = _days_between(*(_dates(library, [photo for _, photo in members[each]]) for each in pair))
    other = pair[1]
    return Lookalike(other, names[other].name, len(members[other]), *figures, mine, theirs, days)


def _may_be_one(names: dict[int, _Known], members: dict[int, list[tuple[int, int]]], a: int, b: int) -> bool:
    if not members[a] or not members[b] or names[b].ignored or (names[a].name and names[b].name):
        return False
    return not {photo for _, photo in members[a]} & {photo for _, photo in members[b]}


def _asked_before(library: Library, members: dict[int, list[tuple[int, int]]], person_id: int) -> set[int]:
    """The persons of whom somebody said that they are this one, or not, or who were split from one another."""
    root = "SELECT IFNULL(merged_into, person_id) FROM people WHERE person_id = ?"
    splits = [vote.about for vote in standing_of_kinds(library.connection, ("split",))]
    parted = [{library.value(root, (about[part],)) for part in ("person", "into")} for about in splits]
    split_off = set().union(*(pair for pair in parted if person_id in pair)) - {person_id}
    person_of = {face: person for person, faces in members.items() for face, _ in faces}
    keys = keys_of_faces(library, list(person_of))
    mine = {keys[face] for face, person in person_of.items() if person == person_id}
    others = {keys[face]: person for face, person in person_of.items() if person != person_id}
    return split_off | {others[key] for key in match_answers(library, others.keys(), mine)}


def _refused(library: Library, guesses: dict[int, Guess]) -> set[int]:
    """The faces of which somebody said that they are not whom they are guessed to be."""
    keys = keys_of_faces(library, list(guesses))
    refused: set[int] = set()
    for person_id in {guess.person_id for guess in guesses.values()}:
        asked = {keys[face]: face for face, guess in guesses.items() if guess.person_id == person_id}
        theirs = set(keys_of_faces(library, [face for face, _ in present_faces(library, person_id)]).values())
        answers = match_answers(library, asked.keys(), theirs)
        refused |= {asked[key] for key, answer in answers.items() if answer == "no"}
    return refused


def _dates(library: Library, photo_ids: list[int]) -> Numbers:
    """The days on which photos were taken, ascending, where they say."""
    rows = library.rows(
        "SELECT CAST(julianday(substr(taken_at, 1, 10)) + 0.5 AS INTEGER) AS day FROM photos"
        " WHERE photo_id IN (SELECT value FROM json_each(?)) AND day IS NOT NULL ORDER BY day",
        (json.dumps(photo_ids),),
    )
    return np.array([row[0] for row in rows], np.int64)


def _days_between(a: Numbers, b: Numbers) -> int | None:
    if not len(a) or not len(b):
        return None
    at = np.searchsorted(b, a)
    gaps = np.minimum(np.abs(a - b[np.minimum(at, len(b) - 1)]), np.abs(a - b[np.maximum(at - 1, 0)]))
    return int(gaps.min())


def _names(library: Library, person_ids: list[int]) -> dict[int, _Known]:
    rows = library.rows(
        "SELECT person_id, name, ignored FROM people WHERE person_id IN (SELECT value FROM json_each(?))",
        (json.dumps(person_ids),),
    )
    return {row[0]: _Known(row[1], bool(row[2])) for row in rows}


def _last_move(library: Library) -> int:
    """The newest decision that may have moved a face from one person to another."""
    kinds = "'merge', 'split', 'remove', 'face', 'undo', 'redo'"
    return int(library.value(f"SELECT IFNULL(MAX(vote_id), 0) FROM votes WHERE kind IN ({kinds})"))  # noqa: S608
