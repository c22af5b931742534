"""What the screens with rows of pictures have in common."""

from textual.app import ComposeResult

from dofisac_tui.ui.base.grid_screen import GridScreen
from dofisac_tui.ui.widgets.picture_rows import PictureRows
from dofisac_tui.ui.widgets.text_line import TextLine


class PictureRowsScreen(GridScreen):
    """A line of counts, the rows, and what to say where there are none."""

    def body(self) -> ComposeResult:
        """Counts, rows."""
        yield TextLine(id="summary")
        yield PictureRows(self.session.renderer, self.session.terminal.cell)
        yield TextLine(classes="empty")

    @property
    def rows(self) -> PictureRows:
        """The rows."""
        return self.query_one(PictureRows)

    @property
    def moved(self) -> PictureRows:
        """What the keys move in."""
        return self.rows
