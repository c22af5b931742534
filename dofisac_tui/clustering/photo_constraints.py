"""Constraints on photos from the ledger."""

from typing import NamedTuple

from dofisac_tui.clustering.constraint_graph import ConstraintGraph
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import Vote, standing_votes


class PhotoConstraint(NamedTuple):
    """A vote on two photos: `same-picture`, `same-moment` or `unrelated`."""

    photo_a: int
    photo_b: int
    answer: str


def read_photo_constraints(library: Library) -> list[PhotoConstraint]:
    """Return the standing votes on pairs of present photos, without those that conflict with newer ones.

    Photos of one content are stood for by the first of them.
    """
    rows = library.rows(
        "SELECT content_hash, MIN(photo_id) FROM photos WHERE absent_since IS NULL GROUP BY content_hash"
    )
    photo_of = dict(map(tuple, rows))
    graph, found = ConstraintGraph[int, Vote](), []
    for vote in reversed(standing_votes(library, ("photos",))):
        a, b = photo_of.get(vote.content_a), photo_of.get(vote.content_b)
        if a is None or b is None:
            continue
        add = graph.cannot_link if vote.answer == "unrelated" else graph.must_link
        if add(a, b, vote):
            found.append(PhotoConstraint(a, b, vote.answer))
    return found
