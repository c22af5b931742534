"""The parts of a query that SQLite answers: dates and folders of present photos."""

import functools
import os
import sqlite3
import unicodedata
from typing import Any

from dofisac_tui.search.query import Query


def where_clause(query: Query) -> tuple[str, list[Any]]:
    """Return a condition on the table `photos`, and its parameters. Needs `add_functions`.

    Dates are compared as text, which ISO 8601 allows for; a photo without a date fits no date.
    """
    conditions, parameters = ["photos.absent_since IS NULL"], list[Any]()
    if query.after:
        conditions.append("photos.taken_at >= ?")
        parameters.append(query.after)
    if query.before:
        conditions.append("photos.taken_at < ?")
        parameters.append(query.before)
    for folder in query.folders:
        conditions.append("in_folder(photos.path, ?)")
        parameters.append(_folded(folder))
    return " AND ".join(conditions), parameters


def add_functions(connection: sqlite3.Connection) -> None:
    """Add the SQL functions that `where_clause` uses to a connection."""
    connection.create_function("in_folder", 2, _in_folder, deterministic=True)


def _in_folder(path: bytes, wanted: bytes) -> bool:
    return wanted in _folded_folder(os.path.dirname(path))


@functools.lru_cache(maxsize=1024)
def _folded_folder(folder: bytes) -> bytes:
    return _folded(os.fsdecode(folder) + "/")


def _folded(text: str) -> bytes:
    """Return text without case, and with accents in one form: some systems store them as separate signs."""
    return unicodedata.normalize("NFC", text.casefold()).encode("utf-8", "surrogatepass")
