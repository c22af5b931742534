"""The question of the review: two faces side by side, and between them further evidence."""

import asyncio

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal

from dofisac_tui.learning.review_questions import ReviewQuestion
from dofisac_tui.library.views import PairView
from dofisac_tui.ui.pictures.encode import Encoded
from dofisac_tui.ui.pictures.renderer import PictureRenderer
from dofisac_tui.ui.review.face_side import FaceSide
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.wording.numbers import percent
from dofisac_tui.wording.pairs import circumstances

Pictures = tuple[Encoded | None, Encoded | None]
"""Of the left and the right face."""


class FacePair(Horizontal):
    """Shows both faces at once: first the pictures are made, then the pair is put on the screen.

    Args:
        studio: Makes the pictures; None where none can be shown.
        cell: Width and height of a character in pixels.
        coarse: True if a character shows only two pixels.
    """

    def __init__(self, studio: PictureRenderer | None, cell: tuple[int, int], coarse: bool) -> None:
        super().__init__(id="review-pair")
        self._left = FaceSide(studio, cell, coarse, id="review-left")
        self._between = TextLine(id="review-between")
        self._right = FaceSide(studio, cell, coarse, id="review-right")

    def compose(self) -> ComposeResult:
        """Yield a face, numbers, a face."""
        yield self._left
        yield self._between
        yield self._right

    async def prepare(self, pair: PairView) -> Pictures:
        """Make the large pictures."""
        return await asyncio.gather(self._left.prepare(pair.left), self._right.prepare(pair.right))

    def put(self, question: ReviewQuestion, pair: PairView, pictures: Pictures, is_new: bool) -> None:
        """Show both faces.

        Args:
            is_new: True if other faces were shown before; their small pictures are removed.
        """
        numbers = [percent(question.match), f"d {question.distance:.2f}"]
        if self.screen.has_class("-list"):
            between = " · ".join([*numbers, *circumstances(pair)])
        else:
            between = "\n".join([*numbers, "", *circumstances(pair)])
        self._between.put(Text(between))
        for side, shown, picture in zip((self._left, self._right), (pair.left, pair.right), pictures, strict=True):
            side.put(shown, picture)
            if is_new:
                side.clear_more()

    async def put_more(self, pair: PairView) -> None:
        """Show more faces of both."""
        left, right = await asyncio.gather(self._left.prepare_more(pair.left), self._right.prepare_more(pair.right))
        await asyncio.gather(self._left.put_more(left), self._right.put_more(right))
