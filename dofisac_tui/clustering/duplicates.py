"""Groups of near-duplicates: each around a photo worth keeping, never a chain."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.constraint_graph import ConstraintGraph
from dofisac_tui.clustering.fingerprint_pairs import is_flat, near_pairs

ALONE = 4
"""Bits that two fingerprints may differ in without capture time or scene."""

AGREED = 10
"""Bits that they may differ in if capture time or scene agrees."""

MOMENT = 5.0
"""Seconds between two photos of one moment."""

_LOSSLESS = ("DNG", "RAW", "TIFF", "PNG", "HEIF", "HEIC")

Kind = Literal["exact copy", "same picture", "same moment"]
PhotoAnswer = Literal["same picture", "same moment", "unrelated"]

Agreement = Callable[[int, NDArray[np.int64]], NDArray[np.bool_]]
"""Compares the photo at one position with those at others, (m,): True where they agree, (m,)."""


@dataclass(frozen=True)
class DuplicateCandidate:
    """A photo, with what decides whether it is worth keeping.

    Attributes:
        known_faces: Faces in it of persons with a name.
        path_length: In bytes.
    """

    id: int
    content_hash: str
    fingerprint: int
    width: int
    height: int
    size: int
    format: str
    taken_at: str | None = None
    known_faces: int = 0
    path_length: int = 0


@dataclass(frozen=True)
class DuplicateMember:
    """A photo beside the keeper, how it relates to it, and the bits in which the fingerprints differ."""

    id: int
    kind: Kind
    bits: int


@dataclass(frozen=True)
class DuplicateGroup:
    """A photo to keep, why that one, and its duplicates, most alike first."""

    keeper: int
    reasons: tuple[str, ...]
    members: tuple[DuplicateMember, ...]


def duplicate_groups(
    photos: Sequence[DuplicateCandidate],
    scenes: Agreement | None = None,
    constraints: Sequence[tuple[int, int, PhotoAnswer]] = (),
    thumbnails: Agreement | None = None,
) -> list[DuplicateGroup]:
    """Group photos that show nearly the same, the best one of each group as its keeper.

    Every member is near the keeper itself: within 4 bits, or within 10 where time or scene agrees. Their thumbnails
    agree as well, unless both are of one moment, in which something may have moved. Exact copies, and photos that votes
    call the same, are always in one group; photos that votes call unrelated never are. Flat fingerprints (blank, black,
    sky) say nothing, so such photos are only grouped as exact copies or by votes.

    Args:
        photos: Any order; ids are all different.
        scenes: Agreement of scenes; None where there are no scene vectors.
        constraints: Ids of two photos, and the vote on them.
        thumbnails: Agreement of the pictures themselves; None where there are no thumbnails.

    Returns:
        Groups of two or more, by the position of the keeper.

    Raises:
        ValueError: constraints contradict each other, or exact copies.
    """
    return _Grouping(photos, scenes, constraints, thumbnails).groups()


class _Grouping:
    """Photos by position."""

    def __init__(
        self,
        photos: Sequence[DuplicateCandidate],
        scenes: Agreement | None,
        constraints: Sequence[tuple[int, int, str]],
        thumbnails: Agreement | None,
    ) -> None:
        self._photos, self._scenes, self._thumbnails = photos, scenes, thumbnails
        self._moments = np.array([_seconds(photo.taken_at) for photo in photos], float)
        fingerprints = np.array([photo.fingerprint for photo in photos], np.uint64)
        self._values, self._value = np.unique(fingerprints, return_inverse=True)
        self._near = _neighbours(self._values)
        self._alike: dict[int, list[int]] = defaultdict(list)
        for position, value in enumerate(self._value.tolist()):
            self._alike[value].append(position)
        self._constrain(constraints)

    def _constrain(self, constraints: Sequence[tuple[int, int, str]]) -> None:
        position = {photo.id: number for number, photo in enumerate(self._photos)}
        self._answers: dict[frozenset[int], str] = {}
        self._graph = ConstraintGraph[int, str]()
        first: dict[str, int] = {}
        for number, photo in enumerate(self._photos):
            self._graph.must_link(first.setdefault(photo.content_hash, number), number)
        for one, other, answer in constraints:
            if one in position and other in position:
                a, b = position[one], position[other]
                self._answers[frozenset((a, b))] = answer
                add = self._graph.cannot_link if answer == "unrelated" else self._graph.must_link
                if not add(a, b, answer):
                    raise ValueError(f"photos {one} and {other} must not be together, or must be, by other votes")

    def groups(self) -> list[DuplicateGroup]:
        """Return the groups: the best photo takes what is near it, then the next best of what is left."""
        taken: set[int] = set()
        found = {}
        for keeper in sorted(range(len(self._photos)), key=self._worth):
            if keeper in taken:
                continue
            for near in self._near_keeper(keeper):
                if near not in taken:
                    self._graph.must_link(keeper, near)
            group = self._graph.component(keeper)
            taken.update(group)
            if len(group) > 1:
                found[keeper] = self._group(keeper, [photo for photo in group if photo != keeper])
        return [found[keeper] for keeper in sorted(found)]

    def _near_keeper(self, keeper: int) -> list[int]:
        """Return the photos near one, most alike first."""
        value = self._value[keeper]
        if value not in self._near:
            return []
        near: list[int] = []
        for other, bits in [(value, 0), *self._near[value]]:
            positions = np.array(self._alike[other])
            near += positions[self._agrees(keeper, positions, bits)].tolist()
        return near

    def _agrees(self, keeper: int, others: NDArray[np.int64], bits: int) -> NDArray[np.bool_]:
        agrees: NDArray[np.bool_] = np.abs(self._moments[others] - self._moments[keeper]) <= MOMENT
        rest = ~agrees
        if bits > ALONE:
            rest[rest] = self._scenes(keeper, others[rest]) if self._scenes else False
        if self._thumbnails and rest.any():
            rest[rest] = self._thumbnails(keeper, others[rest])
        return agrees | rest

    def _group(self, keeper: int, members: list[int]) -> DuplicateGroup:
        described = [self._member(keeper, each) for each in members]
        described.sort(key=lambda member: (member.kind != "exact copy", member.bits, member.id))
        return DuplicateGroup(self._photos[keeper].id, self._reasons(keeper, members), tuple(described))

    def _member(self, keeper: int, other: int) -> DuplicateMember:
        kept, photo = self._photos[keeper], self._photos[other]
        bits = (kept.fingerprint ^ photo.fingerprint).bit_count()
        apart_by = abs(self._moments[other] - self._moments[keeper])
        kind: Kind = "same picture" if bits <= ALONE else "same moment"
        if kept.content_hash == photo.content_hash:
            kind = "exact copy"
        elif (decided := self._answers.get(frozenset((keeper, other)))) and decided != "unrelated":
            kind = "same moment" if decided == "same moment" else "same picture"
        elif 0 < apart_by <= MOMENT:
            kind = "same moment"
        elif bits > ALONE and self._scenes and self._scenes(keeper, np.array([other]))[0]:
            kind = "same picture"
        return DuplicateMember(photo.id, kind, bits)

    def _worth(self, position: int) -> tuple[float, ...]:
        photo = self._photos[position]
        moment = self._moments[position]
        return (
            -photo.width * photo.height,
            -photo.known_faces,
            photo.format.upper() not in _LOSSLESS,
            -photo.size,
            np.inf if np.isnan(moment) else moment,
            photo.path_length,  # of exact copies, "a.jpg" rather than "backup/a (1).jpg"
            photo.id,
        )

    def _reasons(self, keeper: int, members: list[int]) -> tuple[str, ...]:
        """Return in what a photo is better than every other one of the group, exact copies aside."""
        photo = self._photos[keeper]
        best = self._worth(keeper)
        others = [self._worth(each) for each in members if self._photos[each].content_hash != photo.content_hash]
        names = (
            f"{photo.width}x{photo.height}",
            f"has {_counted(photo.known_faces)}",
            photo.format,
            "largest file",
            "earliest",
        )
        reasons = tuple(name for at, name in enumerate(names) if others and all(best[at] < each[at] for each in others))
        if reasons or others:
            return reasons or ("as good as the others",)
        shortest = all(photo.path_length < self._photos[each].path_length for each in members)
        return ("shortest path" if shortest else "indexed first",)


def _neighbours(values: NDArray[np.uint64]) -> dict[int, list[tuple[int, int]]]:
    """Return the positions of the fingerprints near each, with the bits, nearest first, without flat ones."""
    telling = np.flatnonzero(~is_flat(values))
    near: dict[int, list[tuple[int, int]]] = {value: [] for value in telling.tolist()}
    left, right, bits = near_pairs(values[telling], AGREED)
    order = np.argsort(bits, kind="stable")
    for one, other, distance in zip(
        telling[left[order]].tolist(), telling[right[order]].tolist(), bits[order].tolist(), strict=True
    ):
        near[one].append((other, distance))
        near[other].append((one, distance))
    return near


def _seconds(taken_at: str | None) -> float:
    """Return the seconds of a local time; NaN if there is none."""
    if taken_at is None:
        return np.nan
    return (datetime.fromisoformat(taken_at).replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()


def _counted(faces: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return f"{words[faces] if faces < len(words) else faces} known face{'s' * (faces != 1)}"
