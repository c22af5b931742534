"""Above the two faces of the review: what is asked, what the answer settles, and how good the people are so far."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from dofisac_tui.learning.review_questions import ReviewQuestion
from dofisac_tui.library.views import PairView
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.wording.pairs import asked, count_of

SHORT = 80
"""Below so many columns fewer words are used."""


class ReviewHead(Vertical):
    """Two lines."""

    def compose(self) -> ComposeResult:
        """The question, the estimates."""
        with Horizontal():
            yield TextLine(id="review-question")
            yield TextLine(id="review-settles")
        yield TextLine(id="review-estimate")

    @property
    def is_short(self) -> bool:
        """Whether there is little room."""
        return self.size.width < SHORT

    def ask(self, question: ReviewQuestion, pair: PairView, waiting: int) -> None:
        """Show a question, and how many are left."""
        short = self.is_short
        settles = f"settles {question.settles:,}" if short else f"this answer settles {count_of(question.settles)}"
        if question.reason == "random":
            settles = "a spot check"
        left = f" · {waiting:,} left" if waiting else ""
        self._put("question", asked(pair, self.size.width))
        self._put("settles", settles + left)

    def ask_nothing(self) -> None:
        """Show no question."""
        self._put("question", "")
        self._put("settles", "")

    def estimate(self, words: str) -> None:
        """Show how good the people are."""
        self._put("estimate", words)

    def _put(self, line: str, words: str) -> None:
        self.query_one(f"#review-{line}", TextLine).put(Text(words))
