"""The ImageNet classes by name, with the wider groups that they belong to (`imagenet_classes.json`)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAMES_FILE = Path(__file__).with_name("imagenet_classes.json")


@dataclass(frozen=True)
class ImageNetClasses:
    """Names, and the classes that each of them stands for.

    A class is known by its own names ("Samoyed") and by those of its groups ("dog", "animal"). Names at the end of the
    list stand for no class.

    Attributes:
        names: All names, each once a meaning.
        named: Number of names that stand for classes; the others come after them.
        name_of_pair: (pairs,) indices into `names`, ordered by class.
        start_of_class: (1000,) where the pairs of each class start.
    """

    names: list[str]
    named: int
    name_of_pair: NDArray[np.intp]
    start_of_class: NDArray[np.intp]

    def names_of(self, number: int) -> set[str]:
        """All names of one class, 0 to 999."""
        ends = [*self.start_of_class[1:], len(self.name_of_pair)]
        return {self.names[name] for name in self.name_of_pair[self.start_of_class[number] : ends[number]]}

    def best_of_class(self, similarities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Similarities to all names, (n, names), to those of the best name of each class, (n, 1000)."""
        best: NDArray[np.float32] = np.maximum.reduceat(similarities[:, self.name_of_pair], self.start_of_class, axis=1)
        return best

    def best_elsewhere(self, similarities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Similarities to all names, (n, names), to that of the best name of no class, (n,)."""
        best: NDArray[np.float32] = similarities[:, self.named :].max(axis=1)
        return best


def load_imagenet_classes() -> ImageNetClasses:
    """Read the names that ship with the package."""
    document = json.loads(NAMES_FILE.read_text(encoding="utf-8"))
    return _index(document["classes"], document["groups"], document["elsewhere"])


def _index(classes: Sequence[Sequence[str]], groups: dict[str, list[str]], elsewhere: list[str]) -> ImageNetClasses:
    names = [*chain.from_iterable(classes), *groups]
    owners: list[Any] = [[number] for number, own in enumerate(classes) for _ in own]
    owners += [list(chain.from_iterable(map(_numbers, ranges))) for ranges in groups.values()]
    pairs = sorted((number, name) for name, numbers in enumerate(owners) for number in numbers)
    class_of_pair, name_of_pair = np.array(pairs, dtype=np.intp).T
    starts = np.searchsorted(class_of_pair, np.arange(len(classes)))
    return ImageNetClasses([*names, *elsewhere], len(names), name_of_pair, starts)


def _numbers(span: str) -> range:
    first, _, last = span.partition("-")
    return range(int(first), int(last or first) + 1)
