"""Tune the radius of people runs by votes and cluster scores.

The clusterings at several radii use no votes, so every vote is held out of them; the radius is chosen by the votes on
some persons and tested by those on the others.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.constrained_clustering import SEEDING, cluster_labels
from dofisac_tui.clustering.constraint_graph import same_photo_pairs
from dofisac_tui.clustering.found_clusters import NOISE, Labels
from dofisac_tui.clustering.graph_cache import space_graph
from dofisac_tui.clustering.radius import BOUNDS, choose_radius
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.learning.cross_validation import HeldOutGain, VoteGroups, folds, mean_gain
from dofisac_tui.learning.voted_pairs import VotedPairs
from dofisac_tui.library.database import Library
from dofisac_tui.library.face_keys import locate
from dofisac_tui.library.ledger import standing_votes
from dofisac_tui.library.vectors import read_faces
from dofisac_tui.matching.calibration import Calibration

CANDIDATE_MATCHES = (0.5, 0.65, 0.8, 0.9, 0.95, 0.99)
"""Match at the radii that are tried, besides the one in use and that of the link threshold."""

_PAIRS_OF_SCORE = 30  # of a scored cluster, that are looked at

Agreement = NDArray[np.float64]
"""Agreement of a clustering with each vote or score, 0 to 1."""


@dataclass(frozen=True)
class RadiusTuning:
    """Chosen radius and its agreement with votes and scores.

    Attributes:
        link: Match at the radius; None to leave it unchanged.
        before, after: Share of the held-out votes and scores that agree with the clustering.
    """

    link: float | None
    before: float
    after: float
    gain: HeldOutGain


def tune_radius(
    library: Library,
    space: EmbeddingSpace,
    curve: Calibration,
    votes: VotedPairs,
    used: tuple[float, float],
    link: float | None,
) -> RadiusTuning:
    """Find the radius that agrees best with votes and scores, if its gain over the one in use is significant.

    Args:
        curve: Curve of Match to use.
        used: Match at the smallest and the largest radius of people runs, between which the data decides.
        link: Match at the link threshold, which is tried as well.
    """
    faces = read_faces(library, space)
    farthest = min(BOUNDS["average-linkage"][1], used[1])
    graph = space_graph(library, space, faces.ids, faces.vectors, curve.distance(farthest))
    apart = same_photo_pairs(faces.photos)
    tried = sorted({*CANDIDATE_MATCHES, *([link] if link and farthest <= link < 1 else [])})
    radii = [choose_radius(graph, *map(curve.distance, used)).radius, *map(curve.distance, tried)]
    labelled = _read_labelled_pairs(library, space, faces.ids, votes)
    agreements = []
    for radius in radii:
        labels = cluster_labels(
            graph, faces.vectors, space.metric, radius, may_seed=faces.quality >= SEEDING, cannot_link=apart
        )
        agreements.append(labelled.agreement(labels))
    return _select(np.array(agreements), labelled.groups, tried)


def _select(agreements: NDArray[np.float64], groups: VoteGroups, tried: list[float]) -> RadiusTuning:
    """Choose a row of (candidates, votes and scores), of which the first is the radius in use."""
    after = agreements[0].copy()
    for training, testing in folds(groups):
        if training.any():
            after[testing] = agreements[agreements[:, training].mean(axis=1).argmax(), testing]
    gain = mean_gain(after - agreements[0], np.sort(groups, axis=1))
    best = int(agreements.mean(axis=1).argmax())
    link = tried[best - 1] if best and gain.significant else None
    return RadiusTuning(link, float(agreements[0].mean()), float(after.mean()), gain)


@dataclass(frozen=True)
class _LabelledPairs:
    """Pairs of faces with labels from votes and scores.

    Attributes:
        first, second: (m,) positions of two faces.
        together: (m,) degree to which they belong together, 0 to 1.
        number: (m,) number of the vote or score of each pair.
        groups: (votes and scores, 2) identities that each is about, for cross-validation.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    together: NDArray[np.float64]
    number: NDArray[np.int64]
    groups: VoteGroups

    def agreement(self, labels: Labels) -> Agreement:
        """Return the agreement with the mean label of each vote or score; noise is in no cluster."""
        same = (labels[self.first] == labels[self.second]) & (labels[self.first] != NOISE)
        pairs = np.maximum(np.bincount(self.number), 1)
        held, wanted = (np.bincount(self.number, each) / pairs for each in (same, self.together))
        return np.asarray(1 - np.abs(held - wanted))


def _read_labelled_pairs(
    library: Library, space: EmbeddingSpace, ids: NDArray[np.int64], votes: VotedPairs
) -> _LabelledPairs:
    """Label one pair by each vote, and random pairs of members by each score: 6 means all belong together, 1 none."""
    pairs = [
        (a, b, float(same), n) for n, ((a, b), same) in enumerate(zip(votes.faces.tolist(), votes.same, strict=True))
    ]
    groups = votes.identities.tolist()
    scored = [vote for vote in standing_votes(library, ("cluster",)) if vote.about["kind"] == "people"]
    scored = [vote for vote in scored if int(vote.answer)]
    located = locate(library, space, {key for vote in scored for key in vote.about["members"]})
    rng = np.random.default_rng(0)
    for vote in scored:
        faces = [located[key][0].face_id for key in vote.about["members"] if key in located]
        if len(faces) > 1:
            drawn = [rng.choice(len(faces), 2, replace=False).tolist() for _ in range(_PAIRS_OF_SCORE)]
            wanted = (int(vote.answer) - 1) / 5
            pairs += [(faces[a], faces[b], wanted, len(groups)) for a, b in drawn]
            groups.append([-vote.vote_id, -vote.vote_id])
    table = np.array(pairs, np.float64)
    first, second = (np.searchsorted(ids, table[:, side].astype(np.int64)) for side in (0, 1))
    return _LabelledPairs(first, second, table[:, 2], table[:, 3].astype(np.int64), np.array(groups, np.int64))
