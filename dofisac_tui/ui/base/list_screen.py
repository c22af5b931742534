"""What the screens with a list of lines have in common: moving."""

from dofisac_tui.ui.base.library_screen import LibraryScreen
from dofisac_tui.ui.widgets.text_list import TextList


class ListScreen(LibraryScreen):
    """Subclasses yield one `Rows`."""

    @property
    def rows(self) -> TextList:
        """The list that the keys move in."""
        return self.query_one(TextList)

    def action_move_down(self) -> None:
        """To the next row."""
        self.rows.move(1)

    def action_move_up(self) -> None:
        """To the row before."""
        self.rows.move(-1)

    def action_move_page_down(self) -> None:
        """To the next page."""
        self.rows.move_pages(1)

    def action_move_page_up(self) -> None:
        """To the page before."""
        self.rows.move_pages(-1)

    def action_move_first(self) -> None:
        """To the first row."""
        self.rows.go_first()

    def action_move_last(self) -> None:
        """To the last row."""
        self.rows.go_last()
