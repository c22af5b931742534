"""The exact neighbour graph of vectors: which pairs are within a radius, and how far apart."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.engines.protocols import Metric, Vectors

_ROWS, _COLUMNS = 512, 2048  # of one tile of the distance matrix: 4 MiB a thread, which caches hold
_EXACT = 1024  # pairs compared in double precision at once
_PAIRS = 1 << 18  # in a block, about

Indices = NDArray[np.int32]
Distances = NDArray[np.float32]


class Pairs(NamedTuple):
    """Some pairs, (m,) each: the later vector, the earlier one, and how far apart they are."""

    later: Indices
    earlier: Indices
    distances: Distances


@dataclass(frozen=True)
class Block:
    """The pairs of a few vectors that follow each other, with all that come before them.

    Attributes:
        first: The first of these vectors.
        counts: (k,) pairs of each of them.
        earlier: (m,) the other vector of each pair, ascending for each of the k.
        distances: (m,)
    """

    first: int
    counts: Indices
    earlier: Indices
    distances: Distances

    def pairs(self, radius: float) -> Pairs:
        """Those within a radius."""
        later = np.repeat(np.arange(self.first, self.first + len(self.counts), dtype=np.int32), self.counts)
        near = self.distances <= np.float32(radius)
        if near.all():
            return Pairs(later, self.earlier, self.distances)
        return Pairs(later[near], self.earlier[near], self.distances[near])


@dataclass(frozen=True)
class RadiusGraph:
    """All pairs of n vectors within `radius` of each other, each once, in blocks: 8 bytes a pair.

    Since a pair stands with the later of its vectors, new vectors are new blocks, and nothing else changes. What is
    done with a graph is done block by block, so that it is never in memory twice.

    Attributes:
        count: Of the vectors.
        blocks: In the order of the vectors; they may hold pairs beyond the radius.
        radius: The largest distance there can be. Distances are computed in double precision, then rounded to single;
            half precision would be off by up to 2 in 10,000, and so move pairs across a radius.
    """

    count: int
    blocks: tuple[Block, ...]
    radius: float

    @classmethod
    def of_pairs(cls, count: int, pairs: Pairs, radius: float) -> "RadiusGraph":
        """The graph of pairs in any order, each once and its later vector first."""
        order = np.lexsort((pairs.earlier, pairs.later))
        counts = np.bincount(pairs.later, minlength=count).astype(np.int32)
        return cls(count, tuple(blocks_of(counts, pairs.earlier[order], pairs.distances[order])), radius)

    def __len__(self) -> int:
        return self.count

    @property
    def size(self) -> int:
        """How many pairs the blocks hold, whatever the radius."""
        return sum(len(block.earlier) for block in self.blocks)

    def parts(self) -> Iterator[Pairs]:
        """The pairs within the radius, some at a time."""
        for block in self.blocks:
            yield block.pairs(self.radius)

    def pairs(self) -> Pairs:
        """All pairs within the radius at once."""
        nothing = Pairs(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))
        return Pairs(*(np.concatenate(columns) for columns in zip(nothing, *self.parts(), strict=True)))

    def within(self, radius: float) -> "RadiusGraph":
        """The graph of the same vectors for a smaller radius, at no cost.

        Raises:
            ValueError: the radius is larger than that of this graph.
        """
        if radius > self.radius:
            raise ValueError(f"the graph reaches {self.radius:g}, not {radius:g}")
        return replace(self, radius=radius)

    def drop(self, keep: NDArray[np.bool_]) -> "RadiusGraph":
        """The graph of the vectors where `keep`, (n,), is true, numbered anew in the same order."""
        number = (np.cumsum(keep) - 1).astype(np.int32)
        blocks = []
        for block in self.blocks:
            kept = keep[block.first : block.first + len(block.counts)]
            left = np.repeat(kept, block.counts) & keep[block.earlier]
            row = np.repeat(np.arange(len(kept)), block.counts)[left]
            counts = np.bincount(row, minlength=len(kept))[kept].astype(np.int32)
            first = int(number[block.first]) + (not kept[0]) if len(kept) else 0
            blocks.append(Block(first, counts, number[block.earlier[left]], block.distances[left]))
        return RadiusGraph(int(keep.sum()), tuple(blocks), self.radius)

    def nearest(self, places: NDArray[np.int64], most: int) -> list[Indices]:
        """The nearest neighbours within the radius of some vectors, up to `most` of each, the nearest first."""
        wanted = np.zeros(self.count, bool)
        wanted[places] = True
        found = [np.empty((0, 3))]
        for later, earlier, distances in self.parts():
            for one, other in ((later, earlier), (earlier, later)):
                at = wanted[one]
                found.append(np.column_stack([one[at], other[at], distances[at]]))
        table = np.concatenate(found)
        table = table[np.lexsort((table[:, 1], table[:, 2], table[:, 0]))]
        starts = np.searchsorted(table[:, 0], places)
        ends = np.minimum(np.searchsorted(table[:, 0], places, side="right"), starts + most)
        return [table[start:end, 1].astype(np.int32) for start, end in zip(starts, ends, strict=True)]


def build_graph(vectors: Vectors, metric: Metric, radius: float, threads: int = 2) -> RadiusGraph:
    """Find all pairs within a radius.

    Blocked matrix products in single precision name the candidates; double precision decides. Each two vectors are
    compared once. Memory beside the vectors: 4 MiB a thread and 8 bytes a pair.

    Args:
        vectors: (n, d) float32.
        metric: What `EmbeddingSpace` says of distances.
        radius: In units of the metric; pairs at exactly this distance count.
        threads: Processor cores to keep busy.
    """
    return extend_graph(RadiusGraph(0, (), radius), vectors, metric, threads)


def extend_graph(graph: RadiusGraph, vectors: Vectors, metric: Metric, threads: int = 2) -> RadiusGraph:
    """The graph of more vectors, the first of which are those of `graph`. Only new ones are compared with anything."""
    from threadpoolctl import threadpool_limits

    scores = _Scores(vectors, metric, graph.radius)
    starts = range(len(graph), len(vectors), _ROWS)
    # one thread for each block of rows, so that finding the candidates in a product is shared out as well
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads) as pool:
        blocks = tuple(pool.map(scores.block, starts))
    return RadiusGraph(len(vectors), graph.blocks + blocks, graph.radius)


def blocks_of(counts: Indices, earlier: Indices, distances: Distances) -> Iterable[Block]:
    """Cut the pairs of all vectors, in order, into blocks: views, not copies."""
    reached = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    cuts = np.unique(np.searchsorted(reached, np.arange(0, reached[-1] + 1, _PAIRS)))
    for start, stop in pairwise([*cuts[cuts < len(counts)].tolist(), len(counts)]):
        part = slice(reached[start], reached[stop])
        yield Block(start, counts[start:stop], earlier[part], distances[part])


class _Scores:
    """Scores of pairs as one matrix product, so that a pair may be close where its score reaches `least`."""

    def __init__(self, vectors: Vectors, metric: Metric, radius: float) -> None:
        self._vectors, self._metric, self._radius = vectors, metric, radius
        lengths = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
        # single precision is off by less than this (Higham, Accuracy and Stability of Numerical Algorithms, 3.1)
        slack = (vectors.shape[1] + 4) * 2.0**-23 * float(lengths.max(initial=0))
        if metric == "euclidean":  # minus half the squared distance, by two more dimensions
            norms, ones = (lengths / -2).astype(np.float32)[:, None], np.ones((len(vectors), 1), np.float32)
            self._rows, self._columns = np.hstack([vectors, norms, ones]), np.hstack([vectors, ones, norms])
            self._least = np.float32(-(radius**2) / 2 - 2 * slack)
        else:
            self._rows = self._columns = vectors
            self._least = np.float32(1 - radius - slack)

    def block(self, start: int) -> Block:
        """The pairs of up to _ROWS vectors from `start`."""
        rows = self._rows[start : start + _ROWS]
        nothing = np.empty(0, np.int64), np.empty(0, np.int64)
        tiles = range(0, start + len(rows), _COLUMNS)
        found = [nothing, *(self._tile(rows, start, first) for first in tiles)]
        row, column = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.argsort(row.astype(np.uint16), kind="stable")
        row, column = row[order], column[order]
        distances = self._exact(row + start, column)
        close = distances <= self._radius
        counts = np.bincount(row[close], minlength=len(rows)).astype(np.int32)
        return Block(start, counts, column[close].astype(np.int32), distances[close].astype(np.float32))

    def _tile(self, rows: Vectors, start: int, first: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        columns = self._columns[first : min(first + _COLUMNS, start + len(rows))]
        row, column = np.divmod(np.flatnonzero(rows @ columns.T >= self._least), len(columns))
        column += first
        if first + len(columns) > start:  # the tile reaches the diagonal
            before = column < row + start
            return row[before], column[before]
        return row, column

    def _exact(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
        found = np.empty(len(rows))
        for start in range(0, len(rows), _EXACT):
            part = slice(start, start + _EXACT)
            left, right = self._vectors[rows[part]].astype(np.float64), self._vectors[columns[part]]
            if self._metric == "euclidean":
                left -= right
                found[part] = np.sqrt(np.einsum("ij,ij->i", left, left))
            else:
                found[part] = 1 - np.einsum("ij,ij->i", left, right, dtype=np.float64)
        return found
