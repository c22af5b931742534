"""Yes and no on the faces of an answer: which two faces a vote compares, and what was said of them before."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dofisac_tui.errors import QueryError
from dofisac_tui.library.answers import answers_between
from dofisac_tui.library.database import Library
from dofisac_tui.library.decisions import YesNo
from dofisac_tui.library.face_keys import keys_of_faces
from dofisac_tui.library.people import faces_of_person, person_called
from dofisac_tui.library.votes import Vote
from dofisac_tui.ui.desk import Desk
from dofisac_tui.ui.finder import Question

if TYPE_CHECKING:
    from dofisac_tui.search.search import Hit

SOURCE = "search"


class MatchVotes:
    """Votes on an answer. A vote compares a photo's face with the one looked for, or with a face of the person."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._question: Question | None = None

    def look_for(self, question: Question) -> None:
        """What is looked for from now on."""
        self._question = question

    async def cast(self, hit: "Hit | None", answer: YesNo) -> Vote:
        """Put a vote into the ledger; it is on disk when this returns.

        Raises:
            QueryError: there is nothing to compare.
        """
        if hit is None or hit.face_id is None or self._question is None:
            raise QueryError("There is no face to vote on", "Search for a face or for a person, like @anna.")
        from dofisac_tui.learning.voting import cast_match  # not needed before the first vote

        other = await self._desk.quick(_compared, self._question, hit.face_id)
        return await self._desk.quick(cast_match, hit.face_id, other, answer, SOURCE)

    async def answers(self, face_ids: Sequence[int]) -> dict[int, str]:
        """What was said of these faces, compared with what is looked for."""
        if not face_ids or self._question is None:
            return {}
        return await self._desk.quick(_answers, self._question, face_ids)


def _anchors(library: Library, question: Question) -> list[int]:
    """The faces that an answer is compared with."""
    if question.like and question.like.kind == "face":
        return [question.like.id]
    if question.query.people:
        return faces_of_person(library, person_called(library, question.query.people[0]))
    return []


def _compared(library: Library, question: Question, face_id: int) -> int:
    anchors = _anchors(library, question)
    keys = keys_of_faces(library, [face_id, *anchors])
    other = next((each for each in anchors if keys[each] != keys[face_id]), None)
    if other is None:
        raise QueryError("There is no face to compare this one with", "It is the very face that is looked for.")
    return other


def _answers(library: Library, question: Question, face_ids: Iterable[int]) -> dict[int, str]:
    wanted, anchors = list(face_ids), _anchors(library, question)
    if not anchors:
        return {}
    keys = keys_of_faces(library, [*wanted, *anchors])
    said = answers_between(library, {keys[each] for each in wanted}, {keys[each] for each in anchors})
    return {face: said[keys[face]] for face in wanted if keys[face] in said}
