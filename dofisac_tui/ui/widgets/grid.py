"""A paged grid of pictures: a fixed set of tiles, filled anew for each page."""

from collections.abc import Awaitable, Callable, Sequence

from textual import events, work
from textual.geometry import Offset, Size
from textual.message import Message
from textual.widget import Widget

from dofisac_tui.errors import DofisacError
from dofisac_tui.ui.images.studio import Studio
from dofisac_tui.ui.messages import Trouble
from dofisac_tui.ui.widgets.develop import show_pictures
from dofisac_tui.ui.widgets.tile import EDGE, Tile, TileContent

Source = Callable[[int, int], Awaitable[Sequence[TileContent]]]
"""From a first and a last position, the last not included, to what stands there."""


class PictureGrid(Widget, can_focus=False):
    """Pages, rather than scrolls: a picture that moves has to be sent anew.

    Args:
        studio: Makes the pictures; None where none can be shown.
        cell: Width and height of a character in pixels.
        tile_width: About how many cells a tile is wide.
        shape: Height of a picture over its width, in pixels.
    """

    class Moved(Message):
        """The cursor stands somewhere else, or on something else."""

        def __init__(self, grid: "PictureGrid") -> None:
            super().__init__()
            self.grid = grid

        @property
        def control(self) -> "PictureGrid":
            """The grid."""
            return self.grid

    class Chosen(Moved):
        """A tile was clicked while the cursor was on it."""

    def __init__(
        self,
        studio: Studio | None,
        cell: tuple[int, int],
        tile_width: int = 18,
        shape: float = 0.85,
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.count = 0
        self.cursor = 0
        self.marks: set[int] = set()
        self._studio = studio
        self._cell = cell
        self._tile_width = tile_width
        self._shape = shape
        self._source: Source | None = None
        self._columns, self._rows = 1, 1
        self._first_shown = -1

    @property
    def page_size(self) -> int:
        """Tiles on a page."""
        return self._columns * self._rows

    @property
    def page(self) -> int:
        """The page that the cursor is on, from 0."""
        return self.cursor // self.page_size

    @property
    def pages(self) -> int:
        """How many pages there are; at least 1."""
        return max(1, -(-self.count // self.page_size))

    @property
    def marked(self) -> list[int]:
        """Marked positions, or the cursor's own where none is marked."""
        return sorted(self.marks) or ([self.cursor] if self.count else [])

    def fill(self, count: int, source: Source, cursor: int = 0, keep_marks: bool = False) -> None:
        """Show something else.

        Args:
            count: How many things there are.
            source: Tells what they are, a page at a time.
            cursor: Where to start.
        """
        self.count, self._source = count, source
        self.cursor = max(0, min(cursor, count - 1))
        if not keep_marks:
            self.marks = set()
        self._first_shown = -1
        self._show_page()

    def reload(self) -> None:
        """Ask the source again for what is shown."""
        self._first_shown = -1
        self._show_page()

    def move(self, columns: int = 0, rows: int = 0, pages: int = 0) -> None:
        """Move the cursor; past the edge of a page comes the next one."""
        step = columns + rows * self._columns + pages * self.page_size
        self.go(self.cursor + step)

    def go(self, position: int) -> None:
        """Put the cursor on a position, the nearest that exists."""
        position = max(0, min(position, self.count - 1))
        if position != self.cursor:
            self.cursor = position
            self._show_page()

    def toggle_mark(self) -> None:
        """Mark what is under the cursor, or take the mark away, and go on."""
        if self.count:
            self.marks ^= {self.cursor}
            self._draw_states()
            self.move(columns=1)

    def clear_marks(self) -> None:
        """Take all marks away."""
        self.marks = set()
        self._draw_states()

    def on_resize(self, event: events.Resize) -> None:
        """As many tiles as fit."""
        columns = max(1, event.size.width // self._tile_width)
        width = max(3, event.size.width // columns)
        ideal = (width - 2 * EDGE) * self._cell[0] * self._shape / self._cell[1] + 2 * EDGE
        rows = max(1, round(event.size.height / ideal))
        height = max(3, event.size.height // rows)
        self._columns, self._rows = columns, rows
        self._arrange(Size(width, height))
        self._first_shown = -1
        self._show_page()

    def _arrange(self, tile: Size) -> None:
        tiles = list(self.query(Tile))
        missing = self.page_size - len(tiles)
        if missing > 0:
            new = [Tile(len(tiles) + number) for number in range(missing)]
            self.mount_all(new)
            tiles += new
        for number, each in enumerate(tiles):
            each.display = number < self.page_size
            row, column = divmod(number, self._columns)
            each.styles.width, each.styles.height = tile.width, tile.height
            each.styles.offset = Offset(column * tile.width, row * tile.height)

    def _tiles(self) -> list[Tile]:
        return list(self.query(Tile))[: self.page_size]

    def _show_page(self) -> None:
        first = self.page * self.page_size
        if first != self._first_shown:
            self._first_shown = first
            self._load(first)
        else:
            self.post_message(self.Moved(self))
        self._draw_states()

    def _draw_states(self) -> None:
        first = self.page * self.page_size
        for number, tile in enumerate(self._tiles()):
            position = first + number
            tile.state(position == self.cursor and self.count > 0, position in self.marks)

    @work(exclusive=True, group="page", exit_on_error=False)
    async def _load(self, first: int) -> None:
        if self._source is None or not self.is_mounted:
            return
        last = min(self.count, first + self.page_size)
        try:
            contents: Sequence[TileContent] = await self._source(first, last) if last > first else ()
        except DofisacError as error:
            self.post_message(Trouble(error))
            return
        tiles = self._tiles()
        for number, tile in enumerate(tiles):
            content = contents[number] if number < len(contents) else None
            tile.put(content, first + number in self.marks, self._studio is not None)
        self.post_message(self.Moved(self))
        if self._studio:
            await show_pictures(self._studio, tiles)

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; a click on what is under the cursor opens it."""
        for number, tile in enumerate(self._tiles()):
            if tile.region.contains_point(event.screen_offset):
                position = self.page * self.page_size + number
                if position >= self.count:
                    return
                if position == self.cursor:
                    self.post_message(self.Chosen(self))
                else:
                    self.go(position)
