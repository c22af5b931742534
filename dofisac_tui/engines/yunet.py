"""YuNet face detection in ONNX Runtime.

Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 2023. The weights are
those of the OpenCV Zoo (2023-03). One anchor a cell, at strides 8, 16 and 32.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dofisac_tui.engines.catalogue import YUNET
from dofisac_tui.engines.protocols import Frame
from dofisac_tui.engines.runtime import CPU, OnnxSession, onnx_session
from dofisac_tui.engines.weights import converted, verified
from dofisac_tui.errors import EngineError

THRESHOLD = 0.75
"""Of 100 LFW faces the least scores 0.91, of six in a group photo 0.88; below 0.75 stand dogs and pill bottles."""

COARSE_LOOK, FINE_LOOK = 320, 1280
"""Long sides, about, at which a frame is looked at: for faces that fill it, and for all the others."""

LEAST_LOOK = 640
"""Smaller frames are enlarged."""

MOST_ENLARGED = 2.0

SMALLEST = 16
"""Pixels of the frame. At this width the embedding of an LFW face has moved half way to a stranger's."""

OVERLAP = 0.3
STRIDES = (8, 16, 32)

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Detections:
    """Faces of one frame, in its pixels.

    Attributes:
        boxes: (n, 4) float32: x, y, width, height.
        landmarks: (n, 5, 2) float32: eye, eye, nose, mouth corner, mouth corner, from the image's left.
        scores: (n,) float32, 0 to 1.
    """

    boxes: Floats
    landmarks: Floats
    scores: Floats

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, chosen: NDArray[np.intp]) -> "Detections":
        return Detections(self.boxes[chosen], self.landmarks[chosen], self.scores[chosen])


class YuNet:
    """The detector, loaded when it is first used."""

    def __init__(self, threads: int, providers: Sequence[str] = (CPU,), threshold: float = THRESHOLD) -> None:
        self._threads = threads
        self._providers = providers
        self._threshold = threshold

    def detect(self, frame: Frame) -> Detections:
        """All faces of a frame, best score first.

        Raises:
            EngineError: the model is damaged or fails.
        """
        looks = [self._look(picture, scale) for picture, scale in _pyramid(frame)]
        found = _joined(looks)
        return _without_overlaps(found[np.flatnonzero(found.boxes[:, 2:].min(axis=1) >= SMALLEST)])

    @cached_property
    def _session(self) -> OnnxSession:
        path = converted("yunet-any-size", [YUNET], write_yunet_any_size)
        return onnx_session(path, self._threads, self._providers)

    def _look(self, picture: Frame, scale: float) -> Detections:
        outputs = dict(zip(self._session.outputs, self._session.run(_as_input(picture)), strict=True))
        cells_across = -(-picture.shape[1] // STRIDES[-1]) * STRIDES[-1]
        found = _joined([_decode(outputs, stride, cells_across // stride, self._threshold) for stride in STRIDES])
        return Detections(found.boxes / scale, found.landmarks / scale, found.scores)


def _pyramid(frame: Frame) -> list[tuple[Frame, float]]:
    """The frame at the sizes it is looked at, each with its pixels for one pixel of the frame.

    Large frames are reduced by whole numbers: averaging pixels costs a sixth of resampling them.
    """
    longest = max(frame.shape[:2])
    picture = Image.fromarray(frame)
    if longest < LEAST_LOOK:
        scale = min(LEAST_LOOK / longest, MOST_ENLARGED)
        size = (round(picture.width * scale), round(picture.height * scale))
        picture = picture.resize(size, Image.Resampling.BILINEAR)
    else:
        scale = 1.0
        picture, scale = _reduced(picture, scale, FINE_LOOK)
    coarse, coarse_scale = _reduced(picture, scale, COARSE_LOOK)
    return [(np.asarray(picture), scale), (np.asarray(coarse), coarse_scale)]


def _reduced(picture: Image.Image, scale: float, side: int) -> tuple[Image.Image, float]:
    factor = max(1, round(max(picture.size) / side))
    return picture.reduce(factor), scale / factor


def _as_input(picture: Frame) -> Floats:
    """(1, 3, h, w) BGR, 0 to 255, padded at the right and bottom to whole cells of the widest stride."""
    height, width = picture.shape[:2]
    cell = STRIDES[-1]
    blob = np.zeros((1, 3, -(-height // cell) * cell, -(-width // cell) * cell), np.float32)
    blob[0, :, :height, :width] = picture[:, :, ::-1].transpose(2, 0, 1)
    return blob


def _decode(outputs: dict[str, Floats], stride: int, across: int, threshold: float) -> Detections:
    part = {name: outputs[f"{name}_{stride}"][0] for name in ("cls", "obj", "bbox", "kps")}
    scores = np.sqrt(np.clip(part["cls"][:, 0], 0, 1) * np.clip(part["obj"][:, 0], 0, 1))
    chosen = np.flatnonzero(scores >= threshold)
    cells = np.stack([chosen % across, chosen // across], axis=1).astype(np.float32)
    centres = (cells + part["bbox"][chosen, :2]) * stride
    sizes = np.exp(part["bbox"][chosen, 2:]) * stride
    landmarks = (cells[:, None] + part["kps"][chosen].reshape(-1, 5, 2)) * stride
    return Detections(np.hstack([centres - sizes / 2, sizes]), landmarks, scores[chosen])


def _joined(parts: Sequence[Detections]) -> Detections:
    return Detections(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.landmarks for part in parts]),
        np.concatenate([part.scores for part in parts]),
    )


def _without_overlaps(found: Detections) -> Detections:
    """Greedy non-maximum suppression."""
    left = np.argsort(-found.scores, kind="stable")
    kept: list[np.intp] = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        left = left[_overlaps(found.boxes[best], found.boxes[left]) < OVERLAP]
    return found[np.array(kept, np.intp)]


def _overlaps(box: Floats, boxes: Floats) -> Floats:
    """Intersection over union of one box with each of `boxes`."""
    corner = np.maximum(box[:2], boxes[:, :2])
    opposite = np.minimum(box[:2] + box[2:], boxes[:, :2] + boxes[:, 2:])
    shared = np.clip(opposite - corner, 0, None).prod(axis=1)
    overlaps: Floats = shared / (box[2:].prod() + boxes[:, 2:].prod(axis=1) - shared)
    return overlaps


def write_yunet_any_size(target: Path) -> None:
    """Write the network without its fixed input size of 640 x 640, after comparing it with its origin.

    Raises:
        EngineError: the weights are damaged, or the answers differ.
    """
    import onnx

    origin = verified(YUNET)
    model = onnx.load(origin)
    for axis, name in ((2, "height"), (3, "width")):
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_param = name
    for output in model.graph.output:
        output.type.tensor_type.shape.dim[1].dim_param = f"cells_{output.name}"
    del model.graph.value_info[:]
    onnx.save(model, target)
    sample = np.random.default_rng(0).uniform(0, 255, (1, 3, 640, 640)).astype(np.float32)
    for ours, theirs in zip(
        onnx_session(target, threads=1).run(sample), onnx_session(origin, threads=1).run(sample), strict=True
    ):
        if not np.allclose(ours, theirs, atol=1e-4):
            raise EngineError("The converted YuNet model differs from its origin", YUNET.fix)
