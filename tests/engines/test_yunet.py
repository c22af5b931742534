"""The detector finds faces of every size, and agrees with the model it was made from."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dofisac_tui.engines.catalogue import YUNET
from dofisac_tui.engines.runtime import onnx_session
from dofisac_tui.engines.weights import verified
from dofisac_tui.engines.yunet import Detections, YuNet, write_yunet_any_size
from tests.conftest import package_folder


@pytest.fixture(scope="module")
def detector() -> YuNet:
    return YuNet(threads=2)


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def centres(found: Detections) -> np.ndarray:
    return found.boxes[:, :2] + found.boxes[:, 2:] / 2


def test_all_six_faces_of_the_group_photo(detector: YuNet, t1: Path) -> None:
    found = detector.detect(pixels(t1))
    assert len(found) == 6
    assert (found.scores > 0.85).all()
    assert (np.diff(found.scores) <= 0).all()
    inside = (found.landmarks >= found.boxes[:, None, :2]) & (
        found.landmarks <= found.boxes[:, None, :2] + found.boxes[:, None, 2:]
    )
    assert inside.mean() > 0.9
    assert (found.landmarks[:, 0, 0] < found.landmarks[:, 1, 0]).all()


@pytest.mark.parametrize("name", ["coffee.png", "chelsea.png", "rocket.jpg", "coins.png", "moon.png"])
def test_no_faces_where_there_are_none(detector: YuNet, name: str) -> None:
    assert len(detector.detect(pixels(package_folder("skimage") / "data" / name))) == 0


def test_small_faces_in_a_large_photo(detector: YuNet, t1: Path) -> None:
    """Faces of about 50 pixels in 3200: half of them are lost when the frame is only looked at in 640."""
    group = Image.open(t1).convert("RGB")
    frame = Image.new("RGB", (3200, 2400), (90, 110, 130))
    for left, top in ((0, 0), (2560, 0), (1300, 1100), (0, 1957), (2560, 1957)):
        frame.paste(group.resize((640, 443)), (left, top))
    found = detector.detect(np.asarray(frame))
    assert len(found) == 30
    assert np.median(found.boxes[:, 2]) == pytest.approx(50, abs=8)


@pytest.mark.parametrize("size", [400, 1200, 3000])
def test_a_face_that_fills_the_photo(detector: YuNet, size: int) -> None:
    portrait = Image.open(package_folder("insightface") / "data" / "images" / "Tom_Hanks_54745.png").convert("RGB")
    found = detector.detect(np.asarray(portrait.resize((size, size), Image.Resampling.BICUBIC)))
    assert len(found) == 1
    assert found.boxes[0, 2] == pytest.approx(0.68 * size, rel=0.15)


def test_boxes_follow_a_photo_that_is_scaled(detector: YuNet, t1: Path) -> None:
    group = Image.open(t1).convert("RGB")
    here = centres(detector.detect(np.asarray(group)))
    there = centres(detector.detect(np.asarray(group.resize((group.width // 2, group.height // 2)))))
    gaps = np.linalg.norm(here[:, None] - 2 * there[None], axis=2)
    assert gaps.min(axis=1).max() < 8


def test_any_size_model_equals_its_origin(t1: Path, tmp_path: Path) -> None:
    frame = pixels(t1)[100:740, 200:840]
    blob = np.ascontiguousarray(frame[None, :, :, ::-1].transpose(0, 3, 1, 2)).astype(np.float32)
    write_yunet_any_size(tmp_path / "any.onnx")
    made = onnx_session(tmp_path / "any.onnx", threads=1)
    theirs = onnx_session(verified(YUNET), threads=1).run(blob)
    for ours, origin in zip(made.run(blob), theirs, strict=True):
        np.testing.assert_allclose(ours, origin, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (2, 3), (31, 33), (640, 1), (17, 700)])
def test_odd_frames_hold_no_face_and_do_no_harm(detector: YuNet, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    assert len(detector.detect(noise)) == 0


def test_every_centre_face_of_lfw(detector: YuNet, shared_photos: Path) -> None:
    for path in sorted(shared_photos.glob("faces/*/*.jpg")):
        found = detector.detect(pixels(path))
        assert len(found) and np.linalg.norm(centres(found) - 125, axis=1).min() < 40, path.name


def test_false_faces_in_scenes_stay_few(detector: YuNet, shared_photos: Path) -> None:
    """Only animals whose faces look like ours, of the scenes that hold no person."""
    without = ("viaduct", "dome", "lemon", "broccoli", "stone_wall", "plate", "greenhouse", "pill_bottle", "hammer")
    assert sum(len(detector.detect(pixels(shared_photos / "scenes" / f"{name}.jpg"))) for name in without) == 0
