"""What an engine is: pixels or words in, vectors of one embedding space out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.geometry import Vectors

Frame = NDArray[np.uint8]
"""One upright photo, (height, width, 3), RGB."""


@dataclass(frozen=True)
class DetectedFace:
    """One face of one frame.

    Attributes:
        box: x, y, width, height in pixels of the frame; may reach beyond its edges.
        landmarks: (5, 2) float32 in pixels of the frame: eye, eye, nose, mouth corner, mouth corner, from the image's
            left to its right.
        score: Detection score, 0 to 1.
        sharpness: Of the aligned chip, 0 (blurred) to 1 (crisp).
        frontality: 0 (profile) to 1 (looking at the camera).
        embedding: (dimensions,) float32 in the engine's space.
    """

    box: tuple[float, float, float, float]
    landmarks: NDArray[np.float32]
    score: float
    sharpness: float
    frontality: float
    embedding: NDArray[np.float32]


@dataclass(frozen=True)
class SceneCrop:
    """How a photo is cut for a scene engine: resized (bicubic) until its short side is `resize`, then the centre
    `size` x `size` square."""

    resize: int
    size: int


class FaceEngine(Protocol):
    """Finds and embeds every face of a photo."""

    @property
    def space(self) -> EmbeddingSpace:
        """The space of the embeddings this engine makes."""

    def find_faces(self, frames: Sequence[Frame]) -> list[list[DetectedFace]]:
        """All faces of each frame, largest first. An empty list means that there are none.

        Raises:
            EngineError: the model failed; never to be read as "no face".
        """


class SceneEngine(Protocol):
    """Embeds whole photos, and words, into one space."""

    crop: SceneCrop

    @property
    def space(self) -> EmbeddingSpace:
        """The space of the embeddings this engine makes."""

    def embed_photos(self, crops: NDArray[np.uint8]) -> Vectors:
        """Embed photos cut as `crop` says, (n, size, size, 3) RGB."""

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Embed words or sentences into the same space."""
