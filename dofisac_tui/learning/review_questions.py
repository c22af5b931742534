"""Define the questions of the review queue, and track the groups that answers settle."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from dofisac_tui.learning.voted_pairs import RANDOM_SOURCE

Reason = Literal["bridge", "uncertain", "random", "contradiction"]


@dataclass(frozen=True, slots=True)
class ReviewQuestion:
    """Question whether two faces show one person.

    Attributes:
        face_a: Face of the larger side, or of the one with a name.
        face_b: Face of the other side.
        match: Calibrated probability that these two faces are one person, 0 to 1.
        distance: Of both faces, in units of the space.
        settles: Number of faces of the smaller side, which the answer joins with the larger one or separates.
        person_a, person_b: Current person of each face; None if unassigned.
        reason: `bridge` between two persons; `uncertain` person of a face, or unity of a person; `random` for the
            estimates; `contradiction` where a vote is probably wrong.
    """

    face_a: int
    face_b: int
    match: float
    distance: float
    settles: int
    person_a: int | None
    person_b: int | None
    reason: Reason

    @property
    def source(self) -> str:
        """Source for the ledger: estimates use votes on random questions only."""
        return RANDOM_SOURCE if self.reason == "random" else "review"

    @property
    def faces(self) -> tuple[int, int]:
        """Both faces, the lower id first."""
        return min(self.face_a, self.face_b), max(self.face_a, self.face_b)


@dataclass
class SettledGroups:
    """Groups of faces that are known to be one person or two, by group number.

    A group that joined a larger one is gone, and so are the questions about it.
    """

    sizes: dict[int, int] = field(default_factory=dict)
    _gone: dict[int, int] = field(default_factory=dict)
    _apart: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def join(self, a: int, b: int) -> None:
        """Record that both are one person."""
        a, b = self._now(a), self._now(b)
        if a == b:
            return
        kept, gone = (a, b) if self.sizes.get(a, 1) >= self.sizes.get(b, 1) else (b, a)
        self._gone[gone] = kept
        self.sizes[kept] = self.sizes.get(kept, 1) + self.sizes.get(gone, 1)
        for other in self._apart.pop(gone, set()) - {kept}:
            self._apart[other].discard(gone)
            self.part(kept, other)

    def part(self, a: int, b: int) -> None:
        """Record that they are two persons."""
        a, b = self._now(a), self._now(b)
        if a != b:
            self._apart[a].add(b)
            self._apart[b].add(a)

    def is_open(self, a: int, b: int) -> bool:
        """Return True if it is not known yet whether both are one person."""
        return a not in self._gone and b not in self._gone and b not in self._apart.get(a, ())

    def _now(self, group: int) -> int:
        while group in self._gone:
            group = self._gone[group]
        return group
