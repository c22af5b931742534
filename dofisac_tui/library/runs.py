"""Write, keep and read cluster runs: each is kept with its parameters and members, at most one of a kind is current.

A run is written while its state is `running`, in short transactions, and becomes current or proposed in one. What a
killed process left `running` is removed by the next. Once it is past, a run never changes, and takes little space.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.errors import LibraryError
from dofisac_tui.library import meta
from dofisac_tui.library.database import Library
from dofisac_tui.library.run_snapshots import remove_rows, snapshot_content, snapshot_past_runs

RunKind = Literal["people", "duplicates", "scenes", "combined"]
RUN_KINDS: tuple[RunKind, ...] = ("people", "duplicates", "scenes", "combined")
RunState = Literal["running", "proposed", "current", "past", "refused"]

_BATCH = 20_000  # rows written in one transaction, so that no vote waits


@dataclass(frozen=True)
class Run:
    """One clustering.

    Attributes:
        parameters: Its settings, and the reasons for them.
    """

    run_id: int
    kind: RunKind
    state: RunState
    parameters: dict[str, Any]
    started_at: float
    finished_at: float | None


class Members(NamedTuple):
    """The members of all clusters of a run, in the order of clusters, photos and faces.

    Attributes:
        clusters, photos, faces: (n,) ids; a face of 0 means the photo as a whole.
    """

    clusters: NDArray[np.int64]
    photos: NDArray[np.int64]
    faces: NDArray[np.int64]

    @property
    def items(self) -> NDArray[np.int64]:
        """Ids of the clustered items: faces, or photos where there are none, (n,)."""
        return self.faces if self.faces.any() else self.photos


@dataclass(frozen=True)
class Note:
    """A remark on one cluster.

    Attributes:
        keeper: Id of the photo to keep of near-duplicates.
        reasons: Why that one, in words.
        label: Content of a scene, in words.
    """

    keeper: int | None = None
    reasons: tuple[str, ...] = ()
    label: str | None = None


NO_MEMBERS = Members(*(np.empty(0, np.int64) for _ in range(3)))

_SELECT = "SELECT run_id, kind, state, parameters, started_at, finished_at FROM cluster_runs"


def current_run(library: Library, kind: RunKind) -> Run | None:
    """Return the run that is shown, or None before the first."""
    return _one(library.rows(f"{_SELECT} WHERE kind = ? AND state = 'current'", (kind,)))


def proposed_run(library: Library, kind: RunKind) -> Run | None:
    """Return the run that waits to be accepted or refused, or None."""
    return _one(library.rows(f"{_SELECT} WHERE kind = ? AND state = 'proposed'", (kind,)))


def find_run(library: Library, kind: RunKind, run_id: int) -> Run:
    """Return a finished run.

    Raises:
        LibraryError: there is none with that id and of that kind.
    """
    run = _one(library.rows(f"{_SELECT} WHERE run_id = ? AND kind = ? AND state != 'running'", (run_id, kind)))
    if run is None:
        known = library.rows("SELECT run_id FROM cluster_runs WHERE kind = ? AND state != 'running'", (kind,))
        ids = ", ".join(str(row[0]) for row in known) or "none"
        raise LibraryError(f"There is no {kind} run {run_id}", f"There are: {ids}.")
    return run


def current_members(library: Library, kind: RunKind) -> "Members":
    """Return the members of the current run; there are none before the first."""
    run = current_run(library, kind)
    return members_of_run(library, run.run_id) if run else NO_MEMBERS


def _one(rows: Sequence[sqlite3.Row]) -> Run | None:
    return Run(**{**dict(rows[0]), "parameters": json.loads(rows[0]["parameters"])}) if rows else None


def members_of_run(library: Library, run_id: int) -> Members:
    """Return all members of a run."""
    snapshot_id = library.value("SELECT snapshot_id FROM cluster_runs WHERE run_id = ?", (run_id,))
    if snapshot_id is not None:
        return _members(sorted(snapshot_content(library, snapshot_id).members))
    rows = library.rows(
        "SELECT cluster_id, photo_id, IFNULL(face_id, 0) FROM cluster_members WHERE run_id = ?"
        " ORDER BY cluster_id, photo_id, face_id",
        (run_id,),
    )
    return _members([tuple(row) for row in rows])


def _members(rows: Sequence[tuple[int, ...]]) -> Members:
    table = np.array(rows, np.int64).reshape(-1, 3)
    return Members(*(np.ascontiguousarray(column) for column in table.T))


def members_of_cluster(library: Library, kind: str, cluster_id: int) -> list[tuple[int, int | None]]:
    """Return photo and face ids of a current cluster, for people with those of the persons merged into it."""
    rows = library.rows(
        "SELECT photo_id, face_id FROM cluster_runs JOIN cluster_members USING (run_id)"
        " WHERE kind = ? AND state = 'current' AND (cluster_id = ?"
        " OR (kind = 'people' AND cluster_id IN (SELECT person_id FROM people WHERE merged_into = ?)))"
        " ORDER BY photo_id, face_id",
        (kind, cluster_id, cluster_id),
    )
    return [(row[0], row[1]) for row in rows]


def begin_run(library: Library, kind: RunKind, space_id: int | None, parameters: dict[str, Any]) -> int:
    """Start a run, and remove what killed runs left. The caller holds the clustering lock."""
    for row in library.rows("SELECT run_id FROM cluster_runs WHERE state = 'running'"):
        remove_run(library, row[0])
    with library.write() as connection:
        return int(
            connection.execute(
                "INSERT INTO cluster_runs (kind, space_id, parameters, state, started_at)"
                " VALUES (?, ?, ?, 'running', ?) RETURNING run_id",
                (kind, space_id, json.dumps(parameters), time.time()),
            ).fetchone()[0]
        )


def fill_run(library: Library, run_id: int, members: Members, notes: dict[int, Note], people: bool) -> None:
    """Write the clusters and members of a run that is `running`.

    Args:
        notes: By cluster, where there is one.
        people: The cluster ids are those of persons.
    """
    nothing = Note()
    rows = []
    for cluster in np.unique(members.clusters).tolist():
        note = notes.get(cluster, nothing)
        reasons = json.dumps(note.reasons) if note.reasons else None
        rows.append((cluster, cluster if people else None, note.keeper, reasons, note.label))
    _write_rows(library, run_id, rows, zip(*(column.tolist() for column in members), strict=True))


def _write_rows(
    library: Library, run_id: int, clusters: Iterable[tuple[Any, ...]], members: Iterable[tuple[int, ...]]
) -> None:
    """Write clusters (id, person, keeper, reasons, label) and members (cluster, photo, face or 0) of a run."""
    table = "clusters (run_id, cluster_id, person_id, keeper_photo_id, reasons, label)"
    _insert(library, table, [(run_id, *each) for each in clusters])
    rows = [(run_id, cluster, photo, face or None) for cluster, photo, face in members]
    _insert(library, "cluster_members (run_id, cluster_id, photo_id, face_id)", rows)


def _insert(library: Library, table: str, rows: list[tuple[Any, ...]]) -> None:
    """Write rows in short transactions, by one statement each: with triggers, one for every row takes three times."""
    for start in range(0, len(rows), _BATCH):
        columns = ", ".join(f"json_extract(value, '$[{number}]')" for number in range(len(rows[0])))
        with library.write() as connection:
            connection.execute(
                f"INSERT INTO {table} SELECT {columns} FROM json_each(?)",  # noqa: S608
                (json.dumps(rows[start : start + _BATCH]),),
            )


def carry_over(connection: sqlite3.Connection, old_run: int, run_id: int, last_face: int) -> None:
    """Keep the faces that joined a person of the old run after the new one was begun, inside a write transaction."""
    connection.execute(
        "INSERT INTO cluster_members (run_id, cluster_id, photo_id, face_id)"
        " SELECT clusters.run_id, members.cluster_id, photo_id, face_id FROM cluster_members AS members"
        " JOIN clusters ON clusters.cluster_id = members.cluster_id AND clusters.run_id = ?"
        " WHERE members.run_id = ? AND face_id > ?",
        (run_id, old_run, last_face),
    )


def new_cluster_ids(connection: sqlite3.Connection, count: int) -> list[int]:
    """Return new ids for clusters of photos, which follow each other, inside a write transaction."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (meta.LAST_CLUSTER_ID,)).fetchone()
    last = int(row[0]) if row else 0
    meta.put(connection, meta.LAST_CLUSTER_ID, str(last + count))
    return list(range(last + 1, last + count + 1))


def make_current(connection: sqlite3.Connection, kind: RunKind, run_id: int) -> None:
    """Let a run take the place of the current one, inside a write transaction."""
    connection.execute("UPDATE cluster_runs SET state = 'past' WHERE kind = ? AND state = 'current'", (kind,))
    _finish(connection, run_id, "current")


def make_proposed(connection: sqlite3.Connection, kind: RunKind, run_id: int) -> None:
    """Let a run wait for an answer, inside a write transaction; one that waited before is refused."""
    refuse(connection, kind)
    _finish(connection, run_id, "proposed")


def refuse(connection: sqlite3.Connection, kind: RunKind) -> None:
    """Refuse what is proposed, inside a write transaction."""
    connection.execute("UPDATE cluster_runs SET state = 'refused' WHERE kind = ? AND state = 'proposed'", (kind,))


def propose_again(connection: sqlite3.Connection, run_id: int) -> None:
    """Let a run that was refused wait for an answer once more, inside a write transaction, while its rows are there."""
    connection.execute(
        "UPDATE cluster_runs SET state = 'proposed' WHERE run_id = ? AND state = 'refused' AND snapshot_id IS NULL",
        (run_id,),
    )


def _finish(connection: sqlite3.Connection, run_id: int, state: RunState) -> None:
    connection.execute(
        "UPDATE cluster_runs SET state = ?, finished_at = IFNULL(finished_at, ?), snapshot_id = NULL WHERE run_id = ?",
        (state, time.time(), run_id),
    )


def roll_back(library: Library, kind: RunKind, run_id: int) -> Run:
    """Show an earlier run again, or a proposed one, exactly as it was, but for what has left the library; the current
    one becomes past.

    Raises:
        LibraryError: there is no such run.
    """
    run = find_run(library, kind, run_id)
    snapshot_id = library.value("SELECT snapshot_id FROM cluster_runs WHERE run_id = ?", (run_id,))
    if snapshot_id is not None:
        remove_rows(library, run_id)  # what a killed process wrote of them
        content = snapshot_content(library, snapshot_id)
        _write_rows(library, run_id, sorted(content.clusters, key=lambda row: int(row[0])), sorted(content.members))
    with library.write(durable=True) as connection:
        _forget_what_left(connection, run_id)
        make_current(connection, kind, run_id)
    snapshot_past_runs(library, kind)
    return run


def _forget_what_left(connection: sqlite3.Connection, run_id: int) -> None:
    connection.execute(
        "DELETE FROM cluster_members WHERE run_id = ? AND (photo_id NOT IN (SELECT photo_id FROM photos)"
        " OR face_id NOT IN (SELECT face_id FROM faces))",
        (run_id,),
    )


def remove_run(library: Library, run_id: int) -> None:
    """Remove a run that was never finished, in short transactions."""
    remove_rows(library, run_id, _BATCH)
    with library.write() as connection:
        connection.execute("DELETE FROM cluster_runs WHERE run_id = ?", (run_id,))
