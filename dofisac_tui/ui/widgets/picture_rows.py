"""Groups of pictures, a row each below a heading: pages of rows, filled anew for each page."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.geometry import Offset, Size

from dofisac_tui.ui.pictures.renderer import PictureRenderer
from dofisac_tui.ui.widgets.picture_pages import PicturePages, clamped
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.ui.widgets.tile import TileContent

MOST_ROWS = 6
_WIDE = 150  # where there are more columns the pictures are larger, since most groups are small
_WORDS_HEIGHT = 4  # heading, name, caption and a space, where there are no pictures


@dataclass(frozen=True)
class RowContent:
    """One group.

    Attributes:
        heading: One line.
        size: How many pictures it has.
        tiles: The first of them, as many as were wanted.
        about: What the source knows it by.
    """

    heading: Text
    size: int
    tiles: Sequence[TileContent]
    about: object = None


Source = Callable[[int, int, int], Awaitable[Sequence[RowContent]]]
"""From a first and a last row, the last not included, and how many pictures of each are wanted, to those rows."""


class PictureRows(PicturePages, can_focus=False):
    """The cursor goes through the rows, and along the pictures of its row, of which the others show the first."""

    COMPONENT_CLASSES = {f"picture-rows--{part}" for part in ("here", "rule", "more", "keep", "need")}

    def __init__(
        self, renderer: PictureRenderer | None, cell: tuple[int, int], tile_width: int = 21, shape: float = 0.7
    ) -> None:
        super().__init__(renderer, cell, tile_width, shape)
        self.row = 0
        self.column = 0
        self._source: Source | None = None
        self._shown: Sequence[RowContent] = ()
        self._start = 0
        self._is_stale = False  # what is drawn was asked for anew
        self._is_adrift = False  # and stands in other rows then

    @property
    def here(self) -> object:
        """What is known of the row under the cursor, as it is drawn; None while that is yet to come."""
        return self.about(self.row)

    def about(self, row: int) -> object:
        """What is known of a row, as it is drawn; None where it is not."""
        content = self._drawn(row)
        return content.about if content else None

    def _drawn(self, row: int) -> RowContent | None:
        number = row - self._first_shown
        return self._shown[number] if not self._is_adrift and 0 <= number < len(self._shown) else None

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
        row = clamped(row, count)
        self._is_adrift = self._is_adrift or row != self.row
        self.count, self._source = count, source
        self.row, self.column = row, column
        self.reload()

    def reload(self) -> None:
        """Ask the source again for what is shown."""
        self._is_stale = True
        if self.size:  # else the first layout is yet to come, and asks
            self.show_page()

    def move(self, columns: int = 0, rows: int = 0, pages: int = 0) -> None:
        """Move the cursor; past the edge of a page comes the next one."""
        if columns:
            self._go_along(self.column + columns)
        else:
            self.go(self.row + rows + pages * self._rows)

    def go(self, position: int) -> None:
        """Put the cursor on a row, the nearest that exists."""
        position = clamped(position, self.count)
        if position != self.row:
            self.row, self.marks = position, set()
            self.column = clamped(self.column % self._columns, self._length())
            self.show_page()

    def _go_along(self, column: int) -> None:
        column = clamped(column, self._length())
        if column != self.column:
            self.column = column
            self.show_page()

    def _length(self) -> int:
        """Pictures of the row under the cursor, as far as it is known."""
        content = self._drawn(self.row)
        return content.size if content else self._columns

    def toggle_mark(self) -> None:
        """Mark the picture under the cursor, or take the mark away, and go on."""
        if not self._is_adrift:
            self.mark(self.column)
            self.move(columns=1)

    def on_resize(self) -> None:
        """As many rows and pictures as fit."""
        self._columns, rows = self.tiles_that_fit(2, max(1.0, self.size.width / _WIDE), above=1)
        self._rows = min(MOST_ROWS, rows) if self._renderer else max(1, self.size.height // _WORDS_HEIGHT)
        height = max(4, self.size.height // self._rows) if self._renderer else _WORDS_HEIGHT
        headings = list(self.query(TextLine))
        new = [TextLine() for _ in range(self._rows - len(headings))]
        self.mount_all(new)
        for row, heading in enumerate([*headings, *new]):
            heading.display = row < self._rows
            heading.styles.offset = Offset(0, row * height)
        tile = Size(max(3, self.size.width // self._columns), height - 1 if self._renderer else 2)
        self.lay_out(self._columns, self._rows, tile, height, above=1)
        self.reload()

    def show_page(self) -> None:
        """Load the page that the cursor is on, or where it is shown already, draw the cursor."""
        first, start = self.page * self._rows, self.column // self._columns * self._columns
        if self._is_stale or (first, start) != (self._first_shown, self._start):
            self.load(first, start)
        else:
            self.draw_states()
            self.post_message(self.Moved(self))

    async def put_page(self, first: int, start: int) -> bool:
        """Put what stands there into the tiles, beginning with the picture `start` in the row under the cursor."""
        if self._source is None:
            return False
        last = min(self.count, first + self._rows)
        shown = await self._source(first, last, start + self._columns) if last > first else ()
        if first != self.page * self._rows:  # the cursor went back to the page before
            return False
        self._shown, self._first_shown, self._start = shown, first, start
        self._is_stale = self._is_adrift = False
        self.column = clamped(self.column, self._length())
        if self.column < start:  # the row became shorter
            self.show_page()
            return False
        for number, tile in enumerate(self.tiles):
            tile.put(self._content(*divmod(number, self._columns)), False, self._renderer is not None)
        return True

    def _content(self, row: int, column: int) -> TileContent | None:
        if row >= len(self._shown):
            return None
        tiles = self._shown[row].tiles[self._start_of(row) :]
        return tiles[column] if column < len(tiles) else None

    def _start_of(self, row: int) -> int:
        """The first picture that a row of the page shows."""
        return self._start if self._first_shown + row == self.row else 0

    def draw_states(self) -> None:
        """Draw the cursor, the marks and the headings."""
        here = -1 if self._is_adrift else self.row - self._first_shown
        for number, tile in enumerate(self.tiles):
            row, column = divmod(number, self._columns)
            position = self._start_of(row) + column
            tile.state(row == here and position == self.column, row == here and position in self.marks)
        for row, heading in enumerate(list(self.query(TextLine))[: self._rows]):
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

    def clicked(self, number: int) -> None:
        """Move the cursor there, or open what it is on."""
        if self._is_adrift:
            return
        row, column = divmod(number, self._columns)
        position, along = self._first_shown + row, self._start_of(row) + column
        if (position, along) == (self.row, self.column):
            self.post_message(self.Chosen(self))
        else:
            self.go(position)
            self._go_along(along)
