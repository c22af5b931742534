"""The radius of a clustering: from the distances in the data, within the bounds of the calibration."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.constrained_clustering import Method
from dofisac_tui.clustering.graph import RadiusGraph

NEIGHBOUR = 3
"""Number of the neighbour whose distance is read: the last that a person of only four faces has."""

FEWEST = 50
"""Number of vectors with a near neighbour from which the data decides the radius."""

BOUNDS: dict[Method, tuple[float, float]] = {"average-linkage": (0.8, 0.5), "dbscan": (0.99, 0.9)}
"""Probability of a match at the smallest radius and at the largest. A mean over many pairs may be less sure than the
one pair that joins two clusters of DBSCAN. At 0.8, average linkage keeps a precision of 0.998 among 30,000 made-up
faces, where DBSCAN joins most people into one (`benchmarks/clustering.py`)."""


@dataclass(frozen=True)
class RadiusChoice:
    """A radius, and the reason for it in one sentence."""

    radius: float
    reason: str


def choose_radius(graph: RadiusGraph, lower: float, upper: float) -> RadiusChoice:
    """Return the knee of the sorted distances to the third neighbour, kept within two bounds.

    The knee is the point farthest from the chord (Satopaa et al., "Finding a 'kneedle' in a haystack", 2011).

    Args:
        graph: Reaches at least to `upper`.
        lower, upper: What the calibration allows, such as `Calibration.distance` of the two of `BOUNDS`.
    """
    distances = np.sort(neighbour_distances(graph, NEIGHBOUR))
    distances = distances[distances <= upper]
    if len(distances) < FEWEST:
        return RadiusChoice(lower, f"{lower:.3f}: too few faces are close to another to show a scale of their own")
    knee = _knee(distances)
    if knee < lower:
        return RadiusChoice(
            lower, f"{lower:.3f}: the calibration's lower bound, since the data's knee is at {knee:.3f}"
        )
    return RadiusChoice(
        knee,
        f"{knee:.3f}: the knee of the distances to the third neighbour, within the calibration's"
        f" {lower:.3f} to {upper:.3f}",
    )


def neighbour_distances(graph: RadiusGraph, neighbour: int) -> NDArray[np.float32]:
    """Return the distance of each vector to its n-th nearest neighbour, (n,); infinite if it is beyond the radius."""
    nearest = np.full((len(graph), neighbour), np.inf, np.float32)  # ascending
    for later, earlier, distances in graph.parts():
        _fill_nearest(nearest, later, distances)
        _update_nearest(nearest, earlier, distances)
    return nearest[:, -1]


def _fill_nearest(nearest: NDArray[np.float32], rows: NDArray[np.int32], distances: NDArray[np.float32]) -> None:
    """Fill `nearest` with the least distances of rows, which ascend and are empty yet."""
    left = distances.copy()
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    for place in range(nearest.shape[1] if len(starts) else 0):
        least = np.minimum.reduceat(left, starts)
        nearest[rows[starts], place] = least
        equal = np.flatnonzero(left == np.repeat(least, np.diff(starts, append=len(rows))))
        left[equal[np.diff(rows[equal], prepend=-1) > 0]] = np.inf  # one of each row, as there may be equals


def _update_nearest(nearest: NDArray[np.float32], rows: NDArray[np.int32], distances: NDArray[np.float32]) -> None:
    """Take more distances into `nearest`."""
    nearer = np.flatnonzero(distances < nearest[rows, -1])
    touched = np.unique(rows[nearer])
    before = np.repeat(touched, nearest.shape[1])
    row = np.concatenate([rows[nearer], before])
    distance = np.concatenate([distances[nearer], nearest[touched].ravel()])
    order = np.lexsort((distance, row))
    starts = np.searchsorted(row[order], touched)
    for place in range(nearest.shape[1]):
        nearest[touched, place] = distance[order[starts + place]]


def _knee(ascending: NDArray[np.float32]) -> float:
    span = float(ascending[-1] - ascending[0])
    along = np.linspace(0, 1, len(ascending))
    below = along - (ascending - ascending[0]) / span if span else along * 0
    return float(ascending[np.argmax(below)])
