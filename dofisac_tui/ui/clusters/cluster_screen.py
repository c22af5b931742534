"""All photos of one group, in a grid over Duplicates or Scenes."""

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from dofisac_tui.display import display_text
from dofisac_tui.library.views import PhotoView, faces_of_photo, photo_views
from dofisac_tui.search.query import Query
from dofisac_tui.ui.background.search_service import Like, SearchRequest
from dofisac_tui.ui.base.grid_screen import GridScreen
from dofisac_tui.ui.base.overlay_screen import OverlayScreen
from dofisac_tui.ui.keys.actions import bindings_of
from dofisac_tui.ui.session import Album
from dofisac_tui.ui.widgets.picture_grid import PictureGrid
from dofisac_tui.ui.widgets.preview import Preview
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.ui.widgets.tile_content import photo_tile
from dofisac_tui.wording.numbers import numbered
from dofisac_tui.wording.photos import taken


class ClusterScreen(OverlayScreen, GridScreen):
    """Shows photos in pages, with a preview.

    Args:
        title: The name of the group.
        photo_ids: Its photos.
    """

    NAME = "group"
    BINDINGS = bindings_of(NAME)

    def __init__(self, title: str, photo_ids: list[int]) -> None:
        super().__init__()
        self._title_words = title
        self._photo_ids = photo_ids
        self._cards: dict[int, PhotoView] = {}

    def body(self) -> ComposeResult:
        """Yield the title, the pictures, the preview."""
        yield TextLine(classes="summary")
        with Horizontal(classes="browser"):
            yield PictureGrid(self.session.renderer, self.session.terminal.cell)
            yield Preview(self.session.renderer)

    def on_mount(self) -> None:
        """Show the first page."""
        self.grid.fill(len(self._photo_ids), self._contents)

    @property
    def current(self) -> PhotoView | None:
        """The photo under the cursor."""
        return self._cards.get(self._photo_ids[self.grid.cursor]) if self._photo_ids else None

    async def _contents(self, first: int, last: int) -> Sequence[TileContent]:
        ids = self._photo_ids[first:last]
        self._cards = await self.session.worker.quick(photo_views, ids)
        return [photo_tile(self._cards.get(each)) for each in ids]

    @on(PictureGrid.Moved)
    def _moved_to(self) -> None:
        self.spawn(self._show_current(), group="preview", exclusive=True)

    async def _show_current(self) -> None:
        photo = numbered("photo", self.grid.cursor, self.grid.count)
        title = f" {self._title_words} · {photo} · {numbered('page', self.grid.page, self.grid.pages)}"
        self.query_one(".summary", TextLine).put(Text(title, no_wrap=True, overflow="ellipsis"))
        card = self.current
        if card is None:
            return
        faces = await self.session.worker.quick(faces_of_photo, card.photo_id)
        self.query_one(Preview).show_photo(card, faces)
        self.evidence(Text(f"{taken(card)} · {display_text(card.path)}"))

    def album(self) -> Album:
        """Return all photos of the group, starting with the one under the cursor."""
        return Album(self._photo_ids, self.grid.cursor)

    def action_search_like(self) -> None:
        """Search photos like this one."""
        if self.current:
            like = Like("photo", self.current.photo_id)
            self.leave()
            self.app.call_later(self.session.search_for, SearchRequest(Query(), like))
