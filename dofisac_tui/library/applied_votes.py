"""Apply decisions on single faces to the current people run at once."""

import sqlite3
from collections.abc import Sequence

from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.face_keys import FaceKey, locate
from dofisac_tui.library.ledger import Vote

_CURRENT_RUN = "(SELECT run_id FROM cluster_runs WHERE kind = 'people' AND state = 'current')"


def apply_to_current(library: Library, connection: sqlite3.Connection, vote: Vote, holds: bool) -> None:
    """Carry out in the current run what a decision says of single faces, or take it back, inside a write transaction.

    Only what a person sees at once; every later run is made from the ledger.
    """
    about = vote.about
    if vote.kind == "split":
        home, target = about["person"], about["into"]
        _move(library, connection, about["faces"], *((home, target) if holds else (target, home)))
    elif vote.kind == "remove" and not holds:
        _place(library, connection, [vote.face_a], about["person"])
    elif vote.kind == "remove" or (vote.kind == "face" and vote.answer == "no" and holds):
        _take_out(library, connection, [vote.face_a])


def _move(library: Library, connection: sqlite3.Connection, keys: Sequence[FaceKey], source: int, target: int) -> None:
    """Move those faces that are of `source`, or of no person, to `target`."""
    members = _located(library, keys)
    here = {face_id for face_id, _ in members if _person_of(library, face_id) in (None, source)}
    _take_out(library, connection, keys, here)
    _place(library, connection, keys, target, here)


def _take_out(
    library: Library, connection: sqlite3.Connection, keys: Sequence[FaceKey], only: set[int] | None = None
) -> None:
    gone = [(face_id,) for face_id, _ in _located(library, keys) if only is None or face_id in only]
    connection.executemany(f"DELETE FROM cluster_members WHERE run_id = {_CURRENT_RUN} AND face_id = ?", gone)  # noqa: S608


def _place(
    library: Library,
    connection: sqlite3.Connection,
    keys: Sequence[FaceKey],
    person_id: int,
    only: set[int] | None = None,
) -> None:
    run_id = library.value(_CURRENT_RUN.strip("()"))
    free = [each for each in _located(library, keys) if only is None or each[0] in only]
    free = [each for each in free if _person_of(library, each[0]) is None]
    if run_id is not None and free:
        connection.execute(
            "INSERT OR IGNORE INTO clusters (run_id, cluster_id, person_id) VALUES (?, ?, ?)",
            (run_id, person_id, person_id),
        )
        connection.executemany(
            "INSERT INTO cluster_members (run_id, cluster_id, photo_id, face_id) VALUES (?, ?, ?, ?)",
            [(run_id, person_id, photo_id, face_id) for face_id, photo_id in free],
        )


def _located(library: Library, keys: Sequence[FaceKey]) -> list[tuple[int, int]]:
    space = searched_space(library, "face")
    found = locate(library, space, keys) if space else {}
    return [(face.face_id, face.photo_id) for faces in found.values() for face in faces]


def _person_of(library: Library, face_id: int) -> int | None:
    found = library.value("SELECT person_id FROM current_people WHERE face_id = ?", (face_id,))
    return None if found is None else int(found)
