"""The bundled face engine: YuNet finds, dlib's landmarks align, dlib's ResNet embeds.

Everything but the landmarks runs in ONNX Runtime. All weights are inside installed packages.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dofisac_tui.config import Models
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.engines.catalogue import DLIB_LANDMARKS5, DLIB_RESNET
from dofisac_tui.engines.dlib_network import CHIP, DIMENSIONS, write_dlib_network
from dofisac_tui.engines.protocols import DetectedFace, Frame
from dofisac_tui.engines.quality import frontality, sharpness
from dofisac_tui.engines.runtime import CPU, OnnxSession, onnx_session
from dofisac_tui.engines.weights import converted, verified
from dofisac_tui.engines.yunet import Detections, YuNet
from dofisac_tui.geometry import Vectors

PADDING = 0.25
"""Margin around the landmarks, as dlib's network was trained."""

COMPARABLE = 92
"""Side at which a chip has as many pixels between the eyes as one of ArcFace, so that sharpness means the same."""

BATCH = 64
"""Chips in one run; bounds the memory that a photo of a crowd takes."""


class BundledFaces:
    """Finds and embeds faces with no download and for any use. Models load when they are first used."""

    def __init__(self, threads: int = 2, providers: Sequence[str] = (CPU,)) -> None:
        self._threads = threads
        self._providers = providers
        self.detector = YuNet(threads, providers)

    @property
    def space(self) -> EmbeddingSpace:
        """dlib's 128 dimensions, compared by Euclidean distance."""
        return EmbeddingSpace("dlib-resnet-v1-128", "face", DIMENSIONS, "euclidean")

    def find_faces(self, frames: Sequence[Frame]) -> list[list[DetectedFace]]:
        """All faces of each frame, largest first.

        Raises:
            EngineError: a model is missing, damaged or fails.
        """
        found = [_largest_first(self.detector.detect(frame)) for frame in frames]
        chips = [
            self.align(np.ascontiguousarray(frame), box)
            for frame, faces in zip(frames, found, strict=True)
            for box in faces.boxes
        ]
        embeddings = iter(zip(chips, self.embed_chips(chips), strict=True))
        return [[_face(faces, number, *next(embeddings)) for number in range(len(faces))] for faces in found]

    def embed_chips(self, chips: Sequence[NDArray[np.uint8]]) -> Vectors:
        """Embed aligned faces, each (150, 150, 3) RGB, as (n, 128)."""
        parts = [self._network.run(np.stack(chips[start : start + BATCH]))[0] for start in range(0, len(chips), BATCH)]
        return np.concatenate([np.empty((0, DIMENSIONS), np.float32), *parts])

    def align(self, frame: Frame, box: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The aligned face, (150, 150, 3) RGB, that stands in a box (x, y, width, height) of a contiguous frame."""
        import dlib

        # the landmark predictor was trained on the square boxes of dlib's own detector
        x, y, width, height = (float(value) for value in box)
        left, top, side = round(x), round(y + (height - width) / 2), round(width)
        shape = self._landmarks(frame, dlib.rectangle(left, top, left + side, top + side))
        chip: NDArray[np.uint8] = dlib.get_face_chip(frame, shape, size=CHIP, padding=PADDING)
        return chip

    @cached_property
    def _landmarks(self) -> Any:
        import dlib

        return dlib.shape_predictor(str(verified(DLIB_LANDMARKS5)))

    @cached_property
    def _network(self) -> OnnxSession:
        path = converted("dlib-resnet-v1", [DLIB_RESNET], write_dlib_network)
        return onnx_session(path, self._threads, self._providers)


def _largest_first(faces: Detections) -> Detections:
    return faces[np.argsort(-faces.boxes[:, 2:].prod(axis=1), kind="stable")]


def _face(faces: Detections, number: int, chip: NDArray[np.uint8], embedding: NDArray[np.float32]) -> DetectedFace:
    x, y, width, height = (float(value) for value in faces.boxes[number])
    landmarks = faces.landmarks[number]
    return DetectedFace(
        box=(x, y, width, height),
        landmarks=landmarks,
        score=float(faces.scores[number]),
        sharpness=sharpness(np.asarray(Image.fromarray(chip).resize((COMPARABLE, COMPARABLE)))),
        frontality=frontality(landmarks),
        embedding=embedding,
    )


def open_engine(models: Models, threads: int) -> BundledFaces:
    """Open the engine with the settings of the section `models`."""
    return BundledFaces(threads, models.providers)
