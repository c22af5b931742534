"""The actions on search results."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dofisac_tui.library.views import faces_of_photo
from dofisac_tui.search.query import Query
from dofisac_tui.ui.background.search_service import SORTS, Like, SearchRequest
from dofisac_tui.ui.base.grid_screen import GridScreen
from dofisac_tui.ui.search.results import SearchResults
from dofisac_tui.ui.session import Album

if TYPE_CHECKING:
    from dofisac_tui.library.voting import YesNo


class SearchActions(GridScreen):
    """Base class. Subclasses search and show the results."""

    def __init__(self) -> None:
        super().__init__()
        self._request = SearchRequest(Query())
        self._results = SearchResults()

    def search(self, request: SearchRequest, typed: bool = False) -> None:
        """Search, and show the results.

        Args:
            typed: True if the query line shows it already.
        """
        raise NotImplementedError

    def album(self) -> Album | None:
        """Return all photos of the results, starting with the one under the cursor."""
        if not self.current:
            return None
        return Album(self._results.photo_ids, self.grid.cursor, self._results.face_ids)

    def clear_first(self) -> bool:
        """Clear the marks, or else the query."""
        has_query = not self._request.is_empty
        if super().clear_first():
            return True
        if has_query:
            self.search(SearchRequest(Query()))
        return has_query

    def action_search_like(self) -> None:
        """Search photos like this one."""
        if self.current:
            self.search(SearchRequest(Query(), Like("photo", self.current.photo_id)))

    def action_search_who(self) -> None:
        """Search photos of the face that matched, or of the largest."""
        self.spawn(self._who())

    async def _who(self) -> None:
        card, hit = self.current, self._results.hit(self.grid.cursor)
        if card is None:
            return
        faces = await self.session.worker.quick(faces_of_photo, card.photo_id)
        face = hit.face_id if hit and hit.face_id else (faces[0].face_id if faces else None)
        if face is None:
            self.say(f"No faces on this photo ({self.key_of('search.like')}: similar photos)")
        else:
            self.search(SearchRequest(Query(), Like("face", face)))

    def action_search_sort(self) -> None:
        """Sort in the next order."""
        sort = SORTS[(SORTS.index(self._request.sort) + 1) % len(SORTS)]
        self.search(self._request._replace(sort=sort))

    def action_search_all(self) -> None:
        """Include weaker matches, or leave them out."""
        self.search(self._request._replace(everything=not self._request.everything))

    def action_vote(self, answer: "YesNo") -> None:
        """Vote on the face under the cursor, which moves on at once, so that the next key means the next photo."""
        if self.current is None or not self.grid.is_shown:
            return
        hits = [self._results.hit(each) for each in self.grid.marked]
        faces = tuple(hit.face_id for hit in hits if hit and hit.face_id)
        if not faces:
            self.say(f"No face to vote on. Search for a person first: {self.key_of('search.edit')} and @name.")
        elif self.grid.marks:
            self.grid.clear_marks()
        else:
            self.grid.move(columns=1)
        if faces:
            self.decide(self._cast(self._results.request, faces, answer), faces)

    async def _cast(self, request: SearchRequest, faces: Sequence[int], answer: "YesNo") -> None:
        from dofisac_tui.ui.search.match_votes import vote_on  # not needed before

        try:
            await self.session.worker.quick(vote_on, request, faces, answer)
        finally:
            self.grid.reload()

    def decided(self, vote: object) -> None:
        """Draw the votes again."""
        self.grid.reload()
