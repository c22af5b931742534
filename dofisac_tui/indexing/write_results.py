"""One photo, one transaction: what was read and found becomes rows, or a failure does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.engines.protocols import DetectedFace
from dofisac_tui.engines.quality import face_quality
from dofisac_tui.errors import PhotoError
from dofisac_tui.imaging.photo import KnownPhoto, ReadPhoto
from dofisac_tui.library.database import Library
from dofisac_tui.library.failures import clear_failure, record_failure
from dofisac_tui.library.known_files import KnownFile, absent_photo, analysed_photo, photo_at
from dofisac_tui.library.photos import (
    FaceRecord,
    PhotoRecord,
    copy_photo,
    move_photo,
    record_of,
    store_faces,
    store_photo,
    store_scene,
)
from dofisac_tui.library.roots import Root
from dofisac_tui.library.thumbnails import store_thumbnail

Outcome = Literal["indexed", "moved", "unchanged", "failed"]


class MissingPhotos:
    """Photos whose files have left their paths. One whose content turns up elsewhere has moved, and is taken out."""

    def __init__(self) -> None:
        self._by_content: dict[str, dict[int, KnownFile]] = {}

    def add(self, photos: Iterable[KnownFile]) -> None:
        """Note that these have left."""
        for photo in photos:
            self._by_content.setdefault(photo.content_hash, {})[photo.photo_id] = photo

    def of_content(self, content_hash: str) -> KnownFile | None:
        """One of them that had this content, or None."""
        return next(iter(self._by_content.get(content_hash, {}).values()), None)

    def take_out(self, photo: KnownFile) -> None:
        """Note that one has been found again."""
        self._by_content.get(photo.content_hash, {}).pop(photo.photo_id, None)

    def __contains__(self, photo: KnownFile) -> bool:
        return photo.photo_id in self._by_content.get(photo.content_hash, {})

    def sizes(self) -> set[int]:
        """The sizes in bytes of their files."""
        return {photo.size for photos in self._by_content.values() for photo in photos.values()}


@dataclass(frozen=True)
class FileToIndex:
    """A file to be indexed, as it was when it was found."""

    root: Root
    path: bytes
    size: int
    mtime_ns: int

    @property
    def root_id(self) -> int:
        """The id of its root."""
        return self.root.root_id


@dataclass(frozen=True)
class InferenceResult:
    """What the models made of one photo."""

    faces: Sequence[DetectedFace]
    scene: NDArray[np.float32]


def write_photo(
    library: Library,
    file: FileToIndex,
    photo: ReadPhoto,
    findings: InferenceResult,
    spaces: Sequence[EmbeddingSpace],
    gone: MissingPhotos,
) -> Outcome:
    """Store a photo that was read and seen by both models.

    Args:
        spaces: The face space and the scene space.
    """
    store_thumbnail(library.folder, photo.content_hash, photo.thumbnail)
    record = PhotoRecord(
        root_id=file.root_id, path=file.path, size=photo.size, mtime_ns=photo.mtime_ns,
        content_hash=photo.content_hash, format=photo.format, width=photo.width, height=photo.height,
        fingerprint=photo.fingerprint, **vars(photo.capture),
    )  # fmt: skip
    faces = [_face_record(face, photo.frame_scale) for face in findings.faces]
    here = photo_at(library, file.path, photo.content_hash)
    source = None if here else _moved_from(library, photo.content_hash, gone)
    with library.write() as connection:
        if source:
            move_photo(connection, source.photo_id, file.root_id, file.path, photo.size, photo.mtime_ns)
        photo_id = store_photo(connection, record)
        store_faces(connection, photo_id, spaces[0], faces)
        store_scene(connection, photo_id, spaces[1], findings.scene)
        clear_failure(connection, file.path)
    if source:
        gone.take_out(source)
    return "indexed"


def write_known_photo(
    library: Library, file: FileToIndex, photo: KnownPhoto, spaces: Sequence[EmbeddingSpace], gone: MissingPhotos
) -> Outcome | None:
    """Store a file whose content the library knows: touched, moved, back again, or a copy. No model runs.

    Returns:
        What it was; None when the library has forgotten that content meanwhile, so that it must be read after all.
    """
    here = photo_at(library, file.path, photo.content_hash)
    source = None if here else _moved_from(library, photo.content_hash, gone)
    original = here or source or analysed_photo(library, photo.content_hash, spaces)
    if original is None:
        return None
    with library.write() as connection:
        if here or source:
            move_photo(connection, original.photo_id, file.root_id, file.path, photo.size, photo.mtime_ns)
        else:
            record = record_of(library, original.photo_id)
            place = {"root_id": file.root_id, "path": file.path, "size": photo.size, "mtime_ns": photo.mtime_ns}
            copy_photo(connection, original.photo_id, PhotoRecord(**{**vars(record), **place}))
        clear_failure(connection, file.path)
    if source:
        gone.take_out(source)
        return "moved"
    return "unchanged" if here else "indexed"


def write_failure(
    library: Library, root_id: int, path: bytes, stage: str, error: PhotoError, stat: tuple[int, int] | None
) -> Outcome:
    """Store that a file could not be indexed; what an earlier try stored of it stays.

    Args:
        stat: Size and mtime_ns of what failed, so that a file which has changed since is tried again at once.
    """
    with library.write() as connection:
        record_failure(connection, path, root_id, stage, error.failure_class, str(error), stat)
    return "failed"


def _moved_from(library: Library, content_hash: str, gone: MissingPhotos) -> KnownFile | None:
    """The photo that a new path is that of: one of the same content whose own file is not there any more."""
    return gone.of_content(content_hash) or absent_photo(library, content_hash)


def _face_record(face: DetectedFace, scale: float) -> FaceRecord:
    x, y, w, h = (value / scale for value in face.box)
    quality = face_quality(w, h, face.sharpness, face.frontality)
    return FaceRecord((x, y, w, h), face.landmarks / scale, face.score, quality, face.embedding)
