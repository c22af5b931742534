"""What a distance means in a library: the one place that Match comes from.

The curve that ships with an embedding space holds until a retraining has learned a better one from votes.
"""

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.library.database import Library
from dofisac_tui.library.retrainings import EVERYBODY, Curve, current_curve, current_curves, current_retraining
from dofisac_tui.matching.calibration import Calibration, Query, calibration_for


def match_curve(
    library: Library, space: EmbeddingSpace, query: Query = "like", person: int | None = None
) -> Calibration:
    """The curve in force for a space of the library.

    Args:
        query: What is compared with its vectors; nothing is learned about words, whose curve is always the shipped one.
        person: One of the two faces is known to be of this person, who may have a curve of their own.
    """
    learned = current_curve(library, space, person or EVERYBODY) if query == "like" else None
    return from_json(learned) if learned else shipped_curve(space, query)


def person_curves(library: Library, space: EmbeddingSpace) -> dict[int, Calibration]:
    """The curves of the persons that have one of their own; `match_curve` is for all others."""
    learned = current_curves(library, space)
    return {person: from_json(curve) for person, curve in learned.items() if person != EVERYBODY}


def shipped_curve(space: EmbeddingSpace, query: Query = "like") -> Calibration:
    """The curve of a space before anything was learned."""
    return calibration_for(space, query)


def link_bounds(library: Library, space: EmbeddingSpace, shipped: tuple[float, float]) -> tuple[float, float]:
    """Probabilities of a match at the smallest and the largest radius of a clustering: the `shipped` ones, unless a
    retraining has found one that is better."""
    current = current_retraining(library, space)
    if current is None or current.link_probability is None:
        return shipped
    return current.link_probability, current.link_probability


def from_json(curve: Curve) -> Calibration:
    """A curve as the library keeps it, which is `dataclasses.asdict` of it."""
    return Calibration(**{**curve, "knots": tuple((knot[0], knot[1]) for knot in curve.get("knots", ()))})
