"""The faces of a library as plain arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.geometry import Vectors
from dofisac_tui.library.database import Library
from dofisac_tui.library.vectors import face_vectors


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
