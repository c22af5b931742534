"""Calibration curves: from a distance to the probability of a match, with those that are shipped."""

import functools
import json
import math
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.embedding import EmbeddingSpace

QueryKind = Literal["like", "text"]
"""The other side of a comparison with a stored vector: a vector of the same kind, or words."""


@dataclass(frozen=True)
class Calibration:
    """Probability of a match = logistic(intercept + slope * distance), or a curve through `knots`.

    Attributes:
        slope: Change of the log odds for one unit of distance; negative.
        intercept: Log odds at distance 0; not used where there are knots.
        source: The data it was fitted on.
        pairs: Pairs it was fitted on; 0 where it rests on published thresholds.
        prior: Share of matches among the pairs that the probability is meant for; None where unknown.
        error: Expected calibration error (ten bins of equal count) on pairs it was not fitted on; None where
            unknown.
        knots: Distances, ascending, and the log odds there, strictly descending. Between them the log odds are
            interpolated, beyond them they go on with `slope`.
    """

    slope: float
    intercept: float
    source: str
    pairs: int = 0
    prior: float | None = None
    error: float | None = None
    knots: tuple[tuple[float, float], ...] = ()

    def probability(self, distance: float) -> float:
        """Return the probability of a match at a distance, 0 to 1."""
        odds = self.intercept + self.slope * distance if not self.knots else float(self.log_odds(np.array(distance)))
        return 1 / (1 + math.exp(-odds)) if odds >= 0 else math.exp(odds) / (1 + math.exp(odds))

    def distance(self, probability: float) -> float:
        """Return the distance at which a match has this probability.

        Raises:
            ValueError: the probability is not strictly between 0 and 1.
        """
        odds = math.log(probability / (1 - probability))
        if not self.knots:
            return (odds - self.intercept) / self.slope
        distances, heights = np.array(self.knots)[::-1].T
        beyond = min(odds - heights[0], 0) + max(odds - heights[-1], 0)
        return float(np.interp(odds, heights, distances) + beyond / self.slope)

    def probabilities(self, distances: NDArray[Any]) -> NDArray[np.float64]:
        """Return `probability` of many distances at once, in their shape."""
        return np.asarray((1 + np.tanh(self.log_odds(distances) / 2)) / 2)

    def log_odds(self, distances: NDArray[Any]) -> NDArray[np.float64]:
        """Return the logarithm of the odds of a match at each distance, in their shape."""
        at, heights = np.array(self.knots or ((0.0, self.intercept),)).T
        beyond = np.minimum(distances - at[0], 0) + np.maximum(distances - at[-1], 0)
        return np.asarray(np.interp(distances, at, heights) + self.slope * beyond)


COSINE_FACES = Calibration(
    slope=-math.log(9) / 0.08,
    intercept=math.log(9) / 0.08 * 0.60,
    source="published thresholds for ArcFace: 50 % at cosine 0.40 (InsightFace's own, false accepts near "
    "1e-6), 90 % at 0.48 (InsightFace's album)",
)
"""For cosine face spaces that have no calibration of their own."""

COSINE_SCENES = Calibration(
    slope=-math.log(9) / 0.08,
    intercept=math.log(9) / 0.08 * 0.20,
    source="an assumption, not a fit: 50 % at cosine 0.80 and 90 % at 0.88, above what two unrelated photos reach in "
    "CLIP's narrow image cone (Liang et al., Mind the Gap, NeurIPS 2022) and below a near-duplicate (0.99 in Immich)",
)
"""For two photos in cosine scene spaces that have no calibration of their own."""

COSINE_WORDS = Calibration(
    slope=-math.log(9) / 0.05,
    intercept=math.log(9) / 0.05 * 0.75,
    source="published thresholds for CLIP ViT-B/32, not a fit: 90 % at cosine 0.30, above which LAION-400M took a "
    "caption to fit its photo; 50 % at 0.25, since single words reach less than captions",
)
"""For words and photos in cosine scene spaces that have no calibration of their own."""

UNCALIBRATED = Calibration(slope=-8.0, intercept=4.0, source="uncalibrated: falls with the distance, 50 % at 0.5")
"""For any other space: keeps the order of answers and claims nothing else."""


def shipped_curve(space: EmbeddingSpace, query: QueryKind = "like") -> Calibration:
    """Return the curve shipped for a space, or the default for spaces of its kind.

    Entries of `calibrations.json` are named by the space, with `:text` added for words against photos.
    """
    shipped = _shipped().get(space.name if query == "like" else f"{space.name}:{query}")
    if shipped:
        return shipped
    if space.metric != "cosine":
        return UNCALIBRATED
    if space.kind == "face":
        return COSINE_FACES
    return COSINE_WORDS if query == "text" else COSINE_SCENES


@functools.cache
def _shipped() -> dict[str, Calibration]:
    text = resources.files(__package__).joinpath("calibrations.json").read_text(encoding="utf-8")
    return {name: Calibration(**entry) for name, entry in json.loads(text).items()}
