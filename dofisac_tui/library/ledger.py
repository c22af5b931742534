"""Append to and read the ledger of all decisions of a person. Undo and redo are rows, too.

Rows are never changed. Their ids follow the order of commits, so two processes may vote at once; which decision is
newer goes by the time it was cast, so that those of another library can be added later and stand where they belong.
Rows of one time and source are one act, such as a vote on a whole group: they are undone and redone together.

kind     answer                                  names
match    yes, no                                 faces a and b
cluster  0 (no score) to 6 (perfect)             subject: the faces or photos of the cluster
name     the name                                subject: the person, and faces that it shall always hold
merge    yes                                     subject: two persons, and faces of both
split    yes                                     subject: a person, faces that are another person, faces that stay
remove   yes                                     face a; subject: a person that it is not, and faces of that person
face     no (not a face), yes                    face a
ignore   yes (a stranger), no                    subject: the person, and faces that it shall always hold
photos   same-picture, same-moment, unrelated    contents a and b
keep     yes                                     content a: the one to keep of its near-duplicates
excuse   mirror, collage, no                     content a: whether it may show one person twice
undo     undo                                    undoes: the row that no longer holds
redo     redo                                    undoes: the undo that no longer holds
"""

import json
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, NamedTuple

from dofisac_tui.library.database import Library
from dofisac_tui.library.face_keys import FaceKey

Kind = Literal[
    "match", "cluster", "name", "merge", "split", "remove", "face", "ignore", "photos", "keep", "excuse", "undo", "redo"
]


class Vote(NamedTuple):
    """One row of the ledger.

    Attributes:
        cast_at: Unix time; never earlier than that of any row before it, whatever the clock does, and later but within
            one act.
        source: Part of the program that cast it, e.g. `cli`.
        answer: The decision; see the table above.
        content_a, box_a, content_b, box_b: A pair of faces or photos, or one of them.
        subject: JSON, for a vote on more than two.
        undoes: The row that an undo or a redo takes back.
        space, distance, probability: The evidence on the pair at that time.
    """

    vote_id: int
    cast_at: float
    source: str
    kind: str
    answer: str
    content_a: str | None = None
    box_a: str | None = None
    content_b: str | None = None
    box_b: str | None = None
    subject: str | None = None
    undoes: int | None = None
    space: str | None = None
    distance: float | None = None
    probability: float | None = None

    @property
    def face_a(self) -> FaceKey:
        """The first face; only of kinds that name faces."""
        return FaceKey(self.content_a or "", self.box_a or "")

    @property
    def face_b(self) -> FaceKey:
        """The second face; only of kinds that name two."""
        return FaceKey(self.content_b or "", self.box_b or "")

    @property
    def about(self) -> dict[str, Any]:
        """The subject; lists of faces in it are `FaceKey`s."""
        read = json.loads(self.subject) if self.subject else {}
        return {name: [FaceKey(*face) for face in value] if _is_list(value) else value for name, value in read.items()}


OLDER_KINDS = {"phash": "duplicates", "bg": "scenes"}
"""The words of older versions for kinds of clusters, and ours."""


def _vote(row: Sequence[Any]) -> Vote:
    """Return a row with our words; in the table it stays as it was written."""
    vote = Vote._make(row)
    if vote.kind != "cluster" or vote.subject is None:
        return vote
    subject = vote.subject
    for old, new in OLDER_KINDS.items():
        subject = subject.replace(f'{{"kind": "{old}"', f'{{"kind": "{new}"', 1)
    return vote._replace(subject=subject)


class Evidence(NamedTuple):
    """Distance and probability that the models give for a pair of faces.

    Attributes:
        space: Name of the embedding space.
        probability: That they are one person, 0 to 1.
    """

    space: str
    distance: float
    probability: float


NO_EVIDENCE: tuple[None, None, None] = (None, None, None)
TICK = 1e-6
"""Seconds between two votes, at least, that are not of one act."""

_time_of_act: ContextVar[float | None] = ContextVar("time_of_act", default=None)
_COLUMNS = ", ".join(Vote._fields)
_OLDEST_FIRST = "ORDER BY cast_at, vote_id"
_NEWEST_FIRST = "ORDER BY cast_at DESC, vote_id DESC"
_LAST_DECISION = f"SELECT cast_at, vote_id FROM votes WHERE kind NOT IN ('undo', 'redo') {_NEWEST_FIRST} LIMIT 1"  # noqa: S608


def append(
    connection: sqlite3.Connection,
    source: str,
    kind: Kind,
    answer: str,
    a: FaceKey | tuple[str, None] | None = None,
    b: FaceKey | tuple[str, None] | None = None,
    subject: dict[str, Any] | None = None,
    undoes: int | None = None,
    evidence: Evidence | None = None,
) -> Vote:
    """Add a row, inside a durable write transaction.

    Args:
        a, b: Faces, or contents of photos without a box.
    """
    values = (
        None, _now(connection), source, kind, answer, *(a or (None, None)), *(b or (None, None)),
        None if subject is None else json.dumps(subject), undoes, *(evidence or NO_EVIDENCE),
    )  # fmt: skip
    return insert(connection, Vote(*values))


def insert(connection: sqlite3.Connection, vote: Vote) -> Vote:
    """Add a row as it is, but for its id, which is given here, inside a durable write transaction."""
    row = connection.execute(
        f"INSERT INTO votes ({_COLUMNS}) VALUES (NULL, {', '.join('?' * (len(vote) - 1))}) RETURNING {_COLUMNS}",  # noqa: S608
        vote[1:],
    ).fetchone()
    return _vote(row)


@contextmanager
def one_act(library: Library) -> Iterator[sqlite3.Connection]:
    """Make the votes of the block one act, of one time and in one transaction, which is undone and redone as one."""
    with library.write(durable=True) as connection:
        token = _time_of_act.set(_now(connection))
        try:
            yield connection
        finally:
            _time_of_act.reset(token)


def _now(connection: sqlite3.Connection) -> float:
    """Return the time, one for the whole of an act, or just after the last vote where the clock was put back.

    After hybrid logical clocks (Kulkarni et al., OPODIS 2014).
    """
    of_act = _time_of_act.get()
    if of_act is not None:
        return of_act
    last = connection.execute("SELECT MAX(cast_at) FROM votes").fetchone()[0]
    return time.time() if last is None else max(time.time(), last + TICK)


def all_votes(library: Library) -> list[Vote]:
    """Return the whole ledger, in the order of the votes."""
    return list(map(_vote, library.rows(f"SELECT {_COLUMNS} FROM votes {_OLDEST_FIRST}")))  # noqa: S608


def standing_votes(
    library: Library, kinds: Collection[str] | None = None, contents: Collection[str] | None = None
) -> list[Vote]:
    """Return what holds, in order: without what was undone, and without what a newer vote on the same thing replaced.

    Args:
        kinds: Only votes of these kinds.
        contents: Only votes on a photo of one of these contents, or on a face in one.
    """
    where: list[str] = ["TRUE"]
    parameters: list[str] = []
    if kinds is not None:
        where.append("kind IN (SELECT value FROM json_each(?))")
        parameters.append(json.dumps(list(kinds)))
    if contents is not None:
        where.append("(content_a IN (SELECT value FROM json_each(?)) OR content_b IN (SELECT value FROM json_each(?)))")
        parameters += [json.dumps(list(contents))] * 2
    sql = f"SELECT {_COLUMNS} FROM standing_votes WHERE {' AND '.join(where)} {_OLDEST_FIRST}"  # noqa: S608
    return newest(map(_vote, library.rows(sql, parameters)))


def newest(votes: Iterable[Vote]) -> list[Vote]:
    """Return the newest vote on each thing, in the order of the votes."""
    latest: dict[tuple[object, ...], Vote] = {}
    for vote in votes:
        thing = _thing(vote)
        latest.pop(thing, None)  # so that the newer vote stands where it was cast
        latest[thing] = vote
    return list(latest.values())


def _thing(vote: Vote) -> tuple[object, ...]:
    match vote.kind:
        case "match" | "photos":
            a, b = f"{vote.content_a} {vote.box_a}", f"{vote.content_b} {vote.box_b}"
            return (a, b) if a < b else (b, a)
        case "face" | "keep" | "excuse":
            return (vote.kind, vote.content_a, vote.box_a)
        case "name" | "ignore":
            return (vote.kind, vote.about["person"])
        case "cluster":
            return (vote.kind, vote.subject)
    return (vote.kind, vote.vote_id)


def next_to_undo(connection: sqlite3.Connection) -> list[Vote]:
    """Return the newest decision that holds, and those of the same act, the newest first; empty where there is none."""
    return _newest_act(connection, "standing_votes", "TRUE")


def next_to_redo(connection: sqlite3.Connection) -> list[Vote]:
    """Return the newest undo that was not redone, and those of the same act, unless something was decided after it."""
    return _newest_act(
        connection,
        "votes",
        "kind = 'undo' AND NOT EXISTS (SELECT 1 FROM votes AS redo WHERE redo.undoes = votes.vote_id)"  # noqa: S608
        f" AND (cast_at, vote_id) > ({_LAST_DECISION})",
    )


def _newest_act(connection: sqlite3.Connection, table: str, where: str) -> list[Vote]:
    """Return the newest of these rows with all that were cast with it; those without a time were not cast at once."""
    sql = f"SELECT {_COLUMNS} FROM {table} WHERE {where}"  # noqa: S608
    row = connection.execute(f"{sql} {_NEWEST_FIRST} LIMIT 1").fetchone()
    if row is None or not row["cast_at"]:
        return [_vote(row)] if row else []
    act = (row["cast_at"], row["source"])
    rows = connection.execute(f"{sql} AND cast_at = ? AND source = ? {_NEWEST_FIRST}", act)
    return list(map(_vote, rows))


def ledger_end(library: Library) -> int:
    """Return the id of the last row; 0 before the first."""
    return int(library.value("SELECT IFNULL(MAX(vote_id), 0) FROM votes"))


def vote_of_id(connection: sqlite3.Connection, vote_id: int) -> Vote:
    """Return one row, which must exist."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM votes WHERE vote_id = ?", (vote_id,)).fetchone()  # noqa: S608
    if row is None:
        raise LookupError(f"there is no vote {vote_id}")
    return _vote(row)


def votes_after(connection: sqlite3.Connection, vote_id: int) -> list[Vote]:
    """Return every row after that one, in order."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM votes WHERE vote_id > ? ORDER BY vote_id", (vote_id,))  # noqa: S608
    return list(map(_vote, rows))


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def match_answers(library: Library, faces: Collection[FaceKey], others: Collection[FaceKey]) -> dict[FaceKey, str]:
    """`yes` or `no` for each of `faces` that was compared with one of `others`; the newest vote counts.

    A vote on two of `others` counts for its first face, which was asked about.
    """
    found: dict[FaceKey, str] = {}
    for vote in standing_votes(library, ("match",), {key.content for key in faces}):
        a, b = vote.face_a, vote.face_b
        if a in faces and b in others:
            found[a] = vote.answer
        if b in faces and a in others and b not in others:
            found[b] = vote.answer
    return found
