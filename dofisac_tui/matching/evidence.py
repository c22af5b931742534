"""The evidence for a vote on two faces: their distance and Match."""

from dofisac_tui.geometry import distances
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.ledger import Evidence, Vote
from dofisac_tui.library.vectors import face_vectors
from dofisac_tui.library.voting import YesNo, vote_match
from dofisac_tui.matching.current_curve import match_curve


def face_evidence(library: Library, face_a: int, face_b: int) -> Evidence | None:
    """Return distance and Match of two faces; None where the models in use did not find both."""
    space = searched_space(library, "face")
    if space is None:
        return None
    ids, vectors = face_vectors(library, space, [face_a, face_b])
    if len(set(ids.tolist())) != 2:
        return None
    distance = float(distances(vectors[:1], vectors[1:], space.metric)[0])
    return Evidence(space.name, distance, match_curve(library, space).probability(distance))


def cast_match(library: Library, face_a: int, face_b: int, answer: YesNo, source: str) -> Vote:
    """Store a vote on whether two faces are the same person, with the evidence at that moment.

    Args:
        source: Where it was cast, e.g. `cli` or `review`.

    Raises:
        QueryError: a face does not exist, or both are one.
    """
    return vote_match(library, face_a, face_b, answer, source, face_evidence(library, face_a, face_b))
