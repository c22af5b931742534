"""CLIP's byte-pair tokenizer without torch.

Reads the vocabulary that open_clip ships and yields what `open_clip.SimpleTokenizer` does (after Radford et al., CLIP,
ICML 2021); importing that one would import torch.
"""

import functools
import gzip
import html
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.engines.catalogue import WeightFile
from dofisac_tui.engines.weights import verified

VOCABULARY = WeightFile(
    name="CLIP vocabulary",
    package="open_clip",
    distribution="open_clip_torch",
    path="bpe_simple_vocab_16e6.txt.gz",
    sha256="924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a",
    size=1_356_917,
    licence="MIT",
    source="OpenAI, CLIP",
)
START, END = "<start_of_text>", "<end_of_text>"
WORD_END = "</w>"
MERGES = 49_152 - 256 - 2
MOST_CHARACTERS = 2000
PATTERN = START + "|" + END + r"|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


class ClipTokenizer:
    """Words to token numbers.

    Args:
        context_length: Tokens of a text, start and end included; more are cut off, fewer are filled up with 0.
    """

    def __init__(self, context_length: int) -> None:
        self._context_length = context_length
        lines = gzip.decompress(verified(VOCABULARY).read_bytes()).decode("utf-8").split("\n")
        merges = [tuple(line.split()) for line in lines[1 : MERGES + 1]]
        self._ranks = {merge: rank for rank, merge in enumerate(merges)}
        self._byte_letters = _byte_letters()
        letters = list(self._byte_letters.values())
        vocabulary = [*letters, *(letter + WORD_END for letter in letters), *map("".join, merges), START, END]
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Token numbers, (n, context_length). Characters beyond the first 2,000 of a text are not read."""
        tokens = np.zeros((len(texts), self._context_length), np.int64)
        for row, text in zip(tokens, texts, strict=True):
            inner = self._encode(text)[: self._context_length - 2]
            row[: len(inner) + 2] = [self._numbers[START], *inner, self._numbers[END]]
        return tokens

    def _encode(self, text: str) -> list[int]:
        import regex  # type: ignore[import-untyped] # it ships no types

        words = regex.findall(PATTERN, _clean(text), regex.IGNORECASE)
        return [self._numbers[piece] for word in words for piece in self._pieces(word)]

    def _pieces(self, word: str) -> list[str]:
        """Join the two neighbours that were merged first in training, until none are left to join."""
        if word in (START, END):
            return [word]
        letters = [self._byte_letters[byte] for byte in word.encode("utf-8")]
        pieces = [*letters[:-1], letters[-1] + WORD_END]
        while len(pieces) > 1:
            best = min(pairwise(pieces), key=lambda pair: self._ranks.get(pair, len(self._ranks)))
            if best not in self._ranks:
                break
            pieces = _join(pieces, best)
        return pieces


def _join(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    joined: list[str] = []
    position = 0
    while position < len(pieces):
        step = 2 if tuple(pieces[position : position + 2]) == pair else 1
        joined.append("".join(pieces[position : position + step]))
        position += step
    return joined


def _clean(text: str) -> str:
    import ftfy

    readable = text[:MOST_CHARACTERS].encode("utf-8", "replace").decode("utf-8")  # lone surrogates
    unescaped = html.unescape(html.unescape(ftfy.fix_text(readable)))
    return " ".join(unescaped.split()).lower()


@functools.cache
def _byte_letters() -> dict[int, str]:
    """A printable letter for each byte, in the order of the vocabulary."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + n) for n, byte in enumerate(others)}
