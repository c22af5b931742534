"""Keep what was learned from votes: one row a retraining, and the curves of Match that it made.

For each embedding space at most one retraining is current. Where none is, the curve that ships with the space holds.
Curves are kept as JSON objects, which only the code that fits and applies them understands.
"""

import json
import sqlite3
import time
from dataclasses import dataclass
from typing import Any, Literal

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.library.database import Library

RetrainingState = Literal["current", "past", "no gain", "rolled back"]

EVERYBODY = 0
"""Stands in for a person's id: the curve for all persons without a curve of their own."""

Curve = dict[str, Any]


@dataclass(frozen=True)
class Retraining:
    """One retraining.

    Attributes:
        made_at: Unix time.
        ledger_end: The newest row of the ledger that it has read.
        state: `no gain` where it changed nothing.
        link_probability: Of a match, at the radius of people runs; None where that was left as it ships.
        report: Its findings and changes.
    """

    retraining_id: int
    made_at: float
    ledger_end: int
    state: RetrainingState
    link_probability: float | None
    report: dict[str, Any]


_SELECT = "SELECT retraining_id, made_at, ledger_end, state, link_probability, report FROM retrainings"


def current_retraining(library: Library, space: EmbeddingSpace) -> Retraining | None:
    """Return the retraining whose curves are in use; None where the shipped curve is."""
    return _one(library.rows(f"{_SELECT} WHERE space_id = ? AND state = 'current'", (space.space_id,)))


def newest_retraining(library: Library, space: EmbeddingSpace) -> Retraining | None:
    """Return the last retraining, whatever its state."""
    return _one(library.rows(f"{_SELECT} WHERE space_id = ? ORDER BY retraining_id DESC LIMIT 1", (space.space_id,)))


def all_retrainings(library: Library, space: EmbeddingSpace) -> list[Retraining]:
    """Return the whole history, newest first."""
    rows = library.rows(f"{_SELECT} WHERE space_id = ? ORDER BY retraining_id DESC", (space.space_id,))
    return [_read(row) for row in rows]


def current_curves(library: Library, space: EmbeddingSpace) -> dict[int, Curve]:
    """Return the curves in use, by person; none where nothing was learned."""
    rows = library.rows(
        "SELECT person_id, curve FROM match_curves JOIN retrainings USING (retraining_id)"
        " WHERE space_id = ? AND state = 'current'",
        (space.space_id,),
    )
    return {row["person_id"]: json.loads(row["curve"]) for row in rows}


def current_curve(library: Library, space: EmbeddingSpace, person: int = EVERYBODY) -> Curve | None:
    """Return the curve for a person, or else for all persons; None where nothing was learned."""
    text = library.value(
        "SELECT curve FROM match_curves JOIN retrainings USING (retraining_id)"
        " WHERE space_id = ? AND state = 'current' AND person_id IN (?, ?) ORDER BY person_id = ? LIMIT 1",
        (space.space_id, person, EVERYBODY, EVERYBODY),
    )
    return None if text is None else dict(json.loads(text))


def keep_retraining(
    library: Library,
    space: EmbeddingSpace,
    ledger_end: int,
    report: dict[str, Any],
    curves: dict[int, Curve] | None,
    link_probability: float | None = None,
) -> int:
    """Add a retraining to the history; with curves it becomes the current one.

    Args:
        curves: By person; that of all persons must be among them. None where nothing is better.

    Returns:
        Its id.
    """
    with library.write(durable=True) as connection:
        if curves is not None:
            connection.execute(
                "UPDATE retrainings SET state = 'past' WHERE space_id = ? AND state = 'current'", (space.space_id,)
            )
        made = connection.execute(
            "INSERT INTO retrainings (space_id, made_at, ledger_end, state, link_probability, report)"
            " VALUES (?, ?, ?, ?, ?, ?) RETURNING retraining_id",
            (
                space.space_id,
                time.time(),
                ledger_end,
                "no gain" if curves is None else "current",
                link_probability,
                json.dumps(report),
            ),
        ).fetchone()[0]
        connection.executemany(
            "INSERT INTO match_curves (retraining_id, person_id, curve) VALUES (?, ?, ?)",
            [(made, person, json.dumps(curve)) for person, curve in (curves or {}).items()],
        )
    return int(made)


def roll_back_retraining(library: Library, space: EmbeddingSpace) -> tuple[Retraining | None, Retraining | None]:
    """Let the retraining before the current one hold again, or the shipped curve where there is none.

    Returns:
        The one that was taken back, None where there was nothing to take back; and the one that holds now.
    """
    with library.write(durable=True) as connection:
        current = current_retraining(library, space)
        if current is None:
            return None, None
        _set_state(connection, current.retraining_id, "rolled back")
        before = _one(
            library.rows(
                f"{_SELECT} WHERE space_id = ? AND state = 'past' ORDER BY retraining_id DESC LIMIT 1",
                (space.space_id,),
            )
        )
        if before:
            _set_state(connection, before.retraining_id, "current")
    return current, before


def _set_state(connection: sqlite3.Connection, retraining_id: int, state: RetrainingState) -> None:
    connection.execute("UPDATE retrainings SET state = ? WHERE retraining_id = ?", (state, retraining_id))


def _one(rows: list[sqlite3.Row]) -> Retraining | None:
    return _read(rows[0]) if rows else None


def _read(row: sqlite3.Row) -> Retraining:
    return Retraining(**{**dict(row), "report": json.loads(row["report"])})
