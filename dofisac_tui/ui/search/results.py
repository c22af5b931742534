"""What a search found, as the grid shows it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text

from dofisac_tui.display import display_text
from dofisac_tui.library.database import Library
from dofisac_tui.library.views import PhotoView, face_views, photo_views
from dofisac_tui.search.query import Query
from dofisac_tui.ui.search.search_service import Like, SearchRequest
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.ui.widgets.tile_content import photo_tile
from dofisac_tui.wording.numbers import percent
from dofisac_tui.wording.photos import person

if TYPE_CHECKING:  # the first page does without it and what it imports
    from dofisac_tui.search.photo_search import Hit

_SIGNS = {"yes": "✓yes", "no": "✗no"}


class SearchResults(NamedTuple):
    """Photos in the order in which they are shown.

    Attributes:
        question: What was looked for.
        photo_ids: All of them.
        hits: One for each, with its match; empty where nothing was looked for.
    """

    question: SearchRequest = SearchRequest(Query())
    photo_ids: Sequence[int] = ()
    hits: "Sequence[Hit]" = ()

    @property
    def face_ids(self) -> list[int | None]:
        """The face that matched on each photo, None where none did."""
        return [hit.face_id for hit in self.hits]

    @property
    def has_faces(self) -> bool:
        """Whether there is a face that somebody may vote on."""
        return any(self.face_ids)

    @property
    def compares(self) -> bool:
        """Whether a match says something, since there was more than dates and folders to go by."""
        query = self.question.query
        return bool(self.question.like or query.needs_words or query.people or query.without_people)

    def hit(self, position: int) -> "Hit | None":
        """How the photo there matches; None where nothing was looked for, or nothing stands there."""
        return self.hits[position] if position < len(self.hits) else None

    def tile(self, position: int, card: PhotoView | None, said: dict[int, str]) -> TileContent:
        """A photo with its match.

        Args:
            card: None where it left the library.
            said: Votes on faces, by id.
        """
        hit = self.hit(position)
        if hit is None or not self.compares:
            return photo_tile(card)
        sign, match = _SIGNS.get(said.get(hit.face_id or 0, ""), ""), percent(hit.match / 100)
        return photo_tile(card, Text(match if sign else f"{match} d {hit.distance:.2f}"), sign)


def described(library: Library, like: Like) -> str:
    """What is looked for, when it is no words."""
    if like.kind == "photo":
        card = photo_views(library, [like.id]).get(like.id)
        return f"like {display_text(card.path.rsplit(b'/', 1)[-1], 30)}" if card else "like a photo"
    face = face_views(library, [like.id]).get(like.id)
    return f"who is {person(face)}" if face else "a face"
