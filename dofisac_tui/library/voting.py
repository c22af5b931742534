"""Cast votes other than on persons; each is on the disk when its function returns."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Literal

from dofisac_tui.errors import LibraryError, QueryError
from dofisac_tui.library.applied_votes import apply_to_current
from dofisac_tui.library.database import Library
from dofisac_tui.library.face_keys import keys_of_faces
from dofisac_tui.library.ledger import (
    Evidence,
    Vote,
    append,
    next_to_redo,
    next_to_undo,
    one_act,
    standing_votes,
    vote_of_id,
    votes_after,
)
from dofisac_tui.library.people import follow_ledger

YesNo = Literal["yes", "no"]
PhotoAnswer = Literal["same-picture", "same-moment", "unrelated"]
Excuse = Literal["mirror", "collage", "no"]

SAMPLED = 200
"""Members of a cluster that its score remembers; enough to know it again."""


def vote_match(
    library: Library, face_a: int, face_b: int, answer: YesNo, source: str, evidence: Evidence | None = None
) -> Vote:
    """Vote on whether two faces are the same person.

    Raises:
        QueryError: a face does not exist, or both are one.
    """
    keys = keys_of_faces(library, [face_a, face_b])
    if keys[face_a] == keys[face_b]:
        raise QueryError(f"Faces {face_a} and {face_b} are one and the same", "Name two faces.")
    with library.write(durable=True) as connection:
        return append(connection, source, "match", answer, keys[face_a], keys[face_b], evidence=evidence)


def vote_face(library: Library, face_id: int, answer: YesNo, source: str) -> Vote:
    """Vote on whether a found face is a face at all.

    Raises:
        QueryError: there is no such face.
    """
    key = keys_of_faces(library, [face_id])[face_id]
    with library.write(durable=True) as connection:
        vote = append(connection, source, "face", answer, key)
        apply_to_current(library, connection, vote, holds=True)
    return vote


def vote_cluster(library: Library, kind: str, cluster_id: int, score: int, source: str) -> Vote:
    """Score a current cluster, 1 (wrong) to 6 (perfect); 0 removes the score.

    The row remembers the contents, and for people the boxes, of up to SAMPLED members spread evenly.

    Raises:
        QueryError: there is no such cluster.
        ValueError: the score is not from 0 to 6.
    """
    if score not in range(7):
        raise ValueError(f"{score} is not a score")
    from dofisac_tui.library.runs import members_of_cluster  # imports numpy, which other decisions do without

    members = members_of_cluster(library, kind, cluster_id)
    if not members:
        raise QueryError(f"There is no cluster {cluster_id}", f"See them with: dofisac-tui clusters {kind}")
    sample = members[:: -(-len(members) // SAMPLED)]
    if kind == "people":
        keys: Sequence[object] = list(keys_of_faces(library, [face_id for _, face_id in sample if face_id]).values())
    else:
        keys = _contents(library, [photo_id for photo_id, _ in sample])
    subject = {"kind": kind, "size": len(members), "members": keys}
    with library.write(durable=True) as connection:
        return append(connection, source, "cluster", str(score), subject=subject)


def vote_photos(library: Library, photo_a: int, photo_b: int, answer: PhotoAnswer, source: str) -> Vote:
    """Vote on whether two photos are the same picture, of the same moment or unrelated.

    Raises:
        QueryError: a photo does not exist, or both have the same content.
    """
    (a,), (b,) = (_contents(library, [photo_id]) for photo_id in (photo_a, photo_b))
    if a == b:
        raise QueryError(f"Photos {photo_a} and {photo_b} are copies of one file", "Name two different pictures.")
    with library.write(durable=True) as connection:
        return append(connection, source, "photos", answer, a, b)


def keep_photo(library: Library, photo_id: int, source: str) -> Vote:
    """Choose the photo to keep of its near-duplicates, whichever a clustering proposes.

    Raises:
        QueryError: there is no such photo.
    """
    (content,) = _contents(library, [photo_id])
    with library.write(durable=True) as connection:
        return append(connection, source, "keep", "yes", content)


def excuse_photo(library: Library, photo_id: int, reason: Excuse, source: str) -> Vote:
    """Let a photo show one person twice, since it shows a mirror or is a collage; or no longer.

    Raises:
        QueryError: there is no such photo.
    """
    (content,) = _contents(library, [photo_id])
    with library.write(durable=True) as connection:
        return append(connection, source, "excuse", reason, content)


def undo(library: Library, source: str, vote_id: int | None = None) -> list[Vote]:
    """Undo the newest decision that holds, with all of the same act, or one given by its id.

    Returns:
        The new rows, one for each decision taken back, the newest of these first.

    Raises:
        LibraryError: there is none.
    """
    with one_act(library) as connection:
        targets = next_to_undo(connection) if vote_id is None else _standing(library, vote_id)
        if not targets:
            raise LibraryError("There is no vote to undo", "See what holds with: dofisac-tui votes")
        votes = [append(connection, source, "undo", "undo", undoes=target.vote_id) for target in targets]
        follow_ledger(library)
        for target in targets:
            apply_to_current(library, connection, target, holds=False)
    return votes


def _standing(library: Library, vote_id: int) -> list[Vote]:
    """Return one decision, if it holds."""
    kinds = library.rows("SELECT kind FROM votes WHERE vote_id = ? AND undoes IS NULL", (vote_id,))
    return [vote for vote in standing_votes(library, [row[0] for row in kinds]) if vote.vote_id == vote_id]


def redo(library: Library, source: str) -> list[Vote]:
    """Redo the newest undo, unless something was decided after it.

    Returns:
        The new rows, one for each decision that holds again, the oldest of these first.

    Raises:
        LibraryError: there is none.
    """
    with one_act(library) as connection:
        undone = next_to_redo(connection)
        if not undone:
            raise LibraryError("There is no undo to take back", "See the ledger with: dofisac-tui votes")
        votes = [append(connection, source, "redo", "redo", undoes=each.vote_id) for each in undone]
        follow_ledger(library)
        for each in undone:
            apply_to_current(library, connection, vote_of_id(connection, each.undoes or 0), holds=True)
    return votes


def replay(library: Library, connection: sqlite3.Connection, after: int) -> None:
    """Apply to the current run, inside a write transaction, what was decided after a row of the ledger."""
    for vote in votes_after(connection, after):
        target, holds = vote, True
        while target.undoes is not None:  # a redo takes back an undo, which takes back a decision
            target, holds = vote_of_id(connection, target.undoes), not holds
        apply_to_current(library, connection, target, holds)


def _contents(library: Library, photo_ids: Sequence[int]) -> list[tuple[str, None]]:
    rows = library.rows(
        "SELECT photo_id, content_hash FROM photos WHERE photo_id IN (SELECT value FROM json_each(?))",
        (json.dumps(photo_ids),),
    )
    contents: dict[int, str] = dict(map(tuple, rows))
    if missing := [photo_id for photo_id in photo_ids if photo_id not in contents]:
        raise QueryError(f"There is no photo {missing[0]}", "See them with: dofisac-tui photos")
    return [(contents[photo_id], None) for photo_id in photo_ids]
