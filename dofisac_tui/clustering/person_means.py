"""The mean vector of each person, by which faces and persons are compared with whole persons."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.embedding import EmbeddingSpace, Metric
from dofisac_tui.geometry import Exact, Vectors, mean_distances, squared_lengths
from dofisac_tui.library.database import Library
from dofisac_tui.library.vectors import PAGE, face_vectors

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
