"""Compute how certainly each face belongs to its person, and choose the face that represents a person."""

import json
from typing import NamedTuple

import numpy as np

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.geometry import distances_to_others
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.people_views import present_faces
from dofisac_tui.library.vectors import face_vectors
from dofisac_tui.matching.current_curve import match_curve

_SAMPLED = 400  # faces of a person among which the typical one is chosen


class Membership(NamedTuple):
    """Confidence that a face belongs to its person.

    Attributes:
        match: Probability, 0 to 1, at the mean distance to the person's other faces; None without any.
        distance: That mean distance, as root mean square for a Euclidean space; None without other faces.
    """

    face_id: int
    photo_id: int
    match: float | None
    distance: float | None


def least_certain_faces(library: Library, person_id: int) -> list[Membership]:
    """Return the present faces of a person, the least certain first."""
    space = searched_space(library, "face")
    members = present_faces(library, person_id)
    if space is None or not members:
        return []
    photo_of = dict(members)
    ids, vectors = face_vectors(library, space, list(photo_of))
    distances = distances_to_others(vectors, space.metric)
    probabilities = match_curve(library, space, person=person_id).probabilities(distances)
    known = {
        face_id: Membership(face_id, photo_of[face_id], probability, distance)
        for face_id, probability, distance in zip(ids.tolist(), probabilities.tolist(), distances.tolist(), strict=True)
        if np.isfinite(distance)
    }
    unknown = [Membership(*member, None, None) for member in members if member[0] not in known]
    return unknown + sorted(known.values(), key=lambda each: (-(each.distance or 0.0), each.face_id))


def representative_of_person(library: Library, person_id: int, excluding: int) -> int | None:
    """Return the representative face of a person's other faces; None without any."""
    space = searched_space(library, "face")
    others = [face for face, _ in present_faces(library, person_id) if face != excluding]
    return representative_face(library, space, others) if space and others else None


def representative_face(library: Library, space: EmbeddingSpace, face_ids: list[int]) -> int:
    """Return the face of the highest quality in the half that is nearest to the others."""
    ids, vectors = face_vectors(library, space, face_ids[:: max(1, len(face_ids) // _SAMPLED)])
    far = distances_to_others(vectors, space.metric)
    typical = ids[np.argsort(far, kind="stable")[: (len(ids) + 1) // 2]].tolist()
    best = "SELECT face_id FROM faces WHERE face_id IN (SELECT value FROM json_each(?)) ORDER BY quality DESC LIMIT 1"
    return int(library.value(best, (json.dumps(typical or face_ids),)))
