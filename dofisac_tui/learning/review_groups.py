"""Group the faces of a library by person for the review queue, and find groups that are near each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.constraint_graph import linked_components
from dofisac_tui.clustering.graph import RadiusGraph
from dofisac_tui.clustering.graph_cache import space_graph
from dofisac_tui.clustering.ledger_constraints import FaceConstraints, read_face_constraints
from dofisac_tui.clustering.radius import BOUNDS
from dofisac_tui.embedding import Metric
from dofisac_tui.geometry import Vectors, distances, mean_distances
from dofisac_tui.learning.voted_pairs import VotedPairs, voted_pairs
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.runs import current_run
from dofisac_tui.library.vectors import Faces, read_faces
from dofisac_tui.matching.calibration import Calibration
from dofisac_tui.matching.current_curve import link_bounds, match_curve

Indices = NDArray[np.int64]
Floats = NDArray[np.float64]
Means = NDArray[np.floating[Any]]

QUALITY_WEIGHT = 0.2
"""Offset of a face's typicality, so that quality counts even for the least typical face of a group."""

_AT_ONCE = 65_536  # vectors copied at once


class GroupPairs(NamedTuple):
    """Pairs of groups with faces within the reach of the graph, (m,).

    Attributes:
        left, right: Group numbers, the lower one left.
        match: Probability that the two are one person, by their mean distance.
    """

    left: Indices
    right: Indices
    match: NDArray[np.float64]


@dataclass(frozen=True)
class ReviewGroups:
    """Faces that may be asked about, grouped by current person and by votes.

    Attributes:
        faces: n faces, without those of absent photos and ignored persons, and those voted not-a-face.
        graph: Of these faces.
        persons: (n,) current person of each face; 0 if unassigned.
        originals: (n,) photo of each face; for copies of one file, the first one.
        named: Ids of the persons that have a name.
        group: (n,) group of each face, from 0 without gaps; an unassigned face is its own group.
        cannot_link: (m, 2) groups that are two persons by a vote, by name or by a photo that shows both.
        must_link: (m, 2) positions of faces that votes have joined.
        voted: Standing votes on two of these faces.
        constraints: Constraints of the ledger.
    """

    faces: Faces
    graph: RadiusGraph
    metric: Metric
    curve: Calibration
    persons: Indices
    originals: Indices
    named: Indices
    group: Indices
    cannot_link: Indices
    must_link: Indices
    voted: VotedPairs
    constraints: FaceConstraints

    @cached_property
    def sizes(self) -> Indices:
        """Number of faces of each group, (groups,)."""
        return np.bincount(self.group).astype(np.int64)

    @cached_property
    def means(self) -> tuple[Vectors, Floats]:
        """Mean vector of each group, (groups, d), and mean squared length, (groups,)."""
        vectors = self.faces.vectors
        means = np.empty((len(self.sizes), vectors.shape[1]), np.float32)
        for first, last, places in self.batches():
            sums = np.add.reduceat(vectors[places], self.starts[first:last] - self.starts[first])
            means[first:last] = sums / self.sizes[first:last, None]
        lengths = np.einsum("ij,ij->i", vectors, vectors)
        return means, np.bincount(self.group, lengths) / self.sizes

    def batches(self) -> Iterator[tuple[int, int, Indices]]:
        """Yield batches of groups: first group, end, and positions of their faces."""
        first = 0
        while first < len(self.sizes):
            last = max(first + 1, int(np.searchsorted(self.starts, self.starts[first] + _AT_ONCE)))
            end = self.starts[last] if last < len(self.sizes) else None
            yield first, last, self.order[self.starts[first] : end]
            first = last

    @cached_property
    def order(self) -> Indices:
        """Positions of the faces, group by group, (n,)."""
        return np.argsort(self.group, kind="stable").astype(np.int64)

    @cached_property
    def starts(self) -> Indices:
        """Start of each group in `order`, (groups,)."""
        return np.asarray(np.cumsum(self.sizes) - self.sizes)

    def representatives(self, wanted: Indices) -> Indices:
        """Return the position of a face of high quality and near to the mean for each of these groups.

        Args:
            wanted: (m,) group numbers.

        Returns:
            (m,)
        """
        groups, number = np.unique(wanted, return_inverse=True)
        sizes = self.sizes[groups]
        first = np.cumsum(sizes) - sizes
        places = self.order[np.repeat(self.starts[groups] - first, sizes) + np.arange(sizes.sum())]
        vectors = self.faces.vectors[places]
        means = np.add.reduceat(vectors, first) / sizes[:, None].astype(np.float32) if len(groups) else vectors
        far = np.linalg.norm(vectors - np.repeat(means, sizes, axis=0), axis=1)
        farthest = np.maximum.reduceat(far, first) if len(groups) else far
        typical = 1 - far / np.repeat(np.maximum(farthest, 1e-6), sizes)
        best = np.lexsort((self.faces.quality[places] * (QUALITY_WEIGHT + typical), np.repeat(groups, sizes)))
        return np.asarray(places[best[first + sizes - 1]][number], np.int64)

    def undecided_pairs(self) -> GroupPairs:
        """Return near pairs of groups without a cannot-link."""
        parts = (self._keys(self.group[part.later], self.group[part.earlier]) for part in self.graph.parts())
        keys = np.unique(np.concatenate([np.empty(0, np.int64), *parts]))
        apart = self._keys(self.cannot_link[:, 0], self.cannot_link[:, 1])
        at = np.minimum(np.searchsorted(apart, keys), max(0, len(apart) - 1))
        keys = keys[apart[at] != keys] if len(apart) else keys
        return self.between(*np.divmod(keys, len(self.sizes)))

    def between(self, left: Indices, right: Indices) -> GroupPairs:
        """Return pairs of groups with the probability that both are one person, by their mean distance."""
        means, squares = self.means
        probability = np.empty(len(left))
        for start in range(0, len(left), _AT_ONCE):
            a, b = left[start : start + _AT_ONCE], right[start : start + _AT_ONCE]
            probability[start : start + _AT_ONCE] = self.match_of_means(means[a], means[b], squares[a], squares[b])
        return GroupPairs(left, right, probability)

    def distances(self, left: Indices, right: Indices) -> NDArray[np.float64]:
        """Return the distances between faces at these positions, (m,)."""
        return distances(self.faces.vectors[left], self.faces.vectors[right], self.metric)

    def match_of_means(self, left: Means, right: Means, left_squares: Floats, right_squares: Floats) -> Floats:
        """Return the probability that pairs of face sets, which may overlap, are one person, (m,), by means of (m,
        d)."""
        products = np.einsum("ij,ij->i", left, right)
        return self.curve.probabilities(mean_distances(products, left_squares, right_squares, self.metric))

    def positions(self, face_ids: NDArray[np.int64]) -> Indices:
        """Return positions of faces, without those, or pairs of those, that may not be asked about."""
        return self.faces.positions(face_ids)

    def _keys(self, left: Indices, right: Indices) -> Indices:
        """Return a unique number for each pair of different groups, ascending."""
        left, right = left[left != right], right[left != right]
        keys = np.sort(np.minimum(left, right) * len(self.sizes) + np.maximum(left, right))
        return keys[np.diff(keys, prepend=-1) > 0]


def read_review_groups(library: Library) -> ReviewGroups | None:
    """Return the groups of the current people run; None before the first run.

    Reads every vector, and adds new faces to the cached graph.
    """
    space, run = searched_space(library, "face"), current_run(library, "people")
    if space is None or run is None:
        return None
    constraints = read_face_constraints(library)
    all_faces = read_faces(library, space)
    curve = match_curve(library, space)
    reach = min(BOUNDS["average-linkage"][1], link_bounds(library, space, BOUNDS["average-linkage"])[1])
    graph = space_graph(library, space, all_faces.ids, all_faces.vectors, curve.distance(reach))
    keep = _askable_mask(library, all_faces, constraints)
    faces = all_faces.where(keep)
    voted = voted_pairs(library, space)
    person_of = dict(map(tuple, library.rows("SELECT face_id, person_id FROM current_people")))
    persons = np.array([person_of.get(face_id, 0) for face_id in faces.ids.tolist()], np.int64)
    links = faces.positions(constraints.must_link())
    alone = -1 - np.arange(len(faces), dtype=np.int64)
    start = np.unique(np.where(persons > 0, persons, alone), return_inverse=True)[1]
    group = linked_components(int(start.max(initial=-1)) + 1, start[links])[start].astype(np.int64)
    return ReviewGroups(
        faces,
        graph if keep.all() else graph.drop(keep),
        space.metric,
        curve,
        persons,
        _originals(library, faces.photos),
        np.array([row[0] for row in library.rows("SELECT person_id FROM people WHERE name IS NOT NULL")], np.int64),
        group,
        group[constraints.separated_positions(faces)],
        links,
        voted.where(np.asarray(np.isin(voted.faces, faces.ids).all(axis=1))),
        constraints,
    )


def _askable_mask(library: Library, faces: Faces, constraints: FaceConstraints) -> NDArray[np.bool_]:
    absent = [row[0] for row in library.rows("SELECT photo_id FROM photos WHERE absent_since IS NOT NULL")]
    ignored = library.rows("SELECT face_id FROM current_people JOIN people USING (person_id) WHERE ignored")
    never = [*constraints.not_faces, *(row[0] for row in ignored)]
    return ~(np.isin(faces.photos, absent) | np.isin(faces.ids, never))


def _originals(library: Library, photos: Indices) -> Indices:
    """Return the first photo with the content of each."""
    copies = library.rows(
        "SELECT photo_id, first FROM photos JOIN (SELECT content_hash, MIN(photo_id) AS first FROM photos"
        " GROUP BY content_hash HAVING COUNT(*) > 1) USING (content_hash)"
    )
    first: dict[int, int] = dict(map(tuple, copies))
    return np.array([first.get(photo, photo) for photo in photos.tolist()], np.int64)
