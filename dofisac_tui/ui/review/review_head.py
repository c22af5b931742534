"""The lines above the two faces of the review: the question, its effect, and the estimated quality."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from dofisac_tui.learning.review_questions import ReviewQuestion
from dofisac_tui.library.views import PairView
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.wording.numbers import counted
from dofisac_tui.wording.pairs import asked

SHORT = 80
"""Below this width, in columns, fewer words are used."""


class ReviewHead(Vertical):
    """Two lines of text."""

    def compose(self) -> ComposeResult:
        """Yield the question and the estimates."""
        with Horizontal():
            yield TextLine(id="review-question")
            yield TextLine(id="review-settles")
        yield TextLine(id="review-estimate")

    @property
    def is_short(self) -> bool:
        """True if there is little room."""
        return self.size.width < SHORT

    def ask(self, question: ReviewQuestion, pair: PairView, waiting: int) -> None:
        """Show a question, and how many are left."""
        count = f"{question.settles:,}" if self.is_short else counted(question.settles, "face")
        settles = "spot check" if question.reason == "random" else f"settles {count}"
        left = f" · {waiting:,} left" if waiting else ""
        self._put("question", asked(pair))
        self._put("settles", settles + left)

    def ask_nothing(self) -> None:
        """Show no question."""
        self._put("question", "")
        self._put("settles", "")

    def estimate(self, words: str) -> None:
        """Show the estimated quality."""
        self._put("estimate", words)

    def _put(self, line: str, words: str) -> None:
        self.query_one(f"#review-{line}", TextLine).put(Text(words))
