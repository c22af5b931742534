"""Photos of alike scenes, and photos of the same people in alike scenes."""

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.dbscan import Labels
from dofisac_tui.clustering.duplicates import Agreement
from dofisac_tui.clustering.graph import RadiusGraph
from dofisac_tui.clustering.people_labels import identity_labels
from dofisac_tui.embedding import Metric
from dofisac_tui.geometry import Vectors, distances_to, euclidean_distance_at


def scene_labels(graph: RadiusGraph, vectors: Vectors, metric: Metric, radius: float, min_samples: int = 3) -> Labels:
    """Photos grouped by scene, (n,), -1 for those with too few alike: average linkage, as for people.

    Args:
        graph: Of these vectors; reaches at least to `radius`.
        vectors: (n, d) one for each photo.
        radius: Of the mean distance between two groups: `Calibration.distance` of an even probability.
    """
    return identity_labels(graph, vectors, metric, radius, min_samples=min_samples)


def combined_vectors(
    faces: Vectors, scenes: Vectors, metrics: tuple[Metric, Metric], radii: tuple[float, float]
) -> Vectors:
    """Face and scene side by side, each in units of its own radius, (n, d + e), for `euclidean` and a radius of 1.

    A squared distance is the mean of the two squared distances over their squared radii, so that neither outweighs
    the other for having longer vectors or more dimensions. One minus an inner product of unit vectors is half their
    squared Euclidean distance.

    Args:
        faces, scenes: (n, d) and (n, e): of each face, and of its photo.
        metrics: Of the two spaces.
        radii: Of the two, by their calibrations at one probability.
    """
    combined = np.hstack([faces, scenes])
    halves = combined[:, : faces.shape[1]], combined[:, faces.shape[1] :]
    for half, metric, radius in zip(halves, metrics, radii, strict=True):
        half /= np.float32(np.sqrt(2) * euclidean_distance_at(radius, metric))
    return combined


def scene_agreement(vectors: Vectors, metric: Metric, radius: float) -> Agreement:
    """Which photos' scenes are within a radius; a photo without a vector has NaN, and agrees with none.

    Args:
        vectors: (n, d) by the position of the photo.
    """

    def agrees(position: int, others: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray(distances_to(vectors[position], vectors[others], metric) <= radius)

    return agrees
