"""Blur, small size and profile each lower a face's quality."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from dofisac_tui.engines.quality import face_quality, frontality, sharpness
from tests.conftest import package_folder

FRONTAL = np.array([(40, 50), (80, 50), (60, 70), (45, 92), (75, 92)], np.float32)


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    path = package_folder("insightface") / "data" / "images" / "Tom_Hanks_54745.png"
    return Image.open(path).convert("RGB")


def turned(by: float) -> np.ndarray:
    """The landmarks of a head turned sideways: the nose leaves the middle, and the eyes close up."""
    angle = np.radians(by)
    depth = np.array([0, 0, 30, 8, 8])
    x = (FRONTAL[:, 0] - 60) * np.cos(angle) + depth * np.sin(angle) + 60
    return np.stack([x, FRONTAL[:, 1]], axis=1).astype(np.float32)


def test_sharpness_falls_with_blur(portrait: Image.Image) -> None:
    blurred = [sharpness(np.asarray(portrait.filter(ImageFilter.GaussianBlur(radius)))) for radius in (0, 0.5, 1, 2, 4)]
    assert blurred == sorted(blurred, reverse=True)
    assert blurred[0] > 0.6
    assert blurred[-1] < 0.2
    assert sharpness(np.full((112, 112, 3), 128, np.uint8)) == pytest.approx(0, abs=1e-6)


def test_sharpness_falls_when_a_small_face_is_enlarged(portrait: Image.Image) -> None:
    small = portrait.resize((24, 24)).resize(portrait.size, Image.Resampling.BICUBIC)
    assert sharpness(np.asarray(small)) < sharpness(np.asarray(portrait)) / 2


def test_frontality_falls_as_the_head_turns() -> None:
    values = [frontality(turned(by)) for by in (0, 15, 30, 45, 80)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.95
    assert values[-1] < 0.1
    assert frontality(turned(-30)) == pytest.approx(values[2], abs=1e-5)


def test_frontality_does_not_mind_a_tilted_head() -> None:
    angle = np.radians(70)
    rotation = np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))], np.float32)
    assert frontality(turned(20) @ rotation) == pytest.approx(frontality(turned(20)), abs=1e-4)


def test_frontality_of_landmarks_in_one_point_is_none() -> None:
    assert frontality(np.zeros((5, 2), np.float32)) == 0


def test_quality_falls_with_each_of_its_causes() -> None:
    good = face_quality(150, 180, 0.8, 0.9)
    assert 0.8 < good <= 1
    assert face_quality(30, 40, 0.8, 0.9) < good
    assert face_quality(150, 20, 0.8, 0.9) < good
    assert face_quality(150, 180, 0.2, 0.9) < good
    assert face_quality(150, 180, 0.8, 0.1) < good
    assert face_quality(400, 400, 1, 1) == 1
    assert face_quality(150, 180, 0, 1) == face_quality(150, 180, 1, 0) == 0
