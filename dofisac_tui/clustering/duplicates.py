"""Near-duplicates: star groups around a keeper, never chains."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.constraint_graph import linked_components, separated_components
from dofisac_tui.clustering.fingerprint_pairs import is_flat, near_pairs
from dofisac_tui.clustering.thumbnail_correlation import Looks

ALONE = 4
"""Bits that two fingerprints may differ in when nothing else speaks for the pair."""

AGREED = 10
"""Bits that they may differ in when capture time or scene agrees."""

MOMENT = 5.0
"""Seconds between two photos of one moment."""

_LOSSLESS = ("DNG", "RAW", "TIFF", "PNG", "HEIF", "HEIC")

Kind = Literal["exact copy", "same picture", "same moment"]
Verdict = Literal["same picture", "same moment", "unrelated"]

Agreement = Callable[[int, NDArray[np.int64]], NDArray[np.bool_]]
"""Whether the scene of the photo at one position agrees with those at others, (m,) -> (m,)."""


@dataclass(frozen=True)
class DuplicateCandidate:
    """What is known of a photo.

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
    agreement: Agreement | None = None,
    verdicts: Sequence[tuple[int, int, Verdict]] = (),
    looks: Looks | None = None,
) -> list[DuplicateGroup]:
    """Group photos that show nearly the same, the best one of each group as its keeper.

    Every member is near the keeper itself: within 4 bits, or within 10 where time or scene agrees; and it looks like
    the keeper, unless it is of the same moment, in which something may have moved. Exact copies, and
    photos joined by a verdict, stay together; photos called unrelated never are. Flat fingerprints (blank, black, sky)
    say nothing, so such photos are only grouped as exact copies or by a verdict.

    Args:
        photos: Any order; ids are all different.
        agreement: Of scenes; None where there are no scene vectors.
        looks: Of the pictures themselves; None where these are not at hand.
        verdicts: Ids of two photos, and what was decided of them.

    Returns:
        Groups of two or more, by the position of the keeper.

    Raises:
        ValueError: verdicts, or verdicts and exact copies, contradict each other.
    """
    return _Grouping(photos, agreement, verdicts, looks).groups()


class _Grouping:
    """Photos by position; a unit is a set of them that stays together."""

    def __init__(
        self,
        photos: Sequence[DuplicateCandidate],
        agreement: Agreement | None,
        verdicts: Sequence[tuple[int, int, str]],
        looks: Looks | None,
    ) -> None:
        self._photos, self._agreement, self._looks = photos, agreement, looks
        self._moments = np.array([_seconds(photo.taken_at) for photo in photos], float)
        fingerprints = np.array([photo.fingerprint for photo in photos], np.uint64)
        self._values, self._value = np.unique(fingerprints, return_inverse=True)
        self._near = _neighbours(self._values)
        self._alike: dict[int, list[int]] = defaultdict(list)
        for position, value in enumerate(self._value.tolist()):
            self._alike[value].append(position)
        self._decided(verdicts)

    def _decided(self, verdicts: Sequence[tuple[int, int, str]]) -> None:
        position = {photo.id: number for number, photo in enumerate(self._photos)}
        known = [(position[a], position[b], kind) for a, b, kind in verdicts if a in position and b in position]
        self._verdicts = {frozenset((a, b)): kind for a, b, kind in known}
        first: dict[str, int] = {}
        links = [(first.setdefault(photo.content_hash, n), n) for n, photo in enumerate(self._photos)]
        links += [(a, b) for a, b, kind in known if kind != "unrelated"]
        unit = linked_components(len(self._photos), links)
        self._enemies: dict[int, set[int]] = defaultdict(set)
        for one, other in separated_components(unit, [(a, b) for a, b, kind in known if kind == "unrelated"]).tolist():
            self._enemies[one].add(other)
            self._enemies[other].add(one)
        self._unit = unit.tolist()
        self._of_unit: dict[int, list[int]] = defaultdict(list)
        for number, each in enumerate(self._unit):
            self._of_unit[each].append(number)

    def groups(self) -> list[DuplicateGroup]:
        """Best photo first, each takes what is near it and not yet taken."""
        taken: set[int] = set()
        found = []
        for keeper in sorted(range(len(self._photos)), key=self._worth):
            unit = self._unit[keeper]
            if unit in taken:
                continue
            units = [unit]
            for near in self._near_keeper(keeper):
                other = self._unit[near]
                if other not in taken and other not in units and self._enemies[other].isdisjoint(units):
                    units.append(other)
            taken.update(units)
            members = [photo for each in units for photo in self._of_unit[each] if photo != keeper]
            if members:
                found.append((keeper, self._group(keeper, members)))
        return [group for _, group in sorted(found, key=lambda pair: pair[0])]

    def _near_keeper(self, keeper: int) -> list[int]:
        """Photos near it, most alike first."""
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
            rest[rest] = self._agreement(keeper, others[rest]) if self._agreement else False
        if self._looks and rest.any():
            rest[rest] = self._looks(keeper, others[rest])
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
        elif (decided := self._verdicts.get(frozenset((keeper, other)))) and decided != "unrelated":
            kind = "same moment" if decided == "same moment" else "same picture"
        elif 0 < apart_by <= MOMENT:
            kind = "same moment"
        elif bits > ALONE and self._agreement and self._agreement(keeper, np.array([other]))[0]:
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
        """In what it is better than every other photo of the group, exact copies aside."""
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
    """Positions of the fingerprints near each, with the bits, nearest first; flat ones are left out."""
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
    """Seconds of a local time; not a number where there is none."""
    if taken_at is None:
        return np.nan
    return (datetime.fromisoformat(taken_at).replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()


def _counted(faces: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return f"{words[faces] if faces < len(words) else faces} known face{'s' * (faces != 1)}"
