"""Groups of pictures, a row each below a heading: pages of rows, filled anew for each page."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import events, work
from textual.geometry import Offset
from textual.message import Message
from textual.widget import Widget

from dofisac_tui.errors import DofisacError
from dofisac_tui.ui.images.studio import Studio
from dofisac_tui.ui.messages import Trouble
from dofisac_tui.ui.widgets.develop import show_pictures
from dofisac_tui.ui.widgets.line import Line
from dofisac_tui.ui.widgets.tile import EDGE, Tile, TileContent

MOST_ROWS = 6


@dataclass(frozen=True)
class RowContent:
    """One group.

    Attributes:
        heading: One line.
        size: How many pictures it has.
        tiles: The first of them, as many as were wanted.
    """

    heading: Text
    size: int
    tiles: Sequence[TileContent]


Source = Callable[[int, int, int], Awaitable[Sequence[RowContent]]]
"""From a first and a last row, the last not included, and how many pictures of each are wanted, to those rows."""


class PictureRows(Widget, can_focus=False):
    """Pages, rather than scrolls, both through the rows and through the pictures of the row under the cursor.

    Args:
        studio: Makes the pictures; None where none can be shown.
        cell: Width and height of a character in pixels.
        tile_width: About how many cells a tile is wide.
        shape: Height of a picture over its width, in pixels.
    """

    COMPONENT_CLASSES = {f"picture-rows--{part}" for part in ("here", "rule", "more", "keep", "need")}

    class Moved(Message):
        """The cursor stands somewhere else, or on something else."""

    class Chosen(Message):
        """A picture was clicked while the cursor was on it."""

    def __init__(self, studio: Studio | None, cell: tuple[int, int], tile_width: int = 21, shape: float = 0.7) -> None:
        super().__init__()
        self.count = 0
        self.row = 0
        self.column = 0
        self.marks: set[int] = set()
        self._studio = studio
        self._cell = cell
        self._tile_width = tile_width
        self._shape = shape
        self._source: Source | None = None
        self._columns, self._rows, self._height = 1, 1, 3
        self._shown: Sequence[RowContent] = ()
        self._first_shown = -1
        self._start = 0

    @property
    def page(self) -> int:
        """The page that the cursor is on, from 0."""
        return self.row // self._rows

    @property
    def pages(self) -> int:
        """How many pages there are; at least 1."""
        return max(1, -(-self.count // self._rows))

    def fill(self, count: int, source: Source, row: int = 0, column: int = 0) -> None:
        """Show something else.

        Args:
            count: How many rows there are.
            source: Tells what they are, a page at a time.
            row, column: Where to put the cursor.
        """
        self.count, self._source = count, source
        self.row, self.column = max(0, min(row, count - 1)), column
        self.reload()

    def reload(self) -> None:
        """Ask the source again for what is shown."""
        self._first_shown = -1
        self._show_page()

    def move(self, columns: int = 0, rows: int = 0, pages: int = 0) -> None:
        """Move the cursor; past the edge of a page comes the next one."""
        if columns:
            self._go_along(self.column + columns)
        else:
            self.go(self.row + rows + pages * self._rows)

    def go(self, position: int) -> None:
        """Put the cursor on a row, the nearest that exists."""
        position = max(0, min(position, self.count - 1))
        if position != self.row:
            self.row, self.marks = position, set()
            self.column = min(self.column % self._columns, max(0, self._length() - 1))
            self._show_page()

    def _go_along(self, column: int) -> None:
        column = max(0, min(column, self._length() - 1))
        if column != self.column:
            self.column = column
            self._show_page()

    def _length(self) -> int:
        """Pictures of the row under the cursor, as far as it is known."""
        number = self.row - self._first_shown
        return self._shown[number].size if 0 <= number < len(self._shown) else self._columns

    def toggle_mark(self) -> None:
        """Mark the picture under the cursor, or take the mark away, and go on."""
        self.marks ^= {self.column}
        self._show_page()
        self.move(columns=1)

    def clear_marks(self) -> None:
        """Take all marks away."""
        self.marks = set()
        self._show_page()

    def on_resize(self, event: events.Resize) -> None:
        """As many rows and pictures as fit."""
        self._columns = max(2, event.size.width // self._tile_width)
        width = max(3, event.size.width // self._columns)
        ideal = (width - 2 * EDGE) * self._cell[0] * self._shape / self._cell[1] + 2 * EDGE + 1
        self._rows = max(1, min(MOST_ROWS, round(event.size.height / ideal)))
        self._height = max(4, event.size.height // self._rows)
        self._arrange(width)
        self.reload()

    def _arrange(self, width: int) -> None:
        headings, tiles = list(self.query(Line)), list(self.query(Tile))
        new_headings = [Line() for _ in range(self._rows - len(headings))]
        new_tiles = [Tile(number) for number in range(len(tiles), self._rows * self._columns)]
        self.mount_all([*new_headings, *new_tiles])
        for row, heading in enumerate([*headings, *new_headings]):
            heading.display = row < self._rows
            heading.styles.offset = Offset(0, row * self._height)
        for number, tile in enumerate([*tiles, *new_tiles]):
            row, column = divmod(number, self._columns)
            tile.display = row < self._rows
            tile.styles.width, tile.styles.height = width, self._height - 1
            tile.styles.offset = Offset(column * width, row * self._height + 1)

    def _tiles(self) -> list[Tile]:
        return list(self.query(Tile))[: self._rows * self._columns]

    def _show_page(self) -> None:
        first, start = self.page * self._rows, self.column // self._columns * self._columns
        if (first, start) != (self._first_shown, self._start):
            self._load(first, start)
        else:
            self._draw_states()
            self.post_message(self.Moved())

    @work(exclusive=True, group="page", exit_on_error=False)
    async def _load(self, first: int, start: int) -> None:
        if self._source is None or not self.is_mounted:
            return
        last = min(self.count, first + self._rows)
        try:
            shown = await self._source(first, last, start + self._columns) if last > first else ()
        except DofisacError as error:
            self.post_message(Trouble(error))
            return
        self._shown, self._first_shown, self._start = shown, first, start
        self.column = max(0, min(self.column, self._length() - 1))
        if self.column < start:  # the row became shorter
            self._show_page()
            return
        tiles = self._tiles()
        for number, tile in enumerate(tiles):
            tile.put(self._content(*divmod(number, self._columns)), False, self._studio is not None)
        self._draw_states()
        self.post_message(self.Moved())
        if self._studio:
            await show_pictures(self._studio, tiles)

    def _content(self, row: int, column: int) -> TileContent | None:
        if row >= len(self._shown):
            return None
        tiles = self._shown[row].tiles[self._start_of(row) :]
        return tiles[column] if column < len(tiles) else None

    def _start_of(self, row: int) -> int:
        """The first picture that a row of the page shows."""
        return self._start if self._first_shown + row == self.row else 0

    def _draw_states(self) -> None:
        here = self.row - self._first_shown
        for number, tile in enumerate(self._tiles()):
            row, column = divmod(number, self._columns)
            position = self._start_of(row) + column
            tile.state(row == here and position == self.column, row == here and position in self.marks)
        for row, heading in enumerate(list(self.query(Line))[: self._rows]):
            heading.put(self._heading(row, row == here))

    def _heading(self, row: int, here: bool) -> Text:
        """A sign of the cursor, what the group is, a rule, and how much of it cannot be seen."""
        if row >= len(self._shown):
            return Text("")
        accent, rule, more = (
            self.get_component_rich_style(f"picture-rows--{part}", partial=True) for part in ("here", "rule", "more")
        )
        content, start = self._shown[row], self._start_of(row)
        unseen = content.size - self._columns
        hidden = f" {start + 1:,}-{min(start + self._columns, content.size):,} of {content.size:,} " if start else ""
        hidden = hidden or (f" +{unseen:,} more " if unseen > 0 else "")
        width = self.size.width
        left = Text.assemble(("▌" if here else " ", accent), " ", content.heading, " ", no_wrap=True)
        left.truncate(max(0, width - len(hidden)), overflow="ellipsis")
        line = "─" * max(0, width - left.cell_len - len(hidden))
        return Text.assemble(left, (line, rule), (hidden, more), no_wrap=True, overflow="crop")

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; a click on what is under the cursor opens it."""
        for number, tile in enumerate(self._tiles()):
            if tile.region.contains_point(event.screen_offset) and tile.content:
                row, column = divmod(number, self._columns)
                position, along = self._first_shown + row, self._start_of(row) + column
                if (position, along) == (self.row, self.column):
                    self.post_message(self.Chosen())
                else:
                    self.go(position)
                    self._go_along(along)
                return
