"""How surely faces are of their person, and which of them shows the person best."""

import json
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.engines.protocols import Vectors
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import Space, searched_space
from dofisac_tui.library.people_views import present_faces
from dofisac_tui.matching.current_curve import match_curve

_SAMPLED = 400  # faces of a person among which the typical one is chosen


class Membership(NamedTuple):
    """How surely a face is of its person.

    Attributes:
        match: Probability, 0 to 1, at the mean distance to the person's other faces.
        distance: That, as root mean square for a Euclidean space; both None where nothing can be compared.
    """

    face_id: int
    photo_id: int
    match: float | None
    distance: float | None


def least_certain_faces(library: Library, person_id: int) -> list[Membership]:
    """The present faces of a person, the least sure first."""
    space = searched_space(library, "face")
    members = present_faces(library, person_id)
    if space is None or not members:
        return []
    photo_of = dict(members)
    ids, vectors = vectors_of(library, space, list(photo_of))
    distances = _distances_to_others(space, vectors)
    chances = match_curve(library, space, person=person_id).probabilities(distances)
    known = {
        face_id: Membership(face_id, photo_of[face_id], chance, distance)
        for face_id, chance, distance in zip(ids, chances.tolist(), distances.tolist(), strict=True)
        if np.isfinite(distance)
    }
    unknown = [Membership(*member, None, None) for member in members if member[0] not in known]
    return unknown + sorted(known.values(), key=lambda each: (-(each.distance or 0.0), each.face_id))


def typical_face(library: Library, person_id: int, besides: int) -> int | None:
    """A well visible face near the middle of a person's others; None where there is none."""
    space = searched_space(library, "face")
    others = [face for face, _ in present_faces(library, person_id) if face != besides]
    return best_of(library, space, others) if space and others else None


def best_of(library: Library, space: Space, face_ids: list[int]) -> int:
    """The best visible face of the half that is nearest to the person's middle."""
    ids, vectors = vectors_of(library, space, face_ids[:: max(1, len(face_ids) // _SAMPLED)])
    far = _distances_to_others(space, vectors)
    typical = [ids[n] for n in np.argsort(far, kind="stable")[: (len(ids) + 1) // 2].tolist()]
    best = "SELECT face_id FROM faces WHERE face_id IN (SELECT value FROM json_each(?)) ORDER BY quality DESC LIMIT 1"
    return int(library.value(best, (json.dumps(typical or face_ids),)))


def vectors_of(library: Library, space: Space, face_ids: list[int]) -> tuple[list[int], Vectors]:
    """Those of the faces that have a vector in this space, and these, (n, d)."""
    rows = library.rows(
        "SELECT face_id, vector FROM json_each(?) AS wanted CROSS JOIN face_vectors ON face_id = wanted.value"
        " WHERE space_id = ?",
        (json.dumps(face_ids), space.space_id),
    )
    return [row["face_id"] for row in rows], space.unpack([row["vector"] for row in rows])


def _distances_to_others(space: Space, vectors: Vectors) -> NDArray[np.float64]:
    """Mean distance of each vector to all others, (n,); infinite for a single one."""
    count = len(vectors)
    if count < 2:
        return np.full(count, np.inf)
    exact: NDArray[np.float64] = vectors.astype(np.float64)
    mean, own = exact.mean(axis=0), np.einsum("ij,ij->i", exact, exact)
    if space.metric != "euclidean":
        return np.asarray(1 - (count * (exact @ mean) - own) / (count - 1))
    squared = np.square(exact - mean).sum(axis=1)
    return np.asarray(np.sqrt((squared + squared.mean()) * count / (count - 1)))
