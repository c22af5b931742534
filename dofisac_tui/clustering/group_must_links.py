"""Must-links between whole groups, where a vote was about two persons and not just the two faces shown."""

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.average_linkage import GroupSums
from dofisac_tui.clustering.constraint_graph import (
    ConstraintGraph,
    Pairs,
    as_pairs,
    linked_components,
    separated_components,
)
from dofisac_tui.clustering.found_clusters import Labels
from dofisac_tui.embedding import Metric
from dofisac_tui.geometry import Vectors, dissimilarity_at

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
