"""Clustering of people: each face of the library gets a person or none, within the constraints of the ledger."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.constrained_clustering import CREDIBLE, SEEDING, Method, cluster_labels, group_must_links
from dofisac_tui.clustering.constraint_graph import Pairs, as_pairs
from dofisac_tui.clustering.found_clusters import NOISE, NOTHING_FOUND, FoundClusters, Ids, Labels, surviving_ids
from dofisac_tui.clustering.graph import RadiusGraph
from dofisac_tui.clustering.graph_cache import space_graph
from dofisac_tui.clustering.graph_search import complete_graph
from dofisac_tui.clustering.ledger_constraints import FaceConstraints, read_face_constraints
from dofisac_tui.clustering.radius import BOUNDS, choose_radius
from dofisac_tui.config import cores
from dofisac_tui.embedding import Metric
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.face_keys import LocatedFace
from dofisac_tui.library.people import merged_into
from dofisac_tui.library.runs import Members, current_members
from dofisac_tui.library.vectors import Faces, read_faces
from dofisac_tui.matching.current_curve import link_bounds, match_curve


def find_people(library: Library, method: Method = "average-linkage") -> FoundClusters:
    """Cluster all faces of the searched space, without writing anything but the file of the neighbour graph."""
    space = searched_space(library, "face")
    if space is None:
        return NOTHING_FOUND
    constraints = read_face_constraints(library)
    everything = read_faces(library, space)
    curve = match_curve(library, space)
    # what is learned of the radius holds for average linkage
    likely = link_bounds(library, space, BOUNDS[method]) if method == "average-linkage" else BOUNDS[method]
    lower, upper = map(curve.distance, likely)
    # no less than the usual reach, so that the kept graph serves both methods
    reach = max(upper, curve.distance(BOUNDS["average-linkage"][1]))
    graph = space_graph(library, space, everything.ids, everything.vectors, reach)
    choice = choose_radius(graph, lower, upper)
    if method == "dbscan":
        graph = complete_graph(graph, everything.vectors, space.metric, choice.radius, cores(most=2))
    real = ~np.isin(everything.ids, list(constraints.not_faces))
    clustering = _Clustering(
        everything if real.all() else everything.where(real),
        graph if real.all() else graph.drop(real),
        space.metric,
        method,
        choice.radius,
        _Before.read(library),
        curve.distance(CREDIBLE),
    )
    found = clustering.people(constraints)
    safe, taken = found, clustering.taken_from_named(found)
    if taken:
        constraints.keep_named(taken)
        safe = clustering.people(constraints)
    parameters = {
        "space_id": space.space_id,
        "method": method,
        "radius": choice.radius,
        "reason": choice.reason,
        "seed_quality": SEEDING,
        "contradictions": len(constraints.contradictions),
    }
    faces = clustering.faces
    last = int(everything.ids.max(initial=0))
    return FoundClusters(faces.ids, faces.photos, found, safe, parameters, {}, last, constraints.ledger_end)


@dataclass(frozen=True)
class _Before:
    """The current run, with merged persons as one.

    Attributes:
        protected: Persons with a name, or ignored.
    """

    members: Members
    persons: NDArray[np.int64]
    protected: set[int]

    @classmethod
    def read(cls, library: Library) -> "_Before":
        members = current_members(library, "people")
        merged = merged_into(library)
        persons, gone = members.clusters.copy(), np.isin(members.clusters, list(merged))
        persons[gone] = [merged[person] for person in persons[gone].tolist()]
        kept = library.rows("SELECT person_id FROM people WHERE (name IS NOT NULL OR ignored) AND merged_into IS NULL")
        return cls(members, persons, {row[0] for row in kept})


@dataclass(frozen=True)
class _Clustering:
    """The faces, and settings that are the same with and without `FaceConstraints.keep_named`.

    Attributes:
        farthest: Mean distance of two groups up to which a yes about two persons joins all of their faces.
    """

    faces: Faces
    graph: RadiusGraph
    metric: Metric
    method: Method
    radius: float
    before: _Before
    farthest: float

    def people(self, constraints: FaceConstraints) -> Ids:
        """Return the person of each face, within the constraints."""
        must = self.faces.positions(constraints.must_link())
        cannot = constraints.separated_positions(self.faces)
        groups = self._group_must_links(self.faces.positions(constraints.whole_persons()), must, cannot)
        labels = self._labels(np.concatenate([must, groups]), cannot)
        fixed = self._known(labels, constraints)
        old = self.before
        return surviving_ids(self.faces.ids, labels, old.members.faces, old.persons, fixed, old.protected)

    def _group_must_links(self, voted: Pairs, must_link: Pairs, cannot_link: Pairs) -> NDArray[np.int64]:
        """Return must-links of all faces of two persons, where a vote says that both are one."""
        if not len(voted):  # the common case, and half the work
            return as_pairs(())
        return group_must_links(
            voted,
            self._labels((), cannot_link),
            self.faces.vectors,
            self.metric,
            farthest=self.farthest,
            must_link=must_link,
            cannot_link=cannot_link,
        )

    def _labels(self, must_link: Pairs, cannot_link: Pairs) -> Labels:
        return cluster_labels(
            self.graph,
            self.faces.vectors,
            self.metric,
            self.radius,
            may_seed=self.faces.quality >= SEEDING,
            must_link=must_link,
            cannot_link=cannot_link,
            method=self.method,
        )

    def _known(self, labels: Labels, constraints: FaceConstraints) -> dict[int, int]:
        """Return the persons of the ledger by label. One with a single face keeps it, though it is noise."""
        fixed = {}
        for person, face_ids in constraints.persons().items():
            at = self.faces.positions(np.array(face_ids, np.int64))
            if len(at):
                if labels[at[0]] == NOISE:
                    labels[at] = labels.max() + 1
                fixed[int(labels[at[0]])] = person
        return fixed

    def taken_from_named(self, ids: Ids) -> dict[int, list[LocatedFace]]:
        """Return the faces of all named persons, if one of them would lose a face; else nothing."""
        old = self.before
        kept = np.isin(old.persons, list(old.protected)) & np.isin(old.members.faces, self.faces.ids)
        persons, faces, photos = old.persons[kept], old.members.faces[kept], old.members.photos[kept]
        if np.array_equal(ids[self.faces.positions(faces)], persons):
            return {}
        found = defaultdict(list)
        for person, face, photo in zip(persons.tolist(), faces.tolist(), photos.tolist(), strict=True):
            found[person].append(LocatedFace(face, photo))
        return found
