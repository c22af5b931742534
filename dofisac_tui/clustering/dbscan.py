"""DBSCAN on the neighbour graph (Ester et al., "A density-based algorithm for discovering clusters", KDD 1996)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.constraint_graph import linked_components
from dofisac_tui.clustering.found_clusters import NOISE, Labels
from dofisac_tui.clustering.graph import RadiusGraph


def density_labels(
    graph: RadiusGraph, radius: float, min_samples: int, may_seed: NDArray[np.bool_] | None = None
) -> Labels:
    """Return the labels of scikit-learn's DBSCAN on the same vectors, number for number.

    Clusters are numbered by their first core vector; a border vector goes to the lowest of the clusters it touches.
    Not by DBSCAN(metric="precomputed") itself, which copies the graph several times over.

    Args:
        radius: At most that of the graph.
        min_samples: Neighbours, itself included, that make a vector a core.
        may_seed: (n,) where False, a vector is never a core and does not count as a neighbour; it may still join.

    Raises:
        ValueError: the graph lacks pairs within the radius (`complete_graph`).
    """
    near = graph.within(radius)
    if (graph.reaches < np.float32(radius)).any():
        raise ValueError(f"the graph does not hold all pairs within {radius:g}, which DBSCAN needs")
    seeds = np.ones(len(near), bool) if may_seed is None else may_seed
    neighbours = np.ones(len(near), np.int64)
    for later, earlier, _ in near.parts():
        neighbours += np.bincount(later[seeds[earlier]], minlength=len(near))
        neighbours += np.bincount(earlier[seeds[later]], minlength=len(near))
    core = seeds & (neighbours >= min_samples)
    component = _components(near, core)
    labels = np.full(len(near), NOISE, np.int32)
    _, first, number = np.unique(component[core], return_index=True, return_inverse=True)
    labels[core] = np.argsort(np.argsort(first))[number]
    return _with_border(labels, near, core)


def _components(near: RadiusGraph, core: NDArray[np.bool_]) -> NDArray[np.integer[Any]]:
    """Return the component of each vector by pairs of two cores, block by block, so that memory stays small."""
    component: NDArray[np.integer[Any]] = np.arange(len(near))
    for later, earlier, _ in near.parts():
        linked = core[later] & core[earlier]
        one, other = component[later[linked]], component[earlier[linked]]
        apart = one != other
        if apart.any():
            component = linked_components(len(near), np.column_stack([one[apart], other[apart]]))[component]
    return component


def _with_border(labels: Labels, near: RadiusGraph, core: NDArray[np.bool_]) -> Labels:
    none = np.iinfo(np.int32).max
    lowest = np.full(len(labels), none, np.int32)
    for later, earlier, _ in near.parts():
        for one, other in ((later, earlier), (earlier, later)):
            border = core[other] & ~core[one]
            np.minimum.at(lowest, one[border], labels[other[border]])
    return np.where(lowest < none, lowest, labels)
