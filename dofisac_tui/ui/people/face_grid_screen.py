"""A grid of faces with the actions on persons: the base of People and of the screen of one person."""

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from dofisac_tui.errors import QueryError
from dofisac_tui.library.ledger import Vote
from dofisac_tui.library.people import ignore_person
from dofisac_tui.library.people_views import PersonRow, cover_faces
from dofisac_tui.library.status_report import Overview
from dofisac_tui.library.voting import vote_cluster
from dofisac_tui.search.query import Query
from dofisac_tui.ui.background.search_service import Like, SearchRequest
from dofisac_tui.ui.base.grid_screen import GridScreen
from dofisac_tui.ui.base.library_screen import SOURCE
from dofisac_tui.ui.keys.actions import SCORES
from dofisac_tui.ui.people.naming import ask_name, name_on
from dofisac_tui.ui.widgets.picture_grid import PictureGrid
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.wording.people import called


class FaceGridScreen(GridScreen):
    """Base class. Subclasses give the faces, the person and the widget beside the grid."""

    def side(self) -> Widget:
        """Return the widget beside the faces."""
        raise NotImplementedError

    def look_again(self) -> None:
        """Read again what is shown."""
        raise NotImplementedError

    async def contents(self, first: int, last: int) -> Sequence[TileContent]:
        """Return the tiles of a page."""
        raise NotImplementedError

    @property
    def person(self) -> PersonRow | None:
        """The person under the cursor, or the one whose faces are shown; None for unassigned faces."""
        raise NotImplementedError

    @property
    def face_id(self) -> int | None:
        """The face under the cursor."""
        raise NotImplementedError

    # the grid

    def body(self) -> ComposeResult:
        """Yield the header, the faces, and what is known of the one under the cursor."""
        app = self.session
        with Horizontal(id="people-line"):
            yield TextLine(id="census")
            yield TextLine(id="people-sort")
        with Horizontal(classes="browser"):
            yield PictureGrid(app.renderer, app.terminal.cell, tile_width=14, shape=1.0)
            yield self.side()
        yield TextLine(classes="empty")

    def on_mount(self) -> None:
        """Show the first page."""
        self.look_again()

    def head(self, who: Text, order: str) -> None:
        """Show a summary, and the order of the faces."""
        self.query_one("#census", TextLine).put(who)
        self.query_one("#people-sort", TextLine).put(Text(order))

    def fill(self, before: Sequence[int], now: Sequence[int], more: int = 0) -> None:
        """Show other faces or persons; those that remain keep the cursor and their marks.

        Args:
            before, now: Ids shown before and from now on.
            more: Tiles at the end without an id; a cursor on these stays at the end.
        """
        grid = self.grid
        here = before[grid.cursor] if grid.cursor < len(before) else None
        marked = {before[number] for number in grid.marks if number < len(before)}
        places = {each: number for number, each in enumerate(now)}
        at_end = grid.count if here is None else grid.cursor
        grid.fill(len(now) + more, self.contents, places.get(here or 0, at_end), keep_marks=True)
        grid.marks = {places[each] for each in marked if each in places}

    def overview_changed(self, overview: Overview) -> None:
        """Read again after a change of the library."""
        super().overview_changed(overview)
        self.look_again()

    def decided(self, vote: Vote) -> None:
        """Read again after a decision, an undo or a redo."""
        self.look_again()

    # actions on the person

    def known(self, person: PersonRow | None) -> PersonRow:
        """Return the person.

        Raises:
            QueryError: these are unassigned faces.
        """
        if person is None:
            keys = [self.key_of(action) for action in ("photo.open", "mark.toggle", "person.name")]
            hint = "Open them ({}), mark some ({}), name them ({}).".format(*keys)
            raise QueryError("These faces have no person yet", hint)
        return person

    def action_person_name(self) -> None:
        """Name or rename the person."""
        self.spawn_question(self._ask_name(self.person))

    async def _ask_name(self, person: PersonRow | None) -> None:
        person = self.known(person)
        who = called(person.name, person.person_id)
        name = await ask_name(self, f"New name for {who}" if person.name else f"Who is {who}?", person.name or "")
        if name:
            await name_on(self, person.person_id, name)

    def action_person_ignore(self) -> None:
        """Ignore the person, or stop ignoring them."""
        if self.grid.is_shown:
            self.decide(self._ignore(self.person), ("ignore", self.person and self.person.person_id))

    async def _ignore(self, person: PersonRow | None) -> None:
        person = self.known(person)
        vote = await self.session.worker.quick(ignore_person, person.person_id, not person.ignored, SOURCE)
        who, undo = called(person.name, person.person_id), self.key_of("vote.undo")
        show = "" if person.ignored else f"{self.key_of('person.ignored')}: show ignored people, "
        self.say(f"{'No longer ignoring' if person.ignored else 'Ignoring'} {who} ({show}{undo}: undo)")
        self.decided(vote)

    def action_score(self, score: int) -> None:
        """Score how well the faces belong together."""
        if self.grid.is_shown:
            self.decide(self._score(self.person, score), ("score", self.person and self.person.person_id))
            self.scored(score)

    async def _score(self, person: PersonRow | None, score: int) -> None:
        person = self.known(person)
        vote = await self.session.worker.quick(vote_cluster, "people", person.person_id, score, SOURCE)
        who = called(person.name, person.person_id)
        self.say(f"Scored {who} {score} of 6: {SCORES[score - 1]}." if score else f"Removed the score of {who}.")
        self.decided(vote)

    def scored(self, score: int) -> None:
        """Continue after a score was given; it may not be on the disk yet."""

    def action_person_photos(self) -> None:
        """Search all photos of the person."""
        self.spawn(self._photos())

    async def _photos(self) -> None:
        person = self.known(self.person)
        if person.name:
            await self.session.search_for(SearchRequest(Query(people=(person.name,))))
        else:
            covers = await self.session.worker.quick(cover_faces, [person.person_id])
            await self._search_face(covers.get(person.person_id))

    def action_search_who(self) -> None:
        """Search photos of the face under the cursor."""
        self.spawn(self._search_face(self.face_id))

    async def _search_face(self, face_id: int | None) -> None:
        if face_id is None:
            raise QueryError("No face to search for", "Move to a face.")
        await self.session.search_for(SearchRequest(Query(), Like("face", face_id)))
