"""Open the library's SQLite file, and read and write it."""

import contextlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from dofisac_tui.config import DEFAULT_PACK
from dofisac_tui.display import display_text
from dofisac_tui.errors import LibraryError
from dofisac_tui.files import PRIVATE_FILE, locked, make_private_folder, replacing

FILE_NAME = "library.db"
PAGE_SIZE = 16384  # a 2 KiB vector leaves room for one row on a 4 KiB page
BUSY_SECONDS = 5.0

MIGRATION_SET = "dofisac"

# their names stand here so that opening a library that is up to date imports no tool for changing it
MIGRATIONS = (
    "create_library",
    "create_photos",
    "create_vectors",
    "create_failures",
    "create_people_and_runs",
    "create_votes",
    "create_heartbeat",
    "show_current_people",
    "keep_every_run",
    "create_retrainings",
    "order_votes_by_time",
    "find_votes_by_content",
    "forget_members_with_their_photos",
    "name_kinds_plainly",
    "show_standing_votes",
)


class Library:
    """An open library. Make one with `open_library` or `create_library`; it is a context manager.

    One connection, for the thread that opened it. Reads see the last commit; writes go through `write`.

    Attributes:
        folder: The library's folder.
        connection: SQLite connection in autocommit mode, rows as `sqlite3.Row`.
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self.connection = connection

    def __enter__(self) -> "Library":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; what was not committed is rolled back."""
        self.connection.close()

    def rows(self, sql: str, parameters: Any = ()) -> list[sqlite3.Row]:
        """Return all rows of a query; no read transaction stays open behind it.

        Raises:
            LibraryError: the file is damaged or cannot be read.
        """
        with _plain_errors(self.folder):
            return self.connection.execute(sql, parameters).fetchall()

    def value(self, sql: str, parameters: Any = ()) -> Any:
        """Return the first column of the first row, or None."""
        found = self.rows(sql, parameters)
        return found[0][0] if found else None

    def pages(self, sql: str, key: str, after: Any, size: int = 1000, **parameters: Any) -> Iterator[list[sqlite3.Row]]:
        """Give the rows of a query some at a time, so that no read transaction lasts and keeps the WAL file growing.

        Args:
            sql: In the order of `key`, from `:after` on, and at most `:size` rows.
            key: A column that is another in each row.
        """
        while rows := self.rows(sql, {**parameters, "after": after, "size": size}):
            yield rows
            after = rows[-1][key]

    @contextlib.contextmanager
    def write(self, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Run the block in one short write transaction: committed at its end, rolled back on an error.

        It begins as IMMEDIATE, since a read transaction that is upgraded to a write fails at once, without waiting,
        when another process has written in between. A block inside another one is part of it.

        Args:
            durable: Wait until the disk holds it: for decisions of a person, which cannot be computed again.

        Raises:
            LibraryError: the disk is full, the file is damaged or read-only, or it stayed locked for 5 s.
            sqlite3.IntegrityError: a row breaks a rule of the schema.
        """
        connection = self.connection
        is_part = connection.in_transaction
        if is_part:
            yield connection
            return
        with _plain_errors(self.folder):
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise


def open_library(folder: Path, read_only: bool = False) -> Library:
    """Open a library that exists, bringing its schema up to date.

    Args:
        folder: The library's folder.
        read_only: Open without the right to write: for commands that only look.

    Raises:
        LibraryError: there is no library there, it is damaged, from a newer version, or not readable.
    """
    with _opening(folder):
        if not _exists(folder):
            raise LibraryError(
                f"There is no library in {display_text(str(folder))}", "Make one with: dofisac-tui index FOLDER"
            )
        library = Library(folder, _connect(folder / FILE_NAME, read_only))
        try:
            if _is_outdated(library):
                _bring_up_to_date(folder)
        except BaseException:
            library.close()
            raise
    return library


def create_library(folder: Path) -> Library:
    """Open the library in `folder`, making it first where there is none.

    Raises:
        LibraryError: as `open_library`, or the folder cannot be made or written.
    """
    with _opening(folder):
        make_private_folder(folder)
        if not _exists(folder):
            _make_file(folder / FILE_NAME)
    return open_library(folder)


def _exists(folder: Path) -> bool:
    try:
        os.stat(
            folder / FILE_NAME
        )  # unlike Path.exists, it distinguishes a missing file from a folder that we may not enter
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _make_file(path: Path) -> None:
    """Build the new file in another folder, so that no half-made library is ever found under the real name."""
    from sqlite_utils import Database

    from dofisac_tui.library import migrations

    with tempfile.TemporaryDirectory(prefix=".new-", dir=path.parent) as folder:
        building = Path(folder, FILE_NAME)
        building.touch(PRIVATE_FILE)
        with contextlib.closing(_connect(building)) as connection:
            connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
            # no WAL file yet: what is in one when the disk is full would be lost without a word
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("PRAGMA foreign_keys = OFF")
            migrations.migrations.apply(Database(connection, execute_plugins=False))
            connection.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                [
                    ("library_id", os.urandom(16).hex()),
                    ("created_at", repr(time.time())),
                    ("pack", DEFAULT_PACK),
                ],
            )
            connection.execute("PRAGMA journal_mode = WAL")  # kept in the file
        with locked(path.parent):
            if not path.exists():  # else another process was faster, and its library is as good
                building.rename(path)


def _connect(path: Path, read_only: bool = False) -> sqlite3.Connection:
    mode = "rw"
    if read_only:
        # a WAL file needs a shared-memory file beside it, which a read-only disk cannot have
        frozen = not os.access(path.parent, os.W_OK) and not path.with_name(f"{FILE_NAME}-wal").exists()
        mode = "ro&immutable=1" if frozen else "ro"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _is_outdated(library: Library) -> bool:
    """Return True if the schema lacks a migration; refuse a file that is not ours or newer than this program."""
    applied = _applied_migrations(library)
    place = display_text(str(library.folder))
    if not applied:
        raise LibraryError(
            f"The file {FILE_NAME} in {place} is not a library of this program",
            "Choose another folder with --library DIR.",
        )
    if applied - set(MIGRATIONS):
        raise LibraryError(
            f"The library in {place} was made by a newer version of dofisac-tui",
            "Update dofisac-tui, or choose another folder with --library DIR. Nothing was changed.",
        )
    return applied != set(MIGRATIONS)


def _bring_up_to_date(folder: Path) -> None:
    """Migrate the schema, on a connection that may write, while every other process that wants to do so waits."""
    from sqlite_utils import Database

    from dofisac_tui.library import migrations

    with locked(folder), contextlib.closing(_connect(folder / FILE_NAME)) as connection:
        database = Database(connection, execute_plugins=False)
        if migrations.migrations.pending(database):
            _back_up(folder, connection)
            connection.execute("PRAGMA foreign_keys = OFF")  # a migration may have to drop a table and make it again
            migrations.migrations.apply(database)


def _applied_migrations(library: Library) -> set[str]:
    """Return the names in the table of sqlite-utils; none where there is no such table."""
    if not library.value("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"):
        return set()
    rows = library.rows("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (MIGRATION_SET,))
    return {row["name"] for row in rows}


def back_up(library: Library, target: Path) -> None:
    """Copy the whole database to a file, which appears only when it is whole; others may write meanwhile.

    Raises:
        LibraryError: the library cannot be read, or the disk is full.
        OSError: the folder of the copy cannot be written.
    """
    with _plain_errors(library.folder):
        _copy(library.connection, target)


def _back_up(folder: Path, connection: sqlite3.Connection) -> None:
    """Make a copy beside the library before its schema changes."""
    _copy(connection, folder / f"library-before-migration-{time.strftime('%Y%m%d-%H%M%S')}.db")


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    with replacing(target) as building, contextlib.closing(sqlite3.connect(building)) as copy:
        connection.backup(copy)


@contextlib.contextmanager
def _opening(folder: Path) -> Iterator[None]:
    """Turn SQLite's and the file system's errors into sentences."""
    try:
        with _plain_errors(folder):
            yield
    except OSError as error:
        raise _closed_to_us(display_text(str(folder)), error.strerror or str(error)) from error


@contextlib.contextmanager
def _plain_errors(folder: Path) -> Iterator[None]:
    """Turn SQLite's errors into sentences; leave those that only an error in this program can cause as they are."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except sqlite3.DatabaseError as error:
        raise _plain(error, display_text(str(folder))) from error


def _plain(error: sqlite3.DatabaseError, place: str) -> LibraryError:
    reason = display_text(str(error))
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:  # the low byte is the primary code
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            return LibraryError(
                f"The disk that holds {place} is full or failing: {reason}",
                "Free some space and run the command again; everything up to here is kept.",
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LibraryError(
                f"Another process kept the library in {place} locked for more than {BUSY_SECONDS:g} s",
                "Try again in a moment.",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN:
            return _closed_to_us(place, reason)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return LibraryError(f"The library in {place} is damaged: {reason}", _FIX)
    return LibraryError(f"The library in {place} cannot be used: {reason}", _FIX)


_FIX = "Put back a backup of library.db, or choose another folder with --library DIR and index again."


def _closed_to_us(place: str, reason: str) -> LibraryError:
    return LibraryError(
        f"The library in {place} cannot be opened or written: {display_text(reason)}",
        "Make the folder and what is in it readable and writable, or choose another with --library DIR.",
    )
