"""A few faces beside each other, without a cursor: what a person looks like, or the two that are compared."""

from collections.abc import Sequence

from textual import work
from textual.geometry import Size
from textual.message import Message

from dofisac_tui.ui.pictures.renderer import PictureRenderer
from dofisac_tui.ui.widgets.load_pictures import show_pictures
from dofisac_tui.ui.widgets.tile import EDGE, TileContent
from dofisac_tui.ui.widgets.tile_canvas import TileCanvas

MOST_COLUMNS = 4
"""Where there is more room the faces are larger instead."""


class FaceStrip(TileCanvas, can_focus=False):
    """As many square pictures as there is room for; where none can be shown, lines of words.

    Args:
        renderer: Makes the pictures; None where none can be shown.
        cell: Width and height of a character in pixels.
        tile_width: About how many cells a tile is wide.
        columns: How many tiles fill the width, whatever it is, in one row; 0 for as many as fit.
    """

    class Grown(Message):
        """Another number of faces fits now."""

    def __init__(
        self,
        renderer: PictureRenderer | None,
        cell: tuple[int, int],
        tile_width: int = 11,
        columns: int = 0,
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.room = 0
        self._renderer = renderer
        self._cell = cell
        self._tile_width = tile_width
        self._columns = columns
        self._contents: Sequence[TileContent] = ()

    def show(self, contents: Sequence[TileContent]) -> None:
        """Show these, from the first on."""
        self._contents = contents
        self._fill()

    def on_resize(self) -> None:
        """As many tiles as fit."""
        if self._renderer is None:
            self._fit(1, self._columns or max(1, self.size.height), Size(self.size.width, 1))
            return
        columns = self._columns or max(1, min(MOST_COLUMNS, self.size.width // self._tile_width))
        width = max(3, self.size.width // columns)
        ideal = max(3, round((width - 2 * EDGE) * self._cell[0] / self._cell[1]) + 2 * EDGE)
        rows = 1 if self._columns else max(1, self.size.height // ideal)
        height = min(ideal, self.size.height) if rows > 1 or not self._columns else self.size.height
        height = max(3, height)
        self._fit(columns, rows, Size(width, height))

    def _fit(self, columns: int, rows: int, tile: Size) -> None:
        self.lay_out(columns, rows, tile, tile.height)
        if columns * rows != self.room:
            self.room = columns * rows
            self.post_message(self.Grown())
        self._fill()

    @work(exclusive=True, group="strip", exit_on_error=False)
    async def _fill(self) -> None:
        for number, tile in enumerate(self.tiles):
            content = self._contents[number] if number < len(self._contents) else None
            tile.put(content, False, self._renderer is not None)
        if self._renderer:
            await show_pictures(self._renderer, self.tiles)
