"""Predict the score that each cluster would get, from features of the cluster.

Without scores, the prediction is the probability that the two halves of a cluster match. The residuals of given scores
are learned by ridge regression on features, which is used only where it predicts held-out scores better.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.average_linkage import GroupSums
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.geometry import Vectors, dissimilarities, distance_at
from dofisac_tui.library.clusters import scores_of_clusters
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.runs import RunKind
from dofisac_tui.library.vectors import face_vectors, scene_vectors
from dofisac_tui.matching.current_curve import match_curve

FEATURES = (
    "size",
    "spread",
    "two modes",
    "smaller mode",
    "nearest other",
    "clashes",
    "time span",
    "face size",
    "quality",
)
"""Columns of the table: the logarithm of the size; log odds of a match at the mean distance of two members, between the
two halves, and to the nearest other cluster; the share of the smaller half; the share of members that another of the
same photo clashes with; the logarithm of the days between the first and the last photo; the mean logarithm of the side
of a face in pixels, and mean quality, both 0 where whole photos are clustered."""

_BLOCK = 1024  # rows of the distance matrix of clusters
_MAX_LOG_ODDS = 8.0  # log odds at most

Indices = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ClusterFeatures:
    """Features of c clusters.

    Attributes:
        ids, sizes: (c,) of the current clusters, and their present members.
        cohesion: (c,) probability that the two halves match.
        table: (c, len(FEATURES)).
    """

    ids: Indices
    sizes: Indices
    cohesion: Floats
    table: Floats


@dataclass(frozen=True)
class _Members:
    """Present members of clusters of two or more.

    Attributes:
        clusters, photos: (n,) ids.
        days: (n,) when the photo was taken; NaN where that is not known.
        sides, quality: (n,) of the face; 0 for whole photos.
        vectors: (n, dimensions).
    """

    clusters: Indices
    photos: Indices
    days: Floats
    sides: Floats
    quality: Floats
    vectors: Vectors


def cluster_features(library: Library, kind: RunKind) -> ClusterFeatures | None:
    """Return the features of the current clusters of a kind with two members or more; None without any."""
    space = searched_space(library, "face" if kind in ("people", "combined") else "scene")
    members = _read_members(library, kind, space) if space else None
    if space is None or members is None:
        return None
    metric, curve = space.metric, match_curve(library, space)
    ids, group = np.unique(members.clusters, return_inverse=True)
    sums = GroupSums.of(members.vectors, metric, group)
    halves = GroupSums.of(members.vectors, metric, 2 * group + _split_in_halves(members.vectors, group))
    every = np.arange(len(ids))
    spread = sums.between(every, every) * sums.sizes / (sums.sizes - 1)  # a member is not compared with itself

    def odds(means: Floats) -> Floats:
        return np.clip(curve.log_odds(distance_at(means, metric)), -_MAX_LOG_ODDS, _MAX_LOG_ODDS)

    modes = odds(halves.between(2 * every, 2 * every + 1))
    columns = (
        np.log(sums.sizes),
        odds(spread),
        modes,
        np.minimum(halves.sizes[::2], halves.sizes[1::2]) / sums.sizes,
        odds(_nearest_other(sums)),
        1 - _distinct(group, members.photos) / sums.sizes,
        np.log1p(_span(group, members.days)),
        np.bincount(group, np.log1p(members.sides)) / sums.sizes,
        np.bincount(group, members.quality) / sums.sizes,
    )
    return ClusterFeatures(ids, sums.sizes, (1 + np.tanh(modes / 2)) / 2, np.column_stack(columns))


def _read_members(library: Library, kind: RunKind, space: EmbeddingSpace) -> _Members | None:
    face = "members.face_id" if kind in ("people", "combined") else "NULL"
    rows = library.rows(
        f"SELECT COALESCE(people.merged_into, members.cluster_id), photos.photo_id, {face}, taken_at,"  # noqa: S608
        " IFNULL(sqrt(w * h), 0), IFNULL(quality, 0) FROM cluster_runs JOIN cluster_members AS members USING (run_id)"
        f" JOIN photos ON photos.photo_id = members.photo_id LEFT JOIN faces ON faces.face_id = {face}"
        " LEFT JOIN people ON cluster_runs.kind = 'people' AND people.person_id = members.cluster_id"
        " WHERE cluster_runs.kind = ? AND state = 'current' AND absent_since IS NULL",
        (kind,),
    )
    items = [row[1] if row[2] is None else row[2] for row in rows]
    ids, vectors = (face_vectors if space.kind == "face" else scene_vectors)(library, space, items)
    table = np.array([(row[0], row[1], _day(row[3]), row[4], row[5]) for row in rows], np.float64).reshape(-1, 5)
    table = table[np.isin(items, ids)]  # the models in use may not have seen all of them
    _, cluster, sizes = np.unique(table[:, 0], return_inverse=True, return_counts=True)
    kept = sizes[cluster] > 1
    if not kept.any():
        return None
    columns = table[kept].T
    clusters, photos = columns[:2].astype(np.int64)
    return _Members(clusters, photos, columns[2], columns[3], columns[4], vectors[kept])


def _day(taken_at: str | None) -> float:
    return datetime.fromisoformat(taken_at).toordinal() if taken_at else np.nan


def _split_in_halves(vectors: Vectors, group: Indices) -> Indices:
    """Assign each member to one of two halves, 0 or 1, (n,), by the nearer of two distant members of its cluster.

    The first of these is the farthest from the mean, the second the farthest from the first (Gonzalez, "Clustering to
    minimize the maximum intercluster distance", 1985). Neither half is empty.
    """
    counts = np.bincount(group)
    means = np.zeros((len(counts), vectors.shape[1]))
    np.add.at(means, group, vectors)
    first = _farthest(np.linalg.norm(vectors - (means / counts[:, None])[group], axis=1), group)
    from_first = np.linalg.norm(vectors - vectors[first][group], axis=1)
    from_first[first] = -1.0  # so that the second is another, even where all are the same
    second = _farthest(from_first, group)
    half = np.linalg.norm(vectors - vectors[second][group], axis=1) < from_first
    half[first], half[second] = False, True
    return np.asarray(half, np.int64)


def _farthest(distances: Floats, group: Indices) -> Indices:
    """Return the position of the largest distance of each group, (groups,)."""
    order = np.lexsort((distances, group))
    return np.asarray(order[np.cumsum(np.bincount(group)) - 1], np.int64)


def _nearest_other(sums: GroupSums) -> Floats:
    """Return the mean dissimilarity to the nearest other cluster; infinite where there is none."""
    count = len(sums.sizes)
    nearest = np.full(count, np.inf)
    for start in range(0, count if count > 1 else 0, _BLOCK):
        part = np.arange(start, min(count, start + _BLOCK))
        likeness = (sums.vectors[part] / sums.sizes[part, None]) @ (sums.vectors / sums.sizes[:, None]).T
        far = dissimilarities(likeness, sums.squares[part, None], sums.squares, sums.metric)
        far[np.arange(len(part)), part] = np.inf
        nearest[part] = far.min(axis=1)
    return nearest


def _distinct(group: Indices, photos: Indices) -> Floats:
    """Return the number of different photos of each cluster."""
    pairs = np.unique(np.column_stack([group, photos]), axis=0)
    return np.bincount(pairs[:, 0]).astype(np.float64)


def _span(group: Indices, days: Floats) -> Floats:
    """Return the days from the first to the last dated photo of each cluster."""
    dated = ~np.isnan(days)
    count = int(group.max()) + 1
    first, last = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(first, group[dated], days[dated])
    np.maximum.at(last, group[dated], days[dated])
    return np.where(last >= first, last - first, 0.0)


WORST, BEST = 1.0, 6.0

MIN_SCORES = 10
"""Scores required to learn from them."""

SHRINKAGE = 10.0
"""Scores at which a feature gets half of its weight."""


@dataclass(frozen=True)
class ScoreReport:
    """Quality of the prediction of scores.

    Attributes:
        scores: Number of current clusters with a score.
        learned: True if they have changed the prediction.
        error_before: Root mean squared error of the shipped prediction; None with fewer than MIN_SCORES scores.
        error_after: The same on held-out scores, of the learned prediction.
    """

    scores: int
    learned: bool = False
    error_before: float | None = None
    error_after: float | None = None


def predicted_scores(library: Library, kind: RunKind) -> dict[int, float]:
    """Return the predicted score, 1 (wrong) to 6 (perfect), of each current cluster of a kind, by id.

    Reads the vectors of all members; meant for a background thread.
    """
    return _predict(library, kind)[0]


def score_report(library: Library, kind: RunKind) -> ScoreReport:
    """Return the quality of `predicted_scores`, and whether given scores have changed it."""
    return _predict(library, kind)[1]


def _predict(library: Library, kind: RunKind) -> tuple[dict[int, float], ScoreReport]:
    found = cluster_features(library, kind)
    if found is None:
        return {}, ScoreReport(0)
    given = scores_of_clusters(library, kind, dict(zip(found.ids.tolist(), found.sizes.tolist(), strict=True)))
    expected = WORST + (BEST - WORST) * found.cohesion
    known = np.isin(found.ids, list(given))
    scores = np.array([given[cluster] for cluster in found.ids[known].tolist()], np.float64)
    report = ScoreReport(len(scores))
    if len(scores) >= MIN_SCORES:
        report = _cross_validated(found.table[known], scores - expected[known])
        if report.learned:
            expected = expected + _ridge(found.table[known], scores - expected[known], found.table)
    predicted = np.clip(expected, WORST, BEST)
    return dict(zip(found.ids.tolist(), predicted.tolist(), strict=True)), report


def _cross_validated(table: NDArray[np.float64], missed: NDArray[np.float64]) -> ScoreReport:
    """Cross-validate the prediction of residuals of the shipped one, (n,), from features, (n, features)."""
    left = np.empty(len(missed))
    for part in np.array_split(np.random.default_rng(0).permutation(len(missed)), min(10, len(missed))):
        others = np.setdiff1d(np.arange(len(missed)), part)
        left[part] = missed[part] - _ridge(table[others], missed[others], table[part])
    before, after = (float(np.sqrt(np.square(each).mean())) for each in (missed, left))
    return ScoreReport(len(missed), after < before, before, after)


def _ridge(table: NDArray[np.float64], target: NDArray[np.float64], asked: NDArray[np.float64]) -> NDArray[np.float64]:
    """Predict by ridge regression on standardised features; the constant is shrunk as well."""
    from sklearn.linear_model import Ridge

    mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    model = Ridge(alpha=SHRINKAGE, fit_intercept=False)
    constant = np.ones((len(table), 1)), np.ones((len(asked), 1))
    model.fit(np.hstack([(table - mean) / spread, constant[0]]), target)
    reach = np.clip((asked - mean) / spread, -3, 3)  # a straight line says nothing far from where it was fitted
    return np.asarray(model.predict(np.hstack([reach, constant[1]])))
