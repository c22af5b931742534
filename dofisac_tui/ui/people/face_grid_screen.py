"""What the screen of all people and that of one have in common: faces in a grid, and who they are above them."""

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from dofisac_tui.library.ledger import Vote
from dofisac_tui.library.status_report import Overview
from dofisac_tui.ui.base.grid_screen import GridScreen
from dofisac_tui.ui.widgets.picture_grid import PictureGrid
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.ui.widgets.tile import TileContent


class FaceGridScreen(GridScreen):
    """Subclasses say which faces; what stays keeps the cursor and the marks that are on it."""

    def side(self) -> Widget:
        """What stands beside the faces."""
        raise NotImplementedError

    def look_again(self) -> None:
        """Read anew what is shown."""
        raise NotImplementedError

    async def contents(self, first: int, last: int) -> Sequence[TileContent]:
        """The tiles of a page."""
        raise NotImplementedError

    def body(self) -> ComposeResult:
        """Who it is, faces, what is known of the one under the cursor."""
        app = self.dofisac
        with Horizontal(id="people-line"):
            yield TextLine(id="census")
            yield TextLine(id="people-sort")
        with Horizontal(classes="browser"):
            yield PictureGrid(app.studio, app.terminal.cell, tile_width=14, shape=1.0)
            yield self.side()
        yield TextLine(classes="empty")

    def on_mount(self) -> None:
        """The first page."""
        self.look_again()

    def head(self, who: Text, order: str) -> None:
        """Say who it is, and in which order the faces stand."""
        self.query_one("#census", TextLine).put(who)
        self.query_one("#people-sort", TextLine).put(Text(order))

    def fill(self, before: Sequence[int], now: Sequence[int], more: int = 0) -> None:
        """Show other things.

        Args:
            before, now: Ids of what stood there, and of what does.
            more: Tiles at the end that are none of them; a cursor on these stays at the end.
        """
        grid = self.grid
        here = before[grid.cursor] if grid.cursor < len(before) else None
        marked = {before[number] for number in grid.marks if number < len(before)}
        places = {each: number for number, each in enumerate(now)}
        at_end = grid.count if here is None else grid.cursor
        grid.fill(len(now) + more, self.contents, places.get(here or 0, at_end), keep_marks=True)
        grid.marks = {places[each] for each in marked if each in places}

    def overview_changed(self, overview: Overview) -> None:
        """The library changed."""
        super().overview_changed(overview)
        self.look_again()

    def decided(self, vote: Vote) -> None:
        """Something was decided here, or taken back."""
        self.look_again()
