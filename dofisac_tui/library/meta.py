"""Small facts about the library itself, by key."""

import sqlite3

from dofisac_tui.library.database import Library

LIBRARY_ID = "library_id"
PACK = "pack"
FACE_SPACE = "face_space"
SCENE_SPACE = "scene_space"
LAST_CLUSTER_ID = "last_cluster_id"


def get(library: Library, key: str) -> str | None:
    """Return the value of `key`, or None."""
    value = library.value("SELECT value FROM meta WHERE key = ?", (key,))
    return None if value is None else str(value)


def put(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Set `key`, inside a write transaction."""
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
    )
