"""Pairs of similar fingerprints among very many."""

from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

_PARTS, _WIDTH = 4, 16  # a fingerprint is four numbers of 16 bits
_AT_ONCE = 1 << 18  # pairs compared at once, which caches hold

Fingerprints = NDArray[np.uint64]
Positions = NDArray[np.int64]

FLAT_BITS = 24
"""Bits below which a fingerprint says little. An ordinary photo sets half of the 64, those above the median; a blank
one sets fewer, since most of its frequencies equal the median."""


def is_flat(fingerprints: Fingerprints) -> NDArray[np.bool_]:
    """Return which are of pictures without content, such as a black frame or a clear sky."""
    return np.bitwise_count(fingerprints) < FLAT_BITS


def near_pairs(fingerprints: Fingerprints, bits: int) -> tuple[Positions, Positions, NDArray[np.uint8]]:
    """Return all pairs of different fingerprints that differ in at most `bits` bits, each once.

    Multi-index hashing (Norouzi et al., "Fast exact search in Hamming space with multi-index hashing", 2014): of two
    such, one of the four parts differs in at most a quarter of the bits, so only those that share a bucket of such a
    part are compared. Memory beside the result is bounded.

    Args:
        fingerprints: (n,) all different.

    Returns:
        Positions of the one and the other, and the bits, (pairs,) each.
    """
    found = [part for number in range(_PARTS) for part in _near_by_part(fingerprints, number, bits)]
    nothing = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8)
    left, right, distance = (np.concatenate(part) for part in zip(nothing, *found, strict=True))
    return left, right, distance


def _near_by_part(
    fingerprints: Fingerprints, number: int, bits: int
) -> Iterator[tuple[Positions, Positions, NDArray[np.uint8]]]:
    key = _part(fingerprints, number)
    order = np.argsort(key, kind="stable")
    key, ordered = key[order].astype(np.int64), fingerprints[order]
    starts = np.searchsorted(key, np.arange((1 << _WIDTH) + 1))
    for mask in _masks(bits // _PARTS):
        first, end = starts[key ^ mask], starts[(key ^ mask) + 1]
        if mask:
            end = np.where(key < key ^ mask, end, first)  # each two buckets once
        else:
            first = np.arange(1, len(key) + 1)
        for left, right in _ranges(first, end):
            distance = np.bitwise_count(ordered[left] ^ ordered[right])
            near = np.flatnonzero(distance <= bits)
            left, right, distance = left[near], right[near], distance[near]
            new = ~_found_before(ordered[left] ^ ordered[right], number, bits // _PARTS)
            yield order[left[new]], order[right[new]], distance[new]


def _ranges(first: Positions, end: Positions) -> Iterator[tuple[Positions, Positions]]:
    """Pair each position with first[position] up to end[position], some at a time."""
    having = np.flatnonzero(end > first)
    counts = (end - first)[having]
    reached = np.concatenate([[0], np.cumsum(counts)])
    shift = first[having] - reached[:-1]
    cuts = np.searchsorted(reached, np.arange(0, reached[-1], _AT_ONCE))
    for start, stop in pairwise([*cuts.tolist(), len(having)]):
        part = slice(start, stop)
        right = np.arange(reached[start], reached[stop]) + np.repeat(shift[part], counts[part])
        yield np.repeat(having[part], counts[part]), right


def _found_before(difference: Fingerprints, number: int, bits: int) -> NDArray[np.bool_]:
    before = [np.bitwise_count(_part(difference, earlier)) <= bits for earlier in range(number)]
    return np.any(before, axis=0) if before else np.zeros(len(difference), bool)


def _part(fingerprints: Fingerprints, number: int) -> NDArray[np.uint16]:
    return (fingerprints >> np.uint64(number * _WIDTH)).astype(np.uint16)


def _masks(bits: int) -> list[int]:
    return [sum(1 << at for at in places) for count in range(bits + 1) for places in combinations(range(_WIDTH), count)]
