"""Faces as votes name them: by the content of the photo and the box in it, which outlive paths, ids and models."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.errors import QueryError
from dofisac_tui.library.database import Library

SAME_FACE = 0.5
"""Boxes that overlap at least this much (intersection over union) hold the same face."""

Box = tuple[float, float, float, float]


class FaceKey(NamedTuple):
    """One face, whichever model found it.

    Attributes:
        content: SHA-256 of the photo's file, hex.
        box: `x,y,width,height` in upright pixels of the original.
    """

    content: str
    box: str


class LocatedFace(NamedTuple):
    """A face of the library that a key names."""

    face_id: int
    photo_id: int


def keys_of_faces(library: Library, face_ids: Iterable[int]) -> dict[int, FaceKey]:
    """Return the keys of faces, by id.

    A face that the ledger names keeps the key of the oldest vote on it, since another model finds its box a little
    elsewhere: it is the same thing that is decided on.

    Raises:
        QueryError: one of them does not exist.
    """
    wanted = list(face_ids)
    rows = library.rows(
        "SELECT face_id, space_id, content_hash, x, y, w, h FROM faces JOIN photos USING (photo_id)"
        " WHERE face_id IN (SELECT value FROM json_each(?))",
        (json.dumps(wanted),),
    )
    keys = {row["face_id"]: FaceKey(row["content_hash"], _written(tuple(row)[3:])) for row in rows}
    if missing := [face_id for face_id in wanted if face_id not in keys]:
        raise QueryError(f"There is no face {missing[0]}", "See the faces of a photo with: dofisac-tui faces FILE")
    named = _keys_in_ledger(library, {key.content for key in keys.values()})
    for space_id in {row["space_id"] for row in rows} if named else ():
        located = _located(library, space_id, named)
        for key in reversed(named):
            keys.update((face.face_id, key) for face in located.get(key, ()) if face.face_id in keys)
    return {face_id: keys[face_id] for face_id in wanted}


def _keys_in_ledger(library: Library, contents: Iterable[str]) -> list[FaceKey]:
    """Return the keys by which votes name faces of some photos, the oldest first."""
    rows = library.rows(
        "WITH wanted AS (SELECT value FROM json_each(?))"
        " SELECT content_a, box_a, cast_at FROM votes WHERE content_a IN wanted AND box_a IS NOT NULL UNION ALL"
        " SELECT content_b, box_b, cast_at FROM votes WHERE content_b IN wanted AND box_b IS NOT NULL ORDER BY 3",
        (json.dumps(list(contents)),),
    )
    return list(dict.fromkeys(FaceKey(content, box) for content, box, _ in rows))


def locate(library: Library, space: EmbeddingSpace, keys: Iterable[FaceKey]) -> dict[FaceKey, list[LocatedFace]]:
    """Return the faces of `space` that the keys name now, absent photos' too.

    Copies of a photo have the same content, so one key may name a face in each of them. A key that names none is left
    out.
    """
    return _located(library, space.space_id, keys)


def _located(library: Library, space_id: int, keys: Iterable[FaceKey]) -> dict[FaceKey, list[LocatedFace]]:
    wanted = set(keys)
    rows = library.rows(
        "SELECT content_hash, photo_id, face_id, x, y, w, h FROM photos JOIN faces USING (photo_id)"
        " WHERE content_hash IN (SELECT value FROM json_each(?)) AND space_id = ? ORDER BY photo_id, number",
        (json.dumps(list({key.content for key in wanted})), space_id),
    )
    faces: dict[str, dict[int, list[tuple[LocatedFace, Box]]]] = defaultdict(lambda: defaultdict(list))
    for content, photo_id, face_id, *box in rows:
        faces[content][photo_id].append((LocatedFace(face_id, photo_id), (box[0], box[1], box[2], box[3])))
    found = {key: _of_one_content(key, faces[key.content].values()) for key in wanted if key.content in faces}
    return {key: located for key, located in found.items() if located}


def _of_one_content(key: FaceKey, copies: Iterable[Sequence[tuple[LocatedFace, Box]]]) -> list[LocatedFace]:
    box = read_box(key.box)
    best = [max((overlap(box, other), -face.face_id, face) for face, other in faces) for faces in copies]
    return [face for share, _, face in best if share >= SAME_FACE]


def overlap(a: Box, b: Box) -> float:
    """Return intersection over union of two boxes, 0 to 1."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    common = max(0.0, width) * max(0.0, height)
    together = a[2] * a[3] + b[2] * b[3] - common
    return common / together if together > 0 else 0.0


def read_box(text: str) -> Box:
    """Return the box of a key."""
    x, y, w, h = map(float, text.split(","))
    return x, y, w, h


def _written(box: Sequence[float]) -> str:
    return ",".join(f"{value:.2f}" for value in box)
