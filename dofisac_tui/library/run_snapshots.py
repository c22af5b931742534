"""Every run is kept: once it is past, its rows become a snapshot, which holds only what differs from an earlier one.

A snapshot never changes and is never removed, so that any other can be made from it. A run that is shown again gets its
rows back, and becomes a new snapshot when it is past again, since decisions may have changed it meanwhile.
"""

import io
import json
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.library.database import Library

LONGEST_CHAIN = 30
"""Snapshots that are each the change from the one before; then comes a whole one again."""

_CLUSTERS = "cluster_id, person_id, keeper_photo_id, reasons, label"


class Content(NamedTuple):
    """The rows of a run.

    Attributes:
        clusters: Id, person, keeper, reasons and label of each.
        members: Cluster, photo and face of each; a face of 0 means the photo as a whole.
    """

    clusters: set[tuple[Any, ...]]
    members: set[tuple[int, int, int]]


def snapshot_past_runs(library: Library, kind: str) -> None:
    """Turn the rows of all runs of a kind that are past or refused into snapshots. Killed halfway, it goes on next
    time. The caller holds the clustering lock."""
    runs = library.rows(
        "SELECT run_id, snapshot_id FROM cluster_runs WHERE kind = ? AND state IN ('past', 'refused') AND (snapshot_id"
        " IS NULL OR EXISTS (SELECT 1 FROM clusters WHERE clusters.run_id = cluster_runs.run_id)) ORDER BY run_id",
        (kind,),
    )
    for run_id, snapshot_id in runs:
        if snapshot_id is None:
            _take(library, kind, run_id)
        remove_rows(library, run_id)


def snapshot_content(library: Library, snapshot_id: int) -> Content:
    """Return the rows that a snapshot stands for."""
    chain: list[bytes] = []
    base: int | None = snapshot_id
    while base is not None:
        row = library.rows("SELECT base_id, content FROM run_snapshots WHERE snapshot_id = ?", (base,))[0]
        base = row["base_id"]
        chain.append(row["content"])
    content = Content(set(), set())
    for packed in reversed(chain):
        gone, new = _unpack(packed)
        for rows, without, added in zip(content, gone, new, strict=True):
            rows -= without
            rows |= added
    return content


def remove_rows(library: Library, run_id: int, batch: int = 20_000) -> None:
    """Remove the clusters and members of a run that is not shown, in short transactions."""
    removed = batch
    while removed == batch:
        with library.write() as connection:
            removed = connection.execute(
                "DELETE FROM cluster_members WHERE rowid IN"
                " (SELECT rowid FROM cluster_members WHERE run_id = ? LIMIT ?)",
                (run_id, batch),
            ).rowcount
    with library.write() as connection:
        connection.execute("DELETE FROM clusters WHERE run_id = ?", (run_id,))


def _take(library: Library, kind: str, run_id: int) -> None:
    content = _content_of_rows(library, run_id)
    newest = library.rows(
        "SELECT run_snapshots.snapshot_id, depth FROM cluster_runs JOIN run_snapshots USING (snapshot_id)"
        " WHERE kind = ? ORDER BY snapshot_id DESC LIMIT 1",
        (kind,),
    )
    base_id, depth, base = None, 0, Content(set(), set())
    if newest and newest[0]["depth"] < LONGEST_CHAIN:
        base_id, depth = newest[0]["snapshot_id"], newest[0]["depth"] + 1
        base = snapshot_content(library, newest[0]["snapshot_id"])
    gone = Content(base.clusters - content.clusters, base.members - content.members)
    new = Content(content.clusters - base.clusters, content.members - base.members)
    with library.write() as connection:
        taken = connection.execute(
            "INSERT INTO run_snapshots (base_id, depth, content) VALUES (?, ?, ?) RETURNING snapshot_id",
            (base_id, depth, _pack(gone, new)),
        ).fetchone()[0]
        connection.execute("UPDATE cluster_runs SET snapshot_id = ? WHERE run_id = ?", (taken, run_id))


def _content_of_rows(library: Library, run_id: int) -> Content:
    clusters = library.rows(f"SELECT {_CLUSTERS} FROM clusters WHERE run_id = ?", (run_id,))  # noqa: S608
    members = library.rows(
        "SELECT cluster_id, photo_id, IFNULL(face_id, 0) FROM cluster_members WHERE run_id = ?", (run_id,)
    )
    return Content(set(map(tuple, clusters)), {(row[0], row[1], row[2]) for row in members})


def _pack(gone: Content, new: Content) -> bytes:
    arrays: dict[str, NDArray[Any]] = {}
    for name, content in (("gone", gone), ("new", new)):
        # photos and faces grow together, so their differences are small numbers, which deflate well
        members = np.array(sorted(content.members, key=lambda row: row[::-1]), np.int64).reshape(-1, 3)
        arrays[f"{name}_clusters_of"] = members[:, 0]
        arrays[f"{name}_items"] = np.diff(members[:, 1:], axis=0, prepend=0)
        text = json.dumps(sorted(content.clusters, key=lambda row: int(row[0])))
        arrays[f"{name}_clusters"] = np.frombuffer(text.encode(), np.uint8)
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _unpack(packed: bytes) -> tuple[Content, Content]:
    found = []
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        for name in ("gone", "new"):
            items = np.cumsum(arrays[f"{name}_items"], axis=0)
            members = zip(arrays[f"{name}_clusters_of"].tolist(), *items.T.tolist(), strict=True)
            clusters = map(tuple, json.loads(arrays[f"{name}_clusters"].tobytes()))
            found.append(Content(set(clusters), {(cluster, photo, face) for cluster, photo, face in members}))
    return found[0], found[1]
