"""Search: one query line over a grid of pictures, with a preview beside it."""

import asyncio
import time
from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from dofisac_tui.errors import DofisacError
from dofisac_tui.library.status_report import Overview
from dofisac_tui.library.views import PhotoView, faces_of_photo, newest_photo_ids, photo_views
from dofisac_tui.search.query import Query, parse_query
from dofisac_tui.ui.background.search_service import SearchRequest
from dofisac_tui.ui.keys.actions import bindings_of
from dofisac_tui.ui.search.completion import Completion
from dofisac_tui.ui.search.results import SearchResults, described
from dofisac_tui.ui.search.search_actions import SearchActions
from dofisac_tui.ui.textual_internals import wait_for_repaint
from dofisac_tui.ui.widgets.messages import Trouble
from dofisac_tui.ui.widgets.picture_grid import PictureGrid
from dofisac_tui.ui.widgets.preview import Preview
from dofisac_tui.ui.widgets.prompt import Prompt
from dofisac_tui.ui.widgets.status_line import StatusLine
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.wording.numbers import counted, numbered, percent
from dofisac_tui.wording.photos import evidence_words, people_in_words

_TYPING_SECONDS = 0.3
_FIRST_PAGE = 200
_ON_FACES = ("vote.yes", "vote.no", "vote.undo")
_ON_PHOTOS = ("photo.open", "search.like", "search.who", "search.sort", "mark.toggle")
_EXAMPLE = "words, @name, -without, after:2019"


class SearchScreen(SearchActions):
    """Shows all photos, the newest first, until the user searches."""

    NAME = "search"
    BINDINGS = bindings_of(NAME)

    def __init__(self) -> None:
        super().__init__()
        self._like_words = ""
        self._narrows = False
        self._cards: dict[int, PhotoView] = {}
        self._completion = Completion(self.session.worker)
        self.page_shown = asyncio.Event()

    def body(self) -> ComposeResult:
        """Yield query line, pictures, preview."""
        app = self.session
        with Horizontal(id="query-line"):
            yield Prompt(self.key_of("search.edit"), self._completion.suggest, _EXAMPLE, id="query")
            yield TextLine(id="answer")
        with Horizontal(classes="browser"):
            yield PictureGrid(app.renderer, app.terminal.cell)
            yield Preview(app.renderer)
        yield TextLine(classes="empty")

    def on_mount(self) -> None:
        """Show all photos."""
        self.search(self._request)

    # searching

    @property
    def current(self) -> PhotoView | None:
        """The photo under the cursor."""
        ids, position = self._results.photo_ids, self.grid.cursor
        return self._cards.get(ids[position]) if position < len(ids) else None

    def search(self, request: SearchRequest, typed: bool = False) -> None:
        """Search, and show the results.

        Args:
            typed: True if the query line shows it already.
        """
        if not typed:
            self.query_one("#query", Prompt).value = str(request.query)
        self._request = request
        self.spawn(self._find_as_typed() if typed else self._find(), group="search", exclusive=True)

    async def _find_as_typed(self) -> None:
        """Search without errors about a name that is not complete yet."""
        try:
            await self._find()
        except DofisacError:
            if not self.query_one("#query", Prompt).input.has_focus:
                raise
            self._show_summary("")

    async def _find(self, keep_cursor: bool = False) -> None:
        began, request = time.monotonic(), self._request
        self._like_words = await self.session.worker.quick(described, request.like) if request.like else ""
        if request.is_empty:
            await self._show_all(keep_cursor)
            return
        self._show_summary("searching …")
        try:
            hits = await self.session.worker.slow(self.session.search_service.find, request)
        except DofisacError:
            self._show_summary("no results")
            raise
        self.query_one(StatusLine).hush()
        self._show(SearchResults(request, [hit.photo_id for hit in hits], hits), keep_cursor)
        parts = [counted(len(hits), "photo"), f"{time.monotonic() - began:.2f} s"]
        if self._results.compares:
            parts += ["all" if request.everything else f"{percent(self._cut_off())} or more"]
        parts += [request.sort] if request.sort != "match" else []
        self._show_summary(" · ".join(parts))

    async def _show_all(self, keep_cursor: bool) -> None:
        """Show all photos; if the cursor may move, show the first pages at once."""
        if not keep_cursor:
            first = await self.session.worker.quick(newest_photo_ids, _FIRST_PAGE)
            self._show(SearchResults(photo_ids=first))
            if len(first) < _FIRST_PAGE:
                self._show_summary(f"{counted(len(first), 'photo')}, newest first")
                return
            self._show_summary("newest first")
            await wait_for_repaint(self)
        self._show(SearchResults(photo_ids=await self.session.worker.slow(newest_photo_ids)), True)
        self._show_summary(f"{counted(len(self._results.photo_ids), 'photo')}, newest first")

    def _show(self, results: SearchResults, keep_cursor: bool = False) -> None:
        cursor = self._place_in(results.photo_ids) if keep_cursor else 0
        self._results = results
        self.grid.fill(len(results.photo_ids), self._contents, cursor, keep_cursor)
        idle = () if results.has_faces else _ON_FACES
        self.hide_keys(*idle, *(() if results.photo_ids else _ON_PHOTOS))
        self.instead_of(".browser", None if results.photo_ids else self._nothing())
        if not results.photo_ids:
            self.page_shown.set()

    def _place_in(self, photo_ids: Sequence[int]) -> int:
        """Return the place of the photo under the cursor among others; a cursor at the start stays there."""
        before, cursor = self._results.photo_ids, self.grid.cursor
        if not 0 < cursor < len(before):
            return cursor
        try:
            return photo_ids.index(before[cursor])
        except ValueError:
            return cursor

    def _nothing(self) -> str:
        if self._request.is_empty:
            from dofisac_tui.ui.base.folders import no_photos  # only a new library has none

            return no_photos(self.session.overview, self.session.daemon_process.wanted, self.key_of)
        everything, edit = self.key_of("search.all"), self.key_of("search.edit")
        like = f"\n  {self.key_of('app.back')}  clear “{self._like_words}”" if self._request.like else ""
        return f"No photos match.\n\n  {everything}  include weaker matches\n  {edit}  change the query{like}"

    def _cut_off(self) -> float:
        asked = self._request.query.likelihood
        return asked if asked is not None else self.session.settings.search.cut_off / 100

    def _show_summary(self, words: str) -> None:
        like = f"{self._like_words} · " if self._like_words else ""
        self.query_one("#answer", TextLine).put(Text(like + words))

    async def _contents(self, first: int, last: int) -> Sequence[TileContent]:
        results = self._results
        ids = results.photo_ids[first:last]
        self._cards = await self.session.worker.quick(photo_views, ids)
        said = await self._said(results, [face for face in results.face_ids[first:last] if face])
        return [results.tile(first + number, self._cards.get(each), said) for number, each in enumerate(ids)]

    async def _said(self, results: SearchResults, faces: list[int]) -> dict[int, str]:
        if not faces:
            return {}
        from dofisac_tui.ui.search.match_votes import said_of  # not needed before

        return await self.session.worker.quick(said_of, results.request, faces)

    @on(PictureGrid.Moved)
    def _moved(self) -> None:
        self.spawn(self._show_current(), group="preview", exclusive=True)

    async def _show_current(self) -> None:
        card = self.current
        if card is None:
            self.query_one(Preview).show(None, Text(""))
            self.evidence(Text(""))
            return
        hit = self._results.hit(self.grid.cursor)
        faces = await self.session.worker.quick(faces_of_photo, card.photo_id)
        self.query_one(Preview).show_photo(card, faces, hit.box if hit else None)
        parts = self.grid.marked_words
        parts += [f"{percent(hit.match / 100)} · d {hit.distance:.3f}"] if hit and self._results.compares else []
        parts += [*people_in_words(faces), numbered("page", self.grid.page, self.grid.pages)]
        self.evidence(Text(evidence_words(" · ".join(parts), card, self.size.width - 2)))
        self.page_shown.set()

    def overview_changed(self, overview: Overview) -> None:
        """Show new photos, if all photos are shown and none is marked."""
        super().overview_changed(overview)
        if self._request.is_empty and overview.photos != len(self._results.photo_ids) and not self.grid.marks:
            self.spawn(self._find(keep_cursor=True), group="search", exclusive=True)
        elif self._request.is_empty and not overview.photos:
            self.instead_of(".browser", self._nothing())

    # the query line

    async def action_search_edit(self) -> None:
        """Edit the query."""
        self.edit_query()

    def edit_query(self, narrow: bool = False) -> None:
        """Give the query line the keyboard, at once.

        Args:
            narrow: True to keep the searched face or photo.
        """
        self._narrows = narrow
        self.set_focus(self.query_one("#query", Prompt).input)

    def action_search_narrow(self) -> None:
        """Add to the query."""
        prompt = self.query_one("#query", Prompt)
        prompt.value = f"{prompt.value} ".lstrip()
        self.edit_query(narrow=True)

    @on(Prompt.Changed, "#query")
    async def _typing(self, event: Prompt.Changed) -> None:
        self.set_timer(_TYPING_SECONDS, lambda: self._typed(event.value), name="typing")

    def _typed(self, value: str) -> None:
        """Search while the user types, once the typing pauses, without errors about an incomplete query."""
        prompt = self.query_one("#query", Prompt)
        if prompt.value == value and prompt.input.has_focus:
            try:
                query = parse_query(value) if value.strip() else Query()
            except DofisacError:
                return
            self.spawn(self._search_meant(query, typed=True), group="typed", exclusive=True)

    @on(Prompt.Done, "#query")
    def _done(self, event: Prompt.Done) -> None:
        self.set_focus(None)
        if event.value is None:
            return
        try:
            query = parse_query(event.value) if event.value.strip() else Query()
        except DofisacError as error:
            self.trouble(Trouble(error))
            self.edit_query(self._narrows)
            return
        self._completion.remember(event.value)
        self.spawn(self._search_meant(query), group="typed", exclusive=True)

    async def _search_meant(self, query: Query, typed: bool = False) -> None:
        query = await self._completion.meant(query)
        if not typed or query != self._request.query:
            like = self._request.like if self._narrows else None
            self.search(self._request._replace(query=query, like=like), typed)
