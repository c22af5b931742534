"""The curves in force in a library: the shipped one of a space, until a retraining has learned a better one."""

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.library.database import Library
from dofisac_tui.library.retrainings import EVERYBODY, Curve, current_curve, current_curves, current_retraining
from dofisac_tui.matching.calibration import Calibration, QueryKind, shipped_curve


def match_curve(
    library: Library, space: EmbeddingSpace, query: QueryKind = "like", person: int | None = None
) -> Calibration:
    """Return the curve in force for a space of the library.

    Args:
        query: The other side of the comparison. Curves of words are not learned, so theirs is always the shipped one.
        person: One of the two faces is known to be of this person, who may have a curve of their own.
    """
    learned = current_curve(library, space, person or EVERYBODY) if query == "like" else None
    return from_json(learned) if learned else shipped_curve(space, query)


def person_curves(library: Library, space: EmbeddingSpace) -> dict[int, Calibration]:
    """Return the curves of the persons that have one of their own; `match_curve` is for all others."""
    learned = current_curves(library, space)
    return {person: from_json(curve) for person, curve in learned.items() if person != EVERYBODY}


def link_bounds(library: Library, space: EmbeddingSpace, shipped: tuple[float, float]) -> tuple[float, float]:
    """Return the probabilities of a match at the smallest and the largest radius of a clustering.

    Args:
        shipped: Those that hold unless a retraining has found a better one.
    """
    current = current_retraining(library, space)
    if current is None or current.link_probability is None:
        return shipped
    return current.link_probability, current.link_probability


def from_json(curve: Curve) -> Calibration:
    """Return a curve as the library keeps it, which is `dataclasses.asdict` of it."""
    return Calibration(**{**curve, "knots": tuple((knot[0], knot[1]) for knot in curve.get("knots", ()))})
