"""Predict the score that each cluster would get.

Without scores, the prediction is the probability that the two halves of a cluster match. The residuals of given scores
are learned by ridge regression on features, which is used only where it predicts held-out scores better.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.learning.cluster_features import cluster_features
from dofisac_tui.library.clusters import scores_of_clusters
from dofisac_tui.library.database import Library
from dofisac_tui.library.runs import RunKind

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
