"""One clustering of one kind, kept as a run: found, compared with the current one, applied or held."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.cluster_exports import export_clusters
from dofisac_tui.clustering.found_clusters import NOISE, FoundClusters, Ids, surviving_ids, with_new_ids
from dofisac_tui.clustering.people_run import find_people
from dofisac_tui.clustering.photo_runs import find_combined, find_duplicates, find_scenes
from dofisac_tui.library import runs
from dofisac_tui.library.database import Library
from dofisac_tui.library.lock import clustering_lock
from dofisac_tui.library.people import new_people
from dofisac_tui.library.run_snapshots import snapshot_past_runs
from dofisac_tui.library.runs import Members, Run, RunKind
from dofisac_tui.library.voting import replay

_FIND: dict[RunKind, Callable[[Library], FoundClusters]] = {
    "people": find_people,
    "duplicates": find_duplicates,
    "scenes": find_scenes,
    "combined": find_combined,
}


@dataclass(frozen=True)
class RunReport:
    """What a clustering did.

    Attributes:
        run: The run that is current now, or the one that waits to be accepted.
        clusters: Clusters of that run.
        noise: Items in none.
        items: Faces or photos that were clustered.
        changed: Items whose cluster is another than in the run before, or would be if it is only proposed.
        held: Items whose change waits to be accepted, since it touches a person with a name or was only proposed.
    """

    run: int
    kind: RunKind
    clusters: int
    noise: int
    items: int
    changed: int
    held: int
    seconds: float


def cluster(library: Library, kind: RunKind, propose: bool = False) -> RunReport:
    """Cluster anew. What breaks no name is applied; the rest, or with `propose` all of it, waits as a proposed run.

    Safe while others index and vote: what is decided meanwhile is carried over. A killed clustering leaves the
    current run as it was.

    Raises:
        LibraryBusyError: another process clusters.
        LibraryError: the library cannot be written.
    """
    began = time.monotonic()
    with clustering_lock(library.folder, f"cluster {kind}"):
        proposal = _FIND[kind](library)
        before = runs.current_run(library, kind)
        old = runs.members_of_run(library, before.run_id) if before else runs.NO_MEMBERS
        shown = found = _allocate(library, kind, proposal.found if propose else proposal.safe)
        held = 0
        if not propose:
            run_id = _store(library, kind, proposal, shown)
            _make_current(library, kind, run_id, proposal, before.run_id if before else 0)
            found = _allocate(library, kind, _after(proposal.found, shown, proposal.items))
            held = int((found != shown).sum())
        if propose or held:
            proposed = _store(library, kind, proposal, found)
            with library.write() as connection:
                runs.make_proposed(connection, kind, proposed)
            run_id = proposed if propose else run_id
        snapshot_past_runs(library, kind)
        changed = changed_items(old, proposal.items, shown)
    return RunReport(
        run=run_id,
        kind=kind,
        clusters=len(np.unique(shown[shown > 0])),
        noise=int((shown == 0).sum()),
        items=len(shown),
        changed=changed,
        held=changed if propose else held,
        seconds=round(time.monotonic() - began, 3),
    )


def roll_back(library: Library, kind: RunKind, run_id: int) -> RunReport:
    """Show an earlier run exactly as it was, or accept a proposed one with what was decided and indexed since.

    Raises:
        LibraryBusyError: another process clusters.
        LibraryError: there is no such run.
    """
    began = time.monotonic()
    with clustering_lock(library.folder, f"cluster {kind}"):
        before = runs.current_run(library, kind)
        old = runs.members_of_run(library, before.run_id) if before else runs.NO_MEMBERS
        proposed = runs.proposed_run(library, kind)
        if proposed and proposed.run_id == run_id:
            _accept(library, proposed, before.run_id if before else 0)
        run = runs.roll_back(library, kind, run_id)
        members = runs.members_of_run(library, run_id)
    items = int(run.parameters["items"])
    return RunReport(
        run=run_id,
        kind=kind,
        clusters=len(np.unique(members.clusters)),
        noise=max(0, items - len(members.items)),
        items=items,
        changed=changed_items(old, members.items, members.clusters),
        held=0,
        seconds=round(time.monotonic() - began, 3),
    )


def _accept(library: Library, proposed: Run, before: int) -> None:
    """Bring a proposed run of people up to date before it is shown."""
    if proposed.kind != "people" or "ledger_end" not in proposed.parameters:  # which older ones do not know
        return
    with library.write() as connection:
        runs.make_current(connection, proposed.kind, proposed.run_id)
        runs.carry_over(connection, before, proposed.run_id, int(proposed.parameters["last_item"]))
        replay(library, connection, int(proposed.parameters["ledger_end"]))


def changed_items(old: Members, items: NDArray[np.int64], ids: Ids) -> int:
    """How many items are in another cluster than before, counting none as one."""
    items, ids = items[ids != 0], ids[ids != 0]
    both, here, there = np.intersect1d(old.items, items, assume_unique=True, return_indices=True)
    return len(old.items) + len(items) - len(both) - int((old.clusters[here] == ids[there]).sum())


def _allocate(library: Library, kind: RunKind, ids: Ids) -> Ids:
    """Give every cluster that no earlier run has an id that was never given out."""

    def allocate(count: int) -> list[int]:
        with library.write() as connection:
            if kind == "people":
                return new_people(connection, count)
            return runs.new_cluster_ids(connection, count)

    return with_new_ids(ids, allocate)


def _after(found: Ids, safe: Ids, items: NDArray[np.int64]) -> Ids:
    """The clusters of `found`, with the ids of those in `safe` that they are."""
    ids, labels = np.unique(found, return_inverse=True)
    known = {label: cluster for label, cluster in enumerate(ids.tolist()) if cluster > 0}
    labels[found == 0] = NOISE
    return surviving_ids(items, labels.astype(np.int32), items[safe > 0], safe[safe > 0], known, set())


def _store(library: Library, kind: RunKind, proposal: FoundClusters, ids: Ids) -> int:
    space_id = proposal.parameters.get("space_id")
    parameters = {
        **proposal.parameters,
        "items": len(ids),
        "last_item": proposal.last_item,
        "ledger_end": proposal.ledger_end,
    }
    run_id = runs.begin_run(library, kind, space_id, parameters)
    order = np.lexsort((proposal.items, proposal.photos, ids))
    order = order[ids[order] > 0]
    faces = proposal.items[order] if kind in ("people", "combined") else np.zeros(len(order), np.int64)
    found, first = np.unique(proposal.found, return_index=True)
    final = dict(zip(found.tolist(), ids[first].tolist(), strict=True))
    notes = {final[cluster]: note for cluster, note in proposal.notes.items()}
    runs.fill_run(library, run_id, Members(ids[order], proposal.photos[order], faces), notes, kind == "people")
    return run_id


def _make_current(library: Library, kind: RunKind, run_id: int, proposal: FoundClusters, before: int) -> None:
    """Let the run be shown, with what was decided and indexed while it was made."""
    with library.write() as connection:
        runs.refuse(connection, kind)
        runs.make_current(connection, kind, run_id)
        if kind == "people":
            runs.carry_over(connection, before, run_id, proposal.last_item)
            replay(library, connection, proposal.ledger_end)


def recluster(library: Library, kind: RunKind, propose: bool = False) -> RunReport:
    """Cluster anew; see `run.cluster`."""
    report = cluster(library, kind, propose)
    if not propose:
        export_clusters(library, kind)
    return report


def show_run(library: Library, kind: RunKind, run_id: int) -> RunReport:
    """Show an earlier run, or accept a proposed one; see `run.roll_back`."""
    report = roll_back(library, kind, run_id)
    export_clusters(library, kind)
    return report


def refuse_proposed(library: Library, kinds: Iterable[RunKind]) -> None:
    """Refuse what is proposed."""
    with library.write(durable=True) as connection:
        for kind in kinds:
            runs.refuse(connection, kind)
