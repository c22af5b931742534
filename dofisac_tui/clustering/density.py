"""DBSCAN on the neighbour graph (Ester et al., "A density-based algorithm for discovering clusters", KDD 1996)."""

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.graph import RadiusGraph

Labels = NDArray[np.int32]
"""(n,) the cluster of each vector, from 0; -1 for noise."""

NOISE = -1


def density_labels(
    graph: RadiusGraph, radius: float, min_samples: int, may_seed: NDArray[np.bool_] | None = None
) -> Labels:
    """The labels of scikit-learn's DBSCAN on the same vectors, number for number.

    Clusters are numbered by their first core vector; a border vector goes to the lowest of the clusters it touches.
    Not by DBSCAN(metric="precomputed") itself, which copies the graph several times over.

    Args:
        radius: At most that of the graph.
        min_samples: Neighbours, itself included, that make a vector a core.
        may_seed: (n,) where false, a vector is never a core and does not help others to be one; it may still join.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    near = graph.within(radius)
    seeds = np.ones(len(near), bool) if may_seed is None else may_seed
    rows = near.rows()
    neighbours = np.bincount(rows[seeds[near.indices]], minlength=len(near)) + 1
    core = seeds & (neighbours >= min_samples)
    linked = core[rows] & core[near.indices]
    between = (rows[linked], near.indices[linked])
    links = csr_array((np.ones(len(between[0]), bool), between), (len(near), len(near)))
    component = connected_components(links, directed=False)[1]
    labels = np.full(len(near), NOISE, np.int32)
    _, first, number = np.unique(component[core], return_index=True, return_inverse=True)
    labels[core] = np.argsort(np.argsort(first))[number]
    return _with_border(labels, rows, near.indices, core)


def _with_border(
    labels: Labels, rows: NDArray[np.int32], neighbours: NDArray[np.int32], core: NDArray[np.bool_]
) -> Labels:
    border = core[neighbours] & ~core[rows]
    lowest = np.full(len(labels), np.iinfo(np.int32).max, np.int32)
    np.minimum.at(lowest, rows[border], labels[neighbours[border]])
    touched = lowest < np.iinfo(np.int32).max
    return np.where(touched, lowest, labels)
