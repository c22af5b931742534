"""The embedding spaces of a library: which models made its vectors, and which two of them are searched."""

import dataclasses
import time

from dofisac_tui.cache_file import Identity
from dofisac_tui.embedding import EmbeddingSpace, Kind
from dofisac_tui.library import meta
from dofisac_tui.library.database import Library

_SEARCHED = {"face": meta.FACE_SPACE, "scene": meta.SCENE_SPACE}
_COLUMNS = "name, kind, dimensions, metric, space_id"


def ensure_space(library: Library, space: EmbeddingSpace) -> EmbeddingSpace:
    """Return a space as the library has it, stored when it is new. The first of its kind becomes the searched one."""
    with library.write() as connection:
        if known := find_space(library, space.name):
            return known
        space_id = connection.execute(
            "INSERT INTO spaces (name, kind, dimensions, metric, created_at) VALUES (?, ?, ?, ?, ?) RETURNING space_id",
            (space.name, space.kind, space.dimensions, space.metric, time.time()),
        ).fetchone()[0]
        connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (_SEARCHED[space.kind], space.name))
    return dataclasses.replace(space, space_id=space_id)


def find_space(library: Library, name: str) -> EmbeddingSpace | None:
    """Return the space of that name, or None."""
    rows = library.rows(f"SELECT {_COLUMNS} FROM spaces WHERE name = ?", (name,))  # noqa: S608
    return EmbeddingSpace(**rows[0]) if rows else None


def spaces_of_kind(library: Library, kind: Kind) -> list[EmbeddingSpace]:
    """Return all spaces of a kind, the oldest first."""
    rows = library.rows(f"SELECT {_COLUMNS} FROM spaces WHERE kind = ? ORDER BY space_id", (kind,))  # noqa: S608
    return [EmbeddingSpace(**row) for row in rows]


def searched_space(library: Library, kind: Kind) -> EmbeddingSpace | None:
    """Return the space that searches use; None before anything was indexed."""
    name = meta.get(library, _SEARCHED[kind])
    return find_space(library, name) if name else None


def search_in(library: Library, space: EmbeddingSpace) -> None:
    """Make `space` the one that searches of its kind use."""
    with library.write(durable=True) as connection:
        meta.put(connection, _SEARCHED[space.kind], space.name)


def cache_identity(library: Library, space: EmbeddingSpace, version: int = 1) -> Identity:
    """Return what a cache file of the vectors of a space is marked with.

    Args:
        version: Of the format of the file.
    """
    owner = str(meta.get(library, meta.LIBRARY_ID))
    return Identity(owner, space.name, space.dimensions, space.metric, version)
