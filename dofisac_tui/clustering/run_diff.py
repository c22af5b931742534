"""What one run changes of another."""

from dataclasses import dataclass

import numpy as np

from dofisac_tui.clustering.face_constraints import read_face_constraints
from dofisac_tui.library.database import Library
from dofisac_tui.library.runs import NO_MEMBERS, Members, RunKind, current_run, find_run, members_of_run


@dataclass(frozen=True)
class RunDiff:
    """From an old run to a new one, by cluster ids.

    Attributes:
        merges: New clusters to which several old ones went, more than half of each: old ids by new id.
        splits: Old clusters of which two or more clusters have two or more members: new ids by old id.
        new: Clusters without a member of any old one.
        vanished: Old clusters without a member in any new one.
        moved: Faces or photos that are in both runs, in another cluster.
        joined, left: How many faces or photos came from no cluster, and went to none.
        touched: Pairs that somebody decided on, which are together in one run and not in the other.
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
            " decided pairs touched"
        )


def diff_of_run(library: Library, kind: RunKind, run_id: int) -> RunDiff:
    """What would change if that run were shown instead of the current one.

    Raises:
        LibraryError: there is no such run.
    """
    new = members_of_run(library, find_run(library, kind, run_id).run_id)
    current = current_run(library, kind)
    old = members_of_run(library, current.run_id) if current else NO_MEMBERS
    return diff(old, new, decided_pairs(library, kind))


def decided_pairs(library: Library, kind: RunKind) -> list[tuple[int, int]]:
    """Faces that somebody said belong together, or do not, by their ids; none for other kinds than people."""
    if kind != "people":
        return []
    verdicts = read_face_constraints(library)
    return [tuple(pair) for pair in np.concatenate([verdicts.must_link(), verdicts.cannot_link()]).tolist()]


def diff(old: Members, new: Members, pairs: list[tuple[int, int]]) -> RunDiff:
    """Compare two runs of one kind; `pairs` are of items that somebody decided on."""
    before = dict(zip(old.items.tolist(), old.clusters.tolist(), strict=True))
    after = dict(zip(new.items.tolist(), new.clusters.tolist(), strict=True))
    flows: dict[tuple[int, int], int] = {}
    for item in before.keys() & after.keys():
        flow = (before[item], after[item])
        flows[flow] = flows.get(flow, 0) + 1
    sizes = dict(zip(*(each.tolist() for each in np.unique(old.clusters, return_counts=True)), strict=True))
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
    """Whether two items are in one cluster."""
    return a in clusters and clusters[a] == clusters.get(b)
