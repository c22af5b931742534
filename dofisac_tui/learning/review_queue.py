"""Order the questions of the review queue, so that few answers settle much."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dofisac_tui.learning.review_candidates import doubtful_votes, hard_questions, random_questions
from dofisac_tui.learning.review_groups import ReviewGroups, read_review_groups
from dofisac_tui.learning.review_questions import ReviewQuestion, SettledGroups
from dofisac_tui.library.database import Library

RANDOM_EVERY = 10
"""Every Nth question is a random one."""

SKIPPED_FOR = 20
"""Number of questions before a skipped one returns."""

_Key = tuple[tuple[int, int], bool]


class ReviewQueue:
    """Queue of questions, the most useful first; empty until the first `refresh`.

    First come votes that are probably wrong; then pairs by expected change (`review_candidates.hard_questions`), every
    tenth question a random pair, for the estimates of precision and recall (`review_candidates.random_questions`). A
    queue gives no pair twice, unless its vote is in doubt, and none that the ledger or an answer has settled, directly
    or through other pairs. May be used from several threads.

    Args:
        library: Read by `refresh`, in the thread that opened it.
        seed: Seed of the random questions.
    """

    def __init__(self, library: Library, seed: int | None = None) -> None:
        self._library = library
        self._rng = np.random.default_rng(seed)
        self._lock = threading.Lock()
        self._stock = _OpenQuestions()
        self._asked = 0
        self._given: set[_Key] = set()
        self._answers: dict[tuple[int, int], tuple[ReviewQuestion, bool]] = {}
        self._undone: deque[ReviewQuestion] = deque()
        self._skipped: deque[tuple[int, ReviewQuestion]] = deque()
        self._put_back: deque[ReviewQuestion] = deque()
        self._passed_over: list[ReviewQuestion] = []

    def refresh(self, library: Library | None = None) -> None:
        """Make new questions from the current run and the ledger: after a clustering, or some hundred answers.

        Reads every vector; meant for a thread of its own.

        Args:
            library: A connection of the calling thread, where that is not the thread of the queue's own.

        Raises:
            LibraryError: the library cannot be read.
        """
        library = library or self._library
        groups = read_review_groups(library)
        stock = _OpenQuestions.of(groups, doubtful_votes(library, groups), self._rng) if groups else _OpenQuestions()
        with self._lock:
            self._stock = stock
            self._settle_again()

    def next(self, limit: int = 1) -> list[ReviewQuestion]:
        """Return up to `limit` questions, best first; fewer where no more are open."""
        with self._lock:
            drawn = (self._draw() for _ in range(limit))
            return [question for question in drawn if question]

    def put_back(self, questions: Sequence[ReviewQuestion]) -> None:
        """Put questions that were given but not shown back to the front."""
        with self._lock:
            self._given -= set(map(_key, questions))
            self._asked -= len(questions)
            self._put_back.extendleft(reversed(questions))

    def waiting(self) -> int:
        """Return the number of open questions without random ones, of which there are always more."""
        with self._lock:
            stock = self._stock
            fresh = (each for each in (*stock.doubtful, *stock.hard) if _key(each) not in self._given)
            given = (*self._undone, *self._put_back, *(question for _, question in self._skipped))
            return sum(map(stock.is_open, (*fresh, *given)))

    def skip(self, question: ReviewQuestion) -> None:
        """Ask it again after SKIPPED_FOR other questions, or when none are left."""
        with self._lock:
            self._skipped.append((self._asked + SKIPPED_FOR, question))

    def answered(self, question: ReviewQuestion, same: bool) -> None:
        """Drop the questions that this answer settles; the caller casts the vote."""
        with self._lock:
            self._answers.pop(question.faces, None)
            self._answers[question.faces] = (question, same)
            self._stock.settle(question, same)

    def undone(self, question: ReviewQuestion) -> None:
        """Undo an answer: its question is the next one, and those that it had settled are open again."""
        with self._lock:
            self._answers.pop(question.faces, None)
            self._settle_again()
            self._undone.appendleft(question)
            self._stock.hard.extendleft(reversed(self._passed_over))
            self._passed_over.clear()

    def _settle_again(self) -> None:
        self._stock.forget_answers()
        for question, same in self._answers.values():
            self._stock.settle(question, same)

    def _draw(self) -> ReviewQuestion | None:
        if self._undone:
            return self._undone.popleft()
        due = self._skipped and self._skipped[0][0] <= self._asked
        question = (self._unskipped() if due else None) or self._new() or self._unskipped()
        self._asked += question is not None
        return question

    def _unskipped(self) -> ReviewQuestion | None:
        while self._skipped:
            _, question = self._skipped.popleft()
            if self._stock.is_open(question):
                return question
        return None

    def _new(self) -> ReviewQuestion | None:
        stock = self._stock
        turns = [stock.hard, stock.random]
        turns = turns[::-1] if self._asked % RANDOM_EVERY == RANDOM_EVERY - 1 else turns
        for waiting in (self._put_back, stock.doubtful, *turns):
            while waiting:
                question = waiting.popleft()
                if _key(question) in self._given:
                    continue
                if stock.is_open(question):
                    self._given.add(_key(question))
                    return question
                self._passed_over.append(question)
        return None


def _key(question: ReviewQuestion) -> _Key:
    """Return the key of a question that is asked once: a pair, and again if its vote is in doubt."""
    return question.faces, question.reason == "contradiction"


@dataclass
class _OpenQuestions:
    """Questions of one refresh, and the groups settled since.

    Attributes:
        doubtful, hard, random: Waiting questions, best first.
    """

    doubtful: deque[ReviewQuestion] = field(default_factory=deque)
    hard: deque[ReviewQuestion] = field(default_factory=deque)
    random: deque[ReviewQuestion] = field(default_factory=deque)
    _group_of: dict[int, int] = field(default_factory=dict)
    _sizes: dict[int, int] = field(default_factory=dict)
    _apart: list[list[int]] = field(default_factory=list)
    _settled: SettledGroups = field(default_factory=SettledGroups)

    @classmethod
    def of(cls, groups: ReviewGroups, doubtful: list[ReviewQuestion], rng: np.random.Generator) -> "_OpenQuestions":
        hard, random = hard_questions(groups), random_questions(groups, rng)
        faces = np.unique([face for question in (*doubtful, *hard, *random) for face in question.faces]).astype(
            np.int64
        )
        at = groups.group[groups.positions(faces)]
        asked_of = np.unique(at)
        apart = groups.cannot_link[np.isin(groups.cannot_link, asked_of).all(axis=1)]
        return cls(
            deque(doubtful),
            deque(hard),
            deque(random),
            dict(zip(faces.tolist(), at.tolist(), strict=True)),
            dict(zip(asked_of.tolist(), groups.sizes[asked_of].tolist(), strict=True)),
            np.unique(apart, axis=0).tolist(),
        )

    def forget_answers(self) -> None:
        """Return to the state after the refresh."""
        self._settled = SettledGroups(dict(self._sizes))
        for a, b in self._apart:
            self._settled.part(a, b)

    def settle(self, question: ReviewQuestion, same: bool) -> None:
        """Apply an answer, which may be to a question of an earlier refresh."""
        a, b = (self._group_of.get(face) for face in question.faces)
        if a is not None and b is not None:
            (self._settled.join if same else self._settled.part)(a, b)

    def is_open(self, question: ReviewQuestion) -> bool:
        """Return True if nothing has settled a question; one within a group is open until it is answered."""
        a, b = (self._group_of.get(face) for face in question.faces)
        if a is None or b is None:
            return False
        return a == b or question.reason == "contradiction" or self._settled.is_open(a, b)
