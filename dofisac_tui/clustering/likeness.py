"""What the models say of two faces."""

import numpy as np

from dofisac_tui.library.database import Library
from dofisac_tui.library.spaces import searched_space
from dofisac_tui.library.votes import Evidence
from dofisac_tui.match_curves import match_curve


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
