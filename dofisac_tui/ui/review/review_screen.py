"""Review: one question at a time about two faces, answered with one key."""

from collections.abc import Coroutine
from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult

from dofisac_tui.errors import DofisacError
from dofisac_tui.learning.estimates import PeopleEstimate, people_estimate
from dofisac_tui.learning.review_questions import ReviewQuestion
from dofisac_tui.library.ledger import Vote
from dofisac_tui.library.status_report import Overview
from dofisac_tui.library.views import PairView, pair_view
from dofisac_tui.library.voting import YesNo
from dofisac_tui.ui.base.library_screen import LibraryScreen
from dofisac_tui.ui.base.reclustering import recluster_on
from dofisac_tui.ui.base.viewer import open_in_viewer
from dofisac_tui.ui.keys.actions import bindings_of
from dofisac_tui.ui.keys.key_guard import AnswerGuard
from dofisac_tui.ui.pictures.terminal import Protocol
from dofisac_tui.ui.review.face_pair import MORE, FacePair, FaceSide
from dofisac_tui.ui.review.relearning import relearn_on
from dofisac_tui.ui.review.review_head import ReviewHead
from dofisac_tui.ui.review.review_session import AHEAD, ReviewSession
from dofisac_tui.ui.session import Album
from dofisac_tui.ui.widgets.status_line import StatusLine
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.wording.pairs import estimate_in_words, evidence

_ESTIMATE_EVERY = 20
_LEARN_FROM = 20


class ReviewScreen(LibraryScreen):
    """Asks the most informative questions. An answer counts only for the question on the screen."""

    NAME = "review"
    BINDINGS = bindings_of(NAME)
    VERTICAL_BREAKPOINTS = [(0, "-tight"), (30, "-roomy")]

    def __init__(self) -> None:
        super().__init__()
        self._session = ReviewSession(self.session.worker)
        self._pairs: dict[tuple[int, int], PairView | None] = {}
        self._shown: ReviewQuestion | None = None
        self._reaction = AnswerGuard()
        self._deciding = False
        self._estimate: PeopleEstimate | None = None
        self._answers_at_estimate = 0
        self._answers_learnt = 0
        self._applied: tuple[int | None, int] = None, 0

    def body(self) -> ComposeResult:
        """Yield the question, the two faces, and the words for no question."""
        app = self.session
        coarse = app.terminal.protocol is Protocol.HALFBLOCKS
        yield ReviewHead()
        yield FacePair(app.renderer, app.terminal.cell, coarse)
        yield TextLine(classes="empty")

    def on_mount(self) -> None:
        """Make the first questions."""
        self._say_nothing("Choosing questions …")
        self._refresh()

    @property
    def _faces(self) -> FacePair:
        return self.query_one(FacePair)

    @property
    def question(self) -> ReviewQuestion | None:
        """The current question."""
        return self._session.current

    @property
    def run_id(self) -> int | None:
        """The people run that the questions are about."""
        return self._session.run_id

    # showing

    def _refresh(self) -> None:
        self.spawn(self._make_questions(), group="refresh", exclusive=True)

    async def _make_questions(self) -> None:
        await self._session.refresh()
        self._show()
        if self._estimate is None:
            await self._judge()

    async def _judge(self) -> None:
        self._answers_at_estimate = self._session.answers
        self._estimate = await self.session.worker.slow(people_estimate)
        self._tell_estimate()

    def _tell_estimate(self) -> None:
        answers = self._session.answers
        known = self._estimate.answers if self._estimate else 0
        head, answered = self.query_one(ReviewHead), known + answers - self._answers_at_estimate
        words = estimate_in_words(self._estimate, answered, head.is_short)
        head.estimate(" · ".join([*self._hints(), words]))

    def _hints(self) -> list[str]:
        """Return what to do with the answers so far."""
        answers = self._session.answers
        if self._applied[0] != self._session.run_id:
            self._applied = self._session.run_id, answers
        if answers - self._answers_learnt >= _LEARN_FROM:
            return [f"{self.key_of('learn.now')}: learn from your answers, {self.key_of('cluster.now')}: apply them"]
        return [f"{self.key_of('cluster.now')}: apply your answers"] if answers > self._applied[1] else []

    def _show(self) -> None:
        """Show the current question; until it is drawn, no answer counts."""
        if self._session.current != self._shown:
            self._reaction.reset()
        self.spawn(self._show_current(), group="question", exclusive=True)

    async def _show_current(self) -> None:
        while (question := self._session.current) and (pair := await self._pair(question)) is None:
            self._session.drop()
        if question is None or pair is None:
            self._shown = None
            self._say_nothing(self._nothing_left())
            return
        self.instead_of("#review-pair", None)
        pictures = await self._faces.prepare(pair)
        await self._line_has_room()
        with self.app.batch_update():
            self.query_one(ReviewHead).ask(question, pair, self._session.waiting)
            self._tell_estimate()
            self.evidence(Text(evidence(question, pair)))
            self._faces.put(question, pair, pictures, is_new=question != self._shown)
        self._shown = question
        self.call_after_refresh(self._drawn, question)
        await self._make_ahead(1)
        await self._faces.put_more(pair)
        await self._make_ahead(AHEAD)

    def _drawn(self, question: ReviewQuestion) -> None:
        self.spawn(self._seen(question), group="seen", exclusive=True)

    async def _seen(self, question: ReviewQuestion) -> None:
        await self._line_has_room()  # over a slow line the pictures are still on their way
        if question == self._session.current and not self._deciding:
            self._reaction.question_shown()

    async def _line_has_room(self) -> None:
        if self.session.renderer:
            await self.session.renderer.flow_control.turn()

    async def _make_ahead(self, most: int) -> None:
        """Make the large pictures of the next questions."""
        for question in self._session.ahead[:most]:
            pair = await self._pair(question)
            if pair:
                await self._faces.prepare(pair)

    async def _pair(self, question: ReviewQuestion) -> PairView | None:
        key = question.face_a, question.face_b
        if key not in self._pairs:
            self._pairs[key] = await self.session.worker.quick(pair_view, *key, MORE)
        return self._pairs[key]

    def _say_nothing(self, words: str) -> None:
        self.instead_of("#review-pair", words)
        self.query_one(ReviewHead).ask_nothing()
        self.evidence(Text(""))

    def _nothing_left(self) -> str:
        cluster, learn = self.key_of("cluster.now"), self.key_of("learn.now")
        if not self._session.clustered:
            return f"No people yet.\n\n  {cluster}  find people"
        return (
            f"No questions left.\n\nNew questions appear with new photos, or after {cluster}.\n\n"
            f"  {learn}  learn from your answers\n  {cluster}  find people again"
        )

    @on(FaceSide.Resized)
    def _resized(self) -> None:
        self._show()

    def overview_changed(self, overview: Overview) -> None:
        """Read the faces again."""
        super().overview_changed(overview)
        self._look_again()

    def _look_again(self) -> None:
        self._pairs.clear()
        self.spawn(self._follow(), group="follow", exclusive=True)

    async def _follow(self) -> None:
        if await self._session.has_other_people():
            self._refresh()
        elif self._shown:
            self._show()

    # answers

    def is_answerable(self) -> bool:
        """Return True if the question was on the screen long enough to be answered."""
        return self._shown is not None and self._shown == self._session.current and self._reaction.accepts_answer()

    def _decide(self, decision: Coroutine[Any, Any, None]) -> None:
        self._reaction.reset()
        self._deciding = True  # the question may be drawn again before the answer is on the disk
        self.query_one(StatusLine).hush()
        self.decide(self._carry_out(decision), "review")

    async def _carry_out(self, decision: Coroutine[Any, Any, None]) -> None:
        try:
            await decision
        except DofisacError:
            self._pairs.clear()  # a face may be gone
            raise
        finally:
            self._deciding = False
            if self.is_attached:
                self._show()
        if self._session.is_stale:
            self._refresh()
        elif self._session.answers - self._answers_at_estimate >= _ESTIMATE_EVERY:
            await self._judge()

    def action_answer(self, answer: YesNo) -> None:
        """Vote whether they are one person."""
        if self.is_answerable():
            self._decide(self._session.answer(answer))

    def action_not_a_face(self, side: str) -> None:
        """Vote that the left or the right picture is not a face."""
        if self.is_answerable():
            self._decide(self._session.not_a_face(right=side == "right"))

    def action_vote_skip(self) -> None:
        """Ask the question again later."""
        if self.is_answerable():
            self._session.skip()
            self.query_one(StatusLine).hush()
            self._show()

    def decided(self, vote: Vote) -> None:
        """Show a question again after an undo, or the next one after a redo."""
        if self._session.took_back(vote):
            self._show()
        else:
            self._refresh()

    # learning and clustering

    def action_learn_now(self) -> None:
        """Retrain on all answers."""
        self.spawn(self._learn(), group="learn")

    async def _learn(self) -> None:
        learnt = self._session.answers
        adopted = await relearn_on(self)
        self._answers_learnt = learnt
        if adopted:
            await self._make_questions()

    def action_cluster_now(self) -> None:
        """Find people again, by the answers."""
        self.spawn(self._recluster(), group="cluster")

    async def _recluster(self) -> None:
        await recluster_on(self, ["people"])
        await self._make_questions()

    # photos

    def _photos(self) -> PairView | None:
        return self._pairs.get((self._shown.face_a, self._shown.face_b)) if self._shown else None

    def action_photo_open(self) -> None:
        """Open both photos in full size."""
        pair = self._photos()
        if pair:
            faces = [side.face for side in (pair.left, pair.right)]
            photos = [face.photo.photo_id for face in faces]
            self.session.open_photo(Album(photos, face_ids=[face.face_id for face in faces]))

    def action_photo_viewer(self) -> None:
        """Open both photos in another program, one after the other."""
        pair = self._photos()
        if pair:
            self.spawn(self._open_both(pair))

    async def _open_both(self, pair: PairView) -> None:
        for side in (pair.left, pair.right):
            await open_in_viewer(self.session, side.face.photo.path)
