"""Read every present photo with its faces and persons, as all exports need it."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.face_keys import Box


@dataclass(frozen=True)
class ExportedFace:
    """Face in an export.

    Attributes:
        box: x, y, width, height in upright pixels of the original.
        score: Detection score, 0 to 1.
        person_id, person: Its person in the current run and their name; None where it has none.
    """

    face_id: int
    box: Box
    score: float
    quality: float
    person_id: int | None
    person: str | None


@dataclass(frozen=True)
class ExportedPhoto:
    """Photo in an export.

    Attributes:
        root, path: The folder that was added, and the file in it, absolute; bytes.
        width, height: Upright, in pixels.
        taken_at: ISO 8601 local time, or None.
    """

    photo_id: int
    root: bytes
    path: bytes
    content_hash: str
    format: str
    width: int
    height: int
    taken_at: str | None
    camera: str | None
    latitude: float | None
    longitude: float | None
    faces: tuple[ExportedFace, ...]

    @property
    def people(self) -> list[str]:
        """Names of the persons in it, from A to Z."""
        return sorted({face.person for face in self.faces if face.person})


_PHOTOS = (
    "SELECT photo_id, roots.path AS root, photos.path AS path, content_hash, format, width, height, taken_at, camera,"
    " latitude, longitude FROM photos JOIN roots USING (root_id)"
    " WHERE photo_id > :after AND absent_since IS NULL ORDER BY photo_id LIMIT :size"
)
_FACES = (
    "SELECT faces.photo_id, faces.face_id, x, y, w, h, score, quality, person_id, name"
    " FROM json_each(?) AS wanted JOIN faces ON faces.photo_id = wanted.value"
    " LEFT JOIN current_people USING (face_id) LEFT JOIN people USING (person_id)"
    " WHERE space_id = ? ORDER BY faces.photo_id, number"
)


def present_photos(library: Library) -> Iterator[ExportedPhoto]:
    """Yield every present photo with its faces by the models in use, in the order they were found."""
    space = searched_space(library, "face")
    for rows in library.pages(_PHOTOS, "photo_id", 0):
        faces = defaultdict(list)
        ids = json.dumps([row["photo_id"] for row in rows])
        for photo_id, face_id, x, y, w, h, *rest in library.rows(_FACES, (ids, space.space_id if space else None)):
            faces[photo_id].append(ExportedFace(face_id, (x, y, w, h), *rest))
        for row in rows:
            yield ExportedPhoto(**dict(row), faces=tuple(faces[row["photo_id"]]))
