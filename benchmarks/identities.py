"""Make random faces with the distribution of LFW in the bundled space.

There, two faces of a person are 0.43 +- 0.07 apart, the means of ten people from 0.36 to 0.50, and faces of two people
0.77 +- 0.07. Here 0.44 +- 0.07 and 0.77 +- 0.07; one pair of strangers in a thousand is within 0.58, in LFW 0.59.
"""

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.geometry import Vectors

DIMENSIONS = 128
SAME, STRANGERS = 0.43, 0.77
WITHIN, BETWEEN = 17, 28  # decay of the spectra, in dimensions; twice as many are effective
SPREAD = 0.12  # of the spread between people
LARGEST = 300  # faces of a person


def made_up(count: int, strangers: float = 0.0, seed: int = 0) -> tuple[Vectors, NDArray[np.int64]]:
    """Return faces of people with 2 to 300 each, most with few, and the person of each.

    Args:
        strangers: Share of the faces that are of people seen once.
    """
    chance = np.random.default_rng(seed)
    sizes = np.minimum(2 + (8 * chance.pareto(1.2, count)).astype(int), LARGEST)
    alone = round(count * strangers)
    people = np.concatenate([np.repeat(np.arange(count), sizes)[: count - alone], count + np.arange(alone)])
    people = chance.permutation(np.unique(people, return_inverse=True)[1])
    known = int(people.max()) + 1
    inner = SAME**2 / 2
    centres = _spread(known, BETWEEN, STRANGERS**2 / 2 - inner, chance)
    width = np.clip(chance.normal(1, SPREAD, known), 0.7, 1.4).astype(np.float32)
    vectors: Vectors = centres[people] + _spread(count, WITHIN, inner, chance) * width[people][:, None]
    return vectors, people


def one_person(count: int, seed: int = 0) -> Vectors:
    """Return faces of one person."""
    return _spread(count, WITHIN, SAME**2 / 2, np.random.default_rng(seed))


def _spread(count: int, decay: float, variance: float, chance: np.random.Generator) -> Vectors:
    """Return Gaussian vectors of a total variance with a decaying spectrum in random directions."""
    spectrum = np.exp(-np.arange(DIMENSIONS) / decay)
    rotation = np.linalg.qr(chance.standard_normal((DIMENSIONS, DIMENSIONS)))[0]
    scaled = np.sqrt(spectrum * variance / spectrum.sum())[:, None] * rotation
    vectors: Vectors = chance.standard_normal((count, DIMENSIONS), dtype=np.float32) @ scaled.astype(np.float32)
    return vectors
