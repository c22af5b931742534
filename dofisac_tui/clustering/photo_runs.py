"""Clustering of photos: near-duplicates, scenes, and people in scenes."""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.constrained_clustering import cluster_labels
from dofisac_tui.clustering.duplicates import DuplicateCandidate, DuplicateGroup, PhotoAnswer, duplicate_groups
from dofisac_tui.clustering.found_clusters import NOISE, NOTHING_FOUND, FoundClusters, Ids, surviving_ids
from dofisac_tui.clustering.graph_cache import space_graph
from dofisac_tui.clustering.ledger_constraints import read_photo_constraints
from dofisac_tui.clustering.scenes import combined_vectors, scene_agreement, scene_words
from dofisac_tui.clustering.thumbnail_correlation import thumbnail_agreement
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.geometry import Vectors
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.runs import Note, RunKind, current_members
from dofisac_tui.library.vectors import Faces, read_faces, scene_vectors
from dofisac_tui.matching.current_curve import match_curve

EVEN = 0.5
"""Probability whose distance is the radius."""


def find_duplicates(library: Library) -> FoundClusters:
    """Group near-duplicates among the photos that are present."""
    rows = library.rows(
        "SELECT photo_id AS id, content_hash, fingerprint, width, height, size, format, taken_at,"
        " LENGTH(path) AS path_length FROM photos WHERE absent_since IS NULL ORDER BY photo_id"
    )
    if not rows:
        return NOTHING_FOUND
    known = _known_faces(library)
    photos = [
        DuplicateCandidate(
            **{**dict(row), "fingerprint": row["fingerprint"] % 2**64}, known_faces=known.get(row["id"], 0)
        )
        for row in rows
    ]
    ids = np.array([photo.id for photo in photos], np.int64)
    constraints = [
        (a, b, cast(PhotoAnswer, answer.replace("-", " "))) for a, b, answer in read_photo_constraints(library)
    ]
    space = searched_space(library, "scene")
    scenes = None
    if space:
        scene_ids, vectors = _scenes(library, space)
        by_photo = np.full((len(ids), space.dimensions), np.nan, np.float32)
        _, here, there = np.intersect1d(ids, scene_ids, assume_unique=True, return_indices=True)
        by_photo[here] = vectors[there]
        scenes = scene_agreement(by_photo, space.metric, match_curve(library, space).distance(EVEN))
    thumbnails = thumbnail_agreement(library.folder, [photo.content_hash for photo in photos])
    groups = duplicate_groups(photos, scenes, constraints, thumbnails)
    found = _surviving(library, "duplicates", ids, _labels(ids, groups))
    position = {photo_id: number for number, photo_id in enumerate(ids.tolist())}
    notes = {int(found[position[group.keeper]]): Note(group.keeper, group.reasons) for group in groups}
    return FoundClusters(ids, ids, found, found, {"votes": len(constraints)}, notes)


def find_scenes(library: Library) -> FoundClusters:
    """Group the present photos by scene."""
    space = searched_space(library, "scene")
    if space is None:
        return NOTHING_FOUND
    ids, vectors = _scenes(library, space)
    radius = match_curve(library, space).distance(EVEN)
    graph = space_graph(library, space, ids, vectors, radius)
    labels = cluster_labels(graph, vectors, space.metric, radius)
    found = _surviving(library, "scenes", ids, labels)
    notes = {cluster: Note(label=label) for cluster, label in scene_words(library, space, vectors, found).items()}
    return FoundClusters(ids, ids, found, found, {"space_id": space.space_id, "radius": radius}, notes)


def find_combined(library: Library) -> FoundClusters:
    """Group the faces of present photos by person and scene together."""
    spaces = searched_space(library, "face"), searched_space(library, "scene")
    if spaces[0] is None or spaces[1] is None:
        return NOTHING_FOUND
    radii = match_curve(library, spaces[0]).distance(EVEN), match_curve(library, spaces[1]).distance(EVEN)
    faces, vectors = _faces_in_scenes(library, spaces[0], spaces[1], radii)
    # the vectors change with the radii, so these are part of the identity of the stored graph
    name = f"{spaces[0].name} {radii[0]:g} + {spaces[1].name} {radii[1]:g}"
    both = EmbeddingSpace(name, "face", vectors.shape[1], "euclidean")
    graph = space_graph(library, both, faces.ids, vectors, 1.0)
    labels = cluster_labels(graph, vectors, both.metric, 1.0)
    found = _surviving(library, "combined", faces.ids, labels)
    return FoundClusters(faces.ids, faces.photos, found, found, {"radii": radii})


def _faces_in_scenes(
    library: Library, of_faces: EmbeddingSpace, of_scenes: EmbeddingSpace, radii: tuple[float, float]
) -> tuple[Faces, Vectors]:
    """Return the faces of present photos, and the combined vector of each."""
    faces = read_faces(library, of_faces)
    photos, scenes = _scenes(library, of_scenes)
    faces = faces.where(np.isin(faces.photos, photos))
    beside, metrics = scenes[np.searchsorted(photos, faces.photos)], (of_faces.metric, of_scenes.metric)
    return faces, combined_vectors(faces.vectors, beside, metrics, radii)


def _scenes(library: Library, space: EmbeddingSpace) -> tuple[NDArray[np.int64], Vectors]:
    """Return the ids of the present photos, ascending, (n,), and their scene embeddings, (n, dimensions)."""
    present = library.rows("SELECT photo_id FROM photos WHERE absent_since IS NULL ORDER BY photo_id")
    return scene_vectors(library, space, [row[0] for row in present])


def _known_faces(library: Library) -> dict[int, int]:
    """Return the number of persons with a name in each photo that shows any."""
    rows = library.rows(
        "SELECT photo_id, COUNT(DISTINCT person_id) FROM current_people JOIN people USING (person_id)"
        " WHERE name IS NOT NULL GROUP BY photo_id"
    )
    return dict(map(tuple, rows))


def _labels(ids: NDArray[np.int64], groups: list[DuplicateGroup]) -> NDArray[np.int32]:
    number = {
        photo_id: label
        for label, group in enumerate(groups)
        for photo_id in (group.keeper, *(member.id for member in group.members))
    }
    return np.array([number.get(photo_id, NOISE) for photo_id in ids.tolist()], np.int32)


def _surviving(library: Library, kind: RunKind, items: NDArray[np.int64], labels: NDArray[np.int32]) -> Ids:
    old = current_members(library, kind)
    return surviving_ids(items, labels, old.items, old.clusters, {}, set())
