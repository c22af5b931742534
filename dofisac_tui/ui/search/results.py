"""The results of a search, as the grid shows them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text

from dofisac_tui.library.database import Library
from dofisac_tui.library.views import PhotoView, face_views, photo_views
from dofisac_tui.search.query import Query
from dofisac_tui.ui.background.search_service import Like, SearchRequest
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.ui.widgets.tile_content import photo_tile
from dofisac_tui.wording.numbers import percent
from dofisac_tui.wording.photos import file_name, person

if TYPE_CHECKING:  # the first page does without it and what it imports
    from dofisac_tui.search.photo_search import Hit

_SIGNS = {"yes": "✓yes", "no": "✗no"}


class SearchResults(NamedTuple):
    """Photos in the order in which they are shown.

    Attributes:
        request: The search.
        photo_ids: All photos.
        hits: The match of each photo; empty if all photos are shown.
    """

    request: SearchRequest = SearchRequest(Query())
    photo_ids: Sequence[int] = ()
    hits: "Sequence[Hit]" = ()

    @property
    def face_ids(self) -> list[int | None]:
        """The face that matched on each photo; None where none did."""
        return [hit.face_id for hit in self.hits]

    @property
    def has_faces(self) -> bool:
        """True if there is a face to vote on."""
        return any(self.face_ids)

    @property
    def compares(self) -> bool:
        """True if matches are meaningful: the search has more than dates and folders."""
        query = self.request.query
        return bool(self.request.like or query.needs_words or query.people or query.without_people)

    def hit(self, position: int) -> "Hit | None":
        """Return the match of a photo, or None."""
        return self.hits[position] if position < len(self.hits) else None

    def tile(self, position: int, card: PhotoView | None, said: dict[int, str]) -> TileContent:
        """Return the tile of a photo with its match.

        Args:
            card: None if the photo left the library.
            said: Votes on faces, by id.
        """
        hit = self.hit(position)
        if hit is None or not self.compares:
            return photo_tile(card)
        sign, match = _SIGNS.get(said.get(hit.face_id or 0, ""), ""), percent(hit.match / 100)
        return photo_tile(card, Text(match if sign else f"{match} d {hit.distance:.2f}"), sign)


def described(library: Library, like: Like) -> str:
    """Describe a search by a photo or a face."""
    if like.kind == "photo":
        card = photo_views(library, [like.id]).get(like.id)
        return f"like {file_name(card, 30)}" if card else "like a photo"
    face = face_views(library, [like.id]).get(like.id)
    return f"who is {person(face)}" if face else "a face"
