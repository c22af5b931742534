"""A graph of constraints: nodes that must be together, nodes that must not, and which constraints conflict."""

from collections import defaultdict, deque
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Node = TypeVar("Node", bound=Hashable)
Reason = TypeVar("Reason", bound=Any)

Pairs = Sequence[tuple[int, int]] | NDArray[np.integer[Any]]
"""(m, 2) positions of vectors; may be empty."""


@dataclass(frozen=True)
class Conflict(Generic[Reason]):
    """A constraint that others rule out.

    Attributes:
        loser: Does not hold, or not for all its nodes.
        winners: The constraints that rule it out; empty where two nodes exclude each other by an attribute.
    """

    loser: Reason
    winners: tuple[Reason, ...]


class ConstraintGraph(Generic[Node, Reason]):
    """Must-links and cannot-links between nodes, each for a reason, weighed in the order in which they are added.

    Constraints hold transitively. One that contradicts those before it is not added, but kept as a conflict; so the
    newest wins if the newest is added first.

    Besides, two owners are never in one component, nor are two nodes that share an exclusive attribute.

    Attributes:
        conflicts: In the order in which they were found, once for each reason.
    """

    def __init__(self) -> None:
        self.conflicts: list[Conflict[Reason]] = []
        self._parent: dict[Node, Node] = {}
        self._members: dict[Node, list[Node]] = {}
        self._exclusive: dict[Node, set[Hashable]] = {}
        self._owners: dict[Node, tuple[Node, Reason]] = {}
        self._separated: dict[Node, dict[Node, Reason]] = defaultdict(dict)
        self._links: dict[Node, list[tuple[Node, Reason]]] = defaultdict(list)

    def __contains__(self, node: Node) -> bool:
        return node in self._parent

    def add(self, node: Node, exclusive: Collection[Hashable] = ()) -> None:
        """Add a node, if it is new, with attributes that no other node of its component may have."""
        if node not in self._parent:
            self._parent[node] = node
            self._members[node] = [node]
            self._exclusive[node] = set(exclusive)

    def add_owner(self, node: Node, reason: Reason) -> None:
        """Add a node that is never in one component with another owner; to be done before it is linked."""
        self.add(node)
        self._owners[node] = (node, reason)

    def must_link(self, a: Node, b: Node, reason: Reason | None = None) -> bool:
        """Put two nodes together, unless that is ruled out.

        Args:
            reason: Kept with the conflict, if there is one; without a reason, none is kept.

        Returns:
            True if the two are together now.
        """
        first, second = self._root(a), self._root(b)
        if first == second:
            return True
        winners = self._against(first, second)
        if winners is not None:
            self._conflict(reason, winners)
            return False
        if reason is not None:
            self._links[a].append((b, reason))
            self._links[b].append((a, reason))
        if len(self._members[first]) + len(self._separated[first]) < (
            len(self._members[second]) + len(self._separated[second])
        ):
            first, second = second, first
        self._absorb(first, second)
        return True

    def must_link_all(self, nodes: Collection[Node]) -> bool:
        """Put all of some nodes together, or none of them where two must not be together."""
        roots = {self._root(node) for node in nodes}
        exclusive = [each for root in roots for each in self._exclusive[root]]
        separated = any(not roots.isdisjoint(self._separated[root]) for root in roots)
        if separated or len(roots & self._owners.keys()) > 1 or len(exclusive) > len(set(exclusive)):
            return False
        first, *others = roots
        for other in others:
            self.must_link(first, other)
        return True

    def cannot_link(self, a: Node, b: Node, reason: Reason) -> bool:
        """Keep two nodes apart, unless they must be together.

        Returns:
            True if the two are kept apart now.
        """
        first, second = self._root(a), self._root(b)
        if first == second:
            self._conflict(reason, self._path(a, b))
            return False
        if second not in self._separated[first]:
            self._separated[first][second] = self._separated[second][first] = reason
        return True

    def together(self, a: Node, b: Node) -> bool:
        """Return True if two nodes must be together."""
        return self._root(a) == self._root(b)

    def component(self, node: Node) -> list[Node]:
        """Return the nodes that must be together with one, itself included."""
        return self._members[self._root(node)]

    def components(self) -> list[list[Node]]:
        """Return all components."""
        return list(self._members.values())

    def separated_from(self, node: Node) -> Iterator[list[Node]]:
        """Return the components that one node must not be in, by cannot-links and by owners."""
        root = self._root(node)
        apart = set(self._separated[root])
        if root in self._owners:
            apart |= self._owners.keys() - {root}
        return (self._members[other] for other in apart)

    def separations(self) -> Iterator[tuple[list[Node], list[Node]]]:
        """Return each two components that are kept apart by cannot-links or by owners."""
        place = {root: number for number, root in enumerate(self._members)}
        pairs = {(a, b) for a, others in self._separated.items() for b in others if place[a] < place[b]}
        owned = sorted(self._owners, key=place.__getitem__)  # as the keys of two sets of pairs must agree
        pairs |= {(a, b) for number, a in enumerate(owned) for b in owned[number + 1 :]}
        return ((self._members[a], self._members[b]) for a, b in pairs)

    def owned(self) -> dict[Node, list[Node]]:
        """Return the component of each owner."""
        return {owner: self._members[root] for root, (owner, _) in self._owners.items()}

    def _root(self, node: Node) -> Node:
        self.add(node)
        while self._parent[node] != node:
            self._parent[node] = node = self._parent[self._parent[node]]
        return node

    def _absorb(self, kept: Node, gone: Node) -> None:
        self._parent[gone] = kept
        self._members[kept] += self._members.pop(gone)
        self._exclusive[kept] |= self._exclusive.pop(gone)
        if gone in self._owners:
            self._owners[kept] = self._owners.pop(gone)
        for other, reason in self._separated.pop(gone, {}).items():
            del self._separated[other][gone]
            self._separated[other][kept] = self._separated[kept][other] = reason

    def _against(self, first: Node, second: Node) -> tuple[Reason, ...] | None:
        """Return what keeps two components apart: () for an exclusive attribute, None if nothing does."""
        if second in self._separated[first]:
            return (self._separated[first][second],)
        if first in self._owners and second in self._owners:
            return (self._owners[first][1], self._owners[second][1])
        return None if self._exclusive[first].isdisjoint(self._exclusive[second]) else ()

    def _conflict(self, loser: Reason | None, winners: tuple[Reason, ...]) -> None:
        if loser is not None and not (self.conflicts and self.conflicts[-1].loser == loser):
            self.conflicts.append(Conflict(loser, winners))

    def _path(self, start: Node, end: Node) -> tuple[Reason, ...]:
        """Return the reasons of the must-links that lead from one node to another, the greatest first."""
        came: dict[Node, tuple[Node, Reason] | None] = {start: None}
        waiting = deque([start])
        while waiting and end not in came:
            node = waiting.popleft()
            for other, reason in self._links[node]:
                if other not in came:
                    came[other] = (node, reason)
                    waiting.append(other)
        reasons, step = set(), came.get(end)
        while step:
            reasons.add(step[1])
            step = came[step[0]]
        return tuple(sorted(reasons, reverse=True))


def same_photo_pairs(photo_ids: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Return all pairs of faces that are in one photo, (m, 2), which are two people.

    Args:
        photo_ids: (n,) the photo of each face.
    """
    order = np.argsort(photo_ids, kind="stable")
    photos = photo_ids[order]
    pairs = [np.empty((0, 2), np.int64)]
    for gap in range(1, len(photos)):
        at = np.flatnonzero(photos[gap:] == photos[:-gap])
        if not len(at):
            break
        pairs.append(np.sort(np.column_stack([order[at], order[at + gap]]), axis=1))
    return np.concatenate(pairs)


def linked_components(count: int, must_link: Pairs) -> NDArray[np.int32]:
    """Return the component of each of `count` vectors that must-links make, transitively, (count,)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    pairs = as_pairs(must_link)
    links = csr_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), (count, count))
    component: NDArray[np.int32] = connected_components(links, directed=False)[1]
    return component


def separated_components(component: NDArray[np.int32], cannot_link: Pairs) -> NDArray[np.int64]:
    """Return the cannot-link pairs between components, (m, 2), each once, the smaller first.

    Raises:
        ValueError: a component holds a pair that may not be together.
    """
    pairs = np.unique(np.sort(component[as_pairs(cannot_link)], axis=1), axis=0)
    if (pairs[:, 0] == pairs[:, 1]).any():
        raise ValueError("two faces that must not be together are linked by others that must")
    return pairs.astype(np.int64)


def as_pairs(pairs: Pairs) -> NDArray[np.int64]:
    """Return pairs as an array, (m, 2)."""
    return np.asarray(pairs, np.int64).reshape(-1, 2)
