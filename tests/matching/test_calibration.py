"""Distance to probability and back, shipped and by default."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.engines.dlib_faces import BundledFaces
from dofisac_tui.matching.calibration import COSINE_FACES, UNCALIBRATED, Calibration, shipped_curve

BUNDLED = shipped_curve(BundledFaces().space)


@given(st.floats(0.01, 0.99), st.sampled_from([BUNDLED, COSINE_FACES, UNCALIBRATED]))
def test_distance_is_the_inverse_of_probability(probability: float, curve: Calibration) -> None:
    assert curve.probability(curve.distance(probability)) == pytest.approx(probability)


@given(st.floats(-1e6, 1e6), st.floats(0, 10))
def test_probability_never_rises_with_distance(distance: float, more: float) -> None:
    for curve in (BUNDLED, COSINE_FACES, UNCALIBRATED):
        assert 0 <= curve.probability(distance + more) <= curve.probability(distance) <= 1


def test_bundled_faces_agree_with_the_published_threshold() -> None:
    assert BUNDLED.distance(0.5) == pytest.approx(0.6, abs=0.03)
    assert BUNDLED.distance(0.99) < 0.55
    assert "LFW" in BUNDLED.source
    assert BUNDLED.pairs > 1000


def test_unknown_spaces_get_what_is_said_of_them() -> None:
    arcface = EmbeddingSpace("insightface:buffalo_l:000000000000", "face", 512, "cosine")
    assert shipped_curve(arcface) is COSINE_FACES
    assert COSINE_FACES.probability(1 - 0.40) == pytest.approx(0.5)
    assert COSINE_FACES.probability(1 - 0.48) == pytest.approx(0.9)
    assert shipped_curve(EmbeddingSpace("unheard-of", "scene", 8, "inner_product")) is UNCALIBRATED
    assert "uncalibrated" in UNCALIBRATED.source


@pytest.mark.parametrize("probability", [0.0, 1.0, -1.0])
def test_no_distance_is_certain(probability: float) -> None:
    with pytest.raises((ValueError, ZeroDivisionError)):
        BUNDLED.distance(probability)
