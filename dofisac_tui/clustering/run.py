"""A clustering run from beginning to end: find clusters, compare them with the current run, apply or hold, export."""

import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dofisac_tui.clustering.constrained_clustering import Method
from dofisac_tui.clustering.found_clusters import NOISE, FoundClusters, Ids, surviving_ids, with_new_ids
from dofisac_tui.clustering.people_run import find_people
from dofisac_tui.clustering.photo_runs import find_combined, find_duplicates, find_scenes
from dofisac_tui.files import replacing
from dofisac_tui.library import runs
from dofisac_tui.library.clusters import ClusterMember, current_clusters, unclustered
from dofisac_tui.library.database import Library
from dofisac_tui.library.lock import clustering_lock
from dofisac_tui.library.people import new_people
from dofisac_tui.library.run_snapshots import snapshot_past_runs
from dofisac_tui.library.runs import Members, RunKind
from dofisac_tui.library.thumbnails import thumbnail_path
from dofisac_tui.library.voting import replay

EXPORT_FILES: dict[RunKind, str] = {
    "people": "people.json",
    "duplicates": "phash_clusters.json",
    "scenes": "bg_clusters.json",
    "combined": "combined_clusters.json",
}


def export_clusters(library: Library, kind: RunKind) -> Path:
    """Write the file of a kind in `exports/`: `{"cluster_0": [{"thumb": name, "path": path}, ...], "noise": [...]}`.

    Named people come first, then the largest clusters; a photo stands once in a cluster. A path that is not UTF-8 has
    its bytes as lone surrogates, as in all JSON of this program.

    Returns:
        The file, which is replaced as a whole.
    """
    clusters = current_clusters(library, kind)
    content = {f"cluster_{number}": _export_entries(each.members) for number, each in enumerate(clusters)}
    content["noise"] = _export_entries(unclustered(library, kind))
    path = library.folder / "exports" / EXPORT_FILES[kind]
    with replacing(path) as building:
        building.write_text(json.dumps(content, ensure_ascii=True, indent=1), encoding="ascii")
    return path


def _export_entries(members: Iterable[ClusterMember]) -> list[dict[str, str]]:
    photos = {member.photo_id: member for member in members}.values()
    return [
        {"thumb": thumbnail_path(Path(), each.content_hash).name, "path": os.fsdecode(each.path)} for each in photos
    ]


_FIND: dict[RunKind, Callable[[Library], FoundClusters]] = {
    "duplicates": find_duplicates,
    "scenes": find_scenes,
    "combined": find_combined,
}


@dataclass(frozen=True)
class RunReport:
    """What a clustering did.

    Attributes:
        run: The run that is current now, or the proposed one.
        clusters: Clusters of that run.
        noise: Items in none.
        items: Faces or photos that were clustered.
        changed: Items whose cluster is another than in the run before, or would be if the run is only proposed.
        held: Items whose change is held in a proposed run, since it touches a person with a name or was only proposed.
    """

    run: int
    kind: RunKind
    clusters: int
    noise: int
    items: int
    changed: int
    held: int
    seconds: float


def cluster(library: Library, kind: RunKind, propose: bool = False, method: Method = "average-linkage") -> RunReport:
    """Cluster again. Changes that break no name are applied; the others, or all with `propose`, are held.

    Held changes are kept as a proposed run, which `roll_back` accepts. Safe while other processes index and vote: what
    is decided meanwhile is carried over. A killed clustering leaves the current run as it was.

    Args:
        method: How people are found.

    Raises:
        LibraryBusyError: another process clusters.
        LibraryError: the library cannot be written.
    """
    began = time.monotonic()
    with clustering_lock(library.folder, f"cluster {kind}"):
        found = find_people(library, method) if kind == "people" else _FIND[kind](library)
        before = runs.current_members(library, kind)
        ids = _with_new_ids(library, kind, found.ids if propose else found.safe_ids)
        run_id = _store(library, kind, found, ids)
        after = _members(kind, found, ids)
        if propose:
            _propose(library, kind, run_id)
            held = changed_items(before, after)
        else:
            _apply(library, kind, run_id, found.last_item, found.ledger_end)
            held = _hold(library, kind, found, ids)
            export_clusters(library, kind)
        snapshot_past_runs(library, kind)
    return _report(run_id, kind, before, after, len(ids), held, began)


def roll_back(library: Library, kind: RunKind, run_id: int) -> RunReport:
    """Show an earlier run exactly as it was, or accept a proposed one with what was decided and indexed since.

    Raises:
        LibraryBusyError: another process clusters.
        LibraryError: there is no such run.
    """
    began = time.monotonic()
    with clustering_lock(library.folder, f"cluster {kind}"):
        before = runs.current_members(library, kind)
        proposed = runs.proposed_run(library, kind)
        if proposed and proposed.run_id == run_id and "ledger_end" in proposed.parameters:  # older ones do not have it
            _apply(library, kind, run_id, int(proposed.parameters["last_item"]), int(proposed.parameters["ledger_end"]))
        run = runs.roll_back(library, kind, run_id)
        after = runs.members_of_run(library, run_id)
        export_clusters(library, kind)
    return _report(run_id, kind, before, after, int(run.parameters["items"]), 0, began)


def refuse_proposed(library: Library, kinds: Iterable[RunKind]) -> None:
    """Refuse the proposed runs of some kinds, and the changes that they hold."""
    with library.write(durable=True) as connection:
        for kind in kinds:
            runs.refuse(connection, kind)


def changed_items(before: Members, after: Members) -> int:
    """Return how many items are in another cluster than before, counting none as one."""
    both, here, there = np.intersect1d(before.items, after.items, assume_unique=True, return_indices=True)
    same = int((before.clusters[here] == after.clusters[there]).sum())
    return len(before.items) + len(after.items) - len(both) - same


def _with_new_ids(library: Library, kind: RunKind, ids: Ids) -> Ids:
    """Give every cluster that no earlier run has an id that was never given out."""

    def allocate(count: int) -> list[int]:
        with library.write() as connection:
            if kind == "people":
                return new_people(connection, count)
            return runs.new_cluster_ids(connection, count)

    return with_new_ids(ids, allocate)


def _store(library: Library, kind: RunKind, found: FoundClusters, ids: Ids) -> int:
    """Write a run that is neither shown nor proposed yet, and return its id."""
    parameters = {
        **found.parameters,
        "items": len(ids),
        "last_item": found.last_item,
        "ledger_end": found.ledger_end,
    }
    run_id = runs.begin_run(library, kind, found.parameters.get("space_id"), parameters)
    numbers, first = np.unique(found.ids, return_index=True)
    final = dict(zip(numbers.tolist(), ids[first].tolist(), strict=True))
    notes = {final[cluster]: note for cluster, note in found.notes.items()}
    runs.fill_run(library, run_id, _members(kind, found, ids), notes, kind == "people")
    return run_id


def _members(kind: RunKind, found: FoundClusters, ids: Ids) -> Members:
    order = np.lexsort((found.items, found.photos, ids))
    order = order[ids[order] > 0]
    faces = found.items[order] if kind in ("people", "combined") else np.zeros(len(order), np.int64)
    return Members(ids[order], found.photos[order], faces)


def _apply(library: Library, kind: RunKind, run_id: int, last_item: int, ledger_end: int) -> None:
    """Let a run be shown, with what was indexed and decided since it was begun."""
    before = runs.current_run(library, kind)
    with library.write() as connection:
        runs.make_current(connection, kind, run_id)
        runs.refuse(connection, kind)
        if kind == "people":
            runs.carry_over(connection, before.run_id if before else 0, run_id, last_item)
            replay(library, connection, ledger_end)


def _hold(library: Library, kind: RunKind, found: FoundClusters, applied: Ids) -> int:
    """Keep the changes that were not applied in a proposed run.

    Returns:
        How many items they move.
    """
    ids = _with_new_ids(library, kind, _ids_beside(found, applied))
    held = int((ids != applied).sum())
    if held:
        _propose(library, kind, _store(library, kind, found, ids))
    return held


def _ids_beside(found: FoundClusters, applied: Ids) -> Ids:
    """Return `found.ids`, where clusters that are new get the ids of those applied that they share most with."""
    ids, labels = np.unique(found.ids, return_inverse=True)
    known = {label: cluster for label, cluster in enumerate(ids.tolist()) if cluster > 0}
    labels[found.ids == 0] = NOISE
    kept = applied > 0
    return surviving_ids(found.items, labels.astype(np.int32), found.items[kept], applied[kept], known, set())


def _propose(library: Library, kind: RunKind, run_id: int) -> None:
    with library.write() as connection:
        runs.make_proposed(connection, kind, run_id)


def _report(
    run_id: int, kind: RunKind, before: Members, after: Members, items: int, held: int, began: float
) -> RunReport:
    return RunReport(
        run=run_id,
        kind=kind,
        clusters=len(np.unique(after.clusters)),
        noise=max(0, items - len(after.items)),
        items=items,
        changed=changed_items(before, after),
        held=held,
        seconds=round(time.monotonic() - began, 3),
    )
