"""Differences between two runs: totals, and one move at a time."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from dofisac_tui.clustering.ledger_constraints import read_face_constraints
from dofisac_tui.library.database import Library
from dofisac_tui.library.people import merged_into
from dofisac_tui.library.runs import (
    RUN_KINDS,
    Members,
    Run,
    RunKind,
    current_members,
    find_run,
    members_of_run,
    proposed_run,
)

EXAMPLES = 12
"""Faces or photos that are shown of each side of a move."""


@dataclass(frozen=True)
class RunDiff:
    """Differences of a new run from an old one, by cluster ids.

    Attributes:
        merges: New clusters to which several old ones went, more than half of each: old ids by new id.
        splits: Old clusters of which two or more clusters have two or more members: new ids by old id.
        new: Clusters without a member of any old one.
        vanished: Old clusters without a member in any new one.
        moved: Faces or photos that are in both runs, in another cluster.
        joined, left: Number of faces or photos that came from no cluster, and that went to none.
        touched: Number of pairs with a decision that are together in only one of the runs.
    """

    merges: dict[int, list[int]]
    splits: dict[int, list[int]]
    new: list[int]
    vanished: list[int]
    moved: list[int]
    joined: int
    left: int
    touched: int

    def __str__(self) -> str:
        return (
            f"{len(self.merges)} merges, {len(self.splits)} splits, {len(self.new)} new clusters, {len(self.vanished)}"
            f" gone; {len(self.moved)} moved, {self.joined} joined a cluster, {self.left} left one; {self.touched}"
            " pairs that you decided on would change"
        )


def diff_of_run(library: Library, kind: RunKind, run_id: int) -> RunDiff:
    """Return what would change if that run were shown instead of the current one.

    Raises:
        LibraryError: there is no such run.
    """
    new = members_of_run(library, find_run(library, kind, run_id).run_id)
    return diff(current_members(library, kind), new, decided_pairs(library, kind))


def decided_pairs(library: Library, kind: RunKind) -> list[tuple[int, int]]:
    """Return ids of faces that votes put together or apart; none for other kinds than people."""
    if kind != "people":
        return []
    constraints = read_face_constraints(library)
    return [tuple(pair) for pair in np.concatenate([constraints.must_link(), constraints.cannot_link()]).tolist()]


def diff(old: Members, new: Members, pairs: list[tuple[int, int]]) -> RunDiff:
    """Compare two runs of one kind; `pairs` are the `decided_pairs`."""
    before, after = _clusters(old), _clusters(new)
    flows = Counter((before[item], after[item]) for item in before.keys() & after.keys())
    sizes = Counter(before.values())
    merges: dict[int, list[int]] = {}
    splits: dict[int, list[int]] = {}
    for (source, target), count in sorted(flows.items()):
        if 2 * count > sizes[source]:
            merges.setdefault(target, []).append(source)
        if count > 1:
            splits.setdefault(source, []).append(target)
    return RunDiff(
        merges={target: sources for target, sources in merges.items() if len(sources) > 1},
        splits={source: targets for source, targets in splits.items() if len(targets) > 1},
        new=sorted(set(after.values()) - {target for _, target in flows}),
        vanished=sorted(set(before.values()) - {source for source, _ in flows}),
        moved=sorted(item for item in before.keys() & after.keys() if before[item] != after[item]),
        joined=len(after.keys() - before.keys()),
        left=len(before.keys() - after.keys()),
        touched=sum(together(before, *pair) != together(after, *pair) for pair in pairs),
    )


def together(clusters: dict[int, int], a: int, b: int) -> bool:
    """Return True if two items are in one cluster."""
    return a in clusters and clusters[a] == clusters.get(b)


@dataclass(frozen=True)
class MoveExample:
    """A face or a photo; the face is None where whole photos are clustered."""

    photo_id: int
    face_id: int | None


@dataclass(frozen=True)
class Move:
    """Faces or photos that all go from one cluster to another.

    Attributes:
        source, target: Ids of clusters; None for no cluster.
        source_name, target_name: Of persons, or the label of a scene.
        count: Number of those that go.
        source_size: Number of those that were in the source.
        is_new: True if no run before had the target.
        decided: Number of those that are in a decided pair that is together in only one of the runs.
        moving: Examples of those that go.
        beside: Examples of those that are in the target already, or where there are none, that stay in the source.
    """

    kind: RunKind
    source: int | None
    target: int | None
    source_name: str | None
    target_name: str | None
    count: int
    source_size: int
    is_new: bool
    decided: int
    moving: list[MoveExample]
    beside: list[MoveExample]


@dataclass(frozen=True)
class ProposedRun:
    """A proposed run, and the changes that it holds.

    Attributes:
        moves: Those that touch a name first, then the largest.
    """

    run: Run
    difference: RunDiff
    moves: list[Move]


def proposed_runs(library: Library) -> list[ProposedRun]:
    """Return the proposed run of every kind, with all changes; this takes seconds for 100,000 faces."""
    return [_with_changes(library, run) for kind in RUN_KINDS if (run := proposed_run(library, kind))]


def _with_changes(library: Library, run: Run) -> ProposedRun:
    old, new = current_members(library, run.kind), members_of_run(library, run.run_id)
    pairs = decided_pairs(library, run.kind)
    return ProposedRun(run, diff(old, new, pairs), _MoveFinder(library, run.kind, old, new, pairs).moves())


class _MoveFinder:
    """Moves from one run to another; in the old one, merged persons count as one."""

    def __init__(
        self, library: Library, kind: RunKind, old: Members, new: Members, pairs: list[tuple[int, int]]
    ) -> None:
        self._kind = kind
        merged = merged_into(library) if kind == "people" else {}
        self._before = {item: merged.get(cluster, cluster) for item, cluster in _clusters(old).items()}
        self._after = _clusters(new)
        self._examples = _examples(old) | _examples(new)
        self._names = _names(library, kind)
        self._in_old = _by_cluster(self._before)
        touched = (pair for pair in pairs if together(self._before, *pair) != together(self._after, *pair))
        self._touched = {item for pair in touched for item in pair}

    def moves(self) -> list[Move]:
        flows: dict[tuple[int | None, int | None], list[int]] = defaultdict(list)
        for item in self._before.keys() | self._after.keys():
            flow = (self._before.get(item), self._after.get(item))
            if flow[0] != flow[1]:
                flows[flow].append(item)
        moves = [self._move(*flow, sorted(items)) for flow, items in flows.items()]
        return sorted(moves, key=lambda each: (not (each.source_name or each.target_name), -each.count))

    def _move(self, source: int | None, target: int | None, items: list[int]) -> Move:
        there = [item for item in self._in_old.get(target, ()) if self._after.get(item) == target]
        stay = [item for item in self._in_old.get(source, ()) if self._after.get(item) == source]
        return Move(
            kind=self._kind,
            source=source,
            target=target,
            source_name=self._names.get(source),
            target_name=self._names.get(target),
            count=len(items),
            source_size=len(self._in_old.get(source, ())),
            is_new=target is not None and target not in self._in_old,
            decided=len(self._touched.intersection(items)),
            moving=[self._examples[item] for item in items[:EXAMPLES]],
            beside=[self._examples[item] for item in (there or stay)[:EXAMPLES]],
        )


def _clusters(members: Members) -> dict[int, int]:
    return dict(zip(members.items.tolist(), members.clusters.tolist(), strict=True))


def _examples(members: Members) -> dict[int, MoveExample]:
    entries = zip(members.items.tolist(), members.photos.tolist(), members.faces.tolist(), strict=True)
    return {item: MoveExample(photo, face or None) for item, photo, face in entries}


def _by_cluster(clusters: dict[int, int]) -> dict[int | None, list[int]]:
    found: dict[int | None, list[int]] = defaultdict(list)
    for item, cluster in clusters.items():
        found[cluster].append(item)
    return dict(found)


def _names(library: Library, kind: RunKind) -> dict[int | None, str]:
    """Return the names of persons, or of scenes of the current run and, before these, of the proposed one."""
    if kind == "people":
        rows = library.rows("SELECT person_id, name FROM people WHERE name IS NOT NULL")
    else:
        rows = library.rows(
            "SELECT cluster_id, label FROM cluster_runs JOIN clusters USING (run_id) WHERE kind = ?"
            " AND state IN ('current', 'proposed') AND label IS NOT NULL ORDER BY state",
            (kind,),
        )
    return dict(map(tuple, rows))
