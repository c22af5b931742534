"""The faces of a library as plain arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.engines.protocols import Vectors
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import Space

_PAGE = 4096  # read at once, so that no read transaction lasts


@dataclass(frozen=True)
class Faces:
    """All faces of one space in the order of their ids, absent photos' too, so that nobody is forgotten while a disk
    is away.

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
        """Some of them."""
        return Faces(self.ids[keep], self.photos[keep], self.quality[keep], self.vectors[keep])


def read_faces(library: Library, space: Space, after: int = 0) -> Faces:
    """Every face of a space with an id above `after`."""
    pages = [np.empty((0, 3))]
    vectors = [np.empty((0, space.dimensions), np.float32)]
    while True:
        rows = library.rows(
            "SELECT face_id, photo_id, quality, vector FROM faces JOIN face_vectors USING (face_id)"
            " WHERE face_id > ? AND faces.space_id = ? ORDER BY face_id LIMIT ?",
            (after, space.space_id, _PAGE),
        )
        if rows:
            pages.append(np.array([tuple(row)[:3] for row in rows], np.float64))
            vectors.append(space.unpack([row["vector"] for row in rows]))
            after = rows[-1]["face_id"]
        if len(rows) < _PAGE:
            break
    table = np.concatenate(pages)
    return Faces(
        table[:, 0].astype(np.int64),
        table[:, 1].astype(np.int64),
        table[:, 2].astype(np.float32),
        np.concatenate(vectors),
    )
