"""What somebody thinks of a cluster: its score stays with it as long as it is much the same."""

import json
from collections import Counter, defaultdict

from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.face_keys import FaceKey, locate
from dofisac_tui.library.ledger import standing_votes
from dofisac_tui.library.runs import RunKind

SAME_CLUSTER = 0.75
"""A score belongs to the cluster that shares at least this much (Jaccard) with the one that was scored."""


def scores_of_clusters(library: Library, kind: RunKind, sizes: dict[int, int]) -> dict[int, int]:
    """The newest score of each of some current clusters, 1 to 6, where there is one.

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
    """The current clusters that hold what each key names: a face, or any photo of that content."""
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
