"""Read the current clusters, all or a page at a time, with their persons, scores, keepers and labels."""

import json
import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any, Literal

from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.face_keys import FaceKey, locate
from dofisac_tui.library.ledger import standing_votes
from dofisac_tui.library.runs import RUN_KINDS, Run, RunKind, current_run

Order = Literal["largest", "newest"]
"""Named persons first and then by size, or the newest id first."""

TimeSpan = tuple[str | None, str | None]
"""The first and the last capture time of a cluster, as the cameras wrote them; None where no photo has one."""

Chosen = dict[str, float]
"""The contents that were chosen to be kept, and when."""

CHOSEN = "you chose it"
"""The reason for such a keeper."""

_ORDERS: dict[Order, str] = {"largest": "person IS NULL, present DESC, shown", "newest": "shown DESC"}
# how many present members a cluster must have to be shown
_FEWEST: dict[RunKind, int] = {"people": 1, "duplicates": 2, "scenes": 1, "combined": 1}


@dataclass(frozen=True)
class ClusterMember:
    """One face or photo of a cluster.

    Attributes:
        path: Bytes.
        content_hash: Names the thumbnail.
        bits: Of 64, in which the fingerprint differs from the keeper's; None where there is no keeper.
        exact: The file is the keeper's, byte for byte; true of the keeper itself.
    """

    photo_id: int
    face_id: int | None
    path: bytes
    content_hash: str
    bits: int | None = None
    exact: bool = False


@dataclass(frozen=True)
class Cluster:
    """One current cluster, its members present photos only.

    Attributes:
        size: Number of present members; `members` may be fewer where only some were asked for.
        person: The name, where it has one.
        score: 1 (wrong) to 6 (perfect), the newest; None where it has no score as it is now.
        keeper_photo_id: The photo to keep of near-duplicates, which then is the first member.
        reasons: Why that one, in words.
        label: Content of a scene, in words.
        members: Near-duplicates most alike first, others in the order of photos.
    """

    cluster_id: int
    size: int
    person: str | None
    score: int | None
    keeper_photo_id: int | None
    reasons: tuple[str, ...]
    label: str | None
    members: list[ClusterMember]


def current_clusters(library: Library, kind: RunKind) -> list[Cluster]:
    """Return all clusters of the current run, named ones first, then the largest."""
    return clusters_page(library, kind, 0, -1)


def clusters_page(
    library: Library,
    kind: RunKind,
    offset: int,
    limit: int,
    order: Order = "largest",
    most: int | None = None,
) -> list[Cluster]:
    """Return some of the current clusters, reading only what these need.

    Args:
        offset, limit: Part of them in that order; a limit of -1 is all.
        most: Members of each that are wanted, the first ones; None for all.
    """
    run = current_run(library, kind)
    if run is None:
        return []
    listed = listed_clusters(library, run, order, limit, offset)
    sizes: dict[int, int] = {row["shown"]: row["present"] for row in listed}
    about = _about(library, run.run_id, list(sizes))
    names = {row["shown"]: row["person"] for row in listed}
    scores = scores_of_clusters(library, kind, sizes)
    chosen = _chosen(library) if kind == "duplicates" else {}
    members = _members(library, kind, run.run_id, list(sizes), most, chosen)
    return [
        Cluster(each, sizes[each], names[each], scores.get(each), *_noted(about.get(each), members[each], chosen))
        for each in sizes
    ]


def count_clusters(library: Library, kind: RunKind) -> int:
    """Return the number of clusters that `current_clusters` gives."""
    run = current_run(library, kind)
    sql = f"SELECT COUNT(*) FROM ({_LISTED[kind]})"  # noqa: S608
    return int(library.value(sql, (run.run_id, _FEWEST[kind]))) if run else 0


def cluster_ids(library: Library, kind: RunKind, order: Order = "largest") -> list[int]:
    """Return the ids of all current clusters, in the order of `clusters_page`."""
    run = current_run(library, kind)
    return [row["shown"] for row in listed_clusters(library, run, order)] if run else []


def spans_of_clusters(library: Library, kind: RunKind, ids: list[int]) -> dict[int, TimeSpan]:
    """Return the time spans of the present photos of some current clusters; photos without a date do not count."""
    rows = library.rows(
        "SELECT cluster_id, MIN(taken_at), MAX(taken_at) FROM cluster_runs CROSS JOIN cluster_members USING (run_id)"
        " CROSS JOIN photos USING (photo_id) WHERE kind = ? AND state = 'current' AND absent_since IS NULL"
        " AND cluster_id IN (SELECT value FROM json_each(?)) GROUP BY cluster_id",
        (kind, json.dumps(ids)),
    )
    spans: dict[int, TimeSpan] = dict.fromkeys(ids, (None, None))
    return spans | {cluster_id: (first, last) for cluster_id, first, last in rows}


# Absent photos are few, so they are read by themselves; SQLite does so only with CROSS and MATERIALIZED.
_GONE = """
    WITH gone AS MATERIALIZED (
        SELECT cluster_id, COUNT(*) AS absent FROM photos CROSS JOIN cluster_members USING (photo_id)
        WHERE absent_since IS NOT NULL AND run_id = ?1 GROUP BY cluster_id
    )
"""
_OF_PHOTOS = f"""{_GONE}
    SELECT cluster_id AS shown, NULL AS person, size - IFNULL(absent, 0) AS present
    FROM clusters LEFT JOIN gone USING (cluster_id) WHERE run_id = ?1 AND present >= ?2
"""  # noqa: S608
_OF_PEOPLE = f"""{_GONE}
    SELECT COALESCE(people.merged_into, cluster_id) AS shown, MAX(root.name) AS person,
        SUM(size - IFNULL(absent, 0)) AS present, root.ignored AS ignored
    FROM clusters LEFT JOIN gone USING (cluster_id) JOIN people USING (person_id)
    LEFT JOIN people AS root ON root.person_id = COALESCE(people.merged_into, people.person_id)
    WHERE run_id = ?1 GROUP BY shown HAVING present >= ?2
"""  # noqa: S608
_LISTED = {kind: _OF_PEOPLE if kind == "people" else _OF_PHOTOS for kind in RUN_KINDS}


def listed_clusters(
    library: Library, run: Run, order: Order = "largest", limit: int = -1, offset: int = 0
) -> list[sqlite3.Row]:
    """Return id, person and number of present members of the clusters of a current run, some or all.

    Returns:
        Rows of shown, person, present, and of people also ignored.
    """
    sql = f"{_LISTED[run.kind]} ORDER BY {_ORDERS[order]} LIMIT ?3 OFFSET ?4"
    return library.rows(sql, (run.run_id, _FEWEST[run.kind], limit, offset))


def _about(library: Library, run_id: int, ids: list[int]) -> dict[int, Any]:
    rows = library.rows(
        "SELECT cluster_id, keeper_photo_id, reasons, label FROM clusters WHERE run_id = ?"
        " AND cluster_id IN (SELECT value FROM json_each(?))",
        (run_id, json.dumps(ids)),
    )
    return {row["cluster_id"]: row for row in rows}


def _chosen(library: Library) -> Chosen:
    votes = standing_votes(library, ("keep",))
    return {vote.content_a: vote.cast_at for vote in votes if vote.content_a}


def _noted(
    about: Any, members: list[ClusterMember], chosen: Chosen
) -> tuple[int | None, tuple[str, ...], str | None, list[ClusterMember]]:
    """Keeper, reasons, label and members; `about` is None where all faces are of persons merged into that one."""
    label = about["label"] if about else None
    if not members or members[0].bits is None:  # an absent keeper has to be proposed again
        return None, (), label, members
    kept = members[0]
    reasons = [CHOSEN] if kept.content_hash in chosen else json.loads(about["reasons"] or "[]")
    return kept.photo_id, tuple(reasons), label, members


def _members(
    library: Library, kind: RunKind, run_id: int, ids: list[int], most: int | None, chosen: Chosen
) -> dict[int, list[ClusterMember]]:
    """Return the present members of some clusters, by cluster."""
    shown_as = {each: each for each in ids} | (_merged_into(library, ids) if kind == "people" else {})
    if most is None:
        some = f"{_MEMBERS} IN (SELECT value FROM json_each(?)) {_IN_ORDER}"  # noqa: S608
        rows = library.rows(some, (run_id, json.dumps(list(shown_as))))
    else:  # groups with a keeper are small, and are put in order before they are cut
        limit = -1 if kind == "duplicates" else most
        one = f"{_MEMBERS} = ? {_IN_ORDER} LIMIT ?"
        rows = [row for each in shown_as for row in library.rows(one, (run_id, each, limit))]
    found: dict[int, list[sqlite3.Row]] = {each: [] for each in ids}
    for row in rows:
        found[shown_as[row["cluster_id"]]].append(row)
    return {each: _keeper_first(those, chosen)[:most] for each, those in found.items()}


def _keeper_first(rows: list[sqlite3.Row], chosen: Chosen) -> list[ClusterMember]:
    """Put the photo chosen last first, or else the proposed one, then those most alike; without one keep the order."""
    picked = [row for row in rows if row["content_hash"] in chosen]
    picked.sort(key=lambda row: -chosen[row["content_hash"]])
    kept = next(iter([*picked, *(row for row in rows if row["photo_id"] == row["keeper_photo_id"])]), None)
    members = []
    for row in rows:
        bits = None if kept is None else ((row["fingerprint"] ^ kept["fingerprint"]) % 2**64).bit_count()
        exact = kept is not None and row["content_hash"] == kept["content_hash"]
        member = ClusterMember(row["photo_id"], row["face_id"], row["path"], row["content_hash"], bits, exact)
        members.append((row is not kept, not exact, bits or 0, member))
    return [member for *_, member in sorted(members, key=lambda each: each[:3])]


_MEMBERS = """
    SELECT clusters.cluster_id, keeper_photo_id, photos.photo_id, face_id, path, content_hash, fingerprint
    FROM clusters CROSS JOIN cluster_members AS members USING (run_id, cluster_id)
    CROSS JOIN photos ON photos.photo_id = members.photo_id
    WHERE run_id = ? AND photos.absent_since IS NULL AND clusters.cluster_id
"""
_IN_ORDER = "ORDER BY clusters.cluster_id, members.rowid"


def _merged_into(library: Library, ids: list[int]) -> dict[int, int]:
    """Return the persons who were merged into some of these, and into which."""
    rows = library.rows(
        "SELECT person_id, merged_into FROM people WHERE merged_into IN (SELECT value FROM json_each(?))",
        (json.dumps(ids),),
    )
    return dict(map(tuple, rows))


def unclustered(library: Library, kind: RunKind) -> list[ClusterMember]:
    """Return present photos that are in no current cluster; for people, of those that have a face."""
    has_face = " AND EXISTS (SELECT 1 FROM faces WHERE faces.photo_id = photos.photo_id)" if kind == "people" else ""
    rows = library.rows(
        "SELECT photo_id, NULL, path, content_hash FROM photos WHERE absent_since IS NULL AND photo_id NOT IN"  # noqa: S608
        " (SELECT photo_id FROM cluster_runs JOIN cluster_members USING (run_id) WHERE kind = ? AND state = 'current')"
        f"{has_face} ORDER BY photo_id",
        (kind,),
    )
    return [ClusterMember(*row) for row in rows]


SAME_CLUSTER = 0.75
"""A score belongs to the cluster that shares at least this much (Jaccard) with the one that was scored."""


def scores_of_clusters(library: Library, kind: RunKind, sizes: dict[int, int]) -> dict[int, int]:
    """Return the newest score of each of some current clusters, 1 to 6, where there is one.

    Args:
        sizes: The present members of each cluster, by its id.
    """
    least, largest = min(sizes.values(), default=0) * SAME_CLUSTER, max(sizes.values(), default=0) / SAME_CLUSTER
    scored = []
    for vote in standing_votes(library, ("cluster",)):
        about = vote.about
        if about["kind"] == kind and least <= about["size"] <= largest:
            scored.append((about["size"], about["members"], int(vote.answer)))
    clusters_of = _clusters_of(library, kind, {key for _, members, _ in scored for key in members})
    scores: dict[int, int] = {}
    for size, members, score in scored:  # the newest last
        found = Counter(cluster for key in members for cluster in clusters_of[key])
        for cluster, shared in found.most_common(1):
            common = shared / len(members) * size  # of a large cluster only a sample is remembered
            if cluster in sizes and common / (size + sizes[cluster] - common) >= SAME_CLUSTER:
                scores[cluster] = score
    return {cluster: score for cluster, score in scores.items() if score}


def _clusters_of(library: Library, kind: RunKind, keys: set[FaceKey]) -> dict[FaceKey, set[int]]:
    """Return the current clusters that hold what each key names: a face, or any photo of that content."""
    found: dict[FaceKey, set[int]] = defaultdict(set)
    if kind != "people":
        rows = library.rows(
            "SELECT content_hash, cluster_id FROM photos JOIN cluster_members USING (photo_id)"
            " JOIN cluster_runs USING (run_id) WHERE content_hash IN (SELECT value FROM json_each(?))"
            " AND absent_since IS NULL AND kind = ? AND state = 'current'",
            (json.dumps([key.content for key in keys]), kind),
        )
        clusters: dict[str, set[int]] = defaultdict(set)
        for content, cluster in rows:
            clusters[content].add(cluster)
        return defaultdict(set, {key: clusters[key.content] for key in keys})
    space = searched_space(library, "face")
    located = locate(library, space, keys) if space else {}
    rows = library.rows(
        "SELECT face_id, person_id FROM current_people JOIN photos USING (photo_id)"
        " WHERE face_id IN (SELECT value FROM json_each(?)) AND absent_since IS NULL",
        (json.dumps([face.face_id for faces in located.values() for face in faces]),),
    )
    person_of = dict(map(tuple, rows))
    for key, faces in located.items():
        found[key] = {person_of[face.face_id] for face in faces if face.face_id in person_of}
    return found
