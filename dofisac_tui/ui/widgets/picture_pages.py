"""What the grid and the rows of pictures have in common: a fixed set of tiles, filled anew for each page."""

from textual import events, work
from textual.message import Message

from dofisac_tui.errors import DofisacError
from dofisac_tui.ui.pictures.renderer import PictureRenderer
from dofisac_tui.ui.widgets.load_pictures import show_pictures
from dofisac_tui.ui.widgets.messages import Trouble
from dofisac_tui.ui.widgets.tile import EDGE
from dofisac_tui.ui.widgets.tile_canvas import TileCanvas


class PicturePages(TileCanvas, can_focus=False):
    """Pages, rather than scrolls: a picture that moves has to be sent anew. Subclasses say what stands on a page.

    Args:
        renderer: Makes the pictures; None where none can be shown.
        cell: Width and height of a character in pixels.
        tile_width: About how many cells a tile is wide.
        shape: Height of a picture over its width, in pixels.
    """

    class Moved(Message):
        """The cursor stands somewhere else, or on something else."""

        def __init__(self, pages: "PicturePages") -> None:
            super().__init__()
            self.pages = pages

        @property
        def control(self) -> "PicturePages":
            """Where."""
            return self.pages

    class Chosen(Moved):
        """A tile was clicked while the cursor was on it."""

    def __init__(
        self,
        renderer: PictureRenderer | None,
        cell: tuple[int, int],
        tile_width: int,
        shape: float,
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.count = 0
        self.marks: set[int] = set()
        self._renderer = renderer
        self._cell = cell
        self._tile_width = tile_width
        self._shape = shape
        self._columns, self._rows = 1, 1
        self._first_shown = -1

    # what subclasses do

    def show_page(self) -> None:
        """Load the page that the cursor is on, or where it is shown already, draw the cursor."""
        raise NotImplementedError

    async def put_page(self, first: int, start: int) -> bool:
        """Put what stands there into the tiles; False where there is nothing to show."""
        raise NotImplementedError

    def draw_states(self) -> None:
        """Draw the cursor and the marks."""
        raise NotImplementedError

    def clicked(self, number: int) -> None:
        """A tile with something in it was clicked."""
        raise NotImplementedError

    # what they share

    def reload(self) -> None:
        """Ask the source again for what is shown."""
        self._first_shown = -1
        if self.size:  # else the first layout is yet to come, and asks
            self.show_page()

    def clear_marks(self) -> None:
        """Take all marks away."""
        self.marks = set()
        self.draw_states()
        self.post_message(self.Moved(self))

    def mark(self, position: int) -> None:
        """Mark what stands there, or take the mark away."""
        self.marks ^= {position}
        self.draw_states()
        self.post_message(self.Moved(self))

    def tiles_that_fit(self, least_columns: int, scale: float = 1, above: int = 0) -> tuple[int, int]:
        """Columns and rows of tiles that are `scale` times as wide as usual; `above` are lines over each row."""
        columns = max(least_columns, int(self.size.width / (self._tile_width * scale)))
        picture = (self.size.width // columns - 2 * EDGE) * self._cell[0] * self._shape / self._cell[1]
        return columns, max(1, round(self.size.height / (picture + 2 * EDGE + above)))

    @work(exclusive=True, group="page", exit_on_error=False)
    async def load(self, first: int, start: int = 0) -> None:
        """Show a page: its words at once, then its pictures."""
        if not self.is_mounted:
            return
        try:
            there = await self.put_page(first, start)
        except DofisacError as error:
            self.post_message(Trouble(error))
            return
        if there:
            self.draw_states()
            self.post_message(self.Moved(self))
            if self._renderer:
                await show_pictures(self._renderer, self.tiles)

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; a click on what is under the cursor opens it."""
        number = self.tile_at(event.screen_offset)
        if number is not None and self.tiles[number].content:
            self.clicked(number)


def clamped(position: int, count: int) -> int:
    """The nearest position that exists, from 0."""
    return max(0, min(position, count - 1))
