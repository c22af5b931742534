"""Find persons who may be the same one, and persons whom unassigned faces may belong to."""

import json
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.incremental import PersonMeans, last_move
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.learning.membership_confidence import representative_face
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.face_keys import keys_of_faces
from dofisac_tui.library.ledger import match_answers, standing_votes
from dofisac_tui.library.people_views import present_faces
from dofisac_tui.library.runs import current_run
from dofisac_tui.library.vectors import face_vectors
from dofisac_tui.matching.current_curve import match_curve

MIN_PROBABILITY = 0.05
"""Lowest probability of a suggestion."""

_EXAMINED = 20  # candidates that are looked at closely

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class MergeCandidate:
    """Another person who may be the same one.

    Attributes:
        faces: Number of the other person's faces.
        match: Probability that both are one person, 0 to 1, at `distance`.
        distance: Mean distance of their faces.
        face_id, other_face_id: Representative faces of both, for a vote.
        days: Between their two nearest photos; None where one person has no dates.
    """

    person_id: int
    name: str | None
    faces: int
    match: float
    distance: float
    face_id: int
    other_face_id: int
    days: int | None


class PersonSuggestion(NamedTuple):
    """Person whom an unassigned face most likely belongs to; `match` from 0 to 1."""

    person_id: int
    name: str | None
    match: float
    distance: float


class PersonMatcher:
    """Compares persons by the means of their faces, which stay in memory since they need every vector."""

    def __init__(self) -> None:
        self._basis: tuple[int, ...] | None = None
        self._means: PersonMeans | None = None

    def merge_candidates(self, library: Library, person_id: int, most: int = 5) -> list[MergeCandidate]:
        """Return persons who may be the same one, the likeliest first.

        Persons are left out if both have a name, if they were compared before, or if one photo shows both.
        """
        space, means = self._current(library)
        if space is None or means is None or person_id not in means.ids:
            return []
        distances = means.distances_of_person(person_id)
        probabilities = match_curve(library, space, person=person_id).probabilities(distances)
        order = np.argsort(distances, kind="stable")
        order = order[(means.ids[order] != person_id) & (probabilities[order] >= MIN_PROBABILITY)]
        likely = means.ids[order[:_EXAMINED]].tolist()
        names = _person_rows(library, [person_id, *likely])
        members = {each: present_faces(library, each) for each in (person_id, *likely)}
        compared = _compared_before(library, members, person_id)
        found: list[MergeCandidate] = []
        for n, other in zip(order.tolist(), likely, strict=False):
            if len(found) < most and other not in compared and _may_merge(names, members, person_id, other):
                figures = float(probabilities[n]), float(distances[n])
                found.append(_candidate(library, space, names, members, (person_id, other), figures))
        return found

    def suggested_persons(self, library: Library, face_ids: list[int]) -> dict[int, PersonSuggestion]:
        """Return suggestions for unassigned faces, by face id; none for unlikely ones."""
        space, means = self._current(library)
        if space is None or means is None or not len(means.ids):
            return {}
        ids, vectors = face_vectors(library, space, face_ids)
        if not len(ids):
            return {}
        distances = means.distances(vectors)
        nearest, least = distances.argmin(axis=1), distances.min(axis=1)
        probabilities = match_curve(library, space).probabilities(least)
        people = means.ids[nearest].tolist()
        names = _person_rows(library, people)
        columns = ids.tolist(), people, probabilities.tolist(), least.tolist()
        suggested = {
            face: PersonSuggestion(person, names[person].name, match, distance)
            for face, person, match, distance in zip(*columns, strict=True)
            if match >= MIN_PROBABILITY and person in names and not names[person].ignored
        }
        rejected = _rejected(library, suggested)
        return {face: suggestion for face, suggestion in suggested.items() if face not in rejected}

    def _current(self, library: Library) -> tuple[EmbeddingSpace | None, PersonMeans | None]:
        space, run = searched_space(library, "face"), current_run(library, "people")
        if space is None or run is None:
            return None, None
        size = int(library.value("SELECT IFNULL(SUM(size), 0) FROM clusters WHERE run_id = ?", (run.run_id,)))
        basis = (space.space_id, run.run_id, size, last_move(library))
        if basis != self._basis:
            self._means, self._basis = PersonMeans.read(library, space, exact=True), basis
        return space, self._means


class _NamedPerson(NamedTuple):
    name: str | None
    ignored: bool


def _candidate(
    library: Library,
    space: EmbeddingSpace,
    names: dict[int, _NamedPerson],
    members: dict[int, list[tuple[int, int]]],
    pair: tuple[int, int],
    figures: tuple[float, float],
) -> MergeCandidate:
    mine, theirs = (representative_face(library, space, [face for face, _ in members[each]]) for each in pair)
    days = _days_between(*(_days_of_photos(library, [photo for _, photo in members[each]]) for each in pair))
    other = pair[1]
    return MergeCandidate(other, names[other].name, len(members[other]), *figures, mine, theirs, days)


def _may_merge(names: dict[int, _NamedPerson], members: dict[int, list[tuple[int, int]]], a: int, b: int) -> bool:
    if not members[a] or not members[b] or names[b].ignored or (names[a].name and names[b].name):
        return False
    return not {photo for _, photo in members[a]} & {photo for _, photo in members[b]}


def _compared_before(library: Library, members: dict[int, list[tuple[int, int]]], person_id: int) -> set[int]:
    """Return the persons that a vote compared with this one, or that were split from it or it from them."""
    root = "SELECT IFNULL(merged_into, person_id) FROM people WHERE person_id = ?"
    splits = [vote.about for vote in standing_votes(library, ("split",))]
    parted = [{library.value(root, (about[part],)) for part in ("person", "into")} for about in splits]
    split_off = set().union(*(pair for pair in parted if person_id in pair)) - {person_id}
    person_of = {face: person for person, faces in members.items() for face, _ in faces}
    keys = keys_of_faces(library, list(person_of))
    mine = {keys[face] for face, person in person_of.items() if person == person_id}
    others = {keys[face]: person for face, person in person_of.items() if person != person_id}
    return split_off | {others[key] for key in match_answers(library, others.keys(), mine)}


def _rejected(library: Library, suggestions: dict[int, PersonSuggestion]) -> set[int]:
    """Return the faces with a vote against the suggested person."""
    keys = keys_of_faces(library, list(suggestions))
    rejected: set[int] = set()
    for person_id in {each.person_id for each in suggestions.values()}:
        faces = {keys[face]: face for face, each in suggestions.items() if each.person_id == person_id}
        members = set(keys_of_faces(library, [face for face, _ in present_faces(library, person_id)]).values())
        answers = match_answers(library, faces.keys(), members)
        rejected |= {faces[key] for key, answer in answers.items() if answer == "no"}
    return rejected


def _days_of_photos(library: Library, photo_ids: list[int]) -> Numbers:
    """Return the known days on which photos were taken, ascending."""
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


def _person_rows(library: Library, person_ids: list[int]) -> dict[int, _NamedPerson]:
    rows = library.rows(
        "SELECT person_id, name, ignored FROM people WHERE person_id IN (SELECT value FROM json_each(?))",
        (json.dumps(person_ids),),
    )
    return {row[0]: _NamedPerson(row[1], bool(row[2])) for row in rows}
