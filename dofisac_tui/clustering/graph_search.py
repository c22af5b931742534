"""Search for the pairs of a neighbour graph."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.graph import Block, Distances, RadiusGraph
from dofisac_tui.embedding import Metric
from dofisac_tui.geometry import Vectors, dissimilarity_at, distances, score_at, score_offsets, squared_lengths

CROWD = 512
"""Number of neighbours among the vectors before it that put a vector in a crowd, and end its reach."""

_ROWS, _COLUMNS = 512, 2048  # of one tile of the distance matrix: 4 MiB a thread, which caches hold
_EXACT = 1 << 17  # numbers compared in double precision at once, which caches hold

Places = NDArray[np.int64]
Scores = NDArray[np.float32]


def build_graph(
    vectors: Vectors, metric: Metric, radius: float, threads: int = 2, crowd: int | None = CROWD
) -> RadiusGraph:
    """Find all pairs within a radius.

    Blocked matrix products in single precision name the candidates; double precision decides. Each two vectors are
    compared once. Memory beside the vectors: 4 MiB a thread and 8 bytes a pair. Of n vectors that are all neighbours,
    which is n * n / 2 pairs, some n * crowd * (1 + ln(n / crowd)) are kept.

    Args:
        vectors: (n, d) float32.
        metric: Of the embedding space.
        radius: In units of the metric; pairs at exactly this distance count.
        threads: Processor cores to use.
        crowd: Neighbours among the vectors before it to which a vector reaches for sure; None for all of them.
    """
    return extend_graph(RadiusGraph(0, (), radius), vectors, metric, threads, crowd)


def complete_graph(
    graph: RadiusGraph, vectors: Vectors, metric: Metric, radius: float, threads: int = 2
) -> RadiusGraph:
    """Return the graph of the same vectors within a smaller radius, with the pairs that it lacks in crowds.

    It is built again only where it lacks some; its memory grows with the square of a crowd.
    """
    if (graph.reaches >= np.float32(radius)).all():
        return graph.within(radius)
    return build_graph(vectors, metric, radius, threads, crowd=None)


def extend_graph(
    graph: RadiusGraph, vectors: Vectors, metric: Metric, threads: int = 2, crowd: int | None = CROWD
) -> RadiusGraph:
    """Return the graph of more vectors, of which the first are those of `graph`; only new ones are compared."""
    from threadpoolctl import threadpool_limits

    search = _Search(vectors, metric, graph, crowd or len(vectors))
    starts, blocks = range(len(graph), len(vectors), _ROWS), list(graph.blocks)
    # one thread for each block of rows, so that finding the candidates in a product is shared out as well
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads) as pool:
        for at in range(0, len(starts), threads):
            blocks += search.settled(list(pool.map(search.block, starts[at : at + threads])))
    return RadiusGraph(len(vectors), tuple(blocks), graph.radius)


class _Search:
    """Search by scores, which come from one matrix product; a pair may be close if its score is high enough."""

    def __init__(self, vectors: Vectors, metric: Metric, graph: RadiusGraph, crowd: int) -> None:
        self._vectors, self._metric, self._radius, self._crowd = vectors, metric, graph.radius, crowd
        lengths = squared_lengths(vectors)
        # single precision is off by less than this (Higham, Accuracy and Stability of Numerical Algorithms, 3.1)
        self._slack = (vectors.shape[1] + 4) * 2.0**-22 * float(lengths.max(initial=0))
        self._offsets = score_offsets(lengths, metric).astype(np.float32)
        self._reaches = np.full(len(vectors), graph.radius, np.float32)
        self._reaches[: len(graph)] = graph.reaches
        self._least = self._scores(self._reaches)

    def _scores(self, reaches: Distances) -> Scores:
        """Return the least score that a pair within each reach may have."""
        exact = np.nextafter(reaches, np.float32(np.inf)).astype(np.float64)
        scores = score_at(dissimilarity_at(exact, self._metric), self._metric)
        least: Scores = np.nextafter((scores - self._slack).astype(np.float32), np.float32(-np.inf))
        return least

    def settled(self, blocks: list[Block]) -> list[Block]:
        """Return blocks without the pairs beyond both reaches, when those of all vectors before the last are known."""
        for block in blocks:
            part = slice(block.first, block.first + len(block.reaches))
            self._reaches[part], self._least[part] = block.reaches, self._scores(block.reaches)
        return [self._thinned(block) for block in blocks]

    def _thinned(self, block: Block) -> Block:
        if (block.reaches >= np.float32(self._radius)).all():
            return block
        row = np.repeat(np.arange(len(block.counts)), block.counts)
        kept = block.distances <= np.maximum(block.reaches[row], self._reaches[block.earlier])
        counts = np.bincount(row[kept], minlength=len(block.counts)).astype(np.int32)
        return Block(block.first, counts, block.earlier[kept], block.distances[kept], block.reaches)

    def block(self, start: int) -> Block:
        """Return the pairs of up to _ROWS vectors from `start`, and the reaches of these."""
        row, column = self._candidates(start)
        exact = self._exact(row + start, column)
        close = exact <= self._radius
        row, column, found = row[close], column[close], exact[close].astype(np.float32)
        counts = np.bincount(row, minlength=min(_ROWS, len(self._vectors) - start)).astype(np.int32)
        reaches = np.full(len(counts), self._radius, np.float32)
        for place, theirs in _crowded(found, counts, self._crowd):
            reaches[place] = np.partition(theirs, self._crowd - 1)[self._crowd - 1]
        return Block(start, counts, column.astype(np.int32), found, reaches)

    def _candidates(self, start: int) -> tuple[Places, Places]:
        """Return row, from `start`, and column of all pairs that may be kept, row by row."""
        rows, offsets = self._vectors[start : start + _ROWS], self._offsets[start : start + _ROWS]
        found = _Candidates(self._least[start : start + _ROWS].copy(), self._least, self._crowd, 2 * self._slack)
        for first in range(0, start + len(rows), _COLUMNS):
            part = slice(first, min(first + _COLUMNS, start + len(rows)))
            columns = self._vectors[part]
            scores = rows @ columns.T
            scores -= self._offsets[part]
            close = np.flatnonzero(scores >= found.least(part) + offsets[:, None])
            if first + len(columns) > start:  # the tile reaches the diagonal
                close = close[close % len(columns) + first < close // len(columns) + start]
            row, column = np.divmod(close, len(columns))
            found.add(row, column + first, scores.ravel()[close] - offsets[row])
        return found.sorted()[:2]

    def _exact(self, rows: Places, columns: Places) -> NDArray[np.float64]:
        found = np.empty(len(rows))
        several = _EXACT // self._vectors.shape[1] + 1
        for start in range(0, len(rows), several):
            part = slice(start, start + several)
            found[part] = distances(self._vectors[rows[part]], self._vectors[columns[part]], self._metric)
        return found


class _Candidates:
    """The pairs found of some rows, without those that are surely beyond the reaches of both.

    Args:
        rows, columns: The least score of a pair that each of them reaches, (k,) and (n,); a row's grows with the pairs
            that are found.
        crowd: Pairs of a row to which it reaches for sure.
        slack: How far apart two scores of one distance may be.
    """

    def __init__(self, rows: Scores, columns: Scores, crowd: int, slack: float) -> None:
        self._rows, self._columns, self._crowd, self._slack = rows, columns, crowd, slack
        self._found = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))]
        self._fresh = np.zeros(len(rows), np.int64)

    def least(self, part: slice) -> Scores:
        """Return the score from which a pair is a candidate: one for all, or one for each row and column."""
        floor, columns = self._rows.min(), self._columns[part]
        if (self._rows > floor).sum() < len(self._rows) / 4 or columns.max() <= floor:
            return np.asarray(np.minimum(floor, columns.min()))
        return np.minimum(self._rows[:, None], columns)

    def add(self, row: Places, column: Places, score: Scores) -> None:
        self._found.append((row, column, score))
        self._fresh += np.bincount(row, minlength=len(self._rows))
        if self._fresh.max() > self._crowd:
            self._prune()

    def _prune(self) -> None:
        row, column, score = self.sorted()
        for place, theirs in _crowded(score, np.bincount(row, minlength=len(self._rows)), self._crowd):
            surely = np.partition(theirs, -self._crowd)[-self._crowd] - np.float32(self._slack)
            self._rows[place] = max(self._rows[place], surely)
        kept = score >= np.minimum(self._rows[row], self._columns[column])
        self._found, self._fresh[:] = [(row[kept], column[kept], score[kept])], 0

    def sorted(self) -> tuple[Places, Places, Scores]:
        """Return row, column and score of all, row by row, the columns ascending."""
        row, column, score = (np.concatenate(part) for part in zip(*self._found, strict=True))
        order = np.argsort(row.astype(np.uint16), kind="stable")
        return row[order], column[order], score[order]


def _crowded(values: Scores, counts: NDArray[np.integer[Any]], crowd: int) -> Iterator[tuple[int, Scores]]:
    """Yield the rows that have at least `crowd` values, and these; values stand row by row."""
    ends = np.cumsum(counts)
    for place in np.flatnonzero(counts >= crowd).tolist():
        yield place, values[ends[place] - counts[place] : ends[place]]
