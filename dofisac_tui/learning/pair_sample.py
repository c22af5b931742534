"""Sample pairs of faces of a library, and set thresholds by them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.geometry import distance_matrix
from dofisac_tui.library.database import Library
from dofisac_tui.library.vectors import face_vectors
from dofisac_tui.matching.calibration import Calibration

SAMPLED_FACES = 3000
"""Number of faces whose pairs form the sample."""

_AT_ONCE = 500  # rows of the distance matrix


class PairSample(NamedTuple):
    """m pairs of faces of different photos; copies of one file count as one photo.

    Attributes:
        distances: (m,) float32, in units of the space.
        together: (m,) True if both belong to one current person.
    """

    distances: NDArray[np.float32]
    together: NDArray[np.bool_]


EMPTY_SAMPLE = PairSample(np.empty(0, np.float32), np.empty(0, bool))


def sample_pairs(library: Library, space: EmbeddingSpace) -> PairSample:
    """Return all pairs, except those of one photo, of SAMPLED_FACES present faces, drawn with a fixed seed."""
    rows = library.rows(
        "SELECT face_id, IFNULL(person_id, -face_id), content_hash FROM faces JOIN photos USING (photo_id)"
        " LEFT JOIN current_people USING (face_id) WHERE space_id = ? AND absent_since IS NULL ORDER BY face_id",
        (space.space_id,),
    )
    drawn = np.random.default_rng(0).choice(len(rows), min(SAMPLED_FACES, len(rows)), replace=False)
    chosen = [rows[n] for n in sorted(drawn.tolist())]
    ids, persons = np.array([(row[0], row[1]) for row in chosen], np.int64).reshape(-1, 2).T
    photos = np.unique([row["content_hash"] for row in chosen], return_inverse=True)[1]
    vectors = face_vectors(library, space, ids.tolist())[1].astype(np.float64)
    found, together = [np.empty(0, np.float32)], [np.empty(0, bool)]
    for start in range(0, len(vectors), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        kept = np.arange(len(vectors)) > np.arange(len(vectors))[part, None]
        kept &= photos[part, None] != photos
        found.append(distance_matrix(vectors[part], vectors, space.metric)[kept].astype(np.float32))
        together.append((persons[part, None] == persons)[kept])
    return PairSample(np.concatenate(found), np.concatenate(together))


class Thresholds(NamedTuple):
    """Distances up to which faces are taken for one person, and up to which they are asked about.

    Attributes:
        link: Largest distance within which the stated share of the library's pairs is expected to match.
        ask: Smallest distance within which the stated share of the library's matches is expected.
        precision: Expected precision of the pairs nearer than `link`.
        recall: Expected share of all matches that are nearer than `link`.
    """

    link: float
    ask: float
    precision: float
    recall: float


def thresholds_for(curve: Calibration, pairs: PairSample, precision: float) -> Thresholds | None:
    """Return the thresholds that a curve of Match gives for a library.

    Args:
        pairs: Sample of the library.
        precision: Stated share, 0 to 1.

    Returns:
        None where the library has too few faces for a pair to be expected to match.
    """
    distances = np.sort(pairs.distances.astype(np.float64))
    matches = np.cumsum(curve.probabilities(distances))
    if not len(matches) or matches[-1] < 1:
        return None
    right = matches / np.arange(1, len(matches) + 1)
    enough = np.flatnonzero(right >= precision)
    link = int(enough[-1]) if len(enough) else 0
    ask = max(link, int(np.searchsorted(matches, precision * matches[-1])))
    return Thresholds(
        float(distances[link]), float(distances[ask]), float(right[link]), float(matches[link] / matches[-1])
    )
