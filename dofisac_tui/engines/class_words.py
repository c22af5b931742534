"""Words in 16 languages to weights of the ImageNet classes."""

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.engines.catalogue import USEM3, USEM3_TOKENIZER
from dofisac_tui.engines.efficientnet import CLASSES
from dofisac_tui.engines.imagenet_classes import NAMES_FILE, ImageNetClasses, load_imagenet_classes
from dofisac_tui.engines.weights import converted, verified

TEMPERATURE = 0.05
FAMILIAR = 0.55  # similarity at which a query is as likely as not to mean anything that has a name here
FAMILIAR_WIDTH = 0.05
SINGLE_WORD_PENALTY = 0.2
MOST_WORDS = 32
MOST_CHARACTERS = 1000


class ClassWords:
    """How strongly words speak of each class.

    A query is compared with the names of the classes and their groups by a multilingual sentence encoder (Yang et al.,
    ACL 2020; `usem3`), after ConSE (Norouzi et al., ICLR 2014). A query of several words also stands, less
    strongly, for each of them. One that is near no name, or nearer to a name of no class, gets small weights all
    over.

    Args:
        threads: Of the matrix products.
    """

    def __init__(self, threads: int = 2) -> None:
        self._threads = threads

    def weights(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Weights of the classes, (n, 1000), each 0 to 1; all 0 for a text without a letter or digit.

        Raises:
            EngineError: the weights of the encoder are missing or damaged.
        """
        weights = np.zeros((len(texts), CLASSES), np.float32)
        for row, text in enumerate(map(_printable, texts)):
            words = re.findall(r"\w+", text)[:MOST_WORDS]
            if words:
                weights[row] = self._weigh(text, words)
        return weights

    def _weigh(self, text: str, words: list[str]) -> NDArray[np.float32]:
        single = sorted({word for word in words if len(word) > 2}) if len(words) > 1 else []
        similarities = self._encoder.encode([text, *single]) @ self._name_vectors.T
        classes = self._classes.best_of_class(similarities)
        elsewhere = self._classes.best_elsewhere(similarities)
        telling = classes[1:].max(axis=1) > elsewhere[1:]
        classes = np.vstack([classes[:1], classes[1:][telling] - SINGLE_WORD_PENALTY]).max(axis=0)
        best = classes.max()
        familiarity = 1 / (1 + np.exp((FAMILIAR - best) / FAMILIAR_WIDTH))
        weights: NDArray[np.float32] = familiarity * np.exp((classes - max(best, elsewhere[0])) / TEMPERATURE)
        return weights

    @functools.cached_property
    def _classes(self) -> ImageNetClasses:
        return load_imagenet_classes()

    @functools.cached_property
    def _name_vectors(self) -> NDArray[np.float32]:
        path = converted(
            "imagenet-class-names", [USEM3, USEM3_TOKENIZER, NAMES_FILE], self._encode_names, suffix=".npy"
        )
        vectors: NDArray[np.float32] = np.load(path, allow_pickle=False)
        return vectors

    def _encode_names(self, path: Path) -> None:
        np.save(path, self._encoder.encode(self._classes.names), allow_pickle=False)

    @functools.cached_property
    def _encoder(self) -> Any:
        weights, pieces = verified(USEM3), verified(USEM3_TOKENIZER)
        from sentencepiece import SentencePieceProcessor
        from usem3.backends import NumpyBackend

        # usem3's own tokenizer gives the same pieces, but takes a second to load
        return NumpyBackend(str(weights), SentencePieceProcessor(model_file=str(pieces)), self._threads)


def _printable(text: str) -> str:
    shown = "".join(character if character.isprintable() else " " for character in text[:MOST_CHARACTERS])
    return " ".join(shown.split())
