"""Tiles in rows and columns, as on a contact sheet."""

from collections.abc import Iterator

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset, Region, Size
from textual.strip import Strip
from textual.widget import Widget

from dofisac_tui.ui.widgets.tile import Tile


class TileCanvas(Widget, can_focus=False):
    """Draws the frames and captions of its tiles; their pictures are widgets on it. Subclasses fill the tiles.

    A widget costs Textual a millisecond before it is first seen, so there are no more of them than pictures.
    """

    COMPONENT_CLASSES = {f"tile--{part}" for part in ("frame", "marked", "caption", "line", "here")}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._tiles: list[Tile] = []
        self._in_use = 0

    @property
    def tiles(self) -> list[Tile]:
        """Those that are shown, row by row."""
        return self._tiles[: self._in_use]

    def lay_out(self, columns: int, rows: int, tile: Size, row_height: int, above: int = 0) -> None:
        """Put so many tiles of this size in their places.

        Args:
            row_height: Lines from one row of tiles to the next.
            above: Lines over each row.
        """
        self._in_use = columns * rows
        new = [Tile(self.refresh) for _ in range(len(self._tiles), self._in_use)]
        self._tiles += new
        for number, each in enumerate(self._tiles):
            row, column = divmod(number, columns)
            each.place(Region.from_offset(Offset(column * tile.width, row * row_height + above), tile))
            each.picture.display = number < self._in_use and tile.height > 2
        self.mount_all(each.picture for each in new)
        self.refresh()

    def tile_at(self, offset: Offset) -> int | None:
        """The number of the tile at this place of the screen."""
        place = offset - self.region.offset
        return next((number for number, tile in enumerate(self.tiles) if tile.region.contains_point(place)), None)

    def render_line(self, y: int) -> Strip:
        """One row of the frames and captions."""
        return Strip(self._segments(y), self.size.width)

    def _segments(self, y: int) -> Iterator[Segment]:
        x, ground = 0, self.rich_style
        for tile in self.tiles:
            left, top, width, height = tile.region
            if top <= y < top + height:
                if left > x:
                    yield Segment(" " * (left - x), ground)
                yield from tile.row(y - top, self._style_of)
                x = left + width
        if x < self.size.width:
            yield Segment(" " * (self.size.width - x), ground)

    def _style_of(self, part: str) -> Style:
        return self.get_component_rich_style(f"tile--{part}")
