"""Search for the screens, keeping vectors and models loaded between searches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from dofisac_tui.config import Settings
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.views import photo_views
from dofisac_tui.search.query import Query

if TYPE_CHECKING:  # the first page does without them and what they import
    from dofisac_tui.engines.protocols import SceneEngine
    from dofisac_tui.search.photo_search import Hit, PhotoSearch, SearchExample

Sort = Literal["match", "newest", "oldest"]
SORTS: tuple[Sort, ...] = ("match", "newest", "oldest")
MOST = 2000
"""Largest number of results: a minus or a date narrows a search."""


class Like(NamedTuple):
    """A face or a photo of the library to search for."""

    kind: Literal["face", "photo"]
    id: int


class SearchRequest(NamedTuple):
    """A search, and the order of its results."""

    query: Query
    like: Like | None = None
    everything: bool = False
    sort: Sort = "match"

    @property
    def is_empty(self) -> bool:
        """True if it shows all photos, the newest first."""
        return self.like is None and self.query == Query() and self.sort != "oldest"


class SearchService:
    """Must be used on the slow thread only, with that thread's library."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._search: PhotoSearch | None = None
        self._scenes: tuple[str, SceneEngine] | None = None

    def find(self, library: Library, request: SearchRequest) -> "Sequence[Hit]":
        """Return the photos that match, in the requested order.

        Raises:
            DofisacError: see `PhotoSearch.find`.
        """
        searching = self._searching(library)
        hits = searching.find(
            self._example(searching, request.like),
            request.query,
            self._engine(library) if request.query.needs_words else None,
            limit=MOST,
            cut_off=0.0 if request.everything else self._settings.search.cut_off,
        )
        if request.sort == "match":
            return hits
        cards = photo_views(library, (hit.photo_id for hit in hits))
        dated = [(cards[hit.photo_id].taken_at or "", hit) for hit in hits if hit.photo_id in cards]
        newest = sorted(dated, key=lambda pair: pair[0], reverse=True)
        undated = [hit for date, hit in newest if not date]
        in_order = [hit for date, hit in newest if date]
        return [*(in_order if request.sort == "newest" else reversed(in_order)), *undated]

    def _searching(self, library: Library) -> "PhotoSearch":
        from dofisac_tui.search.photo_search import PhotoSearch

        if self._search is None:
            self._search = PhotoSearch(library)
        return self._search

    def _engine(self, library: Library) -> "SceneEngine":
        from dofisac_tui.search.photo_search import searching_scenes

        space = searched_space(library, "scene")
        name = space.name if space else ""
        if self._scenes is None or self._scenes[0] != name:
            self._scenes = (name, searching_scenes(library, self._settings))
        return self._scenes[1]

    def _example(self, searching: "PhotoSearch", like: Like | None) -> "SearchExample | None":
        if like is None:
            return None
        return searching.indexed_face(like.id) if like.kind == "face" else searching.indexed_photo(like.id)
