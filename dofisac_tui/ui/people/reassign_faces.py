"""Assign faces to another person, as decisions that hold in every later clustering."""

from collections.abc import Callable, Sequence

from dofisac_tui.errors import LibraryError, QueryError
from dofisac_tui.learning.membership_confidence import representative_of_person
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import Vote, one_act
from dofisac_tui.library.people import ANCHORS, faces_of_person, merge_people, name_person, person_called, split_person
from dofisac_tui.library.people_views import gather_faces
from dofisac_tui.library.voting import YesNo
from dofisac_tui.matching.evidence import cast_match


def known_person(library: Library, name: str) -> int | None:
    """Return the person of a name, in any case, or None."""
    try:
        return person_called(library, name)
    except LibraryError:
        return None


def split_off(library: Library, person_id: int, face_ids: Sequence[int], source: str) -> int:
    """Split faces of a person off as a new person.

    Returns:
        The new person.

    Raises:
        LibraryError: see `split_person`.
    """
    return int(split_person(library, person_id, face_ids, source).about["into"])


def each_of(library: Library, ids: Sequence[int], decide: Callable[[Library, int], Vote]) -> Vote:
    """Cast the same vote on several faces or persons, as one act, and return the last."""
    with one_act(library):
        return [decide(library, each) for each in ids][-1]


def give_faces(
    library: Library, owner: int | None, face_ids: Sequence[int], target: int | None, name: str, source: str
) -> Vote:
    """Assign faces to another person, as one act: split them off, and merge them into the other.

    Args:
        owner: The person of the faces; None for unassigned faces.
        target: The person to get them; None for a new person.
        name: The name of a new person.

    Raises:
        LibraryError: the name is not valid, or the faces are no longer there.
    """
    with one_act(library):
        if owner is not None:
            everything = set(face_ids) == set(faces_of_person(library, owner))
            moved = owner if everything else split_off(library, owner, face_ids, source)
            return _settle(library, moved, target, name, source)
        for start in range(0, len(face_ids), ANCHORS):  # a decision remembers so many faces of a person
            moved = _gathered(library, face_ids[start : start + ANCHORS])
            vote = _settle(library, moved, target, name, source)
            target = target or moved
        return vote


def answer_for(library: Library, face_id: int, person_id: int, answer: YesNo, source: str) -> Vote:
    """Vote that a face is of a person or not, compared with a typical face of theirs.

    Raises:
        QueryError: the person has no other face.
    """
    other = representative_of_person(library, person_id, excluding=face_id)
    if other is None:
        raise QueryError("No other face to compare with", "This is the only face of the person.")
    return cast_match(library, face_id, other, answer, source)


def _gathered(library: Library, face_ids: Sequence[int]) -> int:
    person_id = gather_faces(library, face_ids)
    if person_id is None:
        raise QueryError("No people yet", "Find people first.")
    return person_id


def _settle(library: Library, moved: int, target: int | None, name: str, source: str) -> Vote:
    if target is None:
        return name_person(library, moved, name, source)
    return merge_people(library, target, moved, source)
