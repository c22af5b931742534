"""Votes on the faces of search results, compared with the searched face or person."""

from collections.abc import Iterable, Sequence

from dofisac_tui.errors import QueryError
from dofisac_tui.library.database import Library
from dofisac_tui.library.face_keys import keys_of_faces
from dofisac_tui.library.ledger import Vote, match_answers, one_act
from dofisac_tui.library.people import faces_of_person, person_called
from dofisac_tui.library.voting import YesNo
from dofisac_tui.matching.evidence import cast_match
from dofisac_tui.ui.background.search_service import SearchRequest

SOURCE = "search"


def vote_on(library: Library, request: SearchRequest, face_ids: Sequence[int], answer: YesNo) -> list[Vote]:
    """Vote whether faces are of the searched person, as one act. The votes are on the disk when this returns.

    Each face is compared with the searched face, or with a face of the searched person.

    Returns:
        The new votes; none for a face that has the same vote already.

    Raises:
        QueryError: there is no face to compare with.
    """
    anchors = _anchors(library, request)
    keys = keys_of_faces(library, [*face_ids, *anchors])
    votes, compared = [], False
    with one_act(library):
        for face_id in face_ids:
            other = next((each for each in anchors if keys[each] != keys[face_id]), None)
            compared |= other is not None
            if other is not None and said_of(library, request, [face_id]).get(face_id) != answer:
                votes.append(cast_match(library, face_id, other, answer, SOURCE))
    if not compared:
        raise QueryError("No other face to compare with", "This is the face that you searched for.")
    return votes


def said_of(library: Library, request: SearchRequest, face_ids: Iterable[int]) -> dict[int, str]:
    """Return the votes on these faces, compared with the searched face or person."""
    wanted, anchors = list(face_ids), _anchors(library, request)
    if not anchors:
        return {}
    keys = keys_of_faces(library, [*wanted, *anchors])
    said = match_answers(library, {keys[each] for each in wanted}, {keys[each] for each in anchors})
    return {face: said[keys[face]] for face in wanted if keys[face] in said}


def _anchors(library: Library, request: SearchRequest) -> Sequence[int]:
    """Return the faces that results are compared with."""
    if request.like and request.like.kind == "face":
        return [request.like.id]
    if request.query.people:
        return faces_of_person(library, person_called(library, request.query.people[0]))
    return []
