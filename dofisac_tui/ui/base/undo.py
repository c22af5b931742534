"""Undo and redo the last decision, and say what it was."""

from collections import Counter
from collections.abc import Sequence

from dofisac_tui.display import display_text
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import Vote, vote_of_id
from dofisac_tui.library.people_views import person_row
from dofisac_tui.library.voting import redo, undo
from dofisac_tui.ui.keys.actions import SCORES
from dofisac_tui.wording.people import called

_VOTES = {
    ("match", "yes"): "vote: same person",
    ("match", "no"): "vote: different persons",
    ("face", "no"): "vote: not a face",
    ("face", "yes"): "vote: a face",
    ("photos", "same-picture"): "vote: same picture",
    ("photos", "same-moment"): "vote: same moment",
    ("photos", "unrelated"): "vote: unrelated pictures",
    ("keep", "yes"): "choice of the one to keep",
}


def undo_last(library: Library, source: str) -> tuple[Vote, str]:
    """Undo the last decision. Of several votes that were one act, return the newest.

    Raises:
        QueryError: there is none.
    """
    votes = undo(library, source)
    return votes[0], f"Undid {_all_in_words(library, votes)}"


def redo_last(library: Library, source: str) -> tuple[Vote, str]:
    """Redo what was undone last.

    Raises:
        QueryError: nothing was undone, or something was decided since.
    """
    votes = redo(library, source)
    return votes[-1], f"Redid {_all_in_words(library, votes)}"


def _all_in_words(library: Library, votes: Sequence[Vote]) -> str:
    counts = Counter(_in_words(library, vote) for vote in votes)
    return ", ".join(f"{words} ({count} times)" if count > 1 else words for words, count in counts.items())


def _in_words(library: Library, vote: Vote) -> str:
    """Describe the decision that a row of the ledger made, undid or redid."""
    while vote.undoes is not None:
        vote = vote_of_id(library.connection, vote.undoes)
    match vote.kind:
        case "name":
            return f"name {display_text(vote.answer, 60)}"
        case "cluster":
            score = int(vote.answer)
            return f"score {score}, {SCORES[score - 1]}" if score else "no score"
        case "merge":
            return f"merge of {_who(library, vote, 'other')} into {_who(library, vote, 'person')}"
        case "split":
            return f"split of {_who(library, vote, 'person')}"
        case "remove":
            return f"removal of a face from {_who(library, vote, 'person')}"
        case "ignore":
            return f"{'ignoring' if vote.answer == 'yes' else 'no longer ignoring'} {_who(library, vote, 'person')}"
    return _VOTES.get((vote.kind, vote.answer), f"{vote.kind} {display_text(vote.answer, 40)}")


def _who(library: Library, vote: Vote, part: str) -> str:
    person_id = int(vote.about[part])
    row = person_row(library, person_id)
    return called(row.name if row and row.person_id == person_id else None, person_id)
