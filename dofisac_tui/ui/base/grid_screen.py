"""What the screens with a grid of pictures have in common: moving, marking, opening."""

from typing import Protocol

from textual import on

from dofisac_tui.library.views import PhotoView
from dofisac_tui.ui.base.library_screen import LibraryScreen
from dofisac_tui.ui.session import Album
from dofisac_tui.ui.widgets.picture_grid import PictureGrid
from dofisac_tui.ui.widgets.picture_pages import PicturePages


class Movable(Protocol):
    """Pictures in pages, with a cursor and marks."""

    count: int
    marks: set[int]

    def move(self, columns: int = 0, rows: int = 0, pages: int = 0) -> None:
        """Move the cursor; past the edge of a page comes the next one."""

    def go(self, position: int) -> None:
        """Put the cursor on a position, the nearest that exists."""

    def toggle_mark(self) -> None:
        """Mark what is under the cursor, or take the mark away, and go on."""

    def clear_marks(self) -> None:
        """Take all marks away."""


class GridScreen(LibraryScreen):
    """Subclasses say which photo is under the cursor."""

    @property
    def grid(self) -> PictureGrid:
        """The grid of the screen."""
        return self.query_one(PictureGrid)

    @property
    def moved(self) -> Movable:
        """What the keys move in."""
        return self.grid

    @property
    def current(self) -> PhotoView | None:
        """The photo under the cursor."""
        raise NotImplementedError

    def album(self) -> Album | None:
        """What is gone through in full size, beginning with what is under the cursor."""
        card = self.current
        return Album([card.photo_id]) if card else None

    def action_move_left(self) -> None:
        """To the tile before."""
        self.moved.move(columns=-1)

    def action_move_right(self) -> None:
        """To the next tile."""
        self.moved.move(columns=1)

    def action_move_up(self) -> None:
        """To the row above."""
        self.moved.move(rows=-1)

    def action_move_down(self) -> None:
        """To the row below."""
        self.moved.move(rows=1)

    def action_move_page_up(self) -> None:
        """To the page before."""
        self.moved.move(pages=-1)

    def action_move_page_down(self) -> None:
        """To the next page."""
        self.moved.move(pages=1)

    def action_move_first(self) -> None:
        """To the first tile of all."""
        self.moved.go(0)

    def action_move_last(self) -> None:
        """To the last tile of all."""
        self.moved.go(self.moved.count - 1)

    def action_mark_toggle(self) -> None:
        """Mark it and go on."""
        self.moved.toggle_mark()

    def action_mark_clear(self) -> None:
        """No marks."""
        self.moved.clear_marks()

    def clear_first(self) -> bool:
        """Clear the marks."""
        has_marks = bool(self.moved.marks)
        if has_marks:
            self.moved.clear_marks()
        return has_marks

    def action_photo_open(self) -> None:
        """In full size."""
        album = self.album()
        if album:
            self.session.open_photo(album)

    @on(PicturePages.Chosen)
    def _clicked(self) -> None:
        self.action_photo_open()

    def action_photo_viewer(self) -> None:
        """In another program."""
        from dofisac_tui.ui.base.viewer import open_in_viewer  # not needed before

        if self.current:
            self.spawn(open_in_viewer(self.session, self.current.path))

    def action_photo_copy_path(self) -> None:
        """The path to the clipboard, where the terminal lets us."""
        if self.current:
            self.copy_path(self.current.path)
