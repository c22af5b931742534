"""Assignment of new faces to known persons, without a new run."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.ledger_constraints import FaceConstraints, read_face_constraints
from dofisac_tui.embedding import EmbeddingSpace, Metric
from dofisac_tui.geometry import Exact, Vectors, mean_distances, squared_lengths
from dofisac_tui.library import runs
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.vectors import PAGE, face_vectors, newest_id, vector_pages
from dofisac_tui.matching.current_curve import match_curve, person_curves

Numbers = NDArray[np.int64]


@dataclass
class PersonMeans:
    """Sums that give the mean distance of a face, or of the faces of a person, to the faces of each person.

    Attributes:
        ids: (p,) persons, ascending.
        counts: (p,) faces of each.
        sums: (p, d) sums of their vectors.
        squares: (p,) sums of the squared lengths of the vectors.
    """

    metric: Metric
    ids: Numbers
    counts: Numbers
    sums: NDArray[np.floating[Any]]
    squares: Exact

    @classmethod
    def read(cls, library: Library, space: EmbeddingSpace, exact: bool = False) -> "PersonMeans":
        """Read every face of the current persons.

        Args:
            exact: Keep sums in double precision, at twice the memory.
        """
        rows = library.rows("SELECT face_id, person_id FROM current_people ORDER BY face_id")
        person_of: dict[int, int] = dict(map(tuple, rows))
        ids = np.unique(np.fromiter(person_of.values(), np.int64, len(person_of)))
        sums = np.zeros((len(ids), space.dimensions), np.float64 if exact else np.float32)
        persons = cls(space.metric, ids, np.zeros(len(ids), np.int64), sums, np.zeros(len(ids)))
        faces = list(person_of)
        for start in range(0, len(faces), PAGE):
            page, vectors = face_vectors(library, space, faces[start : start + PAGE])
            persons.add(np.array([person_of[face] for face in page.tolist()], np.int64), vectors)
        return persons

    def add(self, persons: Numbers, vectors: Vectors) -> None:
        """Count in more faces, (n, d), of these persons, (n,)."""
        at = np.searchsorted(self.ids, persons)
        np.add.at(self.counts, at, 1)
        np.add.at(self.sums, at, vectors)
        np.add.at(self.squares, at, squared_lengths(vectors))

    def distances(self, vectors: Vectors) -> Exact:
        """Return the distances of (n, d) vectors, (n, p); infinite to a person who has no face in this space."""
        counts = np.maximum(self.counts, 1)
        products = (vectors @ self.sums.T).astype(np.float64) / counts
        return self._seen(
            mean_distances(products, squared_lengths(vectors)[:, None], self.squares / counts, self.metric)
        )

    def distances_of_person(self, person_id: int) -> Exact:
        """Return the distances of the faces of a person, (p,); infinite where one of two has no face in this space."""
        at, counts = int(np.searchsorted(self.ids, person_id)), np.maximum(self.counts, 1)
        products = (self.sums @ self.sums[at]).astype(np.float64) / counts / counts[at]
        squares = self.squares / counts
        found = self._seen(mean_distances(products, squares[at], squares, self.metric))
        return found if self.counts[at] else np.full(len(found), np.inf)

    def _seen(self, distances: Exact) -> Exact:
        distances[..., self.counts == 0] = np.inf
        return distances


def last_move(library: Library) -> int:
    """Return the newest decision that may have moved a face from one person to another."""
    kinds = "'merge', 'split', 'remove', 'face', 'undo', 'redo'"
    return int(library.value(f"SELECT IFNULL(MAX(vote_id), 0) FROM votes WHERE kind IN ({kinds})"))  # noqa: S608


SURE = 0.95
"""Probability from which a new face joins a person at once."""

CLEAR = 1.05
"""Ratio of the distances to the next person and to the nearest, at least."""

_NOTHING = 1e-6  # distances below it count as zero
_AT_ONCE = 256  # new faces compared with all persons at once


def assign_new_faces(library: Library) -> int:
    """Assign new faces once, as `Assigner.assign` does; this reads every face."""
    return Assigner(library).assign()


class Assigner:
    """Assigns faces that no run has read to the persons of whom they surely are; the others wait for the next run.

    A face joins the person to whose faces its distance (root mean square, or mean for a cosine space) is least, if
    the match is at least SURE and no other person is nearly as close, unless a vote or another face in its photo is
    against it.

    One vector a person is kept between calls, so a call reads only new faces. All is read again once another run or
    space is current, or a vote has moved faces between persons.

    Args:
        library: Open for writing.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._basis: tuple[int, int, int] | None = None
        self._persons: PersonMeans | None = None
        self._seen = 0  # the newest face that was read

    def assign(self) -> int:
        """Assign the faces that were indexed since the last call.

        Returns:
            How many faces joined a person.

        Raises:
            LibraryError: the library cannot be read or written.
        """
        space, run = searched_space(self._library, "face"), runs.current_run(self._library, "people")
        if space is None or run is None:
            return 0
        basis = (space.space_id, run.run_id, last_move(self._library))
        if basis != self._basis:
            self._basis, self._persons, self._seen = basis, None, run.parameters["last_item"]
        newest = newest_id(self._library, "face")
        joined = 0
        for page in _pages(self._library, space, self._seen):
            new = page.where(page.persons == 0)
            if len(new.ids):
                self._persons = self._persons or PersonMeans.read(self._library, space)
                reach = _reach(self._library, space, self._persons.ids)
                joined += self._join(run.run_id, new, self._persons, reach)
        self._seen = newest
        return joined

    def _join(self, run_id: int, new: "_Page", persons: PersonMeans, reach: NDArray[np.float64]) -> int:
        distances = persons.distances(new.vectors)
        nearest = distances.min(axis=1, initial=np.inf)
        alone = (distances <= np.maximum(nearest[:, None] * CLEAR, _NOTHING)).sum(axis=1) == 1
        clear = alone & (distances <= reach).any(axis=1, where=distances == nearest[:, None])
        order = np.flatnonzero(clear)[np.argsort(nearest[clear], kind="stable")]
        if not len(order):
            return 0
        chosen = _Page(new.ids[order], persons.ids[distances[order].argmin(axis=1)], new.vectors[order])
        joined = chosen.where(_add_members(self._library, run_id, chosen))
        persons.add(joined.persons, joined.vectors)
        return len(joined.ids)


class _Page(NamedTuple):
    """Some faces: ids (n,), persons (n,) with 0 for none, vectors (n, d)."""

    ids: NDArray[np.int64]
    persons: NDArray[np.int64]
    vectors: Vectors

    def where(self, keep: NDArray[np.bool_]) -> "_Page":
        return _Page(self.ids[keep], self.persons[keep], self.vectors[keep])


def _pages(library: Library, space: EmbeddingSpace, after: int) -> Iterator[_Page]:
    """Yield the faces of a space with an id above `after`."""
    for ids, vectors in vector_pages(library, space, after, size=_AT_ONCE):
        rows = library.rows(
            "SELECT face_id, person_id FROM current_people WHERE face_id IN (SELECT value FROM json_each(?))",
            (str(ids.tolist()),),
        )
        person_of: dict[int, int] = dict(map(tuple, rows))
        yield _Page(ids, np.array([person_of.get(face, 0) for face in ids.tolist()], np.int64), vectors)


def _reach(library: Library, space: EmbeddingSpace, persons: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the distance up to which a face is surely of each person, (p,)."""
    usual, own = match_curve(library, space).distance(SURE), person_curves(library, space)
    return np.array([own[person].distance(SURE) if person in own else usual for person in persons.tolist()])


def _add_members(library: Library, run_id: int, chosen: _Page) -> NDArray[np.bool_]:
    """Add the faces that may join, if the run is still current, and return which were added, (n,)."""
    constraints = _constraints_on(library, chosen.ids.tolist())
    with library.write() as connection:
        current = runs.current_run(library, "people")
        if current is None or current.run_id != run_id:
            return np.zeros(len(chosen.ids), bool)
        added = []
        for face_id, person in zip(chosen.ids.tolist(), chosen.persons.tolist(), strict=True):
            photo_id = library.value("SELECT photo_id FROM faces WHERE face_id = ?", (face_id,))
            free = photo_id is not None and _is_free(library, constraints, photo_id, face_id, person)
            if free:
                # one whom others were merged into may have no cluster of their own in this run
                connection.execute(
                    "INSERT OR IGNORE INTO clusters (run_id, cluster_id, person_id) VALUES (?, ?, ?)",
                    (run_id, person, person),
                )
                connection.execute(
                    "INSERT INTO cluster_members (run_id, cluster_id, photo_id, face_id) VALUES (?, ?, ?, ?)",
                    (run_id, person, photo_id, face_id),
                )
            added.append(free)
    return np.array(added, bool)


def _is_free(library: Library, constraints: FaceConstraints, photo_id: int, face_id: int, person: int) -> bool:
    """Return True if a face may join a person."""
    persons_of = "SELECT person_id FROM current_people WHERE face_id = ?"
    if face_id in constraints.not_faces or library.value(persons_of, (face_id,)) is not None:
        return False
    beside = [row[0] for row in library.rows("SELECT face_id FROM faces WHERE photo_id = ?", (photo_id,))]
    against = constraints.separated_from(face_id) | (set() if photo_id in constraints.excused else set(beside))
    return all(library.value(persons_of, (other,)) != person for other in against)


def _constraints_on(library: Library, face_ids: list[int]) -> FaceConstraints:
    """Return the constraints, which are slow to read, if the ledger names a photo of these faces, and else none."""
    known = library.value(
        "WITH wanted AS (SELECT DISTINCT content_hash AS content FROM photos JOIN faces USING (photo_id)"
        "  WHERE face_id IN (SELECT value FROM json_each(?)))"
        " SELECT 1 FROM wanted JOIN votes ON content IN (content_a, content_b) OR instr(subject, content) LIMIT 1",
        (str(face_ids),),
    )
    return read_face_constraints(library) if known else FaceConstraints()
