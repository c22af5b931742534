"""A paged grid of pictures."""

from collections.abc import Awaitable, Callable, Sequence

from textual.geometry import Size

from dofisac_tui.ui.pictures.renderer import PictureRenderer
from dofisac_tui.ui.widgets.picture_pages import PicturePages, clamped
from dofisac_tui.ui.widgets.tile import TileContent

Source = Callable[[int, int], Awaitable[Sequence[TileContent]]]
"""From a first and a last position, the last not included, to what stands there."""


_SCALES = (2.0, 1.5, 1.0)
_NARROW = 60


class PictureGrid(PicturePages, can_focus=False):
    """The cursor goes through all pictures, along the rows and from page to page. Tiles are larger where few pictures
    leave room for that."""

    def __init__(
        self,
        renderer: PictureRenderer | None,
        cell: tuple[int, int],
        tile_width: int = 18,
        shape: float = 0.85,
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(renderer, cell, tile_width, shape, id=id)
        self.cursor = 0
        self._put_first = -1
        self._source: Source | None = None

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
    def is_shown(self) -> bool:
        """Whether what the cursor stands on can be seen; else no decision on it is meant."""
        return self._put_first == self.page * self.page_size

    def hold(self) -> None:
        """What is shown is about to change: no decision on it is meant until it is put anew."""
        self._put_first = -1

    @property
    def marked(self) -> list[int]:
        """Marked positions, or the cursor's own where none is marked."""
        return sorted(self.marks) or ([self.cursor] if self.count else [])

    @property
    def is_list(self) -> bool:
        """Whether each thing has one line of words, since pictures cannot be shown or would be too small."""
        return self._renderer is None or self.app.size.width < _NARROW

    @property
    def marked_words(self) -> list[str]:
        """How many are marked, where any is."""
        return [f"{len(self.marks):,} marked"] if self.marks else []

    def fill(self, count: int, source: Source, cursor: int = 0, keep_marks: bool = False) -> None:
        """Show something else.

        Args:
            count: How many things there are.
            source: Tells what they are, a page at a time.
            cursor: Where to start.
        """
        self.count, self._source = count, source
        self.hold()
        self.cursor = clamped(cursor, count)
        if not keep_marks:
            self.marks = set()
        if self._layout() != (self._columns, self._rows):
            self._fit()
        self.reload()

    def move(self, columns: int = 0, rows: int = 0, pages: int = 0) -> None:
        """Move the cursor; past the edge of a page comes the next one."""
        self.go(self.cursor + columns + rows * self._columns + pages * self.page_size)

    def go(self, position: int) -> None:
        """Put the cursor on a position, the nearest that exists."""
        position = clamped(position, self.count)
        if position != self.cursor:
            self.cursor = position
            self.show_page()

    def toggle_mark(self) -> None:
        """Mark what is under the cursor, or take the mark away, and go on."""
        if self.count:
            self.mark(self.cursor)
            self.move(columns=1)

    def on_resize(self) -> None:
        """As many tiles as fit."""
        self._fit()
        self.reload()

    def _layout(self) -> tuple[int, int]:
        """Columns and rows of the largest tiles of which a page holds all there is, or else of the usual ones."""
        if self.is_list:
            return 1, max(1, self.size.height)
        layouts = [self.tiles_that_fit(1, scale) for scale in _SCALES]
        return next((each for each in layouts if each[0] * each[1] >= self.count), layouts[-1])

    def _fit(self) -> None:
        self._columns, self._rows = self._layout()
        width, height = max(3, self.size.width // self._columns), max(3, self.size.height // self._rows)
        if self.is_list:
            height = 1
        self.lay_out(self._columns, self._rows, Size(width, height), height)

    def show_page(self) -> None:
        """Load the page that the cursor is on, or where it is shown already, draw the cursor."""
        first = self.page * self.page_size
        if first != self._first_shown:
            self._first_shown = first
            self.load(first)
        else:
            self.post_message(self.Moved(self))
        self.draw_states()

    async def put_page(self, first: int, start: int) -> bool:
        """Put what stands there into the tiles."""
        if self._source is None:
            return False
        last = min(self.count, first + self.page_size)
        contents: Sequence[TileContent] = await self._source(first, last) if last > first else ()
        for number, tile in enumerate(self.tiles):
            content = contents[number] if number < len(contents) else None
            tile.put(content, first + number in self.marks, self._renderer is not None)
        self._put_first = first
        return True

    def draw_states(self) -> None:
        """Draw the cursor and the marks."""
        first = self.page * self.page_size
        for position, tile in enumerate(self.tiles, start=first):
            tile.state(position == self.cursor and self.count > 0, position in self.marks)

    def clicked(self, number: int) -> None:
        """Move the cursor there, or open what it is on."""
        position = self.page * self.page_size + number
        if position == self.cursor:
            self.post_message(self.Chosen(self))
        else:
            self.go(position)
