"""The stored vectors: the one place where they are packed, unpacked and read.

They are read a page at a time, so that no read transaction lasts.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.embedding import EmbeddingSpace, Kind
from dofisac_tui.geometry import Vectors
from dofisac_tui.library.database import Library

PAGE = 4096
"""Vectors read at once."""

NEWEST = 2**62
"""An id above all there are."""

Ids = NDArray[np.int64]

_STORED_AS = {"face": "<f4", "scene": "<f2"}  # scenes are long, and half precision keeps recall@10 at 1.000
_TABLES = {"face": ("face_vectors", "face_id"), "scene": ("scene_vectors", "vector_id")}


def pack(space: EmbeddingSpace, vector: NDArray[np.float32]) -> bytes:
    """Return the bytes that are stored for a vector."""
    return vector.astype(_STORED_AS[space.kind]).tobytes()


def unpack(space: EmbeddingSpace, blobs: Sequence[bytes]) -> Vectors:
    """Return stored vectors, (n, dimensions)."""
    flat = np.frombuffer(b"".join(blobs), dtype=_STORED_AS[space.kind])
    return flat.reshape(-1, space.dimensions).astype(np.float32)


def face_vectors(library: Library, space: EmbeddingSpace, face_ids: Sequence[int]) -> tuple[Ids, Vectors]:
    """Return the ids of those faces that have a vector in this space, in the order given, (n,), and the vectors."""
    return _read(library, space, "face_vectors", "face_id", face_ids)


def scene_vectors(library: Library, space: EmbeddingSpace, photo_ids: Sequence[int]) -> tuple[Ids, Vectors]:
    """Return the ids of those photos that have a vector in this space, in the order given, (n,), and the vectors."""
    return _read(library, space, "scene_vectors", "photo_id", photo_ids)


def vectors_by_id(library: Library, space: EmbeddingSpace, vector_ids: Sequence[int]) -> tuple[Ids, Vectors]:
    """As `face_vectors`, by the ids of `vector_pages`."""
    return _read(library, space, *_TABLES[space.kind], vector_ids)


def vector_pages(
    library: Library, space: EmbeddingSpace, after: int = 0, up_to: int = NEWEST, size: int = PAGE
) -> Iterator[tuple[Ids, Vectors]]:
    """Give all vectors of a space, in the order of their ids, which follow the order of commits.

    Args:
        after, up_to: The largest id that is left out, and the largest that is not.
        size: Of a page.

    Returns:
        Ids, (n,), of faces in a face space, and of the vectors themselves in a scene space; and the vectors.
    """
    table, key = _TABLES[space.kind]
    sql = (
        f"SELECT {key}, vector FROM {table} WHERE {key} > :after AND {key} <= :up_to AND space_id = :space_id"  # noqa: S608
        f" ORDER BY {key} LIMIT :size"
    )
    for rows in library.pages(sql, key, after, size, up_to=up_to, space_id=space.space_id):
        yield np.array([row[0] for row in rows], np.int64), unpack(space, [row[1] for row in rows])


def newest_id(library: Library, kind: Kind) -> int:
    """Return the largest id of `vector_pages` in all spaces of a kind; 0 where there is no vector."""
    table, key = _TABLES[kind]
    return int(library.value(f"SELECT IFNULL(MAX({key}), 0) FROM {table}"))  # noqa: S608


def _read(library: Library, space: EmbeddingSpace, table: str, key: str, wanted: Sequence[int]) -> tuple[Ids, Vectors]:
    ids, vectors = [np.empty(0, np.int64)], [np.empty((0, space.dimensions), np.float32)]
    for start in range(0, len(wanted), PAGE):
        rows = library.rows(  # CROSS keeps the order
            f"SELECT {key}, vector FROM json_each(?) AS wanted CROSS JOIN {table} ON {key} = wanted.value"  # noqa: S608
            " WHERE space_id = ?",
            (json.dumps(wanted[start : start + PAGE]), space.space_id),
        )
        ids.append(np.array([row[0] for row in rows], np.int64))
        vectors.append(unpack(space, [row[1] for row in rows]))
    return np.concatenate(ids), np.concatenate(vectors)


@dataclass(frozen=True)
class Faces:
    """Faces of one space in the order of their ids, also those of absent photos, which may be back tomorrow.

    Attributes:
        ids, photos: (n,) int64.
        quality: (n,) 0 to 1.
        vectors: (n, dimensions).
    """

    ids: NDArray[np.int64]
    photos: NDArray[np.int64]
    quality: NDArray[np.float32]
    vectors: Vectors

    def __len__(self) -> int:
        return len(self.ids)

    def where(self, keep: NDArray[np.bool_]) -> "Faces":
        """Return the faces for which `keep`, (n,), is true."""
        return Faces(self.ids[keep], self.photos[keep], self.quality[keep], self.vectors[keep])

    def positions(self, face_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the positions of faces, (m,), or of pairs, (m, 2), without ids and pairs that are not among these."""
        at = np.minimum(np.searchsorted(self.ids, face_ids), max(0, len(self) - 1))
        there = self.ids[at] == face_ids if len(self) else np.zeros(at.shape, bool)
        return np.asarray(at[there.all(axis=1) if at.ndim == 2 else there], np.int64)


def read_faces(library: Library, space: EmbeddingSpace) -> Faces:
    """Return every face of a space."""
    rows = library.rows(
        "SELECT face_id, photo_id, quality FROM faces WHERE space_id = ? ORDER BY face_id", (space.space_id,)
    )
    table = np.array([tuple(row) for row in rows], np.float64).reshape(-1, 3)
    ids, vectors = face_vectors(library, space, [row[0] for row in rows])
    table = table[np.isin(table[:, 0], ids)]  # a face may have been removed meanwhile
    return Faces(ids, table[:, 1].astype(np.int64), table[:, 2].astype(np.float32), vectors)
