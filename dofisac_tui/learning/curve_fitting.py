"""Fit the curve of Match to votes.

The logistic curve is Platt's ("Probabilistic outputs for support vector machines", 1999), with the shipped curve as
pseudo-counts instead of his two. These are evenly spaced along its log odds, so that votes, most of which are on pairs
near the boundary, move the middle and leave the easy ends in place.

Some votes are wrong. A yes is modelled as a match with a right answer or a non-match with a wrong one, at a rate that
is fitted as well (Bootkrajang and Kaban, "Label-noise robust logistic regression", 2012).

The isotonic curve (Zadrozny and Elkan, "Transforming classifier scores into accurate multiclass probability estimates",
2002) is centred: it runs through the middle of each level (Oron and Flournoy, "Centered isotonic regression", 2017),
and so falls everywhere.
"""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.matching.calibration import Calibration

PRIOR_VOTES = 5.0
"""Weight of the prior curve, in votes."""

PRIOR_RIGHT_VOTES = 50.0
"""Weight of the prior on wrong votes, in right votes."""

SLOPE_DEVIATION = 0.25
"""Prior standard deviation of the logarithm of the slope relative to the prior curve."""

MAX_WRONG = 0.4
"""Largest share of wrong votes that can be fitted."""

_PRIOR_LOG_ODDS = np.linspace(-6, 6, 25)  # log odds at which the pseudo-counts stand
_MAX_SHIFT, _MAX_LOG_SCALE = 60.0, math.log(100)  # against the prior curve
_MAX_LOG_ODDS = 6.0  # log odds of an isotonic curve at most
_MIN_SLOPE = 0.05  # of an isotonic curve, as a share of the prior's


class CurveFit(NamedTuple):
    """Fitted curve and error rate.

    Attributes:
        wrong: Estimated share of wrong votes.
    """

    curve: Calibration
    wrong: float


def fit_logistic(
    prior: Calibration, distances: NDArray[np.float64], same: NDArray[np.bool_], robust: bool = True
) -> CurveFit:
    """Fit a shift and a scale of the prior's log odds to the votes.

    Args:
        prior: Curve without votes, which is returned where there are none.
        distances: (n,) of the pairs.
        same: (n,) True for the answer yes.
        robust: Allow for wrong votes.
    """
    from scipy.optimize import minimize

    odds = prior.log_odds(distances)
    limits = [(-_MAX_SHIFT, _MAX_SHIFT), (-_MAX_LOG_SCALE, _MAX_LOG_SCALE), (0.0, MAX_WRONG if robust else 0.0)]
    middle = float(np.median(odds)) if len(odds) else 0.0
    starts = np.array([(0.0, 0.0, 0.02), (-middle, 0.0, 0.2)]) * (1, 1, robust)
    best = min(
        (
            minimize(_negative_log_posterior, start, (odds, same), method="L-BFGS-B", jac=True, bounds=limits)
            for start in starts
        ),
        key=lambda each: each.fun,
    )
    shift, stretch, wrong = best.x.tolist()
    return CurveFit(_rescaled(prior, shift, math.exp(stretch), len(same)), wrong)


def fit_isotonic(
    prior: Calibration, distances: NDArray[np.float64], same: NDArray[np.bool_], wrong: float
) -> Calibration:
    """Fit a curve of any shape that falls with the distance.

    Args:
        prior: Curve that `fit_logistic` returned.
        distances, same: (n,) the votes.
        wrong: Share of wrong votes.
    """
    from sklearn.isotonic import IsotonicRegression

    prior_distances = np.array([prior.distance(match) for match in _sigmoid(_PRIOR_LOG_ODDS).tolist()])
    x = np.concatenate([distances, prior_distances])
    y = np.concatenate([(same - wrong) / (1 - 2 * wrong), _sigmoid(_PRIOR_LOG_ODDS)])
    weights = np.concatenate([np.ones(len(same)), np.full(len(_PRIOR_LOG_ODDS), PRIOR_VOTES / len(_PRIOR_LOG_ODDS))])
    level = IsotonicRegression(increasing=False).fit(x, y, weights).predict(x)
    _, number = np.unique(-level, return_inverse=True)
    total = np.bincount(number, weights)
    at = np.bincount(number, weights * x) / total
    share = np.clip(np.bincount(number, weights * level) / total, _sigmoid(-_MAX_LOG_ODDS), _sigmoid(_MAX_LOG_ODDS))
    heights = _decreasing(at, np.log(share / (1 - share)), _MIN_SLOPE * prior.slope)
    knots = tuple(zip(at.tolist(), heights.tolist(), strict=True))
    return replace(prior, knots=knots, source=_SOURCE, pairs=len(same), prior=None, error=None)


def _negative_log_posterior(
    parameters: NDArray[np.float64], odds: NDArray[np.float64], same: NDArray[np.bool_]
) -> tuple[float, NDArray[np.float64]]:
    """Return the negative log posterior of shift, log scale and share of wrong votes, and its gradient.

    Args:
        odds: (n,) log odds of the votes by the prior.
    """
    shift, log_scale, wrong = parameters.tolist()
    scale, weight, expected = math.exp(log_scale), PRIOR_VOTES / len(_PRIOR_LOG_ODDS), _sigmoid(_PRIOR_LOG_ODDS)
    fitted_odds = shift + scale * _PRIOR_LOG_ODDS
    prior_slope = weight * (_sigmoid(fitted_odds) - expected)
    probability = _sigmoid(shift + scale * odds)
    likelihood = np.clip(wrong + (1 - 2 * wrong) * probability, 1e-12, 1 - 1e-12)
    vote_slope = np.where(same, -1 / likelihood, 1 / (1 - likelihood))
    slope = vote_slope * (1 - 2 * wrong) * probability * (1 - probability)
    value = (
        -np.log(np.where(same, likelihood, 1 - likelihood)).sum()
        + weight * (np.logaddexp(0, fitted_odds) - expected * fitted_odds).sum()
        + (log_scale / SLOPE_DEVIATION) ** 2 / 2
        - PRIOR_RIGHT_VOTES * math.log(1 - wrong)
    )
    gradient = (
        slope.sum() + prior_slope.sum(),
        scale * ((slope * odds).sum() + (prior_slope * _PRIOR_LOG_ODDS).sum()) + log_scale / SLOPE_DEVIATION**2,
        (vote_slope * (1 - 2 * probability)).sum() + PRIOR_RIGHT_VOTES / (1 - wrong),
    )
    return float(value), np.array(gradient)


_SOURCE = "votes, beginning from the curve that ships with the space"


def _rescaled(prior: Calibration, shift: float, scale: float, votes: int) -> Calibration:
    return replace(
        prior,
        slope=scale * prior.slope,
        intercept=shift + scale * prior.intercept,
        knots=tuple((distance, shift + scale * odds) for distance, odds in prior.knots),
        source=_SOURCE,
        pairs=votes,
        prior=None,
        error=None,
    )


def _decreasing(at: NDArray[np.float64], heights: NDArray[np.float64], slope: float) -> NDArray[np.float64]:
    """Return heights that fall with at least this slope."""
    least = slope * (at - at[0])
    return np.asarray(np.minimum.accumulate(heights - least) + least)


def _sigmoid(odds: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray((1 + np.tanh(np.asarray(odds) / 2)) / 2)
