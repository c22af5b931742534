"""Average linkage (UPGMA) on a neighbour graph, with cannot-link constraints."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.graph import RadiusGraph
from dofisac_tui.embedding import Metric
from dofisac_tui.geometry import (
    Vectors,
    centred,
    dissimilarities,
    dissimilarity_at,
    distance_at,
    score_at,
    score_offsets,
    squared_lengths,
)

_AT_ONCE = 1 << 18  # numbers compared at once, which caches hold
_DIMENSIONS = 32  # added up at once
_ROWS, _COLUMNS = 512, 4096  # groups compared with others at once
_SAMPLED_GROUPS = 64  # compared with all in a crowd, to see how near these are to each other
_SAMPLED = 100_000  # distances read for the growing radii
_FIRST_PAIRS, _GROWTH = 1 << 20, 3  # pairs within the first of them, and how many times as many within the next

Groups = NDArray[np.integer[Any]]
Keys = NDArray[np.int64]


@dataclass
class GroupSums:
    """Sums that give the mean distance between two groups without reading their members again.

    Attributes:
        vectors: (groups, d) sums of the vectors, which `centred` has moved.
        squares: (groups,) means of their squared lengths.
        sizes: (groups,) how many they are.
        metric: How they are compared.
    """

    vectors: NDArray[np.float64]
    squares: NDArray[np.float64]
    sizes: NDArray[np.int64]
    metric: Metric

    @classmethod
    def of(cls, vectors: Vectors, metric: Metric, group: Groups) -> "GroupSums":
        """Return the sums of vectors, (n, d), by the group of each, numbered from 0 without gaps."""
        from scipy.sparse import csr_array

        sizes = np.bincount(group).astype(np.int64)
        adding = csr_array((np.ones(len(group)), (group, np.arange(len(group)))), (len(sizes), len(group)))
        sums, lengths = np.empty((len(sizes), vectors.shape[1])), np.zeros(len(group))
        for start in range(0, vectors.shape[1], _DIMENSIONS):
            some = slice(start, start + _DIMENSIONS)
            exact = centred(vectors[:, some], metric)
            sums[:, some] = adding @ exact
            lengths += squared_lengths(exact)
        return cls(sums, adding @ lengths / sizes, sizes, metric)

    def __post_init__(self) -> None:
        # single precision is off by some 1e-7 of a squared length, and twice as fast to fetch
        self._means = np.empty(self.vectors.shape, np.float32)
        np.divide(self.vectors, self.sizes[:, None], out=self._means, casting="same_kind")

    def between(self, left: Groups, right: Groups) -> NDArray[np.float64]:
        """Return the mean dissimilarity over all pairs of two groups, (m,)."""
        found = np.empty(len(left))
        several = _AT_ONCE // self.vectors.shape[1] + 1
        for start in range(0, len(left), several):
            part = slice(start, start + several)
            found[part] = np.einsum("ij,ij->i", self._means[left[part]], self._means[right[part]])
        return dissimilarities(found, self.squares[left], self.squares[right], self.metric)

    def near(self, left: Groups, right: Groups, bound: float) -> Iterator[tuple[Groups, Groups]]:
        """Yield all pairs of `left` and `right` whose mean dissimilarity is within a bound, and few just beyond it."""
        offsets = score_offsets(self.squares, self.metric).astype(np.float32)
        longest = float(np.einsum("ij,ij->i", self._means[right], self._means[right]).max(initial=0))
        slack = (self.vectors.shape[1] + 8) * 2.0**-22 * max(longest, float(offsets.max(initial=0)), 0.5)
        wanted = np.float32(score_at(bound, self.metric) - slack)
        for start in range(0, len(left), _ROWS):
            for first in range(0, len(right), _COLUMNS):
                one, other = left[start : start + _ROWS], right[first : first + _COLUMNS]
                least = offsets[one][:, None] + (offsets[other] + wanted)
                row, column = np.divmod(np.flatnonzero(self._means[one] @ self._means[other].T >= least), len(other))
                yield one[row], other[column]

    def merge(self, kept: Groups, gone: Groups) -> None:
        """Add each group of `gone`, which must not be used after that, to one of `kept`; each group is in one pair."""
        sizes = self.sizes[kept] + self.sizes[gone]
        squares = self.squares[kept] * self.sizes[kept] + self.squares[gone] * self.sizes[gone]
        self.vectors[kept] += self.vectors[gone]
        self.squares[kept], self.sizes[kept] = squares / sizes, sizes
        self._means[kept] = self.vectors[kept] / sizes[:, None]


def average_linkage(
    graph: RadiusGraph,
    vectors: Vectors,
    metric: Metric,
    start: Groups,
    forbidden: NDArray[np.int64],
    radius: float,
    within: Groups | None = None,
) -> NDArray[np.int64]:
    """Merge the two nearest groups again and again, as long as their mean distance is within the radius.

    Exactly the clusters of greedy average linkage on all distances, though only neighbours are compared: two groups
    whose mean distance is within the radius have a pair that is. The graph may lack a pair if both vectors are in a
    crowd, so the groups of such vectors are all compared with each other. For the same reason all merges up to a
    smaller radius can be made by the pairs within that one alone, so the pairs are taken in by growing radii: most of
    them are within one group by the time that they would count. All pairs of groups that are each other's nearest are
    merged at once, which comes to the same (Murtagh, "A survey of recent advances in hierarchical clustering
    algorithms", 1983; average linkage stays reducible when forbidden pairs are infinitely far apart).

    Args:
        graph: Reaches at least to `radius`.
        vectors: (n, d) those of the graph.
        start: (n,) the group each vector begins in, numbered from 0 without gaps; -1 for those left out.
        forbidden: (m, 2) groups that never meet, nor any group they end up in.
        radius: Bound of the mean distance; for `euclidean` of the root of the mean squared distance.
        within: (n,) where given, only vectors of one value are compared.

    Returns:
        (n,) the group of each vector in the end, -1 for those left out.
    """
    member = start >= 0
    sums = GroupSums.of(vectors[member], metric, start[member])
    group, reach = start.astype(np.int64), -np.inf
    for farthest in _reaches(graph, radius):
        while reach < farthest:
            crowd = np.unique(group[member & (graph.reaches < np.float32(farthest))])
            reach = _next_reach(sums, crowd, reach, farthest)
            keys = _neighbours(graph.within(reach), group, len(sums.sizes), within)
            became = _merge(_with_crowd(keys, crowd, sums, reach), sums, forbidden, dissimilarity_at(reach, metric))
            group[member], forbidden = became[group[member]], became[forbidden]
    return group


def _next_reach(sums: GroupSums, crowd: Groups, last: float, farthest: float) -> float:
    """Return a next radius that holds not too many pairs of groups in a crowd, which the graph may lack."""
    every = len(crowd) ** 2 // 2
    if every <= _FIRST_PAIRS:
        return farthest
    sample = crowd[:: len(crowd) // _SAMPLED_GROUPS + 1]
    distances = sums.between(np.repeat(sample, len(crowd)), np.tile(crowd, len(sample)))
    reach = float(distance_at(np.quantile(distances, [_FIRST_PAIRS / every]), sums.metric)[0])
    return min(reach, farthest) if reach > last else farthest


def _with_crowd(keys: Keys, crowd: Groups, sums: GroupSums, reach: float) -> Keys:
    """Return the pairs of groups in a graph, and those of two groups in a crowd, which it may lack."""
    if len(crowd) < 2:
        return keys
    near = sums.near(crowd, crowd, dissimilarity_at(reach, sums.metric))
    return once(np.concatenate([keys, *(_keys(left, right, len(sums.sizes)) for left, right in near)]))


def _reaches(graph: RadiusGraph, radius: float) -> list[float]:
    """Return growing radii up to the last; the first holds few pairs, each next one a few times as many."""
    step = max(1, graph.size // _SAMPLED)
    sample = np.sort(np.concatenate([np.empty(0, np.float32), *(block.distances[::step] for block in graph.blocks)]))
    pairs, reaches = _FIRST_PAIRS, []
    while pairs < graph.size and sample[pairs * len(sample) // graph.size] < radius:
        reaches.append(float(sample[pairs * len(sample) // graph.size]))
        pairs *= _GROWTH
    return [*reaches, radius]


def _neighbours(near: RadiusGraph, group: Groups, count: int, within: Groups | None) -> Keys:
    """Return the pairs of groups that have a pair of vectors in a graph."""
    found = [np.empty(0, np.int64)]
    for later, earlier, _ in near.parts():
        left, right = group[later], group[earlier]
        wanted = (left >= 0) & (right >= 0)
        if within is not None:
            wanted &= within[later] == within[earlier]
        found.append(_keys(left[wanted], right[wanted], count))
    return once(np.concatenate(found))


def _merge(keys: Keys, sums: GroupSums, forbidden: NDArray[np.int64], bound: float) -> NDArray[np.int64]:
    """Merge groups up to a bound of their dissimilarity; `keys` are the pairs that may be within it.

    Returns:
        The group that each group became; `sums` are merged in place.
    """
    count = len(sums.sizes)
    became = np.arange(count)
    distances = sums.between(*np.divmod(keys, max(1, count)))
    while len(keys):
        # the mean distance of a merged group to another is between those of its parts, so what is beyond stays beyond
        barred = _keys(became[forbidden[:, 0]], became[forbidden[:, 1]], count)
        allowed = (distances <= bound) & ~np.isin(keys, barred)
        keys, distances = keys[allowed], distances[allowed]
        merged = _mutual_nearest(*np.divmod(keys, count), distances, count)
        sums.merge(merged[:, 0], merged[:, 1])
        step = np.arange(count)
        step[merged[:, 1]] = merged[:, 0]
        became = step[became]
        keys, distances = _carried_over(keys, distances, step, merged, sums)
    return became


def _carried_over(
    keys: Keys, distances: NDArray[np.float64], step: Groups, merged: NDArray[np.int64], sums: GroupSums
) -> tuple[Keys, NDArray[np.float64]]:
    """Return the pairs of the new groups and their dissimilarities, computed again where one of the two changed."""
    count = len(step)
    changed = np.zeros(count, bool)
    changed[merged] = True
    left, right = np.divmod(keys, count)
    kept = ~(changed[left] | changed[right])
    fresh = _keys(step[left[~kept]], step[right[~kept]], count)
    again = sums.between(*np.divmod(fresh, count))
    return np.concatenate([keys[kept], fresh]), np.concatenate([distances[kept], again])


def _keys(left: Groups, right: Groups, count: int) -> Keys:
    """Return one number for each pair of two different groups, each pair once."""
    low, high = np.minimum(left, right).astype(np.int64), np.maximum(left, right).astype(np.int64)
    return once((low * count + high)[low != high])


def once(keys: Keys) -> Keys:
    """Return the same keys, ascending, without repetitions."""
    keys = np.sort(keys)  # np.unique goes by a hash table, which is slower
    first = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    return keys[first]


def _mutual_nearest(left: Groups, right: Groups, distances: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return the pairs that are nearest to each other, (m, 2); of equals, the first pair."""
    nearest = np.full(count, np.inf)
    for side in (left, right):
        np.minimum.at(nearest, side, distances)
    best = np.flatnonzero((distances <= nearest[left]) & (distances <= nearest[right]))
    left, right = left[best], right[best]
    rank = np.lexsort((right, left, distances[best])).argsort()
    first = np.full(count, len(best))
    for side in (left, right):
        np.minimum.at(first, side, rank)
    mutual = (first[left] == rank) & (first[right] == rank)
    return np.column_stack([left[mutual], right[mutual]])
