"""Clusters of vectors within must-link and cannot-link constraints, such as people of faces."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.average_linkage import Groups, GroupSums, average_linkage, once
from dofisac_tui.clustering.constraint_graph import (
    ConstraintGraph,
    Pairs,
    as_pairs,
    linked_components,
    separated_components,
)
from dofisac_tui.clustering.dbscan import density_labels
from dofisac_tui.clustering.found_clusters import NOISE, Labels
from dofisac_tui.clustering.graph import RadiusGraph
from dofisac_tui.embedding import Metric
from dofisac_tui.geometry import Vectors, dissimilarity_at

Method = Literal["average-linkage", "dbscan"]

SEEDING = 0.4
"""`face_quality` from which a face may seed."""


def cluster_labels(
    graph: RadiusGraph,
    vectors: Vectors,
    metric: Metric,
    radius: float,
    *,
    may_seed: NDArray[np.bool_] | None = None,
    must_link: Pairs = (),
    cannot_link: Pairs = (),
    min_samples: int = 3,
    method: Method = "average-linkage",
) -> Labels:
    """Cluster vectors, such as faces by person, within constraints.

    Constraints hold in every result, transitively: the faces of a must-link component are in one cluster, and no
    cluster holds a cannot-link pair. The result does not depend on the order of the faces, except for exact ties.

    Args:
        graph: Of these vectors; reaches at least to `radius`.
        vectors: (n, d) one for each face.
        metric: Of the vectors' space.
        radius: Of the mean distance between two groups (average linkage), or of two faces (DBSCAN);
            `choose_radius`.
        may_seed: (n,) False for faces too small or blurred to start a person, those of a quality below `SEEDING`;
            they join a person that is near.
        must_link: Faces of one person.
        cannot_link: Faces of two people: votes, and faces of one photo (`same_photo_pairs`).
        min_samples: Faces that make a person. Fewer are noise, unless they are must-linked.
        method: Average linkage, which measures best (`benchmarks/clustering.py`), or DBSCAN.

    Returns:
        (n,) the cluster of each face, numbered by their first faces; -1 for noise.

    Raises:
        ValueError: must-link pairs join what a cannot-link pair separates, or the graph does not reach far enough.
    """
    component = linked_components(len(graph), must_link)
    faces = _Faces(
        graph.within(radius),
        vectors,
        metric,
        np.ones(len(graph), bool) if may_seed is None else may_seed,
        component,
        separated_components(component, cannot_link),
        min_samples,
    )
    return _by_first_face(faces.by_density() if method == "dbscan" else faces.by_average())


@dataclass(frozen=True)
class _Faces:
    """Faces and their constraints. Groups are numbers from 0, (n,); each component is within one group."""

    graph: RadiusGraph
    vectors: Vectors
    metric: Metric
    seeds: NDArray[np.bool_]
    component: NDArray[np.int32]
    forbidden: NDArray[np.int64]
    min_samples: int

    def by_average(self) -> Groups:
        """Return the groups of average linkage of the components that may seed; the others join one of these groups."""
        seeding = (np.bincount(self.component, self.seeds) > 0)[self.component]
        group: Groups = np.full(len(self.seeds), NOISE, np.int64)
        group[seeding] = self._linked(seeding)
        group = self._without_small(group)
        return self._joined_by(~seeding, group)

    def by_density(self) -> Groups:
        """Return the groups of DBSCAN, joined by must-links; average linkage divides those with a forbidden pair."""
        labels = density_labels(self.graph, self.graph.radius, self.min_samples, self.seeds)
        group = self._with_components(labels)
        conflicting = self._conflicting(group)
        if conflicting.any():
            group[conflicting] = self._linked(conflicting, group) + len(group)
            small = self._without_small(group)
            group[conflicting] = small[conflicting]
        return group

    def _linked(self, faces: NDArray[np.bool_], within: Groups | None = None) -> Groups:
        """Return the groups of average linkage of some faces, which are whole components, within groups if given."""
        kept, start = np.unique(self.component[faces], return_inverse=True)
        inside = np.isin(self.forbidden, kept).all(axis=1)
        forbidden = np.searchsorted(kept, self.forbidden[inside])
        groups = np.full(len(faces), NOISE, np.int64)
        groups[faces] = start
        return average_linkage(self.graph, self.vectors, self.metric, groups, forbidden, self.graph.radius, within)[
            faces
        ]

    def _without_small(self, group: Groups) -> Groups:
        """Return the groups without those of too few faces, which become noise unless they are must-linked."""
        sizes = np.bincount(group[self.seeds & (group >= 0)], minlength=int(group.max(initial=0)) + 1)
        sizes[group[self._tied() & (group >= 0)]] = self.min_samples
        return np.where(sizes[np.maximum(group, 0)] >= self.min_samples, group, NOISE)

    def _tied(self) -> NDArray[np.bool_]:
        """Return which faces are must-linked to another, (n,)."""
        tied: NDArray[np.bool_] = (np.bincount(self.component) > 1)[self.component]
        return tied

    def _with_components(self, labels: Labels) -> Groups:
        """Return clusters joined where they share a component; a must-linked component in none becomes a group."""
        count, clustered = int(self.component.max(initial=-1)) + 1, labels >= 0
        links = np.column_stack([self.component[clustered], labels[clustered] + count])
        group = linked_components(count + int(labels.max(initial=-1)) + 1, links)[self.component]
        inhabited = np.bincount(group, clustered | self._tied())[group] > 0
        return np.where(inhabited, group, NOISE).astype(np.int64)

    def _conflicting(self, group: Groups) -> NDArray[np.bool_]:
        """Return which faces are in a group that holds a forbidden pair, (n,)."""
        of_component = np.full(len(self.component), NOISE, np.int64)
        of_component[self.component] = group
        both = of_component[self.forbidden]
        return (group >= 0) & np.isin(group, both[both[:, 0] == both[:, 1], 0])

    def _joined_by(self, weak: NDArray[np.bool_], group: Groups) -> Groups:
        """Return groups with the weak components, each in the nearest allowed group, or alone if it is tied."""
        people = int(group.max(initial=-1)) + 1
        home = np.full(int(self.component.max(initial=-1)) + 1, NOISE, np.int64)
        home[self.component] = group
        forbidden_for: dict[int, list[int]] = defaultdict(list)
        for one, other in self.forbidden.tolist():
            forbidden_for[one].append(other)
            forbidden_for[other].append(one)
        for component, person in self._nearest_first(weak, group):
            if home[component] == NOISE and person not in home[forbidden_for[component]]:
                home[component] = person
        alone = (home == NOISE) & (np.bincount(self.component) > 1)
        home[alone] = people + np.arange(int(alone.sum()))
        return home[self.component]

    def _nearest_first(self, weak: NDArray[np.bool_], group: Groups) -> list[tuple[int, int]]:
        """Return weak components, each with a group whose mean distance is within the radius, nearest first."""
        people = int(group.max(initial=-1)) + 1
        components, persons = self._neighbours(weak, group, max(1, people))
        crowd = self.graph.reaches < np.float32(self.graph.radius)
        either = np.where(weak, people + self.component, group)
        involved = (either >= 0) & np.isin(either, np.concatenate([people + components, persons, either[crowd]]))
        numbers, number = np.unique(either[involved], return_inverse=True)
        sums = GroupSums.of(self.vectors[involved], self.metric, number)
        bound, count = dissimilarity_at(self.graph.radius, self.metric), max(1, len(numbers))
        keys = [np.searchsorted(numbers, people + components) * count + np.searchsorted(numbers, persons)]
        those, theirs = (np.unique(number[(crowd & some)[involved]]) for some in (weak, group >= 0))
        keys += [left * count + right for left, right in sums.near(those, theirs, bound)]
        left, right = np.divmod(once(np.concatenate(keys)), count)
        distances = sums.between(left, right)
        order = np.argsort(distances, kind="stable")
        order = order[distances[order] <= bound]
        return list(zip((numbers[left[order]] - people).tolist(), numbers[right[order]].tolist(), strict=True))

    def _neighbours(self, weak: NDArray[np.bool_], group: Groups, people: int) -> tuple[Groups, Groups]:
        """Return weak components, each with a group with which it has a pair in the graph."""
        found = [np.empty(0, np.int64)]
        for later, earlier, _ in self.graph.parts():
            for one, other in ((later, earlier), (earlier, later)):
                near = np.flatnonzero(weak[one] & (group[other] >= 0))
                found.append(once(self.component[one[near]].astype(np.int64) * people + group[other[near]]))
        return np.divmod(once(np.concatenate(found)), people)


def _by_first_face(group: Groups) -> Labels:
    _, first, number = np.unique(group[group >= 0], return_index=True, return_inverse=True)
    labels = np.full(len(group), NOISE, np.int32)
    labels[group >= 0] = np.argsort(np.argsort(first))[number]
    return labels


CREDIBLE = 0.01
"""Match of two groups, by their mean distance, below which a yes joins only the two faces shown."""


def group_must_links(
    voted: Pairs,
    labels: Labels,
    vectors: Vectors,
    metric: Metric,
    *,
    farthest: float,
    must_link: Pairs,
    cannot_link: Pairs,
) -> NDArray[np.int64]:
    """Return must-links between all faces of two groups of which one face each was voted the same; the nearest first.

    After Klein, Kamvar and Manning, "From instance-level constraints to space-level constraints", ICML 2002: what is
    near two faces of one person is of that person, too. Groups that must not be together, also because of groups joined
    before, stay as they are.

    Args:
        voted: (m, 2) faces that stand for their groups.
        labels: (n,) groups by a clustering without must-links; a face that is noise is a group of its own.
        vectors: (n, d)
        metric: Of the vectors' space.
        farthest: The largest mean distance of two groups.
        must_link, cannot_link: All constraints; `voted` are among the must-links.

    Returns:
        (m, 2) each face with the first of its new group.
    """
    group = np.where(labels >= 0, labels, labels.max(initial=-1) + 1 + np.arange(len(labels)))
    pairs = np.unique(np.sort(group[as_pairs(voted)], axis=1), axis=0)
    involved = np.flatnonzero(np.isin(group, pairs))
    numbers, number = np.unique(group[involved], return_inverse=True)
    sums = GroupSums.of(vectors[involved], metric, number)
    members = np.split(involved[np.argsort(number, kind="stable")], np.cumsum(sums.sizes)[:-1])
    left, right = np.searchsorted(numbers, pairs).T
    distances = sums.between(left, right)
    component = linked_components(len(labels), must_link)
    constraints, links = ConstraintGraph[int, bool](), [np.empty((0, 2), np.int64)]
    separated = separated_components(component, cannot_link)
    for one, other in separated[np.isin(separated, component[involved]).all(axis=1)].tolist():
        constraints.cannot_link(one, other, True)
    for at in np.argsort(distances, kind="stable"):
        faces = np.concatenate([members[left[at]], members[right[at]]])
        near = left[at] != right[at] and distances[at] <= dissimilarity_at(farthest, metric)
        if near and constraints.must_link_all(component[faces].tolist()):
            links.append(np.column_stack([np.full(len(faces) - 1, faces[0]), faces[1:]]))
    return np.concatenate(links)
