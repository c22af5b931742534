"""The current clusters, with their persons and scores, as they are shown."""

from collections import Counter
from dataclasses import dataclass

from dofisac_tui.library.database import Library
from dofisac_tui.library.face_keys import FaceKey, locate
from dofisac_tui.library.runs import RunKind
from dofisac_tui.library.spaces import searched_space
from dofisac_tui.library.votes import Vote, standing_of_kinds

SAME_CLUSTER = 0.75
"""A score belongs to the cluster that shares at least this much (Jaccard) with the one that was scored."""


@dataclass(frozen=True)
class Member:
    """One face or photo of a cluster.

    Attributes:
        path: Bytes.
        content_hash: Names the thumbnail.
    """

    photo_id: int
    face_id: int | None
    path: bytes
    content_hash: str


@dataclass(frozen=True)
class Cluster:
    """One current cluster, its members present photos only.

    Attributes:
        person: The name, where it has one.
        score: 1 (wrong) to 6 (perfect), the newest; None where nobody scored it as it is now.
        keeper_photo_id: The photo to keep of near-duplicates.
    """

    cluster_id: int
    person: str | None
    score: int | None
    keeper_photo_id: int | None
    members: list[Member]


def current_clusters(library: Library, kind: RunKind) -> list[Cluster]:
    """The clusters of the current run, named ones first, then the largest."""
    rows = library.rows(
        "SELECT COALESCE(people.merged_into, cluster_id) AS shown, keeper_photo_id, photo_id, face_id, path,"
        " content_hash FROM cluster_runs JOIN clusters USING (run_id) JOIN cluster_members USING (run_id, cluster_id)"
        " JOIN photos USING (photo_id) LEFT JOIN people ON people.person_id = clusters.person_id"
        " WHERE kind = ? AND state = 'current' AND absent_since IS NULL ORDER BY shown, photo_id, face_id",
        (kind,),
    )
    members: dict[int, list[Member]] = {}
    keepers: dict[int, int | None] = {}
    for cluster_id, keeper, *member in rows:
        members.setdefault(cluster_id, []).append(Member(*member))
        keepers[cluster_id] = keeper
    names = _names(library) if kind == "people" else {}
    scores = _scores(library, kind, members)
    clusters = [Cluster(each, names.get(each), scores.get(each), keepers[each], members[each]) for each in members]
    return sorted(clusters, key=lambda each: (each.person is None, -len(each.members), each.cluster_id))


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


def _names(library: Library) -> dict[int, str]:
    return {row[0]: row[1] for row in library.rows("SELECT person_id, name FROM people WHERE name IS NOT NULL")}


def _scores(library: Library, kind: RunKind, members: dict[int, list[Member]]) -> dict[int, int]:
    votes = [vote for vote in standing_of_kinds(library.connection, ("cluster",)) if vote.about["kind"] == kind]
    if not votes:
        return {}
    of_item = {
        (each.face_id if kind == "people" else each.content_hash): cluster_id
        for cluster_id, those in members.items()
        for each in those
    }
    located = _located(library, kind, votes)
    scores: dict[int, int] = {}
    for vote in votes:  # the newest last
        found = Counter(of_item[item] for item in located[vote.vote_id] if item in of_item)
        for cluster_id, shared in found.most_common(1):
            if _jaccard(shared, vote, len(members[cluster_id])) >= SAME_CLUSTER:
                scores[cluster_id] = int(vote.answer)
    return {cluster_id: score for cluster_id, score in scores.items() if score}


def _located(library: Library, kind: RunKind, votes: list[Vote]) -> dict[int, list[int | str]]:
    """What the members of scored clusters are now: face ids, or contents of photos."""
    keys: dict[int, list[FaceKey]] = {vote.vote_id: vote.about["members"] for vote in votes}
    if kind != "people":
        return {vote_id: [key.content for key in those] for vote_id, those in keys.items()}
    space = searched_space(library, "face")
    found = locate(library, space, {key for those in keys.values() for key in those}) if space else {}
    return {
        vote_id: [face.face_id for key in those for face in found.get(key, ())[:1]] for vote_id, those in keys.items()
    }


def _jaccard(shared: int, vote: Vote, size: int) -> float:
    about = vote.about
    common = shared / len(about["members"]) * about["size"]  # of a large cluster only a sample is remembered
    return float(common / (about["size"] + size - common))
