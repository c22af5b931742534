"""The vote ledger as a file: one JSON object a line, the first of which says what it is.

    {"dofisac_votes": 1, "votes": 2}
    {"vote_id": 7, "cast_at": 1763820000.5, "source": "cli", "kind": "match", "answer": "yes", "content_a": ...}

Rows stand in the order of their ids.
"""

import json
from pathlib import Path

from dofisac_tui.display import display_text
from dofisac_tui.errors import InterchangeError
from dofisac_tui.files import replacing
from dofisac_tui.interchange.ledger_rows import from_json, to_json
from dofisac_tui.library.database import Library
from dofisac_tui.library.votes import Vote, votes_after

VERSION = 1
MARK = "dofisac_votes"


def write_ledger(library: Library, target: Path) -> int:
    """Write the whole ledger to a file, which appears, or takes the place of another, only when it is whole.

    Returns:
        How many votes it holds.

    Raises:
        OSError: the file cannot be written.
    """
    votes = votes_after(library.connection, 0)
    with replacing(target) as building, open(building, "w", encoding="ascii") as file:
        file.write(json.dumps({MARK: VERSION, "votes": len(votes)}) + "\n")
        file.writelines(json.dumps(to_json(vote)) + "\n" for vote in votes)
    return len(votes)


def read_ledger(source: Path) -> list[Vote]:
    """The votes of a file, every one checked, with the ids that they have there.

    Raises:
        InterchangeError: it is not such a file, is not whole, or is of a newer version.
        OSError: it cannot be read.
    """
    votes: list[Vote] = []
    kinds: dict[int, str] = {}
    with open(source, encoding="utf-8") as file:
        try:
            wanted = _count(file.readline())
            for line in file:
                votes.append(from_json(json.loads(line), kinds))
                kinds[votes[-1].vote_id] = votes[-1].kind
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise _unusable(source, f"after {len(votes)} good votes: {error}") from error
    if len(votes) != wanted:
        raise _unusable(source, f"it should hold {wanted} votes and holds {len(votes)}")
    return votes


def _count(header: str) -> int:
    facts = json.loads(header)
    if not isinstance(facts, dict) or MARK not in facts:
        raise ValueError("it does not begin as one")
    if facts[MARK] != VERSION:
        raise ValueError(f"it is of version {facts[MARK]!r}, and this program reads version {VERSION}")
    return int(facts["votes"])


def _unusable(source: Path, reason: str) -> InterchangeError:
    return InterchangeError(
        f"{display_text(str(source))} cannot be used as a file of votes ({display_text(reason, 150)})",
        "Nothing was changed. Write one with: dofisac-tui votes export FILE",
    )
