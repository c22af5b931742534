"""The exact neighbour graph of vectors: pairs within a radius, and their distances."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
        reaches: (k,) up to which distance each of these vectors has all pairs with those before it.
    """

    first: int
    counts: Indices
    earlier: Indices
    distances: Distances
    reaches: Distances

    def pairs(self, radius: float) -> Pairs:
        """Return the pairs within a radius."""
        later = np.repeat(np.arange(self.first, self.first + len(self.counts), dtype=np.int32), self.counts)
        near = np.flatnonzero(self.distances <= np.float32(radius))
        if len(near) == len(later):
            return Pairs(later, self.earlier, self.distances)
        return Pairs(later[near], self.earlier[near], self.distances[near])


@dataclass(frozen=True)
class RadiusGraph:
    """All pairs of n vectors within `radius` of each other, each once, in blocks: 8 bytes a pair.

    All but one kind: a vector in a crowd has a reach below the radius, and a pair farther apart than the reaches of
    both its vectors is left out, or memory would grow with the square of a crowd (`build_graph`). So within any radius
    only pairs of two vectors of a smaller reach can be missing.

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
        """Return the graph of pairs in any order, each once and its later vector first."""
        order = np.lexsort((pairs.earlier, pairs.later))
        counts = np.bincount(pairs.later, minlength=count).astype(np.int32)
        reaches = np.full(count, radius, np.float32)
        return cls(count, tuple(blocks_of(counts, pairs.earlier[order], pairs.distances[order], reaches)), radius)

    def __len__(self) -> int:
        return self.count

    @property
    def size(self) -> int:
        """Number of pairs in the blocks, whatever the radius."""
        return sum(len(block.earlier) for block in self.blocks)

    @property
    def reaches(self) -> Distances:
        """Distance up to which the graph has all neighbours of each vector, (n,)."""
        return np.concatenate([np.empty(0, np.float32), *(block.reaches for block in self.blocks)])

    def parts(self) -> Iterator[Pairs]:
        """Yield the pairs within the radius, some at a time."""
        for block in self.blocks:
            yield block.pairs(self.radius)

    def pairs(self) -> Pairs:
        """Return all pairs within the radius at once."""
        nothing = Pairs(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))
        return Pairs(*(np.concatenate(columns) for columns in zip(nothing, *self.parts(), strict=True)))

    def within(self, radius: float) -> "RadiusGraph":
        """Return the graph of the same vectors for a smaller radius, at no cost.

        Raises:
            ValueError: the radius is larger than that of this graph.
        """
        if radius > self.radius:
            raise ValueError(f"the graph reaches {self.radius:g}, not {radius:g}")
        return replace(self, radius=radius)

    def drop(self, keep: NDArray[np.bool_]) -> "RadiusGraph":
        """Return the graph of the vectors where `keep`, (n,), is True, renumbered in the same order."""
        number = (np.cumsum(keep) - 1).astype(np.int32)
        blocks = []
        for block in self.blocks:
            kept = keep[block.first : block.first + len(block.counts)]
            left = np.repeat(kept, block.counts) & keep[block.earlier]
            row = np.repeat(np.arange(len(kept)), block.counts)[left]
            counts = np.bincount(row, minlength=len(kept))[kept].astype(np.int32)
            first = int(number[block.first]) + (not kept[0]) if len(kept) else 0
            pairs = number[block.earlier[left]], block.distances[left]
            blocks.append(Block(first, counts, *pairs, block.reaches[kept]))
        return RadiusGraph(int(keep.sum()), tuple(blocks), self.radius)

    def nearest(self, places: NDArray[np.int64], most: int) -> list[Indices]:
        """Return the nearest neighbours of some vectors within the radius, up to `most` of each, the nearest first."""
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


def blocks_of(counts: Indices, earlier: Indices, distances: Distances, reaches: Distances) -> Iterable[Block]:
    """Cut the pairs of all vectors, in order, into blocks: views, not copies."""
    reached = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    cuts = np.unique(np.searchsorted(reached, np.arange(0, reached[-1] + 1, _PAIRS)))
    for start, stop in pairwise([*cuts[cuts < len(counts)].tolist(), len(counts)]):
        part = slice(reached[start], reached[stop])
        yield Block(start, counts[start:stop], earlier[part], distances[part], reaches[start:stop])
