"""The scene engine of the full pack: any CLIP model of open_clip, run by ONNX Runtime."""

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.config import Models
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.engines.clip_tokenizer import ClipTokenizer
from dofisac_tui.engines.open_clip_export import find_export
from dofisac_tui.engines.protocols import SceneCrop
from dofisac_tui.engines.runtime import CPU, OnnxSession, onnx_session
from dofisac_tui.geometry import Vectors


class OpenClipScenes:
    """Photos and words in the space of one open_clip model (Radford et al., CLIP, ICML 2021; Cherti et al., 2023).

    Never downloads and never imports torch: `open_clip_export.fetch` has done both before. The image and the text
    side load separately, on first use. Photos are always cut to their centre, also for models that were trained on
    squeezed ones.

    Args:
        architecture: open_clip's name of it.
        weights: Pretrained tag, or the local checkpoint file, as it was fetched.
        threads: Of ONNX Runtime.
        providers: ONNX Runtime execution providers, most wanted first.

    Raises:
        EngineError: the model was not fetched on this machine.
    """

    def __init__(self, architecture: str, weights: str, threads: int = 2, providers: Sequence[str] = (CPU,)) -> None:
        self._export = find_export(architecture, weights)
        self._threads = threads
        self._providers = providers
        self.crop = SceneCrop(resize=self._export.size, size=self._export.size)

    @property
    def space(self) -> EmbeddingSpace:
        """Named by the architecture and a hash of weights and preprocessing."""
        name = f"open_clip-{self._export.architecture}-{self._export.digest}"
        return EmbeddingSpace(name, "scene", self._export.dimensions, "cosine")

    def embed_photos(self, crops: NDArray[np.uint8]) -> Vectors:
        """Unit vectors, (n, dimensions), of photos cut as `crop` says, (n, size, size, 3) RGB.

        Raises:
            EngineError: the exported model is missing, damaged or fails.
        """
        return self._embed(self._image, crops) if len(crops) else self._none()

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, (n, dimensions), of words or sentences.

        Raises:
            EngineError: the exported model is missing, damaged or fails.
        """
        return self._embed(self._text, self._tokenizer.tokens(texts)) if len(texts) else self._none()

    def _embed(self, session: OnnxSession, inputs: NDArray[np.uint8] | NDArray[np.int64]) -> Vectors:
        (vectors,) = session.run(inputs)
        return vectors

    def _none(self) -> Vectors:
        return np.zeros((0, self._export.dimensions), np.float32)

    @functools.cached_property
    def _image(self) -> OnnxSession:
        return onnx_session(self._export.model("image"), self._threads, self._providers)

    @functools.cached_property
    def _text(self) -> OnnxSession:
        return onnx_session(self._export.model("text"), self._threads, self._providers)

    @functools.cached_property
    def _tokenizer(self) -> ClipTokenizer:
        return ClipTokenizer(self._export.context_length)


def open_engine(models: Models, threads: int) -> OpenClipScenes:
    """Open the engine with the settings of the section `models`."""
    return OpenClipScenes(models.open_clip, models.open_clip_weights, threads, models.providers)
