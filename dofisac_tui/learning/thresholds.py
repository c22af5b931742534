"""Where to link two faces and where to ask, for a stated precision."""

from typing import NamedTuple

import numpy as np

from dofisac_tui.learning.pairs import PairSample
from dofisac_tui.matching.calibration import Calibration


class Thresholds(NamedTuple):
    """Distances: nearer than `link`, two faces are taken for one person; beyond `ask`, for two; between, it is asked.

    Attributes:
        link: The farthest at which, of all nearer pairs of the library, the stated share is expected to match.
        ask: The nearest at which, of all matches of the library, the stated share is expected to be nearer.
        precision: Expected of the pairs nearer than `link`.
        recall: Expected share of all matches that are nearer than `link`.
    """

    link: float
    ask: float
    precision: float
    recall: float


def thresholds_for(curve: Calibration, pairs: PairSample, precision: float) -> Thresholds | None:
    """The thresholds that a curve of Match sets for a library.

    Args:
        pairs: Of the library.
        precision: Share of pairs, 0 to 1.

    Returns:
        None where the library has too few faces for a pair to be expected to match.
    """
    distances = np.sort(pairs.distances.astype(np.float64))
    matches = np.cumsum(curve.probabilities(distances))
    if not len(matches) or matches[-1] < 1:
        return None
    right = matches / np.arange(1, len(matches) + 1)
    enough = np.flatnonzero(right >= precision)
    link = int(enough[-1]) if len(enough) else 0
    ask = max(link, int(np.searchsorted(matches, precision * matches[-1])))
    return Thresholds(
        float(distances[link]), float(distances[ask]), float(right[link]), float(matches[link] / matches[-1])
    )
