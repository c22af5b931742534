"""A library of made-up people: each face is a point near its person's, in a photo with others."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.embedding_spaces import ensure_space
from dofisac_tui.library.photos import FaceRecord, PhotoRecord, store_faces, store_photo
from dofisac_tui.library.roots import add_root

SPACE = "dlib-resnet-v1-128"  # for its calibration: even at a distance of 0.58, sure at 0.52
DIMENSIONS = 128


@dataclass
class PeopleLibrary:
    """Puts photos of known people into a library. Two faces of one person are about 0.35 apart, of two people 0.7."""

    library: Library
    space: EmbeddingSpace
    root_id: int
    random: np.random.Generator
    photos: int = 0

    def put(
        self, who: Sequence[int], noise: float = 0.25, quality: float = 0.8, content: str | None = None
    ) -> list[int]:
        """Add a photo of these people, and return the ids of their faces."""
        self.photos += 1
        path = b"/photos/%d.jpg" % self.photos
        name = content or hashlib.sha256(path).hexdigest()
        record = PhotoRecord(self.root_id, path, 1, 1, name, "JPEG", 800, 600, self.photos, None, None, None, None)
        faces = [self._face(place, person, noise, quality) for place, person in enumerate(who)]
        with self.library.write() as connection:
            photo_id = store_photo(connection, record)
            store_faces(connection, photo_id, self.space, faces)
        rows = self.library.rows("SELECT face_id FROM faces WHERE photo_id = ? ORDER BY number", (photo_id,))
        return [row[0] for row in rows]

    def _face(self, place: int, person: int, noise: float, quality: float) -> FaceRecord:
        vector = np.zeros(DIMENSIONS, np.float32)
        vector[person] = 0.45
        vector += self.random.normal(0, noise / DIMENSIONS**0.5, DIMENSIONS).astype(np.float32)
        return FaceRecord((100.0 * place, 10.0, 50.0, 60.0), np.zeros((5, 2), np.float32), 0.9, quality, vector)


def people_library(folder: Path, seed: int = 0) -> PeopleLibrary:
    """An empty one."""
    library = create_library(folder / "library")
    photos = folder / "photos"
    photos.mkdir(exist_ok=True)
    root = add_root(library, bytes(photos))
    space = ensure_space(library, EmbeddingSpace(SPACE, "face", DIMENSIONS, "euclidean"))
    return PeopleLibrary(library, space, root.root_id, np.random.default_rng(seed))
