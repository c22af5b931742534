"""Read the pairs of faces with a match vote into arrays."""

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.geometry import distances
from dofisac_tui.library.database import Library
from dofisac_tui.library.face_keys import locate
from dofisac_tui.library.ledger import Vote, standing_votes
from dofisac_tui.library.vectors import face_vectors

RANDOM_SOURCE = "review-random"
"""Source of votes on pairs drawn at random, which represent all pairs of their kind."""

_PAGE = 10_000  # vectors read at once


@dataclass(frozen=True)
class VotedPairs:
    """n pairs of faces of one space with the newest vote on each, in the order of the votes.

    Attributes:
        distances: (n,) in units of the space.
        same: (n,) True for the answer yes.
        random: (n,) True if the pair was drawn at random.
        faces: (n, 2) face ids.
        identities: (n, 2) one number for all faces of a current person; for an unassigned face, that of its photo.
        votes: (n,) vote ids.
        cast_at: (n,) Unix time.
    """

    distances: NDArray[np.float64]
    same: NDArray[np.bool_]
    random: NDArray[np.bool_]
    faces: NDArray[np.int64]
    identities: NDArray[np.int64]
    votes: NDArray[np.int64]
    cast_at: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.same)

    def where(self, keep: NDArray[np.bool_]) -> "VotedPairs":
        """Return the pairs of a mask, (n,)."""
        return VotedPairs(**{name: column[keep] for name, column in vars(self).items()})

    def persons_with(self, fewest: int) -> list[int]:
        """Return ids of the persons with at least this many votes on their faces."""
        both = np.where(self.identities[:, 0] == self.identities[:, 1], 0, self.identities[:, 1])
        known, counts = np.unique(np.concatenate([self.identities[:, 0], both]), return_counts=True)
        return [number // 2 for number in known[counts >= fewest].tolist() if number and number % 2 == 0]

    def of_person(self, person: int) -> "VotedPairs":
        """Return the pairs with a face of this person."""
        return self.where((self.identities == 2 * person).any(axis=1))


def voted_pairs(library: Library, space: EmbeddingSpace) -> VotedPairs:
    """Read all standing match votes on two faces that the models in use have found.

    A vote that was cast in another space is measured again.
    """
    votes = standing_votes(library, ("match",))
    located = locate(library, space, {key for vote in votes for key in (vote.face_a, vote.face_b)})
    known = [vote for vote in votes if vote.face_a in located and vote.face_b in located]
    sides = [(located[vote.face_a][0], located[vote.face_b][0]) for vote in known]
    faces = np.array([(a.face_id, b.face_id) for a, b in sides], np.int64).reshape(-1, 2)
    photos = np.array([(a.photo_id, b.photo_id) for a, b in sides], np.int64).reshape(-1, 2)
    return VotedPairs(
        distances=_distances(library, space, known, faces),
        same=np.array([vote.answer == "yes" for vote in known], bool),
        random=np.array([vote.source == RANDOM_SOURCE for vote in known], bool),
        faces=faces,
        identities=_identities(library, faces, photos),
        votes=np.array([vote.vote_id for vote in known], np.int64),
        cast_at=np.array([vote.cast_at for vote in known], np.float64),
    )


def _distances(
    library: Library, space: EmbeddingSpace, votes: list[Vote], faces: NDArray[np.int64]
) -> NDArray[np.float64]:
    found = np.array(
        [np.nan if vote.space != space.name or vote.distance is None else vote.distance for vote in votes], np.float64
    )
    unknown = np.flatnonzero(np.isnan(found))
    for start in range(0, len(unknown), _PAGE):
        part = unknown[start : start + _PAGE]
        ids, at = np.unique(faces[part], return_inverse=True)
        vectors = face_vectors(library, space, ids.tolist())[1][at.reshape(-1, 2)]
        found[part] = distances(vectors[:, 0], vectors[:, 1], space.metric)
    return found


def _identities(library: Library, faces: NDArray[np.int64], photos: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return persons as even numbers, photos as odd ones."""
    rows = library.rows(
        "SELECT face_id, person_id FROM current_people WHERE face_id IN (SELECT value FROM json_each(?))",
        (json.dumps(np.unique(faces).tolist()),),
    )
    person_of = dict(map(tuple, rows))
    persons = np.array([person_of.get(face_id, 0) for face_id in faces.ravel().tolist()], np.int64).reshape(-1, 2)
    return np.where(persons > 0, 2 * persons, 2 * photos + 1)
