"""What the ledger says of pairs of photos."""

from dofisac_tui.clustering.face_constraints import FaceConstraints
from dofisac_tui.library.database import Library
from dofisac_tui.library.face_keys import LocatedFace
from dofisac_tui.library.ledger import standing_votes


def read_photo_constraints(library: Library) -> list[tuple[int, int, str]]:
    """What was said of pairs of photos, by a photo of each content, without what newer verdicts rule out."""
    votes = standing_votes(library, ("photos",))
    rows = library.rows(
        "SELECT content_hash, MIN(photo_id) FROM photos WHERE absent_since IS NULL GROUP BY content_hash"
    )
    photo_of = dict(map(tuple, rows))
    weighed, held = FaceConstraints(), []
    for vote in reversed(votes):
        a, b = photo_of.get(vote.content_a), photo_of.get(vote.content_b)
        if a is None or b is None:
            continue
        for photo_id in (a, b):
            weighed._add(LocatedFace(photo_id, photo_id))
        before = len(weighed.contradictions)
        (weighed._part if vote.answer == "unrelated" else weighed._join)(a, b, vote)
        if len(weighed.contradictions) == before:
            held.append((a, b, vote.answer))
    return held
