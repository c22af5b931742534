"""What the models say of two faces."""

import numpy as np

from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.ledger import Evidence, Vote
from dofisac_tui.library.voting import YesNo, vote_match
from dofisac_tui.matching.current_curve import match_curve


def face_evidence(library: Library, face_a: int, face_b: int) -> Evidence | None:
    """Distance and probability of two faces; None where the models in use did not find both."""
    space = searched_space(library, "face")
    if space is None:
        return None
    rows = library.rows(
        "SELECT vector FROM face_vectors WHERE face_id IN (?, ?) AND space_id = ?", (face_a, face_b, space.space_id)
    )
    if len(rows) != 2:
        return None
    a, b = space.unpack([row["vector"] for row in rows]).astype(np.float64)
    distance = float(np.linalg.norm(a - b) if space.metric == "euclidean" else 1 - a @ b)
    return Evidence(space.name, distance, match_curve(library, space).probability(distance))


def cast_match(library: Library, face_a: int, face_b: int, answer: YesNo, source: str) -> Vote:
    """Say whether two faces are the same person.

    Args:
        source: Where it was said, e.g. `cli` or `review`.

    Raises:
        QueryError: a face does not exist, or both are one.
    """
    return vote_match(library, face_a, face_b, answer, source, face_evidence(library, face_a, face_b))
