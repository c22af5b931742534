"""What was said before of the faces that a screen shows."""

import json
from collections.abc import Collection

from dofisac_tui.library.database import Library
from dofisac_tui.library.face_keys import FaceKey

_STANDING = (
    "SELECT answer, content_a, box_a, content_b, box_b FROM votes WHERE kind = 'match'"
    " AND (content_a IN (SELECT value FROM json_each(:contents))"
    "  OR content_b IN (SELECT value FROM json_each(:contents)))"
    " AND NOT EXISTS (SELECT 1 FROM votes AS undo WHERE undo.undoes = votes.vote_id AND undo.kind = 'undo'"
    "  AND NOT EXISTS (SELECT 1 FROM votes AS redo WHERE redo.undoes = undo.vote_id))"
    " ORDER BY cast_at, vote_id"
)


def answers_between(library: Library, faces: Collection[FaceKey], others: Collection[FaceKey]) -> dict[FaceKey, str]:
    """`yes` or `no` for each of `faces` that was compared with one of `others`; the newest vote counts.

    A vote on two of `others` is said of the first one, which was asked about, and not of what it was compared with.
    """
    rows = library.rows(_STANDING, {"contents": json.dumps([key.content for key in faces])})
    found: dict[FaceKey, str] = {}
    for row in rows:
        a, b = FaceKey(row["content_a"], row["box_a"]), FaceKey(row["content_b"], row["box_b"])
        if a in faces and b in others:
            found[a] = row["answer"]
        if b in faces and a in others and b not in others:
            found[b] = row["answer"]
    return found
