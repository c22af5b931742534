"""A random sample of the pairs of faces of a library, which stands for all of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.learning.pairs import vectors_of
from dofisac_tui.library.database import Library
from dofisac_tui.library.spaces import Space

FACES = 3000
"""Faces whose pairs are the sample."""

_AT_ONCE = 500  # rows of the distance matrix


class PairSample(NamedTuple):
    """m pairs of faces of different photos, copies of one file being one photo.

    Attributes:
        distances: (m,) float32, in units of the space.
        together: (m,) whether both are of one current person.
    """

    distances: NDArray[np.float32]
    together: NDArray[np.bool_]


NO_PAIRS = PairSample(np.empty(0, np.float32), np.empty(0, bool))


def sample_pairs(library: Library, space: Space) -> PairSample:
    """All pairs of FACES faces of present photos, drawn at random but always the same, without those of one photo."""
    rows = library.rows(
        "SELECT face_id, IFNULL(person_id, -face_id), content_hash FROM faces JOIN photos USING (photo_id)"
        " LEFT JOIN current_people USING (face_id) WHERE space_id = ? AND absent_since IS NULL ORDER BY face_id",
        (space.space_id,),
    )
    drawn = np.random.default_rng(0).choice(len(rows), min(FACES, len(rows)), replace=False)
    chosen = [rows[n] for n in sorted(drawn.tolist())]
    ids, persons = np.array([(row[0], row[1]) for row in chosen], np.int64).reshape(-1, 2).T
    photos = np.unique([row["content_hash"] for row in chosen], return_inverse=True)[1]
    vectors = vectors_of(library, space, ids).astype(np.float64)
    distances, together = [np.empty(0, np.float32)], [np.empty(0, bool)]
    for start in range(0, len(vectors), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        kept = np.arange(len(vectors)) > np.arange(len(vectors))[part, None]
        kept &= photos[part, None] != photos
        distances.append(_matrix(vectors[part], vectors, space.metric)[kept].astype(np.float32))
        together.append((persons[part, None] == persons)[kept])
    return PairSample(np.concatenate(distances), np.concatenate(together))


def _matrix(a: NDArray[np.float64], b: NDArray[np.float64], metric: str) -> NDArray[np.float64]:
    products: NDArray[np.float64] = a @ b.T
    if metric != "euclidean":
        return 1 - products
    squares = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(squares - 2 * products, 0)))
