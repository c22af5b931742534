"""What the screens with rows of pictures have in common."""

from textual.app import ComposeResult

from dofisac_tui.ui.screens.browser import BrowserScreen
from dofisac_tui.ui.widgets.line import Line
from dofisac_tui.ui.widgets.picture_rows import PictureRows


class RowsScreen(BrowserScreen):
    """A line of counts, the rows, and what to say where there are none."""

    def body(self) -> ComposeResult:
        """Counts, rows."""
        yield Line(id="summary")
        yield PictureRows(self.dofisac.studio, self.dofisac.terminal.cell)
        yield Line(classes="empty")

    @property
    def rows(self) -> PictureRows:
        """The rows."""
        return self.query_one(PictureRows)

    @property
    def moved(self) -> PictureRows:
        """What the keys move in."""
        return self.rows
