"""The current clusters as they are shown, whole or a page at a time: persons, scores, keepers and labels."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from dofisac_tui.library.cluster_scores import scores_of_clusters
from dofisac_tui.library.database import Library
from dofisac_tui.library.runs import RunKind

Order = Literal["largest", "newest"]
"""Named persons first and then by size, or the last found first."""

_ORDERS: dict[Order, str] = {"largest": "person IS NULL, present DESC, shown", "newest": "shown DESC"}
_FEWEST: dict[RunKind, int] = {"people": 1, "phash": 2, "bg": 1, "combined": 1}  # what is present and still a cluster


@dataclass(frozen=True)
class Member:
    """One face or photo of a cluster.

    Attributes:
        path: Bytes.
        content_hash: Names the thumbnail.
        bits: Of 64, in which the fingerprint differs from the keeper's; None where there is no keeper.
        exact: Whether the file is the keeper's, byte for byte; true of the keeper itself.
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
        size: How many members are present; `members` may be fewer where only some were asked for.
        person: The name, where it has one.
        score: 1 (wrong) to 6 (perfect), the newest; None where nobody scored it as it is now.
        keeper_photo_id: The photo to keep of near-duplicates, which then is the first member.
        reasons: Why that one, in words.
        label: What a scene shows, in words.
        members: Near-duplicates most alike first, others in the order of photos.
    """

    cluster_id: int
    size: int
    person: str | None
    score: int | None
    keeper_photo_id: int | None
    reasons: tuple[str, ...]
    label: str | None
    members: list[Member]


def current_clusters(library: Library, kind: RunKind) -> list[Cluster]:
    """All clusters of the current run, named ones first, then the largest."""
    return clusters_page(library, kind, 0, -1)


def clusters_page(
    library: Library,
    kind: RunKind,
    offset: int,
    limit: int,
    order: Order = "largest",
    most: int | None = None,
) -> list[Cluster]:
    """Some of the current clusters, reading only what these need.

    Args:
        offset, limit: Which of them in that order; a limit of -1 is all.
        most: Members of each that are wanted, the first ones; None for all.
    """
    rows = library.rows(f"{_LISTED} ORDER BY {_ORDERS[order]} LIMIT ? OFFSET ?", (kind, _FEWEST[kind], limit, offset))
    scores = scores_of_clusters(library, kind, {row["shown"]: row["present"] for row in rows})
    members = _members(library, kind, [row["shown"] for row in rows], most)
    return [_cluster(row, scores.get(row["shown"]), members[row["shown"]]) for row in rows]


def count_clusters(library: Library, kind: RunKind) -> int:
    """How many `current_clusters` gives."""
    return int(library.value(f"SELECT COUNT(*) FROM ({_LISTED})", (kind, _FEWEST[kind])))  # noqa: S608


# persons who were merged are shown as one; what is absent is looked up alone, since that is little or nothing
_LISTED = """
    WITH run AS (SELECT run_id FROM cluster_runs WHERE kind = ? AND state = 'current'),
    gone AS (
        SELECT cluster_id, COUNT(*) AS absent FROM photos CROSS JOIN run JOIN cluster_members USING (photo_id, run_id)
        WHERE absent_since IS NOT NULL GROUP BY cluster_id
    )
    SELECT COALESCE(people.merged_into, cluster_id) AS shown, MAX(root.name) AS person,
        SUM(size - IFNULL(absent, 0)) AS present, keeper_photo_id, reasons, label
    FROM run JOIN clusters USING (run_id) LEFT JOIN gone USING (cluster_id)
    LEFT JOIN people ON people.person_id = clusters.person_id
    LEFT JOIN people AS root ON root.person_id = COALESCE(people.merged_into, people.person_id)
    GROUP BY shown HAVING present >= ?
"""


def _cluster(row: Any, score: int | None, members: list[Member]) -> Cluster:
    keeper = row["keeper_photo_id"]
    if not (members and members[0].photo_id == keeper):  # it is absent, so another has to be proposed
        keeper = None
    reasons = tuple(json.loads(row["reasons"])) if keeper and row["reasons"] else ()
    return Cluster(row["shown"], row["present"], row["person"], score, keeper, reasons, row["label"], members)


def _members(library: Library, kind: RunKind, ids: list[int], most: int | None) -> dict[int, list[Member]]:
    """The present members of some clusters, by cluster."""
    if most is None:
        rows = library.rows(_MEMBERS, (kind, json.dumps(ids), -1))
    else:  # groups with a keeper are small, and are put in order before they are cut
        limit = -1 if kind == "phash" else most
        rows = [row for each in ids for row in library.rows(_MEMBERS, (kind, json.dumps([each]), limit))]
    members: dict[int, list[tuple[bool, Member]]] = {each: [] for each in ids}
    for shown, fingerprint, kept, kept_id, kept_hash, photo_id, face_id, path, content_hash in rows:
        bits = None if kept is None else ((fingerprint ^ kept) % 2**64).bit_count()
        member = Member(photo_id, face_id, path, content_hash, bits, content_hash == kept_hash)
        members[shown].append((photo_id == kept_id, member))
    return {each: _most_alike_first(those)[:most] for each, those in members.items()}


def _most_alike_first(members: list[tuple[bool, Member]]) -> list[Member]:
    """In the order they are in where there is no keeper, who comes first."""
    ordered = sorted(members, key=lambda each: (not each[0], not each[1].exact, each[1].bits or 0))
    return [member for _, member in ordered]


_MEMBERS = """
    WITH wanted AS (
        SELECT value AS cluster_id, value AS shown FROM json_each(?2)
        UNION ALL SELECT person_id, merged_into FROM people
        WHERE ?1 = 'people' AND merged_into IN (SELECT value FROM json_each(?2))
    )
    SELECT shown, photos.fingerprint, keeper.fingerprint, keeper.photo_id, keeper.content_hash,
        photos.photo_id, face_id, photos.path, photos.content_hash
    FROM cluster_runs JOIN clusters USING (run_id) JOIN wanted USING (cluster_id)
    JOIN cluster_members USING (run_id, cluster_id) JOIN photos USING (photo_id)
    LEFT JOIN photos AS keeper ON keeper.photo_id = keeper_photo_id AND keeper.absent_since IS NULL
    WHERE kind = ?1 AND state = 'current' AND photos.absent_since IS NULL
    ORDER BY cluster_members.rowid LIMIT ?3
"""


def unclustered(library: Library, kind: RunKind) -> list[Member]:
    """Present photos that the current run puts into no cluster; for people, those that have a face and nobody known."""
    has_face = " AND EXISTS (SELECT 1 FROM faces WHERE faces.photo_id = photos.photo_id)" if kind == "people" else ""
    rows = library.rows(
        "SELECT photo_id, NULL, path, content_hash FROM photos WHERE absent_since IS NULL AND photo_id NOT IN"  # noqa: S608
        " (SELECT photo_id FROM cluster_runs JOIN cluster_members USING (run_id) WHERE kind = ? AND state = 'current')"
        f"{has_face} ORDER BY photo_id",
        (kind,),
    )
    return [Member(*row) for row in rows]
