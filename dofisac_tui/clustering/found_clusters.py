"""Clusters that a clustering found, and the ids that they keep from earlier runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.library.runs import Note

Labels = NDArray[np.int32]
"""(n,) the cluster of each item, from 0; -1 for noise."""

NOISE = -1

Ids = NDArray[np.int64]
"""(n,) the cluster of each item: 0 for none, below 0 for clusters that no earlier run has."""


def surviving_ids(
    items: NDArray[np.int64],
    labels: Labels,
    old_items: NDArray[np.int64],
    old_ids: NDArray[np.int64],
    fixed: dict[int, int],
    protected: set[int],
) -> Ids:
    """Give each cluster the id of the old one with which it shares most members.

    Greedy by overlap, ties by the lower id: every pair that is taken shares at least as much as any that it rules out.

    Args:
        items: (n,) ids of what is clustered.
        labels: (n,) the new clusters, numbered from 0.
        old_items, old_ids: (m,) the members of the old clusters, and the id of each one's cluster.
        fixed: Ids that are known already, by label.
        protected: Old ids that choose before the others.
    """
    _, here, there = np.intersect1d(items, old_items, assume_unique=True, return_indices=True)
    clustered = labels[here] != NOISE
    pairs = np.column_stack([old_ids[there][clustered], labels[here][clustered]]).astype(np.int64)
    shared, counts = np.unique(pairs, axis=0, return_counts=True)
    candidates = zip(counts.tolist(), *shared.T.tolist(), strict=True) if len(shared) else ()
    ids, taken = dict(fixed), set(fixed.values())
    for _count, old, label in sorted(candidates, key=lambda each: (each[1] not in protected, -each[0], each[1:])):
        if label not in ids and old not in taken:
            ids[label] = old
            taken.add(old)
    table = -1 - np.arange(labels.max(initial=NOISE) + 2, dtype=np.int64)
    table[-1] = 0  # noise, whose label is -1
    for label, cluster in ids.items():
        table[label] = cluster
    return np.asarray(table[labels])


def with_new_ids(ids: Ids, allocate: Callable[[int], list[int]]) -> Ids:
    """Return the same clusters, with an id for those that have none yet."""
    fresh: NDArray[Any] = np.unique(ids[ids < 0])[::-1]
    if not len(fresh):
        return ids
    given = ids.copy()
    given[ids < 0] = np.array(allocate(len(fresh)), np.int64)[-1 - np.searchsorted(fresh[::-1], ids[ids < 0])]
    return given


@dataclass(frozen=True)
class FoundClusters:
    """Clusters of faces or photos.

    Attributes:
        items, photos: (n,) what was clustered, and the photo of each; where they are the same, photos were.
        ids: (n,) the cluster of each as it was found.
        safe_ids: (n,) the same without what would take a face from a person with a name.
        parameters: Settings, and reasons for them.
        notes: Of clusters, by their id in `ids`.
        last_item: The newest item that was read.
        ledger_end: The newest vote that was read.
    """

    items: NDArray[np.int64]
    photos: NDArray[np.int64]
    ids: Ids
    safe_ids: Ids
    parameters: dict[str, Any]
    notes: dict[int, Note] = field(default_factory=dict)
    last_item: int = 0
    ledger_end: int = 0


_NOTHING = np.empty(0, np.int64)
NOTHING_FOUND = FoundClusters(_NOTHING, _NOTHING, _NOTHING, _NOTHING, {"reason": "nothing is indexed yet"})
