"""Curves of Match: fitted to votes whose truth is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dofisac_tui.learning.cross_validation import folds, mean_gain
from dofisac_tui.learning.curve_fitting import fit_isotonic, fit_logistic
from dofisac_tui.learning.curve_selection import has_enough_votes, select_curve, select_person_curves
from dofisac_tui.learning.pair_sample import PairSample, thresholds_for
from dofisac_tui.learning.voted_pairs import VotedPairs
from dofisac_tui.matching.calibration import Calibration

PRIOR = Calibration(-68.0, 40.0, "the prior")
TRUTH = Calibration(-55.0, 36.0, "the truth, even at a larger distance")
KNOTTED = Calibration(-50.0, 0.0, "knots", knots=((0.4, 5.0), (0.6, 1.0), (0.65, -4.0)))
GRID = np.linspace(0.4, 0.9, 101)


def drawn(
    curve: Calibration, count: int, seed: int, wrong: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Votes near where the prior is unsure, some of them wrong."""
    chance = np.random.default_rng(seed)
    distances = chance.uniform(0.45, 0.75, count)
    same = chance.random(count) < curve.probabilities(distances)
    return distances, same ^ (chance.random(count) < wrong)


def voted(curve: Calibration, count: int, people: int, seed: int = 0, wrong: float = 0.0) -> VotedPairs:
    """Votes on faces of people who are all alike."""
    distances, same = drawn(curve, count, seed, wrong)
    identities = 2 * np.random.default_rng(seed).integers(1, people + 1, (count, 2))
    number = np.arange(count)
    faces = np.column_stack([2 * number, 2 * number + 1])
    return VotedPairs(distances, same, np.zeros(count, bool), faces, identities, number + 1, number.astype(float))


def farthest_from(curve: Calibration, other: Calibration) -> float:
    return float(np.abs(curve.probabilities(GRID) - other.probabilities(GRID)).max())


@pytest.mark.parametrize("probability", [0.001, 0.3, 0.73, 0.98, 0.9999])
def test_a_curve_with_knots_has_an_inverse(probability: float) -> None:
    distance = KNOTTED.distance(probability)
    assert KNOTTED.probability(distance) == pytest.approx(probability)
    assert KNOTTED.probabilities(np.array([[distance]]))[0, 0] == pytest.approx(probability)


def test_many_distances_are_judged_as_one_is() -> None:
    for curve in (PRIOR, KNOTTED):
        assert curve.probabilities(GRID) == pytest.approx([curve.probability(each) for each in GRID.tolist()])


def test_without_votes_the_prior_stays() -> None:
    fit = fit_logistic(PRIOR, np.empty(0), np.empty(0, bool))
    assert farthest_from(fit.curve, PRIOR) < 0.01
    assert fit.wrong < 0.01


def test_votes_move_the_curve_to_the_truth() -> None:
    errors = [farthest_from(fit_logistic(PRIOR, *drawn(TRUTH, count, 1)).curve, TRUTH) for count in (20, 200, 5000)]
    assert farthest_from(PRIOR, TRUTH) > 0.75
    assert errors[0] < 0.7 and errors[1] < 0.2 and errors[2] < 0.05


@pytest.mark.parametrize("wrong", [0.05, 0.2])
def test_wrong_votes_are_taken_for_what_they_are(wrong: float) -> None:
    distances, same = drawn(TRUTH, 2000, 2, wrong)
    fit = fit_logistic(PRIOR, distances, same)
    trusting = fit_logistic(PRIOR, distances, same, robust=False)
    assert fit.wrong == pytest.approx(wrong, abs=0.03)
    assert farthest_from(fit.curve, TRUTH) < min(0.1, farthest_from(trusting.curve, TRUTH))


def test_a_curve_that_bends_is_followed_by_the_isotonic_one() -> None:
    distances, same = drawn(KNOTTED, 5000, 3)
    straight = fit_logistic(PRIOR, distances, same)
    bent = fit_isotonic(straight.curve, distances, same, straight.wrong)
    heights = np.array(bent.knots)
    assert (np.diff(heights[:, 0]) > 0).all() and (np.diff(heights[:, 1]) < 0).all()
    assert farthest_from(bent, KNOTTED) < farthest_from(straight.curve, KNOTTED)


def test_each_vote_is_tested_once_and_never_trained_on_by_pairs_of_the_same_person() -> None:
    identities = voted(TRUTH, 300, 12).identities
    own = identities[:, 0] == identities[:, 1]
    tested = np.zeros(len(identities), int)
    for training, testing in folds(identities):
        assert not (training & testing).any()
        assert not set(identities[training & own, 0].tolist()) & set(identities[testing & own, 0].tolist())
        tested += testing
    assert (tested == 1).all()


def test_alike_votes_prove_less_than_different_ones() -> None:
    gains = np.tile([0.3, -0.1], 50)
    apart = np.arange(200).reshape(100, 2)
    alike = np.tile([[1, 1], [2, 2]], (50, 1))
    assert mean_gain(gains, apart).significant and not mean_gain(gains, alike).significant


def test_the_shipped_curve_stays_where_it_is_right() -> None:
    adopted = [select_curve(PRIOR, voted(PRIOR, 200, 20, seed), "shipped", 0).gain.significant for seed in range(10)]
    assert sum(adopted) <= 1


@pytest.mark.parametrize("wrong", [0.0, 0.05, 0.2])
def test_a_better_curve_is_adopted_once(wrong: float) -> None:
    votes = voted(TRUTH, 400, 20, 5, wrong)
    choice = select_curve(PRIOR, votes, "shipped", 0)
    assert choice.gain.significant and choice.loss_after < choice.loss_before
    assert farthest_from(choice.curve, TRUTH) < 0.25
    assert not select_curve(PRIOR, votes, choice.method, int(votes.votes.max())).gain.significant


def test_too_few_votes_and_votes_of_one_kind_teach_nothing() -> None:
    votes = voted(TRUTH, 200, 20)
    assert has_enough_votes(votes)
    assert not has_enough_votes(votes.where(np.arange(200) < 19))
    assert not has_enough_votes(votes.where(votes.same))


def test_only_a_person_who_differs_has_a_curve_of_their_own() -> None:
    one, other = voted(PRIOR, 400, 1, 6), voted(TRUTH, 400, 1, 7)
    columns = {name: np.concatenate([column, vars(other)[name]]) for name, column in vars(one).items()}
    both = VotedPairs(**columns | {"identities": np.repeat([[2, 101], [4, 103]], 400, axis=0)})
    curves = select_person_curves(PRIOR, both, 0.0)
    assert set(curves) == {2}
    assert farthest_from(curves[2], TRUTH) < 0.2


def test_thresholds_keep_what_they_promise() -> None:
    chance = np.random.default_rng(8)
    distances = np.concatenate([chance.normal(0.43, 0.07, 3000), chance.normal(0.77, 0.07, 30_000)])
    pairs = PairSample(distances.astype(np.float32), np.zeros(len(distances), bool))
    same = chance.random(len(distances)) < PRIOR.probabilities(distances)
    for precision in (0.9, 0.99):
        found = thresholds_for(PRIOR, pairs, precision)
        assert found is not None and found.link <= found.ask
        near = distances <= found.link
        assert same[near].mean() == pytest.approx(precision, abs=0.01)
        assert same[near].sum() / same.sum() == pytest.approx(found.recall, abs=0.01)
        assert same[distances > found.ask].sum() / same.sum() <= 1 - precision + 0.01


def test_there_is_no_threshold_without_faces() -> None:
    assert thresholds_for(PRIOR, PairSample(np.empty(0, np.float32), np.empty(0, bool)), 0.99) is None
