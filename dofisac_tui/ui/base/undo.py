"""Undo and redo, with the words for what was taken back or decided again."""

from collections import Counter
from collections.abc import Sequence

from dofisac_tui.display import display_text
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import Vote, vote_of_id
from dofisac_tui.library.voting import redo, undo
from dofisac_tui.ui.keys.actions import SCORES

_VOTES = {
    ("match", "yes"): "the same person",
    ("match", "no"): "different persons",
    ("merge", "yes"): "two persons made one",
    ("split", "yes"): "a person split in two",
    ("remove", "yes"): "a face taken from a person",
    ("face", "no"): "not a face",
    ("face", "yes"): "a face after all",
    ("ignore", "yes"): "a stranger ignored",
    ("ignore", "no"): "no longer ignored",
    ("photos", "same-picture"): "the same picture",
    ("photos", "same-moment"): "the same moment",
    ("photos", "unrelated"): "unrelated pictures",
    ("keep", "yes"): "the one to keep",
}


def undo_last(library: Library, source: str) -> tuple[Vote, str]:
    """Take the last decision back, and tell which it was; of several that were one act, the newest stands for all.

    Raises:
        QueryError: there is none.
    """
    votes = undo(library, source)
    return votes[0], f"Undone: {_all_in_words(library, votes)}"


def redo_last(library: Library, source: str) -> tuple[Vote, str]:
    """Decide again what was taken back last, and tell what it was.

    Raises:
        QueryError: nothing was, or something else was decided since.
    """
    votes = redo(library, source)
    return votes[-1], f"Decided again: {_all_in_words(library, votes)}"


def _all_in_words(library: Library, votes: Sequence[Vote]) -> str:
    counts = Counter(_in_words(library, vote) for vote in votes)
    return ", ".join(f"{words} ({count} times)" if count > 1 else words for words, count in counts.items())


def _in_words(library: Library, vote: Vote) -> str:
    """What a row of the ledger decided, or took back."""
    while vote.undoes is not None:
        vote = vote_of_id(library.connection, vote.undoes)
    if vote.kind == "name":
        return f"the name {display_text(vote.answer, 60)}"
    if vote.kind == "cluster":
        score = int(vote.answer)
        return f"score {score}, {SCORES[score - 1]}" if score else "no score"
    return _VOTES.get((vote.kind, vote.answer), f"{vote.kind} {display_text(vote.answer, 40)}")
