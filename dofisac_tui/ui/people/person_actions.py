"""What can be said of a person, on the screen of all people and on that of one."""

from dofisac_tui.errors import QueryError
from dofisac_tui.library.people import ignore_person
from dofisac_tui.library.people_views import PersonRow, cover_faces
from dofisac_tui.library.voting import vote_cluster
from dofisac_tui.search.query import Query
from dofisac_tui.ui.base.library_screen import SOURCE
from dofisac_tui.ui.keys.actions import SCORES
from dofisac_tui.ui.people.face_grid_screen import FaceGridScreen
from dofisac_tui.ui.people.naming_screen import NamingScreen
from dofisac_tui.ui.search.search_service import Like, SearchRequest
from dofisac_tui.wording.people import called


class PersonActions(FaceGridScreen, NamingScreen):
    """Subclasses say who is meant."""

    @property
    def person(self) -> PersonRow | None:
        """Who is under the cursor, or open."""
        raise NotImplementedError

    def chosen(self) -> PersonRow:
        """Who is under the cursor, or open.

        Raises:
            QueryError: it is nobody.
        """
        return self.known(self.person)

    def known(self, person: PersonRow | None) -> PersonRow:
        """Somebody.

        Raises:
            QueryError: it is nobody.
        """
        if person is None:
            keys = [self.key_of(action) for action in ("photo.open", "mark.toggle", "person.name")]
            hint = "Open them ({}), mark some ({}), name them ({}).".format(*keys)
            raise QueryError("These faces are nobody's yet", hint)
        return person

    # actions

    def action_person_name(self) -> None:
        """Name, or name anew."""
        self.spawn_question(self._ask_name(self.person))

    async def _ask_name(self, person: PersonRow | None) -> None:
        person = self.known(person)
        who = called(person.name, person.person_id)
        name = await self.ask_who(f"New name for {who}" if person.name else f"Who is {who}?", person.name or "")
        if name:
            await self.call(person.person_id, name)

    def action_person_ignore(self) -> None:
        """A stranger, or no longer one."""
        if self.grid.is_shown:
            self.decide(self._ignore(self.person), ("ignore", self.person and self.person.person_id))

    async def _ignore(self, person: PersonRow | None) -> None:
        person = self.known(person)
        vote = await self.dofisac.desk.quick(ignore_person, person.person_id, not person.ignored, SOURCE)
        who = called(person.name, person.person_id)
        hidden = f"{self.key_of('person.ignored')} shows hidden people, {self.key_of('vote.undo')} takes it back"
        self.say(f"{who} is shown again." if person.ignored else f"{who} is hidden; {hidden}.")
        self.decided(vote)

    def action_score(self, score: int) -> None:
        """How well the faces belong together."""
        if self.grid.is_shown:
            self.decide(self._score(self.person, score), ("score", self.person and self.person.person_id))
            self.scored(score)

    async def _score(self, person: PersonRow | None, score: int) -> None:
        person = self.known(person)
        vote = await self.dofisac.desk.quick(vote_cluster, "people", person.person_id, score, SOURCE)
        who = called(person.name, person.person_id)
        self.say(f"{who}: {score} of 6, {SCORES[score - 1]}." if score else f"{who} has no score now.")
        self.decided(vote)

    def scored(self, score: int) -> None:
        """A score is given, and on its way to the disk."""

    def action_person_photos(self) -> None:
        """All photos of the person."""
        self.spawn(self._photos())

    async def _photos(self) -> None:
        person = self.chosen()
        if person.name:
            await self.dofisac.search_for(SearchRequest(Query(people=(person.name,))))
        else:
            await self._search_face(
                (await self.dofisac.desk.quick(cover_faces, [person.person_id])).get(person.person_id)
            )

    def action_search_who(self) -> None:
        """Photos of the face under the cursor."""
        self.spawn(self._search_face(self.face_id))

    @property
    def face_id(self) -> int | None:
        """The face under the cursor."""
        raise NotImplementedError

    async def _search_face(self, face_id: int | None) -> None:
        if face_id is None:
            raise QueryError("There is no face to look for", "Move to one.")
        await self.dofisac.search_for(SearchRequest(Query(), Like("face", face_id)))
