"""Store and read photos and the faces in them. Functions that write take the connection of an open transaction."""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.library.database import Library
from dofisac_tui.library.vectors import pack


@dataclass(frozen=True)
class PhotoRecord:
    """One file under a root, as read.

    Attributes:
        path: Absolute path, bytes.
        content_hash: SHA-256 of the file, hex.
        width, height: Upright size in pixels.
        fingerprint: 64-bit perceptual hash, unsigned.
        taken_at: ISO 8601 local time, or None.
        latitude, longitude: Degrees, or None.
    """

    root_id: int
    path: bytes
    size: int
    mtime_ns: int
    content_hash: str
    format: str
    width: int
    height: int
    fingerprint: int
    taken_at: str | None
    camera: str | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True)
class FaceRecord:
    """One face found in a photo.

    Attributes:
        box: x, y, width, height in upright pixels of the original.
        landmarks: (5, 2) float32, in the same pixels.
        embedding: (dimensions,) float32.
    """

    box: tuple[float, float, float, float]
    landmarks: NDArray[np.float32]
    score: float
    quality: float
    embedding: NDArray[np.float32]


def store_photo(connection: sqlite3.Connection, record: PhotoRecord) -> int:
    """Insert a photo, or replace the one at its path, and return its id.

    Whatever was found in another content at that path is removed with it.
    """
    replaced = connection.execute(
        "SELECT photo_id FROM photos WHERE path = ? AND content_hash != ?", (record.path, record.content_hash)
    ).fetchone()
    if replaced:
        for table in ("faces", "scene_vectors", "analyses"):
            connection.execute(f"DELETE FROM {table} WHERE photo_id = ?", (replaced[0],))  # noqa: S608
    values = {**vars(record), "fingerprint": _signed(record.fingerprint), "indexed_at": time.time()}
    return int(connection.execute(_UPSERT, values).fetchone()[0])


_COLUMNS = (*PhotoRecord.__dataclass_fields__, "indexed_at")
_UPSERT = (
    f"INSERT INTO photos ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"  # noqa: S608
    f" ON CONFLICT (path) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS)},"
    " absent_since = NULL RETURNING photo_id"
)


def _signed(fingerprint: int) -> int:
    """SQLite's integers are signed: the fingerprint keeps its bits, read as two's complement."""
    return fingerprint - 2**64 if fingerprint >= 2**63 else fingerprint


def store_faces(
    connection: sqlite3.Connection, photo_id: int, space: EmbeddingSpace, faces: Sequence[FaceRecord]
) -> None:
    """Replace what a face model found in a photo; an empty list is a result, too."""
    connection.execute("DELETE FROM faces WHERE photo_id = ? AND space_id = ?", (photo_id, space.space_id))
    for number, face in enumerate(faces, start=1):
        face_id = connection.execute(
            "INSERT INTO faces (photo_id, space_id, number, x, y, w, h, landmarks, score, quality)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                photo_id, space.space_id, number, *map(float, face.box),
                face.landmarks.astype("<f4").tobytes(), float(face.score), float(face.quality),
            ),
        ).lastrowid  # fmt: skip
        connection.execute(
            "INSERT INTO face_vectors VALUES (?, ?, ?)", (face_id, space.space_id, pack(space, face.embedding))
        )
    _mark_analysed(connection, photo_id, space)


def store_scene(
    connection: sqlite3.Connection, photo_id: int, space: EmbeddingSpace, vector: NDArray[np.float32]
) -> None:
    """Replace the scene embedding of a photo in one space."""
    # delete and insert, not update: a new vector gets a new id, which the FAISS caches go by
    connection.execute("DELETE FROM scene_vectors WHERE photo_id = ? AND space_id = ?", (photo_id, space.space_id))
    connection.execute(
        "INSERT INTO scene_vectors (photo_id, space_id, vector) VALUES (?, ?, ?)",
        (photo_id, space.space_id, pack(space, vector)),
    )
    _mark_analysed(connection, photo_id, space)


def _mark_analysed(connection: sqlite3.Connection, photo_id: int, space: EmbeddingSpace) -> None:
    connection.execute("INSERT OR REPLACE INTO analyses VALUES (?, ?, ?)", (photo_id, space.space_id, time.time()))


def copy_photo(connection: sqlite3.Connection, source_id: int, record: PhotoRecord) -> int:
    """Store a photo whose content the library knows, with all that was found in that content. No model runs."""
    photo_id = store_photo(connection, record)
    if photo_id == source_id:
        return photo_id
    for table in ("faces", "scene_vectors", "analyses"):
        connection.execute(f"DELETE FROM {table} WHERE photo_id = ?", (photo_id,))  # noqa: S608
    for table, columns in (
        ("faces", "space_id, number, x, y, w, h, landmarks, score, quality"),
        ("scene_vectors", "space_id, vector"),
        ("analyses", "space_id, analysed_at"),
    ):
        connection.execute(
            f"INSERT INTO {table} (photo_id, {columns}) SELECT ?, {columns} FROM {table} WHERE photo_id = ?",  # noqa: S608
            (photo_id, source_id),
        )
    connection.execute(
        "INSERT INTO face_vectors SELECT copy.face_id, vectors.space_id, vectors.vector FROM faces AS copy"
        " JOIN faces AS source ON source.space_id = copy.space_id AND source.number = copy.number"
        " JOIN face_vectors AS vectors ON vectors.face_id = source.face_id"
        " WHERE copy.photo_id = ? AND source.photo_id = ?",
        (photo_id, source_id),
    )
    return photo_id


def record_of(library: Library, photo_id: int) -> PhotoRecord:
    """Return the stored record of one photo."""
    columns = ", ".join(PhotoRecord.__dataclass_fields__)
    row = library.rows(f"SELECT {columns} FROM photos WHERE photo_id = ?", (photo_id,))[0]  # noqa: S608
    return PhotoRecord(**{**dict(row), "fingerprint": row["fingerprint"] % 2**64})


def move_photo(
    connection: sqlite3.Connection, photo_id: int, root_id: int, path: bytes, size: int, mtime_ns: int
) -> None:
    """Give a photo its new path, or note that its file was touched; a file that had gone is present again.

    A photo that was at that path has been overwritten, and goes.
    """
    connection.execute("DELETE FROM photos WHERE path = ? AND photo_id != ?", (path, photo_id))
    connection.execute(
        "UPDATE photos SET root_id = ?, path = ?, size = ?, mtime_ns = ?, absent_since = NULL WHERE photo_id = ?",
        (root_id, path, size, mtime_ns, photo_id),
    )


def mark_present(connection: sqlite3.Connection, photo_ids: Sequence[int]) -> None:
    """Note that files are there again, as they were."""
    connection.executemany(
        "UPDATE photos SET absent_since = NULL WHERE photo_id = ?", [(photo_id,) for photo_id in photo_ids]
    )


def mark_absent(connection: sqlite3.Connection, photo_ids: Sequence[int]) -> None:
    """Note that files are gone. Their rows stay, and come back whole when the files do."""
    now = time.time()
    connection.executemany(
        "UPDATE photos SET absent_since = ? WHERE photo_id = ? AND absent_since IS NULL",
        [(now, photo_id) for photo_id in photo_ids],
    )


def list_photos(library: Library, space: EmbeddingSpace | None, absent: bool) -> list[sqlite3.Row]:
    """Return present photos, or the absent ones, in the order of their paths, with their number of faces."""
    return library.rows(
        "SELECT photo_id, path, (SELECT COUNT(*) FROM faces WHERE faces.photo_id = photos.photo_id AND space_id = ?)"
        " AS faces, width, height, taken_at, absent_since IS NOT NULL AS absent FROM photos"
        " WHERE absent = ? ORDER BY path",
        (space.space_id if space else None, absent),
    )


def count_photos(library: Library) -> int:
    """Photos that are indexed and present."""
    return int(library.value("SELECT COUNT(*) FROM photos WHERE absent_since IS NULL"))


def count_faces(library: Library, path: bytes, space: EmbeddingSpace) -> int:
    """Return the number of faces found in the photo at a path."""
    sql = "SELECT COUNT(*) FROM faces JOIN photos USING (photo_id) WHERE path = ? AND space_id = ?"
    return int(library.value(sql, (path, space.space_id)))


def faces_of_file(
    library: Library, path: bytes, size: int, mtime_ns: int, space: EmbeddingSpace
) -> list[sqlite3.Row] | None:
    """Return the faces of a present photo, by number, with the name of each one's person where there is one.

    Returns:
        Rows of number, face_id, x, y, w, h, score, quality, person_id, person; None when that very file is not indexed.
    """
    photo_id = library.value(
        "SELECT photo_id FROM photos JOIN analyses USING (photo_id) WHERE path = ? AND size = ? AND mtime_ns = ?"
        " AND absent_since IS NULL AND space_id = ?",
        (path, size, mtime_ns, space.space_id),
    )
    if photo_id is None:
        return None
    return library.rows(
        "SELECT number, face_id, x, y, w, h, score, quality, person_id, people.name AS person"
        " FROM faces LEFT JOIN current_people USING (face_id) LEFT JOIN people USING (person_id)"
        " WHERE faces.photo_id = ? AND space_id = ? ORDER BY number",
        (photo_id, space.space_id),
    )
