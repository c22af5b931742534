"""A session of review: the current question, those after it, and undo."""

from collections.abc import Sequence
from typing import NamedTuple

from dofisac_tui.errors import QueryError
from dofisac_tui.learning.review_questions import ReviewQuestion
from dofisac_tui.learning.review_queue import ReviewQueue
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import Vote
from dofisac_tui.library.runs import current_run
from dofisac_tui.library.voting import YesNo, vote_face
from dofisac_tui.matching.evidence import cast_match
from dofisac_tui.ui.background.library_worker import LibraryWorker

AHEAD = 3
"""Questions whose pictures are made before they are asked."""

REFRESH_EVERY = 100
"""Answers after which the questions are made again."""


class _Decision(NamedTuple):
    """An answer: whether the two are one person, or which of them is not a face."""

    question: ReviewQuestion
    same: bool | None
    face: int | None


class ReviewSession:
    """Draws questions and casts the votes: each is on the disk when the call returns.

    Attributes:
        current: The current question; None if there is none.
        ahead: The questions that would follow.
        answers: Votes on pairs that this session cast and did not undo.
        run_id: The people run that the questions are about; None if there is none.
        clustered: True if there is a people run; None before that is known.
    """

    def __init__(self, desk: LibraryWorker) -> None:
        self.current: ReviewQuestion | None = None
        self.ahead: list[ReviewQuestion] = []
        self.answers = 0
        self.clustered: bool | None = None
        self._desk = desk
        self._queue: ReviewQueue | None = None
        self.run_id: int | None = None
        self._since_refresh = 0
        self._decided: dict[int, _Decision] = {}
        self._undone: dict[int, int] = {}
        self._no_faces: set[int] = set()
        self._without_face: list[ReviewQuestion] = []

    @property
    def waiting(self) -> int:
        """Number of open questions, including the current one; without the random ones, which never end."""
        drawn = sum(each is not None and each.reason != "random" for each in (self.current, *self.ahead))
        return drawn + (self._queue.waiting() if self._queue else 0)

    @property
    def is_stale(self) -> bool:
        """True if so many answers were given that other questions may be better now."""
        return self._since_refresh >= REFRESH_EVERY or (self.current is None and self._since_refresh > 0)

    async def refresh(self) -> None:
        """Make the questions again; the current one stays."""
        self._since_refresh = 0
        if self._queue is None:
            self._queue = await self._desk.slow(ReviewQueue)
        self.run_id = await self._desk.quick(_people_run)
        await self._desk.slow(_refresh, self._queue)
        self.clustered = self.run_id is not None
        self._draw([self.current] if self.current else [])

    async def has_other_people(self) -> bool:
        """Return True if people were clustered since the questions were made."""
        return self._queue is not None and await self._desk.quick(_people_run) != self.run_id

    async def answer(self, answer: YesNo) -> None:
        """Vote whether the two are one person."""
        question, queue = self._asked()
        vote = await self._desk.quick(cast_match, question.face_a, question.face_b, answer, question.source)
        self._note(vote, _Decision(question, answer == "yes", None))
        queue.answered(question, answer == "yes")
        self.answers += 1
        self._draw()

    async def not_a_face(self, right: bool) -> None:
        """Vote that one of the two is not a face; it is not asked about again."""
        question, _ = self._asked()
        face = question.face_b if right else question.face_a
        vote = await self._desk.quick(vote_face, face, "no", "review")
        self._note(vote, _Decision(question, None, face))
        self._no_faces.add(face)
        self._draw()

    def skip(self) -> None:
        """Leave the question open."""
        question, queue = self._asked()
        queue.skip(question)
        self._draw()

    def drop(self) -> None:
        """Drop a question that can no longer be asked."""
        self._draw()

    def took_back(self, vote: Vote) -> bool:
        """Follow an undo or a redo; return False if it concerns a decision made elsewhere."""
        target = vote.undoes
        if vote.kind == "redo" and target is not None:
            target = self._undone.pop(target, None)
        decision = self._decided.get(target) if target is not None else None
        if decision is None or target is None or self._queue is None:
            return False
        kept = [each for each in (self.current, *self.ahead) if each and each != decision.question]
        self.ahead = []
        if vote.kind == "undo":
            self._undone[vote.vote_id] = target
            self._take_back(self._queue, decision)
        else:
            self._decide_again(self._queue, decision)
        self._draw(then=kept)
        return True

    def _take_back(self, queue: ReviewQueue, decision: _Decision) -> None:
        if decision.face is not None:
            self._no_faces.discard(decision.face)
            queue.put_back(self._without_face)
            self._without_face = []
        else:
            self.answers -= 1
        queue.undone(decision.question)

    def _decide_again(self, queue: ReviewQueue, decision: _Decision) -> None:
        if decision.face is not None:
            self._no_faces.add(decision.face)
        elif decision.same is not None:
            self.answers += 1
            queue.answered(decision.question, decision.same)

    def _asked(self) -> tuple[ReviewQuestion, ReviewQueue]:
        if self.current is None or self._queue is None:
            raise QueryError("No question to answer", "Find people first, on the People screen.")
        return self.current, self._queue

    def _note(self, vote: Vote, decision: _Decision) -> None:
        self._decided[vote.vote_id] = decision
        self._since_refresh += 1

    def _draw(self, first: Sequence[ReviewQuestion] = (), then: Sequence[ReviewQuestion] = ()) -> None:
        """Draw the next questions again, since an answer may have settled some of them.

        Args:
            first: Questions to ask before all others.
            then: Questions that were to follow.
        """
        if self._queue is None:
            return
        self._queue.put_back([*then, *self.ahead])
        drawn = list(first)
        while len(drawn) <= AHEAD and (given := self._queue.next()):
            no_face = bool(self._no_faces & set(given[0].faces))
            (self._without_face if no_face else drawn).extend(given)
        self.current, self.ahead = (drawn[0], drawn[1:]) if drawn else (None, [])


def _people_run(library: Library) -> int | None:
    run = current_run(library, "people")
    return run.run_id if run else None


def _refresh(library: Library, queue: ReviewQueue) -> None:
    queue.refresh(library)
