"""Casting a match vote: its row of the ledger keeps what the models say of the pair at that time.

The command line, the screens and the review queue all vote through here. No model runs.
"""

from dofisac_tui.clustering.likeness import face_evidence
from dofisac_tui.library.database import Library
from dofisac_tui.library.decisions import YesNo, vote_match
from dofisac_tui.library.votes import Vote


def cast_match(library: Library, face_a: int, face_b: int, answer: YesNo, source: str) -> Vote:
    """Say whether two faces are the same person.

    Args:
        source: Where it was said, e.g. `cli` or `review`.

    Raises:
        QueryError: a face does not exist, or both are one.
    """
    return vote_match(library, face_a, face_b, answer, source, face_evidence(library, face_a, face_b))
