"""The scene engine of the bundled pack: photos and words as weights of the ImageNet classes."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.config import Models
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.engines.class_words import ClassWords
from dofisac_tui.engines.efficientnet import CLASSES, CROP, EfficientNetLite0
from dofisac_tui.engines.runtime import CPU
from dofisac_tui.geometry import Vectors

KEPT = 10  # classes of a photo, as in ConSE; the long tail of small probabilities adds up to noise in wide groups


class BundledScenes:
    """A photo is the square roots of its ten largest class probabilities, words are weights of the classes.

    A photo has unit length, so the inner product of two photos is their Bhattacharyya coefficient. Words are scaled
    so that their inner product with any photo is 0 to 1: a photo that is surely of a class that the words name
    reaches 0.32, one whose ten classes are all named reaches more. One index serves both. Words and photos load
    their models separately, on first use.

    Args:
        threads: Of the models.
        providers: ONNX Runtime execution providers, most wanted first.
    """

    crop = CROP

    def __init__(self, threads: int = 2, providers: Sequence[str] = (CPU,)) -> None:
        self._photos = EfficientNetLite0(threads, providers)
        self._words = ClassWords(threads)

    @property
    def space(self) -> EmbeddingSpace:
        """1,000 dimensions, one an ImageNet class."""
        return EmbeddingSpace(f"efficientnet-lite0-imagenet-sqrt{KEPT}", "scene", CLASSES, "inner_product")

    def embed_photos(self, crops: NDArray[np.uint8]) -> Vectors:
        """Unit vectors, (n, 1000), of photos cut as `crop` says, (n, 224, 224, 3) RGB.

        Raises:
            EngineError: the weights are missing or damaged, or the model failed.
        """
        probabilities = self._photos.probabilities(crops)
        small = np.argpartition(probabilities, CLASSES - KEPT, axis=1)[:, : CLASSES - KEPT]
        np.put_along_axis(probabilities, small, 0, axis=1)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        return np.sqrt(probabilities, out=probabilities)

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Vectors, (n, 1000), of words or sentences in any of 16 languages; zero where a text holds no word.

        Raises:
            EngineError: the weights are missing or damaged.
        """
        return self._words.weights(texts) / np.float32(math.sqrt(KEPT))


def open_engine(models: Models, threads: int) -> BundledScenes:
    """Open the engine with the settings of the section `models`."""
    return BundledScenes(threads, models.providers)
