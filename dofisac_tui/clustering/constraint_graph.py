"""Which faces are surely one person, and which are surely two."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pairs = Sequence[tuple[int, int]] | NDArray[np.integer[Any]]
"""(m, 2) positions of vectors; empty where there are none."""


def same_photo_pairs(photo_ids: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """All pairs of faces that stand in one photo, (m, 2): two faces of one photo are two people.

    Args:
        photo_ids: (n,) the photo of each face.
    """
    order = np.argsort(photo_ids, kind="stable")
    photos = photo_ids[order]
    pairs = [np.empty((0, 2), np.int64)]
    for gap in range(1, len(photos)):
        at = np.flatnonzero(photos[gap:] == photos[:-gap])
        if not len(at):
            break
        pairs.append(np.sort(np.column_stack([order[at], order[at + gap]]), axis=1))
    return np.concatenate(pairs)


def linked_components(count: int, must_link: Pairs) -> NDArray[np.int32]:
    """The component of each of `count` vectors that must-link pairs make, transitively, (count,)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    pairs = as_pairs(must_link)
    links = csr_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), (count, count))
    component: NDArray[np.int32] = connected_components(links, directed=False)[1]
    return component


def separated_components(component: NDArray[np.int32], cannot_link: Pairs) -> NDArray[np.int64]:
    """The cannot-link pairs between components, (m, 2), each once, the smaller first.

    Raises:
        ValueError: a component holds a pair that may not be together.
    """
    pairs = np.unique(np.sort(component[as_pairs(cannot_link)], axis=1), axis=0)
    if (pairs[:, 0] == pairs[:, 1]).any():
        raise ValueError("two faces that must not be together are linked by others that must")
    return pairs.astype(np.int64)


def as_pairs(pairs: Pairs) -> NDArray[np.int64]:
    """As an array, (m, 2)."""
    return np.asarray(pairs, np.int64).reshape(-1, 2)
