"""Read photos, faces and pairs of faces for the screens, by id."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.face_keys import Box

_PHOTO = "photos.photo_id, photos.path, content_hash, width, height, size, format, taken_at, camera, absent_since"


class PhotoView(NamedTuple):
    """A photo as screens show it.

    Attributes:
        path: Bytes.
        width, height: Upright, in pixels.
        size: In bytes.
        taken_at: As the camera wrote it, ISO 8601; None where the photo does not say.
        absent: The file is missing now.
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


class FaceView(NamedTuple):
    """A face as screens show it, with its photo.

    Attributes:
        box: x, y, width, height in upright pixels of the original.
        quality: 0 to 1.
        person_id: Its person in the current people run, named or not; None where it is unassigned.
        name: Of that person.
    """

    face_id: int
    box: Box
    quality: float
    person_id: int | None
    name: str | None
    photo: PhotoView


def photo_views(library: Library, photo_ids: Iterable[int]) -> dict[int, PhotoView]:
    """Return the photos of these ids that the library still has."""
    rows = library.rows(
        f"SELECT {_PHOTO} FROM json_each(?) AS wanted CROSS JOIN photos ON photos.photo_id = wanted.value",  # noqa: S608
        (json.dumps(list(photo_ids)),),
    )
    return {row["photo_id"]: _photo(row) for row in rows}


def face_views(library: Library, face_ids: Iterable[int]) -> dict[int, FaceView]:
    """Return the faces of these ids that the library still has."""
    rows = _faces(library, "json_each(?) AS wanted CROSS JOIN faces ON faces.face_id = wanted.value", list(face_ids))
    return {row["face_id"]: _face(row) for row in rows}


def faces_of_photo(library: Library, photo_id: int) -> list[FaceView]:
    """Return the faces that the models in use found on a photo, the largest first."""
    space = searched_space(library, "face")
    rows = _faces(
        library,
        "json_each(?) AS wanted CROSS JOIN faces ON faces.photo_id = wanted.value"
        f" AND faces.space_id = {space.space_id if space else 0}",
        [photo_id],
    )
    return sorted(map(_face, rows), key=lambda face: -face.box[2] * face.box[3])


def newest_photo_ids(library: Library, limit: int = -1) -> list[int]:
    """Return present photos, those taken last first, those without a date at the end."""
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


def _photo(row: sqlite3.Row) -> PhotoView:
    return PhotoView(
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


def _face(row: sqlite3.Row) -> FaceView:
    box = (row["x"], row["y"], row["w"], row["h"])
    return FaceView(row["face_id"], box, row["quality"], row["person_id"], row["name"], _photo(row))


_FACES_OF_PERSON = (
    "FROM cluster_runs JOIN cluster_members AS members USING (run_id) JOIN photos USING (photo_id)"
    " JOIN faces USING (face_id) WHERE cluster_runs.kind = 'people' AND cluster_runs.state = 'current'"
    " AND absent_since IS NULL AND members.cluster_id IN"
    " (SELECT person_id FROM people WHERE ? IN (person_id, merged_into))"
)


@dataclass(frozen=True)
class PairSide:
    """One face of a pair, and what is known of its person.

    Attributes:
        face: The face that is asked about.
        faces: Present faces of its person; 1 where it is unassigned.
        more: Other faces of that person, the best visible first, each of another photo.
        beside: Boxes of the other faces of the photo.
    """

    face: FaceView
    faces: int
    more: list[FaceView]
    beside: list[Box]


@dataclass(frozen=True)
class PairView:
    """Two faces to compare.

    Attributes:
        companions: Names of persons that are on both photos.
    """

    left: PairSide
    right: PairSide
    companions: list[str]

    @property
    def is_one_group(self) -> bool:
        """True if both are of one person now; then each side has another half of the other faces."""
        return self.left.face.person_id is not None and self.left.face.person_id == self.right.face.person_id


def pair_view(library: Library, left: int, right: int, more: int) -> PairView | None:
    """Two faces by their ids, each with at most so many others.

    Returns:
        None where the library has lost one of them, or where both are one face in two copies of a file.
    """
    faces = face_views(library, (left, right))
    if len({(face.photo.content_hash, face.box) for face in faces.values()}) < 2:
        return None
    hashes = [face.photo.content_hash for face in faces.values()]
    sides = [_side(library, faces[each], 2 * more, hashes) for each in (left, right)]
    pair = PairView(sides[0], sides[1], _companions(library, *faces.values()))
    halves = (slice(0, None, 2), slice(1, None, 2)) if pair.is_one_group else (slice(more), slice(more))
    for side, half in zip(sides, halves, strict=True):
        side.more[:] = side.more[half]
    return pair


def _side(library: Library, face: FaceView, more: int, shown: list[str]) -> PairSide:
    beside = [other.box for other in faces_of_photo(library, face.photo.photo_id) if other.face_id != face.face_id]
    if face.person_id is None:
        return PairSide(face, 1, [], beside)
    count = int(library.value(f"SELECT COUNT(*) {_FACES_OF_PERSON}", (face.person_id,)))
    rows = library.rows(
        f"SELECT faces.face_id, MAX(quality) AS best {_FACES_OF_PERSON} AND content_hash NOT IN (?, ?)"
        " GROUP BY content_hash ORDER BY best DESC, faces.face_id LIMIT ?",
        (face.person_id, *shown, more),
    )
    others = face_views(library, [row["face_id"] for row in rows])
    return PairSide(face, count, [others[row["face_id"]] for row in rows if row["face_id"] in others], beside)


def _companions(library: Library, a: FaceView, b: FaceView) -> list[str]:
    rows = library.rows(
        "SELECT people.name FROM json_each(?) AS wanted"
        " JOIN cluster_members AS members ON members.photo_id = wanted.value"
        " JOIN cluster_runs USING (run_id) JOIN people AS found ON found.person_id = members.cluster_id"
        " JOIN people ON people.person_id = COALESCE(found.merged_into, found.person_id)"
        " WHERE cluster_runs.kind = 'people' AND cluster_runs.state = 'current' AND people.name IS NOT NULL"
        " AND people.person_id NOT IN (?, ?) GROUP BY people.name HAVING COUNT(DISTINCT members.photo_id) = 2",
        (json.dumps([a.photo.photo_id, b.photo.photo_id]), a.person_id or 0, b.person_id or 0),
    )
    return [row["name"] for row in rows]
