"""All faces of one person, the least certain first; or all unassigned faces, the newest first."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from rich.text import Text
from textual import on

from dofisac_tui.learning.membership_confidence import Membership
from dofisac_tui.learning.merge_candidates import PersonMatcher, PersonSuggestion
from dofisac_tui.library.ledger import Vote
from dofisac_tui.library.people import remove_face
from dofisac_tui.library.people_views import PersonRow
from dofisac_tui.library.views import FaceView, PhotoView, face_views, faces_of_photo
from dofisac_tui.library.voting import YesNo, vote_face
from dofisac_tui.ui.base.library_screen import SOURCE
from dofisac_tui.ui.base.overlay_screen import OverlayScreen
from dofisac_tui.ui.keys.actions import bindings_of
from dofisac_tui.ui.people.face_grid_screen import FaceGridScreen
from dofisac_tui.ui.people.naming import ask_name, assign_on, name_on
from dofisac_tui.ui.people.reads import certainty, confirmed_faces, faces_of, heading
from dofisac_tui.ui.people.reassign_faces import answer_for, each_of, give_faces, split_off
from dofisac_tui.ui.session import Album
from dofisac_tui.ui.widgets.picture_grid import PictureGrid
from dofisac_tui.ui.widgets.preview import Preview
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.ui.widgets.tile_content import face_tile
from dofisac_tui.wording.numbers import counted, numbered, percent
from dofisac_tui.wording.people import called
from dofisac_tui.wording.photos import evidence_words


class PersonScreen(OverlayScreen, FaceGridScreen):
    """Opened from the People screen; escape and q lead back.

    Args:
        person_id: None for the unassigned faces.
        hint: A message to start with.
    """

    NAME = "person"
    BINDINGS = bindings_of(NAME)

    def __init__(self, person_id: int | None, hint: str = "") -> None:
        super().__init__()
        self._person_id = person_id
        self._hint = hint
        self._person: PersonRow | None = None
        self._faces: list[Membership] = []
        self._cards: dict[int, FaceView] = {}
        self._suggestions: dict[int, PersonSuggestion] = {}
        self._confirmed: set[int] = set()
        self._matcher = PersonMatcher()

    def side(self) -> Preview:
        """Return the preview of the photo."""
        return Preview(self.session.renderer)

    def on_mount(self) -> None:
        """Show the hint."""
        if self._hint:
            self.say(self._hint)

    # the faces

    @property
    def person(self) -> PersonRow | None:
        """The person of the faces; None for unassigned faces."""
        return self._person

    @property
    def face_id(self) -> int | None:
        """The face under the cursor."""
        return self._faces[self.grid.cursor].face_id if self.grid.cursor < len(self._faces) else None

    @property
    def current(self) -> PhotoView | None:
        """The photo of that face."""
        card = self._cards.get(self.face_id or 0)
        return card.photo if card else None

    @property
    def _is_unassigned(self) -> bool:
        return self._person_id is None

    @property
    def _who(self) -> str:
        return called(self._person.name, self._person.person_id) if self._person else "unassigned"

    def look_again(self) -> None:
        """Read the faces again."""
        self.spawn(self._read(), group="faces", exclusive=True)

    async def _read(self) -> None:
        """Read the faces; those shown before keep their places."""
        self._person, found = await self.session.worker.quick(faces_of, self._person_id)
        before = [each.face_id for each in self._faces]
        if not self._is_unassigned:  # else the newest come first
            places = {face_id: n for n, face_id in enumerate(before)}
            found.sort(key=lambda each: places.get(each.face_id, len(places)))
        self._faces = found
        self.fill(before, [each.face_id for each in found])
        back = f"No faces left.\n\n  {self.key_of('app.back')}  back to all people"
        self.instead_of(".browser", None if found else back)
        count = counted(len(found), "face")
        about = await self.session.worker.quick(heading, self._person) if self._person else count
        order = "newest first" if self._is_unassigned else "least certain first"
        self.head(Text(f"{self._who} · {about}"), order)

    async def contents(self, first: int, last: int) -> Sequence[TileContent]:
        """Return the faces of a page with their certainties, or with suggested persons."""
        page = self._faces[first:last]
        ids = [each.face_id for each in page]
        self._cards = await self.session.worker.quick(face_views, ids)
        if self._is_unassigned:
            self._suggestions = await self.session.worker.slow(self._matcher.suggested_persons, ids)
        else:
            others = [each.face_id for each in self._faces]
            self._confirmed = await self.session.worker.quick(confirmed_faces, ids, others)
        return [face_tile(self._cards.get(each.face_id), *self._caption(each)) for each in page]

    def _caption(self, face: Membership) -> tuple[str, str]:
        """Return the caption of a face, and what follows it."""
        suggestion = self._suggestions.get(face.face_id)
        if suggestion:
            return f"{called(suggestion.name, suggestion.person_id)}?", percent(suggestion.match)
        if self._is_unassigned:
            return "unknown", ""
        sign = "✓ " if face.face_id in self._confirmed else ""
        return f"{sign}{certainty(face.match)}", ""

    @on(PictureGrid.Moved)
    def _moved(self) -> None:
        self.spawn(self._show_current(), group="preview", exclusive=True)

    async def _show_current(self) -> None:
        card = self._cards.get(self.face_id or 0)
        preview = self.query_one(Preview)
        if card is None:
            preview.show(None, Text(""))
            self.evidence(Text(""))
            return
        others = await self.session.worker.quick(faces_of_photo, card.photo.photo_id)
        preview.show_photo(card.photo, others, card.box)
        page = numbered("page", self.grid.page, self.grid.pages)
        match = self._match_words(self._faces[self.grid.cursor])
        parts = [*self.grid.marked_words, match, f"quality {card.quality:.2f}", page]
        self.evidence(Text(evidence_words(" · ".join(parts), card.photo, self.size.width - 2)))

    def _match_words(self, face: Membership) -> str:
        suggestion = self._suggestions.get(face.face_id)
        if suggestion:
            who = called(suggestion.name, suggestion.person_id)
            return f"{who}? {percent(suggestion.match)} · d {suggestion.distance:.3f} ({self.key_of('vote.yes')}: yes)"
        if face.match is None:
            return "no similar person" if self._is_unassigned else "only face"
        return f"{percent(face.match)} · d {face.distance:.3f} to the others"

    def _marked(self) -> tuple[int, ...]:
        """Return the marked faces, or the one under the cursor; none while they are not drawn yet."""
        if not self.grid.is_shown:
            return ()
        return tuple(self._faces[n].face_id for n in self.grid.marked if n < len(self._faces))

    # decisions

    def action_vote(self, answer: YesNo) -> None:
        """Vote whether the face is of this person, or of the suggested one."""
        if self._is_unassigned:
            self._with_suggestion(self._accept_suggestion if answer == "yes" else self._reject_suggestion)
        elif answer == "no":
            self.action_person_remove_face()
        elif marked := self._marked():
            if not self.grid.marks:
                self.grid.move(columns=1)
            self.decide(self._confirm(marked), marked)

    async def _confirm(self, marked: Sequence[int]) -> None:
        person_id = self.known(self.person).person_id
        vote = await self.session.worker.quick(
            each_of, marked, lambda library, face_id: answer_for(library, face_id, person_id, "yes", SOURCE)
        )
        self._report(vote, f"Confirmed {self._who} on {counted(len(marked), 'face')}")

    def _with_suggestion(self, decide: Callable[[int, PersonSuggestion], Coroutine[Any, Any, None]]) -> None:
        """Decide on the suggested person of the first marked face, or of the one under the cursor."""
        face_id = next(iter(self._marked()), None)
        if face_id is None:
            return
        suggestion = self._suggestions.get(face_id)
        if suggestion is None:
            self.say(f"No similar person ({self.key_of('person.name')}: name this face)")
        else:
            self.decide(decide(face_id, suggestion), face_id)

    async def _accept_suggestion(self, face_id: int, suggestion: PersonSuggestion) -> None:
        self.grid.hold()
        vote = await self.session.worker.quick(give_faces, None, [face_id], suggestion.person_id, "", SOURCE)
        self._report(vote, f'Assigned 1 face to "{called(suggestion.name, suggestion.person_id)}"')

    async def _reject_suggestion(self, face_id: int, suggestion: PersonSuggestion) -> None:
        vote = await self.session.worker.quick(answer_for, face_id, suggestion.person_id, "no", SOURCE)
        self.grid.move(columns=1)
        self._report(vote, f"Marked 1 face as not {called(suggestion.name, suggestion.person_id)}")

    def action_person_remove_face(self) -> None:
        """Remove the marked faces from the person."""
        self._take_away(self._remove)

    def action_person_not_a_face(self) -> None:
        """Vote that the marked pictures are not faces."""
        self._take_away(self._refuse)

    def _take_away(self, decide: Callable[[Sequence[int]], Coroutine[Any, Any, None]]) -> None:
        """Decide on faces that are then no longer shown; until they are gone, ignore other keys about them."""
        if marked := self._marked():
            self.grid.hold()
            self.decide(self._taken_away(decide, marked), marked)

    async def _taken_away(
        self, decide: Callable[[Sequence[int]], Coroutine[Any, Any, None]], marked: Sequence[int]
    ) -> None:
        try:
            await decide(marked)
        finally:
            self.look_again()

    async def _remove(self, marked: Sequence[int]) -> None:
        person_id = self.known(self.person).person_id
        vote = await self.session.worker.quick(
            each_of, marked, lambda library, face_id: remove_face(library, person_id, face_id, SOURCE)
        )
        self._report(vote, f"Removed {counted(len(marked), 'face')} from {self._who}")

    async def _refuse(self, marked: Sequence[int]) -> None:
        vote = await self.session.worker.quick(
            each_of, marked, lambda library, face_id: vote_face(library, face_id, "no", SOURCE)
        )
        self._report(vote, f"Marked {counted(len(marked), 'picture')} as not a face")

    def _report(self, vote: Vote, words: str) -> None:
        self.grid.clear_marks()
        self.say_undoable(words)
        self.decided(vote)

    def action_person_split(self) -> None:
        """Split the marked faces off as a new person."""
        if marked := self._marked():
            self.spawn_question(self._give(marked) if self._is_unassigned else self._split(marked))

    async def _split(self, marked: Sequence[int]) -> None:
        new = await self.session.worker.quick(split_off, self.known(self.person).person_id, marked, SOURCE)
        self.grid.clear_marks()
        self.look_again()
        self.say_undoable(f"Split {counted(len(marked), 'face')} off as new person {called(None, new)}")
        name = await ask_name(self, f"Who is {called(None, new)}? (optional)")
        if name:
            await name_on(self, new, name)

    def action_person_move(self) -> None:
        """Assign the marked faces to another person, known or new."""
        if marked := self._marked():
            self.spawn_question(self._give(marked))

    def action_person_name(self) -> None:
        """Name the person, or the marked unassigned faces."""
        if self._is_unassigned:
            self.action_person_move()
        else:
            super().action_person_name()

    async def _give(self, marked: Sequence[int]) -> None:
        vote = await assign_on(self, self._person_id, marked)
        if vote:
            self.grid.clear_marks()
            self.decided(vote)

    # elsewhere

    def album(self) -> Album | None:
        """Return the photos of all faces, starting with the one under the cursor."""
        if self.face_id is None:
            return None
        photos, faces_shown = [each.photo_id for each in self._faces], [each.face_id for each in self._faces]
        return Album(photos, self.grid.cursor, faces_shown)
