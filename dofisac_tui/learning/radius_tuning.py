"""How near faces must be to become one person: the radius of people runs, by votes and cluster scores.

Clusterings at several radii are made without any vote, so that every vote is left out; a radius is chosen by votes on
some of the people, and judged by votes on the others.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.constrained_clustering import SEEDING, cluster_labels
from dofisac_tui.clustering.constraint_graph import same_photo_pairs
from dofisac_tui.clustering.face_arrays import read_faces
from dofisac_tui.clustering.found_clusters import NOISE, Labels
from dofisac_tui.clustering.graph_cache import space_graph
from dofisac_tui.clustering.radius import BOUNDS, choose_radius
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.learning.cross_validation import HeldOutGain, VoteGroups, folds, mean_gain
from dofisac_tui.learning.voted_pairs import VotedPairs
from dofisac_tui.library.database import Library
from dofisac_tui.library.face_keys import locate
from dofisac_tui.library.ledger import standing_votes
from dofisac_tui.matching.calibration import Calibration

CANDIDATE_MATCHES = (0.5, 0.65, 0.8, 0.9, 0.95, 0.99)
"""Match at the radii that are tried, besides the one that is used and that of the link threshold."""

_PAIRS_OF_SCORE = 30  # of a scored cluster, that are looked at

Agreement = NDArray[np.float64]
"""How much a clustering agrees with each judgement, 0 to 1."""


@dataclass(frozen=True)
class RadiusTuning:
    """A radius, and why that one.

    Attributes:
        link: Match at the radius; None for leaving it as it was.
        before, after: Share of the votes and scores left out that agree with the clustering.
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
    """The radius that agrees best with votes and scores, if clearly better than the one that is used.

    Args:
        curve: What a distance means from now on.
        used: Match at the smallest and at the largest radius of people runs, from which the data chooses.
        link: Match at the link threshold, which is tried too.
    """
    faces = read_faces(library, space)
    farthest = min(BOUNDS["average-linkage"][1], used[1])
    graph = space_graph(library, space, faces.ids, faces.vectors, curve.distance(farthest))
    apart = same_photo_pairs(faces.photos)
    tried = sorted({*CANDIDATE_MATCHES, *([link] if link and farthest <= link < 1 else [])})
    radii = [choose_radius(graph, *map(curve.distance, used)).radius, *map(curve.distance, tried)]
    judgements = _read_labelled_pairs(library, space, faces.ids, votes)
    agreements = []
    for radius in radii:
        labels = cluster_labels(
            graph, faces.vectors, space.metric, radius, may_seed=faces.quality >= SEEDING, cannot_link=apart
        )
        agreements.append(judgements.agreement(labels))
    return _select(np.array(agreements), judgements.owners, tried)


def _select(agreements: NDArray[np.float64], owners: VoteGroups, tried: list[float]) -> RadiusTuning:
    """Choose among the rows, of which the first is what is used: (candidates, judgements)."""
    after = agreements[0].copy()
    for learning, judging in folds(owners):
        if learning.any():
            after[judging] = agreements[agreements[:, learning].mean(axis=1).argmax(), judging]
    gain = mean_gain(after - agreements[0], np.sort(owners, axis=1))
    best = int(agreements.mean(axis=1).argmax())
    link = tried[best - 1] if best and gain.significant else None
    return RadiusTuning(link, float(agreements[0].mean()), float(after.mean()), gain)


@dataclass(frozen=True)
class _LabelledPairs:
    """What people said that a clustering should agree with.

    Attributes:
        first, second: (m,) positions of two faces.
        together: (m,) whether they belong together, 0 to 1.
        number: (m,) the judgement that each pair is part of.
        owners: (judgements, 2) whom each is about.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    together: NDArray[np.float64]
    number: NDArray[np.int64]
    owners: VoteGroups

    def agreement(self, labels: Labels) -> Agreement:
        """Of the mean of each judgement's pairs; a face that is noise is alone."""
        same = (labels[self.first] == labels[self.second]) & (labels[self.first] != NOISE)
        pairs = np.maximum(np.bincount(self.number), 1)
        held, wanted = (np.bincount(self.number, each) / pairs for each in (same, self.together))
        return np.asarray(1 - np.abs(held - wanted))


def _read_labelled_pairs(
    library: Library, space: EmbeddingSpace, ids: NDArray[np.int64], votes: VotedPairs
) -> _LabelledPairs:
    """Each vote is a judgement on one pair; each score of a people cluster one on some pairs of its members: 6 says
    that all belong together, 1 that none do."""
    pairs = [
        (a, b, float(same), n) for n, ((a, b), same) in enumerate(zip(votes.faces.tolist(), votes.same, strict=True))
    ]
    owners = votes.identities.tolist()
    scored = [vote for vote in standing_votes(library, ("cluster",)) if vote.about["kind"] == "people"]
    scored = [vote for vote in scored if int(vote.answer)]
    located = locate(library, space, {key for vote in scored for key in vote.about["members"]})
    chance = np.random.default_rng(0)
    for vote in scored:
        faces = [located[key][0].face_id for key in vote.about["members"] if key in located]
        if len(faces) > 1:
            drawn = [chance.choice(len(faces), 2, replace=False).tolist() for _ in range(_PAIRS_OF_SCORE)]
            wanted = (int(vote.answer) - 1) / 5
            pairs += [(faces[a], faces[b], wanted, len(owners)) for a, b in drawn]
            owners.append([-vote.vote_id, -vote.vote_id])
    table = np.array(pairs, np.float64)
    first, second = (np.searchsorted(ids, table[:, side].astype(np.int64)) for side in (0, 1))
    return _LabelledPairs(first, second, table[:, 2], table[:, 3].astype(np.int64), np.array(owners, np.int64))
