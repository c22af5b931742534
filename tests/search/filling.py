"""A library of made-up vectors, and what the right answer to a search in it is."""

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.engines.protocols import SceneCrop
from dofisac_tui.geometry import Vectors
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.embedding_spaces import ensure_space
from dofisac_tui.library.photos import (
    FaceRecord,
    PhotoRecord,
    mark_absent,
    store_faces,
    store_photo,
    store_scene,
)
from dofisac_tui.library.roots import add_root
from dofisac_tui.matching.calibration import shipped_curve

FACES = EmbeddingSpace("made-up-faces", "face", 8, "euclidean")
SCENES = EmbeddingSpace("made-up-scenes", "scene", 6, "inner_product")
_versions = itertools.count()


@dataclass
class Filling:
    """Puts photos into a library, and remembers them on its own."""

    library: Library
    face_space: EmbeddingSpace = FACES
    photos: dict[bytes, tuple[int, list[NDArray[np.float32]]]] = field(default_factory=dict)
    absent: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.faces = _stored(self.library, self.face_space)
        self.scenes = _stored(self.library, SCENES)
        folder = self.library.folder.parent / "photos"
        folder.mkdir(exist_ok=True)
        self.root_id = add_root(self.library, bytes(folder)).root_id

    def put(
        self,
        path: str | bytes,
        faces: Sequence[NDArray[np.float32]] = (),
        scene: NDArray[np.float32] | None = None,
        taken_at: str | None = None,
    ) -> int:
        """Add a photo, or replace the one at that path by another content."""
        raw = path.encode() if isinstance(path, str) else path
        record = photo_record(self.root_id, raw, taken_at)
        with self.library.write() as connection:
            photo_id = store_photo(connection, record)
            store_faces(connection, photo_id, self.faces, [face_record(face) for face in faces])
            if scene is not None:
                store_scene(connection, photo_id, self.scenes, scene)
        self.photos[raw] = (photo_id, list(faces))
        self.absent.discard(raw)
        return photo_id

    def lose(self, path: bytes) -> None:
        """The file of a photo is gone."""
        with self.library.write() as connection:
            mark_absent(connection, [self.photos[path][0]])
        self.absent.add(path)

    def remove(self, path: bytes) -> None:
        """The photo is forgotten."""
        with self.library.write() as connection:
            connection.execute("DELETE FROM photos WHERE photo_id = ?", (self.photos.pop(path)[0],))
        self.absent.discard(path)

    def right_answer(self, query: NDArray[np.float32], limit: int, cut_off: float) -> list[tuple[int, float]]:
        """Photo ids and distances, by looking at every face."""
        calibration = shipped_curve(self.face_space)
        nearest = [
            (min(_distance(self.face_space, query, face) for face in faces), photo_id)
            for path, (photo_id, faces) in self.photos.items()
            if faces and path not in self.absent
        ]
        matching = [each for each in nearest if 100 * calibration.probability(each[0]) >= cut_off]
        return [(photo_id, distance) for distance, photo_id in sorted(matching)[:limit]]


class ColourScenes:
    """A scene engine that knows six words: each is one direction of the space."""

    crop = SceneCrop(8, 8)
    space = SCENES
    words = ("beach", "sunset", "forest", "dog", "car", "snow")

    def embed_photos(self, crops: NDArray[np.uint8]) -> Vectors:
        """Photos of one channel each."""
        return (np.tile(crops.mean(axis=(1, 2)), (1, 2)) / 255).astype(np.float32)

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """The sum of the words that it knows."""
        return np.array([[word in text.split() for word in self.words] for text in texts], dtype=np.float32)


def new_filling(folder: Path, face_space: EmbeddingSpace = FACES) -> Filling:
    """An empty library in `folder`."""
    return Filling(create_library(folder / "library"), face_space)


def unit_vectors(count: int, dimensions: int = 8, seed: int = 0) -> Vectors:
    """Random unit vectors, (count, dimensions)."""
    vectors = np.random.default_rng(seed).standard_normal((count, dimensions))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def photo_record(root_id: int, path: bytes, taken_at: str | None = None) -> PhotoRecord:
    """A photo of a content that no other has."""
    content = hashlib.sha256(b"%d" % next(_versions)).hexdigest()
    return PhotoRecord(root_id, path, 1, 1, content, "JPEG", 80, 60, 0, taken_at, None, None, None)


def face_record(embedding: NDArray[np.float32]) -> FaceRecord:
    """A face somewhere in a photo."""
    return FaceRecord((1.0, 2.0, 3.0, 4.0), np.zeros((5, 2), np.float32), 0.9, 0.8, embedding)


def _stored(library: Library, space: EmbeddingSpace) -> EmbeddingSpace:
    return ensure_space(library, space)


def _distance(space: EmbeddingSpace, a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    if space.metric == "euclidean":
        return float(np.linalg.norm(a.astype(np.float64) - b))
    return float(1 - np.dot(a.astype(np.float64), b))
