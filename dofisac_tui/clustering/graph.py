"""The exact neighbour graph of vectors: which pairs are within a radius, and how far apart."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.engines.protocols import Metric, Vectors

_ROWS, _COLUMNS = 512, 2048  # of one tile of the distance matrix: 4 MiB a thread, which caches hold
_EXACT = 1024  # pairs compared in double precision at once

Indices = NDArray[np.int32]
Distances = NDArray[np.float32]


@dataclass(frozen=True)
class RadiusGraph:
    """All pairs of n vectors within `radius` of each other, each pair both ways, none with itself.

    The rows of a sparse matrix (CSR), columns ascending. 8 bytes an entry.

    Attributes:
        indptr: (n + 1,) row i is the part of the other two from indptr[i] up to indptr[i + 1].
        indices: The neighbours.
        distances: How far they are: computed in double precision, then rounded to single. Half precision would be
            off by up to 2 in 10,000, and so move pairs across a radius.
        radius: The largest distance there can be.
    """

    indptr: NDArray[np.int64]
    indices: Indices
    distances: Distances
    radius: float

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def rows(self) -> Indices:
        """The row of each entry."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.indptr))

    def pairs(self) -> tuple[Indices, Indices, Distances]:
        """Each pair once: the smaller number, the larger, and the distance."""
        rows = self.rows()
        once = rows < self.indices
        return rows[once], self.indices[once], self.distances[once]

    def within(self, radius: float) -> "RadiusGraph":
        """The graph of the same vectors for a smaller radius.

        Raises:
            ValueError: the radius is larger than that of this graph.
        """
        if radius > self.radius:
            raise ValueError(f"the graph reaches {self.radius:g}, not {radius:g}")
        return replace(self.where(self.distances <= np.float32(radius)), radius=radius)

    def drop(self, keep: NDArray[np.bool_]) -> "RadiusGraph":
        """The graph of the vectors where `keep`, (n,), is true, numbered anew in the same order."""
        left = self.where(np.repeat(keep, np.diff(self.indptr)) & keep[self.indices])
        number = (np.cumsum(keep) - 1).astype(np.int32)
        indptr = np.concatenate([left.indptr[:1], left.indptr[1:][keep]])
        return RadiusGraph(indptr, number[left.indices], left.distances, self.radius)

    def where(self, entries: NDArray[np.bool_]) -> "RadiusGraph":
        """The graph of the same vectors with some of its entries; the two of a pair must agree."""
        before = np.concatenate([[0], np.cumsum(entries, dtype=np.int64)])
        return RadiusGraph(before[self.indptr], self.indices[entries], self.distances[entries], self.radius)


def build_graph(vectors: Vectors, metric: Metric, radius: float, threads: int = 2) -> RadiusGraph:
    """Find all pairs within a radius.

    Blocked matrix products in single precision name the candidates; double precision decides. Only the upper triangle
    is computed. Memory beside the vectors: 4 MiB a thread and at most 24 bytes an entry of the result.

    Args:
        vectors: (n, d) float32.
        metric: What `EmbeddingSpace` says of distances.
        radius: In units of the metric; pairs at exactly this distance count.
        threads: Processor cores to keep busy.
    """
    upper = _close_pairs(vectors, vectors, metric, radius, threads, upper=True)
    return _beside(_transposed(upper, len(vectors)), upper)


def extend_graph(
    graph: RadiusGraph, old_vectors: Vectors, new_vectors: Vectors, metric: Metric, threads: int = 2
) -> RadiusGraph:
    """The graph of the old vectors followed by the new ones. Only the new ones are compared with anything."""
    old, radius = len(old_vectors), graph.radius
    among_new = build_graph(new_vectors, metric, radius, threads)
    across = _close_pairs(new_vectors, old_vectors, metric, radius, threads, upper=False)
    first = _beside(graph, _shifted(_transposed(across, old), old))
    second = _beside(across, _shifted(among_new, old))
    return RadiusGraph(
        np.concatenate([first.indptr, second.indptr[1:] + first.indptr[-1]]),
        np.concatenate([first.indices, second.indices]),
        np.concatenate([first.distances, second.distances]),
        radius,
    )


def _close_pairs(
    left: Vectors, right: Vectors, metric: Metric, radius: float, threads: int, upper: bool
) -> RadiusGraph:
    """Rows of `left` against columns of `right`; with `upper`, the two are one and only columns after the row count."""
    from threadpoolctl import threadpool_limits

    scores = _Scores(left, right, metric, radius)
    starts = range(0, len(left), _ROWS)
    # one thread for each block of rows, so that finding the candidates in a product is shared out as well
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads) as pool:
        blocks = list(pool.map(lambda start: scores.block(start, upper), starts))
    nothing = np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.float32)
    counts, indices, distances = (np.concatenate(part) for part in zip(nothing, *blocks, strict=True))
    return RadiusGraph(np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]), indices, distances, radius)


class _Scores:
    """Scores of pairs as one matrix product, so that a pair may be close where its score reaches `least`."""

    def __init__(self, left: Vectors, right: Vectors, metric: Metric, radius: float) -> None:
        self._left, self._right, self._metric, self._radius = left, right, metric, radius
        longest = max(float(np.square(side, dtype=np.float64).sum(axis=1).max(initial=0)) for side in (left, right))
        # single precision is off by less than this (Higham, Accuracy and Stability of Numerical Algorithms, 3.1)
        slack = (left.shape[1] + 4) * 2.0**-23 * longest
        if metric == "euclidean":  # minus half the squared distance, by two more dimensions
            self._rows, self._columns = _with_norms(left, flip=False), _with_norms(right, flip=True)
            self._least = np.float32(-(radius**2) / 2 - 2 * slack)
        else:
            self._rows, self._columns = left, right
            self._least = np.float32(1 - radius - slack)

    def block(self, start: int, upper: bool) -> tuple[NDArray[np.int64], Indices, Distances]:
        """Neighbours of up to _ROWS rows from `start`: how many each has, which, and how far."""
        rows = self._rows[start : start + _ROWS]
        tiles = range(start if upper else 0, len(self._columns), _COLUMNS)
        nothing = np.empty(0, np.int64), np.empty(0, np.int64)
        found = [nothing, *(self._tile(rows, first, start if upper else -1) for first in tiles)]
        row, column = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.argsort(row.astype(np.uint16), kind="stable")
        row, column = row[order], column[order]
        distances = self._exact(row + start, column)
        close = distances <= self._radius
        counts = np.bincount(row[close], minlength=len(rows))
        return counts, column[close].astype(np.int32), distances[close].astype(np.float32)

    def _tile(self, rows: Vectors, first: int, diagonal: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        columns = self._columns[first : first + _COLUMNS]
        row, column = np.divmod(np.flatnonzero(rows @ columns.T >= self._least), len(columns))
        column += first
        if first == diagonal:  # the tile on the diagonal, which is at least as wide as it is high
            after = column > row + diagonal
            return row[after], column[after]
        return row, column

    def _exact(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
        found = np.empty(len(rows))
        for start in range(0, len(rows), _EXACT):
            part = slice(start, start + _EXACT)
            left, right = self._left[rows[part]].astype(np.float64), self._right[columns[part]]
            if self._metric == "euclidean":
                left -= right
                found[part] = np.sqrt(np.einsum("ij,ij->i", left, left))
            else:
                found[part] = 1 - np.einsum("ij,ij->i", left, right, dtype=np.float64)
        return found


def _with_norms(vectors: Vectors, flip: bool) -> Vectors:
    norms = (np.square(vectors, dtype=np.float64).sum(axis=1) / -2).astype(np.float32)[:, None]
    ones = np.ones_like(norms)
    return np.hstack([vectors, ones, norms] if flip else [vectors, norms, ones])


def _transposed(graph: RadiusGraph, columns: int) -> RadiusGraph:
    from scipy.sparse import csr_array

    turned: Any = csr_array((graph.distances, graph.indices, graph.indptr), (len(graph), columns)).tocsc()
    return RadiusGraph(turned.indptr.astype(np.int64), turned.indices.astype(np.int32), turned.data, graph.radius)


def _shifted(graph: RadiusGraph, by: int) -> RadiusGraph:
    return RadiusGraph(graph.indptr, graph.indices + np.int32(by), graph.distances, graph.radius)


def _beside(left: RadiusGraph, right: RadiusGraph) -> RadiusGraph:
    """Each row of `left` followed by the same row of `right`."""
    counts = np.column_stack([np.diff(left.indptr), np.diff(right.indptr)])
    from_right = np.repeat(np.tile([False, True], len(counts)), counts.ravel())
    indices, distances = np.empty(len(from_right), np.int32), np.empty(len(from_right), np.float32)
    indices[from_right], distances[from_right] = right.indices, right.distances
    np.logical_not(from_right, out=from_right)
    indices[from_right], distances[from_right] = left.indices, left.distances
    return RadiusGraph(left.indptr + right.indptr, indices, distances, left.radius)
