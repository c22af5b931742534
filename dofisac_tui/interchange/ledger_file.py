"""Read and write the vote ledger as a file: one JSON object per line, after a header.

    {"dofisac_votes": 1, "votes": 2}
    {"vote_id": 7, "cast_at": 1763820000.5, "source": "cli", "kind": "match", "answer": "yes", "content_a": ...}

Rows are in the order of their ids.
"""

import json
import math
import re
import time
from pathlib import Path
from typing import Any, NamedTuple, get_args

from dofisac_tui.display import display_text
from dofisac_tui.errors import InterchangeError
from dofisac_tui.files import replacing
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import OLDER_KINDS, Vote, votes_after
from dofisac_tui.library.people import LONGEST_NAME
from dofisac_tui.library.runs import RUN_KINDS
from dofisac_tui.library.voting import Excuse, PhotoAnswer, YesNo

VERSION = 1
HEADER_KEY = "dofisac_votes"


def write_ledger(library: Library, target: Path) -> int:
    """Write the whole ledger to a file, which appears or is replaced only when it is complete.

    Returns:
        Number of votes in it.

    Raises:
        OSError: the file cannot be written.
    """
    votes = votes_after(library.connection, 0)
    with replacing(target) as building, open(building, "w", encoding="ascii") as file:
        file.write(json.dumps({HEADER_KEY: VERSION, "votes": len(votes)}) + "\n")
        file.writelines(json.dumps(vote_to_json(vote)) + "\n" for vote in votes)
    return len(votes)


def read_ledger(source: Path) -> list[Vote]:
    """Return the votes of a file, all validated, with the ids that they have there.

    Raises:
        InterchangeError: it is no file of votes, is incomplete, or is of a newer version.
        OSError: it cannot be read.
    """
    votes: list[Vote] = []
    kinds: dict[int, str] = {}
    with open(source, encoding="utf-8") as file:
        try:
            wanted = _count(file.readline())
            for line in file:
                votes.append(vote_from_json(json.loads(line), kinds))
                kinds[votes[-1].vote_id] = votes[-1].kind
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise _unusable(source, f"after {len(votes)} good votes: {error}") from error
    if len(votes) != wanted:
        raise _unusable(source, f"it should hold {wanted} votes and holds {len(votes)}")
    return votes


def _count(header: str) -> int:
    facts = json.loads(header)
    if not isinstance(facts, dict) or HEADER_KEY not in facts:
        raise ValueError("it does not begin as one")
    if facts[HEADER_KEY] != VERSION:
        raise ValueError(f"it is of version {facts[HEADER_KEY]!r}, and this program reads version {VERSION}")
    return int(facts["votes"])


def _unusable(source: Path, reason: str) -> InterchangeError:
    return InterchangeError(
        f"{display_text(str(source))} cannot be used as a file of votes ({display_text(reason, 150)})",
        "Nothing was changed. Write one with: dofisac-tui votes export FILE",
    )


_CLOCK_TOLERANCE = 86400.0  # seconds that two clocks may differ
_BOX = re.compile(r"-?\d{1,9}(\.\d{1,9})?(,-?\d{1,9}(\.\d{1,9})?){3}")


class RowShape(NamedTuple):
    """Contents of a row of one kind.

    Attributes:
        answers: Valid ones; None where the answer is a name.
        sides: Number of faces or photos outside its subject.
        boxed: True if these are faces.
        persons: Keys of the subject that hold persons, each with the key that holds faces of that person.
    """

    answers: tuple[str, ...] | None
    sides: int = 0
    boxed: bool = True
    persons: tuple[tuple[str, str], ...] = ()


SHAPES = {
    "match": RowShape(get_args(YesNo), 2),
    "cluster": RowShape(tuple("0123456")),
    "name": RowShape(None, persons=(("person", "faces"),)),
    "merge": RowShape(("yes",), persons=(("person", "faces"), ("other", "other_faces"))),
    "split": RowShape(("yes",), persons=(("person", "rest"), ("into", "faces"))),
    "remove": RowShape(("yes",), 1, persons=(("person", "rest"),)),
    "face": RowShape(get_args(YesNo), 1),
    "ignore": RowShape(get_args(YesNo), persons=(("person", "faces"),)),
    "photos": RowShape(get_args(PhotoAnswer), 2, boxed=False),
    "keep": RowShape(("yes",), 1, boxed=False),
    "excuse": RowShape(get_args(Excuse), 1, boxed=False),
    "undo": RowShape(("undo",)),
    "redo": RowShape(("redo",)),
}
_UNDONE_BY = {"undo": SHAPES.keys() - {"undo", "redo"}, "redo": {"undo"}}


def vote_to_json(vote: Vote) -> dict[str, Any]:
    """Return the fields of a row that are not null, with the subject as an object."""
    row = {name: value for name, value in vote._asdict().items() if value is not None}
    return {**row, "subject": json.loads(vote.subject)} if vote.subject else row


def vote_from_json(row: dict[str, Any], kinds: dict[int, str]) -> Vote:
    """Return the row that `vote_to_json` wrote.

    Args:
        kinds: Kinds of the rows before it, by id.

    Raises:
        ValueError, TypeError, KeyError: it is no valid row of a ledger.
    """
    subject = row.get("subject", {})
    if row["kind"] == "cluster":
        subject = {**subject, "kind": OLDER_KINDS.get(subject["kind"], subject["kind"])}
    vote = Vote(**{**row, "subject": json.dumps(subject) if "subject" in row else None})
    shape = SHAPES[vote.kind]
    _require(type(vote.vote_id) is int and vote.vote_id > next(reversed(kinds), 0), "vote_id")
    _require(_is_number(vote.cast_at) and 0 <= vote.cast_at < time.time() + _CLOCK_TOLERANCE, "cast_at")
    _require(_is_text(vote.source), "source")
    _require(is_name(vote.answer) if shape.answers is None else vote.answer in shape.answers, "answer")
    _check_side(shape, 1, vote.content_a, vote.box_a)
    _check_side(shape, 2, vote.content_b, vote.box_b)
    _check_subject(shape, vote.kind, subject)
    if vote.kind in _UNDONE_BY or vote.undoes is not None:
        _require(kinds.get(vote.undoes or 0) in _UNDONE_BY.get(vote.kind, ()), "undoes")
    figures = (vote.distance, vote.probability)
    known = _is_text(vote.space) and all(map(_is_number, figures))
    _require(known or (vote.space, *figures) == (None, None, None), "space, distance or probability")
    return vote


def _check_side(shape: RowShape, number: int, content: object, box: object) -> None:
    there = shape.sides >= number
    _require(_is_text(content) if there else content is None, "content")
    _require(_is_box(box) if there and shape.boxed else box is None, "box")


def _check_subject(shape: RowShape, kind: str, subject: dict[str, Any]) -> None:
    if kind == "cluster":
        _require(subject.keys() == {"kind", "size", "members"} and subject["kind"] in RUN_KINDS, "subject")
        _require(type(subject["size"]) is int and subject["size"] >= len(subject["members"]) > 0, "size")
        boxed = subject["kind"] == "people"
        _require(all(_is_key(each, boxed) for each in subject["members"]), "members")
        return
    _require(subject.keys() == {part for pair in shape.persons for part in pair}, "subject")
    for person, faces in shape.persons:
        _require(type(subject[person]) is int and subject[person] > 0, person)
        _require(isinstance(subject[faces], list) and all(_is_key(each, True) for each in subject[faces]), faces)


def _is_key(key: object, boxed: bool) -> bool:
    if not isinstance(key, list) or len(key) != 2 or not _is_text(key[0]):
        return False
    return _is_box(key[1]) if boxed else key[1] is None


def _is_box(value: object) -> bool:
    return isinstance(value, str) and _BOX.fullmatch(value) is not None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()


def is_name(value: object) -> bool:
    """Return True if it is a valid name of a person."""
    return _is_text(value) and value == " ".join(str(value).split())


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(float(str(value)))


def _require(right: bool, part: str) -> None:
    if not right:
        raise ValueError(f"its {part} cannot be right")
