"""Embedding spaces: which models made the library's vectors, and which two are searched."""

import time
from typing import TYPE_CHECKING, Literal, NamedTuple

from dofisac_tui.library import meta
from dofisac_tui.library.database import Library

if TYPE_CHECKING:  # screens and commands that read no vector start without it
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["face", "scene"]
_SEARCHED = {"face": meta.FACE_SPACE, "scene": meta.SCENE_SPACE}
_STORED_AS = {"face": "<f4", "scene": "<f2"}  # scenes are long, and half precision keeps recall@10 at 1.000


class Space(NamedTuple):
    """One model's vectors, as the library knows it."""

    space_id: int
    name: str
    kind: Kind
    dimensions: int
    metric: str

    def pack(self, vector: "NDArray[np.float32]") -> bytes:
        """The bytes that are stored for a vector."""
        return vector.astype(_STORED_AS[self.kind]).tobytes()

    def unpack(self, blobs: list[bytes]) -> "NDArray[np.float32]":
        """Stored vectors, (n, dimensions)."""
        import numpy as np

        flat = np.frombuffer(b"".join(blobs), dtype=_STORED_AS[self.kind])
        return flat.reshape(-1, self.dimensions).astype(np.float32)


def ensure_space(library: Library, name: str, kind: Kind, dimensions: int, metric: str) -> Space:
    """The row of a space, made when it is new. The first of its kind becomes the one that is searched."""
    with library.write() as connection:
        if known := find_space(library, name):
            return known
        space_id = connection.execute(
            "INSERT INTO spaces (name, kind, dimensions, metric, created_at) VALUES (?, ?, ?, ?, ?) RETURNING space_id",
            (name, kind, dimensions, metric, time.time()),
        ).fetchone()[0]
        connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (_SEARCHED[kind], name))
    return Space(space_id, name, kind, dimensions, metric)


def find_space(library: Library, name: str) -> Space | None:
    """The space of that name, or None."""
    rows = library.rows("SELECT space_id, name, kind, dimensions, metric FROM spaces WHERE name = ?", (name,))
    return Space(**rows[0]) if rows else None


def spaces_of_kind(library: Library, kind: Kind) -> list[Space]:
    """All spaces of a kind, the oldest first."""
    rows = library.rows("SELECT name FROM spaces WHERE kind = ? ORDER BY space_id", (kind,))
    return [space for row in rows if (space := find_space(library, row["name"]))]


def searched_space(library: Library, kind: Kind) -> Space | None:
    """The space that searches use; None before anything was indexed."""
    name = meta.get(library, _SEARCHED[kind])
    return find_space(library, name) if name else None


def search_in(library: Library, space: Space) -> None:
    """Make `space` the one that searches of its kind use."""
    with library.write(durable=True) as connection:
        meta.put(connection, _SEARCHED[space.kind], space.name)
