"""One large picture with what is known about it."""

import asyncio

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size

from dofisac_tui.library.views import FaceView, PhotoView
from dofisac_tui.ui.pictures.encode import Encoded
from dofisac_tui.ui.pictures.picture import Picture
from dofisac_tui.ui.pictures.renderer import Box, PictureRenderer, PictureSource
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.ui.widgets.tile_content import photo_source
from dofisac_tui.wording.photos import photo_words

_SETTLE_SECONDS = 0.08
_PATIENCE_SECONDS = 0.4


class Preview(Vertical):
    """The picture as large as there is room, the words below it.

    Args:
        renderer: Makes the pictures; None where none can be shown.
        settle: Seconds to wait before a picture is made, so that a cursor that runs makes none.
    """

    def __init__(
        self,
        renderer: PictureRenderer | None,
        settle: float = _SETTLE_SECONDS,
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._renderer = renderer
        self._settle = settle
        self._source: PictureSource | None = None

    def compose(self) -> ComposeResult:
        """Picture and words."""
        picture = Picture(classes="preview-picture")
        picture.display = self._renderer is not None
        yield picture
        yield TextLine(classes="preview-words")

    def show(self, source: PictureSource | None, words: Text) -> None:
        """Show a picture and what is known about it."""
        self.query_one(".preview-words", TextLine).put(words)
        if source != self._source:
            self._source = source
            self._make()

    def show_photo(self, card: PhotoView, faces: list[FaceView], frame: Box | None = None) -> None:
        """Show a photo with its usual words, a face in it framed."""
        self.show(photo_source(card, frame), photo_words(card, faces, max(20, self.size.width - 2)))

    def on_resize(self) -> None:
        """Another size is another picture."""
        self._make()

    @work(exclusive=True, group="preview", exit_on_error=False)
    async def _make(self) -> None:
        picture, source, renderer = self.query_one(Picture), self._source, self._renderer
        if renderer is None or source is None:
            picture.show(None)
            return
        await asyncio.sleep(self._settle)
        size = picture.size
        if not self.display or not size:
            return
        encoded = renderer.ready(source, size) or await self._quick(picture, renderer, source, size)
        await renderer.flow_control.turn()
        picture.show(encoded)
        if renderer.is_blurred(source, size):
            sharp = await renderer.sharp(source, size)
            await renderer.flow_control.turn()
            if sharp:
                picture.show(sharp)

    async def _quick(
        self, picture: Picture, renderer: PictureRenderer, source: PictureSource, size: Size
    ) -> Encoded | None:
        making = asyncio.ensure_future(renderer.quick(source, size))
        try:
            if not (await asyncio.wait({making}, timeout=_PATIENCE_SECONDS))[0]:
                picture.show(None)  # the one that stands there is of another photo than the words
            return await making
        finally:
            making.cancel()
