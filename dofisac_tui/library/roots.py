"""The folders of photos that a library reads. None lies inside another."""

import contextlib
import os
import sqlite3
import time
from dataclasses import dataclass

from dofisac_tui.display import display_text
from dofisac_tui.errors import LibraryError
from dofisac_tui.library.database import Library
from dofisac_tui.library.lock import indexing_lock


@dataclass(frozen=True)
class Root:
    """A folder of the user's photos. It is only ever read.

    Attributes:
        path: Absolute path, bytes.
        device: Device number the folder had when it was last read with photos in it; None before.
        scanned_at: Unix time of the last complete scan; None before.
        missing_since: Unix time since which the folder cannot be found; None while it can.
    """

    root_id: int
    path: bytes
    device: int | None
    scanned_at: float | None
    missing_since: float | None


def all_roots(library: Library) -> list[Root]:
    """Return the roots in the order they were added."""
    rows = library.rows("SELECT root_id, path, device, scanned_at, missing_since FROM roots ORDER BY root_id")
    return [Root(**row) for row in rows]


def add_root(library: Library, folder: bytes) -> Root:
    """Add a folder, and return the root that reads it from now on.

    A folder inside a root is read with that root already. Roots inside the folder become part of the new root, with
    all that was indexed under them; that takes the indexing lock, which the caller must not hold.

    Raises:
        LibraryError: it is not a folder, or it lies in the library itself.
        LibraryBusyError: roots would become part of it while another process indexes.
    """
    path = os.path.realpath(folder)
    if not folder or not os.path.isdir(path):
        raise LibraryError(f"{display_text(folder)} is not a folder", "Name a folder of photos.")
    if _within(path, os.path.realpath(os.fsencode(library.folder))):
        raise LibraryError(f"{display_text(path)} belongs to the library itself", "Name a folder of photos.")
    widens = any(_within(root.path, path) and root.path != path for root in all_roots(library))
    with (
        indexing_lock(library.folder, "roots add") if widens else contextlib.nullcontext(),
        library.write(durable=True) as connection,
    ):
        return _insert_root(library, connection, path)


def _insert_root(library: Library, connection: sqlite3.Connection, path: bytes) -> Root:
    before = all_roots(library)
    for root in before:
        if _within(path, root.path):
            return root
    connection.execute("INSERT INTO roots (path, added_at) VALUES (?, ?)", (path, time.time()))
    added = all_roots(library)[-1]
    for root in before:
        if _within(root.path, path):
            for table in ("photos", "failures"):
                connection.execute(
                    f"UPDATE {table} SET root_id = ? WHERE root_id = ?",  # noqa: S608
                    (added.root_id, root.root_id),
                )
            connection.execute("DELETE FROM roots WHERE root_id = ?", (root.root_id,))
    return added


def remove_root(library: Library, folder: bytes) -> int:
    """Stop reading a folder and forget what was indexed under it; votes and names stay in the ledger.

    Returns:
        The number of photos forgotten.

    Raises:
        LibraryError: the library does not read that folder.
    """
    wanted = {os.path.realpath(folder), os.path.abspath(folder)}
    root = next((root for root in all_roots(library) if root.path in wanted), None)
    if root is None:
        known = ", ".join(display_text(each.path) for each in all_roots(library)) or "none"
        raise LibraryError(f"The library does not read {display_text(folder)}", f"It reads: {known}.")
    with library.write(durable=True) as connection:
        # photos first: their faces and vectors go with them, and a trigger logs them for the FAISS caches
        removed = connection.execute("DELETE FROM photos WHERE root_id = ?", (root.root_id,)).rowcount
        connection.execute("DELETE FROM failures WHERE root_id = ?", (root.root_id,))
        connection.execute("DELETE FROM roots WHERE root_id = ?", (root.root_id,))
    return removed


def mark_scanned(connection: sqlite3.Connection, root: Root, device: int) -> None:
    """Note a complete scan, inside a write transaction."""
    connection.execute(
        "UPDATE roots SET scanned_at = ?, device = ?, missing_since = NULL WHERE root_id = ?",
        (time.time(), device, root.root_id),
    )


def mark_missing(library: Library, root: Root) -> None:
    """Note that the whole folder cannot be found; its photos stay as they are."""
    if root.missing_since is None:
        with library.write() as connection:
            connection.execute("UPDATE roots SET missing_since = ? WHERE root_id = ?", (time.time(), root.root_id))


def _within(path: bytes, folder: bytes) -> bool:
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")
