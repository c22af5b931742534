"""Photos in batches through both models; a photo that a model fails on fails alone."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np

from dofisac_tui.engines.protocols import FaceEngine, SceneEngine
from dofisac_tui.errors import EngineError, PhotoError
from dofisac_tui.imaging.photo import ReadPhoto
from dofisac_tui.indexing.store import Findings

BATCH = 4

Item = TypeVar("Item")


def batches(items: Iterable[Item], size: int = BATCH) -> Iterator[list[Item]]:
    """Cut a sequence into lists of at most `size`, pulling no further than the list in hand."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


class Inference:
    """Both engines as one step.

    Args:
        faces: Finds and embeds faces.
        scenes: Embeds whole photos.
    """

    def __init__(self, faces: FaceEngine, scenes: SceneEngine) -> None:
        self.faces = faces
        self.scenes = scenes
        self._proven = False

    def run(self, photos: Sequence[ReadPhoto]) -> list[Findings | PhotoError]:
        """What the models make of each photo, in order; an error for each photo that a model cannot cope with.

        Raises:
            EngineError: a model does not run at all, which no photo is to blame for.
        """
        if photos and not self._proven:
            self._prove()
        try:
            return list(self._batch(photos))
        except EngineError as error:
            if len(photos) == 1:
                return [PhotoError("engine failed", error.title, error.hint)]
            return [found for photo in photos for found in self.run([photo])]

    def _prove(self) -> None:
        side = self.scenes.crop.size
        self.scenes.embed_photos(np.zeros((1, side, side, 3), np.uint8))
        self.faces.find_faces([np.zeros((64, 64, 3), np.uint8)])
        self._proven = True

    def _batch(self, photos: Sequence[ReadPhoto]) -> list[Findings]:
        if not photos:
            return []
        scenes = self.scenes.embed_photos(np.stack([photo.scene_crop for photo in photos]))
        faces = self.faces.find_faces([photo.frame for photo in photos])
        return [Findings(found, scene) for found, scene in zip(faces, scenes, strict=True)]
