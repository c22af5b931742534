"""The question of the review: two faces side by side, each with more faces of its person, and further evidence."""

import asyncio
from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.message import Message

from dofisac_tui.learning.review_questions import ReviewQuestion
from dofisac_tui.library.views import PairSide, PairView
from dofisac_tui.ui.pictures.encode import Encoded
from dofisac_tui.ui.pictures.picture import Picture
from dofisac_tui.ui.pictures.renderer import PictureRenderer, PictureSource
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.ui.widgets.tile_content import face_source
from dofisac_tui.wording.fitting import fitted
from dofisac_tui.wording.numbers import percent
from dofisac_tui.wording.pairs import circumstances, more_of, whose
from dofisac_tui.wording.photos import place, taken

MORE = 6
"""Largest number of other faces of the person."""

_WORDS = 3
_LEAST_PICTURE = 6
_LEAST_WITH_MORE = 18
_ROOMY = 24
_LOWEST_MORE, _HIGHEST_MORE = 4, 8


class FaceSide(Vertical):
    """A face and its person.

    Args:
        renderer: Makes the pictures; None where none can be shown.
        cell: Width and height of a character in pixels.
        coarse: True if a character shows only two pixels, so that small pictures are useless.
    """

    COMPONENT_CLASSES = {"face-side--who"}

    class Resized(Message):
        """Sent when the pictures have another size."""

    def __init__(self, renderer: PictureRenderer | None, cell: tuple[int, int], coarse: bool, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._renderer = renderer
        self._cell = cell
        self._coarse = coarse
        self._more_size = Size(0, 0)
        self._more_fit = 0

    def compose(self) -> ComposeResult:
        """Yield picture, words, more pictures."""
        with Horizontal(classes="face-row"):
            yield _Large(classes="face-large")
        yield TextLine(classes="face-words")
        yield TextLine(classes="face-label")
        with Horizontal(classes="face-more"):
            for _ in range(MORE):
                yield Picture()

    def on_resize(self) -> None:
        """Divide the room: the large face gets most of it."""
        width, height = self.size
        pictures = self._renderer is not None
        rows = max(_LOWEST_MORE, min(_HIGHEST_MORE, height // 5))
        has_more = pictures and height >= _LEAST_WITH_MORE and not (self._coarse and rows < _HIGHEST_MORE)
        gap = int(height >= _ROOMY)
        strip, large, label = (self.query_one(f".face-{part}") for part in ("more", "large", "label"))
        strip.display, strip.styles.height = has_more, rows
        label.display, label.styles.margin = has_more, (gap, 0, 0, 0)
        self._more_size = Size(self._square(rows), rows) if has_more else Size(0, 0)
        self._more_fit = width // (self._more_size.width + 1) if has_more else 0
        for picture in strip.query(Picture):
            picture.styles.width = self._more_size.width
        left = height - _WORDS - has_more * (rows + gap + 1)
        self.query_one(".face-row").display = pictures and left >= _LEAST_PICTURE
        large.styles.width = min(width, self._square(left))
        self.call_after_refresh(self.post_message, self.Resized())

    def _square(self, rows: int) -> int:
        """Return the number of columns that are as wide as so many rows are high."""
        return max(1, round(rows * self._cell[1] / self._cell[0]))

    async def prepare(self, side: PairSide) -> Encoded | None:
        """Make the large picture before it is shown."""
        picture = self.query_one(".face-large", Picture)
        if self._renderer is None or not picture.display or not picture.size:
            return None
        source, size = face_source(side.face, side.beside), picture.size
        if self._renderer.is_blurred(source, size):
            sharp = await self._renderer.sharp(source, size)
            if sharp:
                return sharp
        return self._renderer.ready(source, size) or await self._renderer.quick(source, size)

    async def prepare_more(self, side: PairSide) -> list[Encoded | None]:
        """Make the small pictures before they are shown."""
        renderer, size = self._renderer, self._more_size
        if renderer is None or not size:
            return []
        return await asyncio.gather(
            *(_small(renderer, face_source(face), size) for face in side.more[: self._more_fit])
        )

    def put(self, side: PairSide, encoded: Encoded | None) -> None:
        """Show a face with its prepared picture."""
        width = self.size.width
        who = self.get_component_rich_style("face-side--who", partial=True)
        lines = [taken(side.face.photo), place(side.face.photo, width)]
        if side.face.photo.absent:
            lines[0] += " · file missing"
        self.query_one(".face-words", TextLine).put(
            Text.assemble((fitted(whose(side), width), who), "\n", "\n".join(lines), no_wrap=True)
        )
        self.query_one(".face-large", Picture).show(encoded)
        self.query_one(".face-label", TextLine).put(Text(more_of(side)))
        for number, small in enumerate(self.query(".face-more Picture")):
            small.display = number < min(self._more_fit, len(side.more))  # those that are left stand in the middle

    def clear_more(self) -> None:
        """Remove the small pictures."""
        for picture in self._shown_more():
            picture.show(None)

    async def put_more(self, pictures: Sequence[Encoded | None]) -> None:
        """Show the small pictures, each as soon as the terminal can take it."""
        for picture, encoded in zip(self._shown_more(), pictures, strict=False):
            if self._renderer:
                await self._renderer.flow_control.turn()
            picture.show(encoded)

    def _shown_more(self) -> list[Picture]:
        return [picture for picture in self.query(".face-more Picture").results(Picture) if picture.display]


class _Large(Picture):
    """The large picture: it is resized one layout later than the widget around it."""

    def on_resize(self) -> None:
        """Ask for a picture of the new size."""
        self.post_message(FaceSide.Resized())


async def _small(renderer: PictureRenderer, source: PictureSource, size: Size) -> Encoded | None:
    return renderer.ready(source, size) or await renderer.quick(source, size)


Pictures = tuple[Encoded | None, Encoded | None]
"""Of the left and the right face."""


class FacePair(Horizontal):
    """Shows both faces at once: first the pictures are made, then the pair is put on the screen.

    Args:
        renderer: Makes the pictures; None where none can be shown.
        cell: Width and height of a character in pixels.
        coarse: True if a character shows only two pixels.
    """

    def __init__(self, renderer: PictureRenderer | None, cell: tuple[int, int], coarse: bool) -> None:
        super().__init__(id="review-pair")
        self._left = FaceSide(renderer, cell, coarse, id="review-left")
        self._between = TextLine(id="review-between")
        self._right = FaceSide(renderer, cell, coarse, id="review-right")

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
