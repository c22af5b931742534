"""dlib's network in ONNX Runtime gives dlib's own answers, and damaged weights are refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from dofisac_tui.engines import dlib_network
from dofisac_tui.engines.catalogue import DLIB_RESNET
from dofisac_tui.engines.dlib_faces import BundledFaces
from dofisac_tui.engines.dlib_weights import read_dlib_weights
from dofisac_tui.engines.weights import sha256_of, verified
from dofisac_tui.errors import EngineError
from tests.conftest import SHARED, package_folder

FACES = 100


@pytest.fixture(scope="module")
def chips(t1: Path) -> list[np.ndarray]:
    """A hundred faces: those of packages and, where they are at hand, of LFW; the rest are changed copies."""
    engine = BundledFaces()
    paths = [
        t1,
        t1.with_name("Tom_Hanks_54745.png"),
        package_folder("skimage") / "data" / "astronaut.png",
        *sorted((SHARED / "photos" / "faces").glob("*/*.jpg")),
    ]
    found = []
    for path in paths:
        frame = np.asarray(Image.open(path).convert("RGB"))
        found += [engine.align(frame, box) for box in engine.detector.detect(frame).boxes]
    originals = len(found)
    for number in range(FACES - originals):
        chip = Image.fromarray(found[number % originals])
        chip = chip.rotate(number % 21 - 10).filter(ImageFilter.GaussianBlur(number % 4))
        found.append(np.asarray(chip))
    return found[:FACES]


def test_equal_to_dlib_on_a_hundred_faces(chips: list[np.ndarray]) -> None:
    import dlib

    assert len(chips) == FACES
    ours = BundledFaces().embed_chips(chips)
    network = dlib.face_recognition_model_v1(str(verified(DLIB_RESNET)))
    theirs = np.array(network.compute_face_descriptor(chips))
    cosine = (ours * theirs).sum(axis=1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    assert cosine.min() >= 0.99999
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_batch_equals_one_by_one(chips: list[np.ndarray]) -> None:
    engine = BundledFaces()
    together = engine.embed_chips(chips[:70])
    alone = np.concatenate([engine.embed_chips([chip]) for chip in chips[:70]])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert engine.embed_chips([]).shape == (0, 128)


def test_weights_have_the_published_shapes() -> None:
    weights = read_dlib_weights(verified(DLIB_RESNET))
    assert len(weights.convolutions) == len(weights.affines) == 29
    assert weights.convolutions[0].size == 32 * 3 * 7 * 7 + 32
    assert weights.projection.shape == (256, 128)


@pytest.mark.parametrize("keep", [0, 10, 400, 20_000, 22_000_000])
def test_cut_weights_are_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "cut.dat"
    path.write_bytes(verified(DLIB_RESNET).read_bytes()[:keep])
    with pytest.raises(EngineError, match=r"cut\.dat is not a dlib network"):
        read_dlib_weights(path)


def test_senseless_weights_are_refused(tmp_path: Path) -> None:
    content = verified(DLIB_RESNET).read_bytes()
    start = content.index(b"\x01\x05con_4") + 7
    for harm in (b"\x01\x07", b"\x01\x02\x08" + b"\xff" * 8, b"\x0f" + b"\xff" * 15):
        path = tmp_path / "harmed.dat"
        path.write_bytes(content[:start] + harm + content[start + len(harm) :])
        with pytest.raises(EngineError):
            read_dlib_weights(path)


def test_a_layer_too_few_is_refused_by_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "fewer_layers"
    package.mkdir()
    (package / "__init__.py").touch()
    content = verified(DLIB_RESNET).read_bytes()
    (package / "net.dat").write_bytes(content.replace(b"\x01\x05con_4", b"\x01\x05con_9", 1))
    monkeypatch.syspath_prepend(str(tmp_path))
    weight = replace(DLIB_RESNET, package="fewer_layers", path="net.dat", sha256=sha256_of(package / "net.dat"))
    monkeypatch.setattr(dlib_network, "DLIB_RESNET", weight)
    with pytest.raises(EngineError, match="unexpected weights"):
        dlib_network.write_dlib_network(tmp_path / "out.onnx")
