"""Record files that could not be indexed, and schedule their next tries."""

import random
import sqlite3
import time
from dataclasses import dataclass

from dofisac_tui.library.database import Library

FAILURE_CLASSES = ("unreadable", "unsupported", "too large", "decoder crashed", "timed out", "engine failed")
MOST_ATTEMPTS = 5
_FIRST_WAIT = 600.0
_FACTOR = 5.0
_LONGEST_WAIT = 1.1 * _FIRST_WAIT * _FACTOR ** (MOST_ATTEMPTS - 2)


@dataclass(frozen=True)
class Failure:
    """One file that could not be indexed.

    Attributes:
        stage: `scan`, `read` or `models`.
        failure_class: One of FAILURE_CLASSES.
        message: One plain sentence.
        attempts: Number of tries.
        first_try, last_try: Unix times.
        next_try: Unix time; None when it is not tried until the file changes or a retry is asked for.
        size, mtime_ns: Of the file when it failed; None where it could not be asked.
    """

    path: bytes
    root_id: int
    stage: str
    failure_class: str
    message: str
    attempts: int
    first_try: float
    last_try: float
    next_try: float | None
    size: int | None
    mtime_ns: int | None


_SELECT = (
    "SELECT path, root_id, stage, class AS failure_class, message, attempts, first_try, last_try, next_try,"
    " size, mtime_ns FROM failures"
)


def all_failures(library: Library, failure_class: str | None = None) -> list[Failure]:
    """Return failures in the order of their paths, of one class or of all."""
    rows = library.rows(f"{_SELECT} WHERE ? IN (class, '') ORDER BY path", (failure_class or "",))
    return [Failure(**row) for row in rows]


def failures_of_root(library: Library, root_id: int) -> dict[bytes, Failure]:
    """Return the failures under one root, by path."""
    return {row["path"]: Failure(**row) for row in library.rows(f"{_SELECT} WHERE root_id = ?", (root_id,))}


def record_failure(
    connection: sqlite3.Connection,
    path: bytes,
    root_id: int,
    stage: str,
    failure_class: str,
    message: str,
    stat: tuple[int, int] | None,
) -> None:
    """Add a failed try, inside a write transaction. The count starts again when the file has changed.

    Args:
        stat: Size and mtime_ns of the file, where known.
    """
    size, mtime_ns = stat or (None, None)
    now = time.time()
    before = connection.execute("SELECT attempts, size, mtime_ns FROM failures WHERE path = ?", (path,)).fetchone()
    unchanged = before and (before["size"], before["mtime_ns"]) == (size, mtime_ns)
    attempts = before["attempts"] + 1 if unchanged else 1
    connection.execute(
        "INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET"
        " root_id = excluded.root_id, stage = excluded.stage, class = excluded.class, message = excluded.message,"
        " attempts = excluded.attempts, last_try = excluded.last_try, next_try = excluded.next_try,"
        " size = excluded.size, mtime_ns = excluded.mtime_ns",
        (path, root_id, stage, failure_class, message, attempts, now, now, next_try(attempts, now), size, mtime_ns),
    )


def is_due(failure: Failure, now: float) -> bool:
    """Return True if the time of a failure's next try has come.

    A time further off than the schedule ever waits means that the clock was set back, and has come, too.
    """
    return failure.next_try is not None and not now < failure.next_try <= now + _LONGEST_WAIT


def due_paths(library: Library, now: float) -> list[bytes]:
    """Return the paths of the failures that are due under roots that can be found."""
    rows = library.rows(
        "SELECT failures.path FROM failures JOIN roots USING (root_id)"
        " WHERE missing_since IS NULL AND (next_try <= ? OR next_try > ?)",
        (now, now + _LONGEST_WAIT),
    )
    return [row[0] for row in rows]


def count_due(library: Library, now: float) -> int:
    """Return the number of failures that are due."""
    return int(
        library.value("SELECT COUNT(*) FROM failures WHERE next_try <= ? OR next_try > ?", (now, now + _LONGEST_WAIT))
    )


def make_due(library: Library, failure_class: str | None = None, path: bytes | None = None) -> int:
    """Make the failures of one class, of one file, or all of them, due now, and return their number.

    Quarantined ones become due, too. A running daemon notices and tries them.
    """
    with library.write() as connection:
        return connection.execute(
            "UPDATE failures SET next_try = ? WHERE ? IN (class, '') AND ? IN (path, x'')",
            (time.time(), failure_class or "", path or b""),
        ).rowcount


def next_try(attempts: int, now: float) -> float | None:
    """Return the time of the next try after so many failed ones; None (quarantined) after the fifth.

    The first is in 10 minutes, each later one after five times as long (21 hours after the fourth), with a tenth of
    jitter so that a thousand files do not come due at once.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    wait = _FIRST_WAIT * _FACTOR ** (attempts - 1)
    return now + wait * random.uniform(0.9, 1.1)  # noqa: S311


def clear_failure(connection: sqlite3.Connection, path: bytes) -> None:
    """Forget a failure: the file was indexed, or is gone."""
    connection.execute("DELETE FROM failures WHERE path = ?", (path,))
