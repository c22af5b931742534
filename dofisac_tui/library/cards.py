"""What screens show of photos and faces: a page at a time, by id."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dofisac_tui.library.database import Library
from dofisac_tui.library.spaces import searched_space

Box = tuple[float, float, float, float]

_PHOTO = "photos.photo_id, photos.path, content_hash, width, height, size, format, taken_at, camera, absent_since"


class PhotoCard(NamedTuple):
    """A photo as screens show it.

    Attributes:
        path: Bytes.
        width, height: Upright, in pixels.
        size: In bytes.
        taken_at: As the camera wrote it, ISO 8601; None where the photo does not say.
        absent: Whether the file is away now.
    """

    photo_id: int
    path: bytes
    content_hash: str
    width: int
    height: int
    size: int
    format: str
    taken_at: str | None
    camera: str | None
    absent: bool


class FaceCard(NamedTuple):
    """A face as screens show it, with its photo.

    Attributes:
        box: x, y, width, height in upright pixels of the original.
        quality: 0 to 1.
        person_id: Who it is in the current people run, named or not; None where it stands alone.
        name: Of that person.
    """

    face_id: int
    box: Box
    quality: float
    person_id: int | None
    name: str | None
    photo: PhotoCard


def photo_cards(library: Library, photo_ids: Iterable[int]) -> dict[int, PhotoCard]:
    """The photos of these ids that the library still has."""
    rows = library.rows(
        f"SELECT {_PHOTO} FROM json_each(?) AS wanted CROSS JOIN photos ON photos.photo_id = wanted.value",  # noqa: S608
        (json.dumps(list(photo_ids)),),
    )
    return {row["photo_id"]: _photo(row) for row in rows}


def face_cards(library: Library, face_ids: Iterable[int]) -> dict[int, FaceCard]:
    """The faces of these ids that the library still has."""
    rows = _faces(library, "json_each(?) AS wanted CROSS JOIN faces ON faces.face_id = wanted.value", list(face_ids))
    return {row["face_id"]: _face(row) for row in rows}


def faces_of_photo(library: Library, photo_id: int) -> list[FaceCard]:
    """The faces that the models in use found on a photo, the largest first."""
    space = searched_space(library, "face")
    rows = _faces(
        library,
        "json_each(?) AS wanted CROSS JOIN faces ON faces.photo_id = wanted.value"
        f" AND faces.space_id = {space.space_id if space else 0}",
        [photo_id],
    )
    return sorted(map(_face, rows), key=lambda face: -face.box[2] * face.box[3])


def newest_photo_ids(library: Library, limit: int = -1) -> list[int]:
    """Present photos, those taken last first, those without a date at the end."""
    rows = library.rows(
        "SELECT photo_id FROM photos WHERE absent_since IS NULL ORDER BY taken_at DESC, photo_id DESC LIMIT ?", (limit,)
    )
    return [row[0] for row in rows]


def _faces(library: Library, source: str, ids: Sequence[int]) -> list[sqlite3.Row]:
    return library.rows(
        f"SELECT faces.face_id, x, y, w, h, quality, person_id, name, {_PHOTO} FROM {source}"  # noqa: S608
        " CROSS JOIN photos ON photos.photo_id = faces.photo_id"
        " LEFT JOIN current_people ON current_people.face_id = faces.face_id"
        " LEFT JOIN people USING (person_id)",
        (json.dumps(ids),),
    )


def _photo(row: sqlite3.Row) -> PhotoCard:
    return PhotoCard(
        row["photo_id"],
        row["path"],
        row["content_hash"],
        row["width"],
        row["height"],
        row["size"],
        row["format"],
        row["taken_at"],
        row["camera"],
        row["absent_since"] is not None,
    )


def _face(row: sqlite3.Row) -> FaceCard:
    box = (row["x"], row["y"], row["w"], row["h"])
    return FaceCard(row["face_id"], box, row["quality"], row["person_id"], row["name"], _photo(row))
