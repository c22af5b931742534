"""All faces of one person, the least sure first; or all that are nobody's, the newest first."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from rich.text import Text
from textual import on

from dofisac_tui.display import display_text
from dofisac_tui.learning.membership_confidence import Membership
from dofisac_tui.learning.merge_candidates import PersonMatcher, PersonSuggestion
from dofisac_tui.library.ledger import Vote
from dofisac_tui.library.people import remove_face
from dofisac_tui.library.people_views import PersonRow
from dofisac_tui.library.views import FaceView, PhotoView, face_views, faces_of_photo
from dofisac_tui.library.voting import vote_face
from dofisac_tui.ui.base.grid_screen import Album
from dofisac_tui.ui.base.library_screen import SOURCE
from dofisac_tui.ui.base.overlay_screen import OverlayScreen
from dofisac_tui.ui.keys.actions import bindings_of
from dofisac_tui.ui.people.person_actions import PersonActions
from dofisac_tui.ui.people.reads import confirmed_faces, faces_of, heading
from dofisac_tui.ui.people.reassign_faces import answer_for, each_of, give_faces, known_person, split_off
from dofisac_tui.ui.widgets.picture_grid import PictureGrid
from dofisac_tui.ui.widgets.preview import Preview
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.ui.widgets.tile_content import face_tile, photo_source
from dofisac_tui.wording.numbers import counted, percent
from dofisac_tui.wording.people import called, faces
from dofisac_tui.wording.photos import evidence_words, photo_words


class PersonScreen(OverlayScreen, PersonActions):
    """Opened from the screen of all people; escape and q lead back.

    Args:
        person_id: None for the faces that are nobody's.
        hint: What to do here, told at the start.
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
        """The photo."""
        return Preview(self.dofisac.studio)

    def on_mount(self) -> None:
        """What led here, if there is something to say of it."""
        if self._hint:
            self.say(self._hint)

    # what is there

    @property
    def person(self) -> PersonRow | None:
        """Whose faces these are; None where they are nobody's."""
        return self._person

    @property
    def face_id(self) -> int | None:
        """The face under the cursor."""
        return self._faces[self.grid.cursor].face_id if self.grid.cursor < len(self._faces) else None

    @property
    def current(self) -> PhotoView | None:
        """Its photo."""
        card = self._cards.get(self.face_id or 0)
        return card.photo if card else None

    @property
    def _is_nobody(self) -> bool:
        return self._person_id is None

    @property
    def _who(self) -> str:
        return called(self._person.name, self._person.person_id) if self._person else "unsorted"

    def look_again(self) -> None:
        """Read which faces there are."""
        self.spawn(self._read(), group="faces", exclusive=True)

    async def _read(self) -> None:
        """The faces as they are now; those that were shown before stay where they were."""
        self._person, found = await self.dofisac.desk.quick(faces_of, self._person_id)
        before = [each.face_id for each in self._faces]
        if not self._is_nobody:  # of those that are nobody's the newest come first
            places = {face_id: n for n, face_id in enumerate(before)}
            found.sort(key=lambda each: places.get(each.face_id, len(places)))
        self._faces = found
        self.fill(before, [each.face_id for each in found])
        back = f"No faces are left here.\n\n  {self.key_of('app.back')}  leads back to everybody"
        self.instead_of(".browser", None if found else back)
        about = await self.dofisac.desk.quick(heading, self._person) if self._person else faces(len(found))
        order = "the newest first" if self._is_nobody else "the least sure first"
        self.head(Text(f"{self._who} · {about}"), order)

    async def contents(self, first: int, last: int) -> Sequence[TileContent]:
        """The faces of a page, how sure each is, or who it may be."""
        page = self._faces[first:last]
        ids = [each.face_id for each in page]
        self._cards = await self.dofisac.desk.quick(face_views, ids)
        if self._is_nobody:
            self._suggestions = await self.dofisac.desk.slow(self._matcher.suggested_persons, ids)
        else:
            everybody = [each.face_id for each in self._faces]
            self._confirmed = await self.dofisac.desk.quick(confirmed_faces, ids, everybody)
        return [face_tile(self._cards.get(each.face_id), *self._caption(each)) for each in page]

    def _caption(self, face: Membership) -> tuple[str, str]:
        """What stands below a face, and behind that how sure it is."""
        suggestion = self._suggestions.get(face.face_id)
        if suggestion:
            return f"{called(suggestion.name, suggestion.person_id)}?", percent(suggestion.match)
        if self._is_nobody:
            return "unknown", ""
        sign = "✓ " if face.face_id in self._confirmed else ""
        return f"{sign}alone" if face.match is None else f"{sign}{percent(face.match)}", ""

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
        others = await self.dofisac.desk.quick(faces_of_photo, card.photo.photo_id)
        shot = photo_source(card.photo, card.box)
        preview.show(shot, photo_words(card.photo, others, max(20, preview.size.width - 2)))
        page = f"page {self.grid.page + 1:,} of {self.grid.pages:,}"
        sureness = self._sureness(self._faces[self.grid.cursor])
        parts = [*self.grid.marked_words, sureness, f"quality {card.quality:.2f}", page]
        self.evidence(Text(evidence_words(" · ".join(parts), card.photo, self.size.width - 2)))

    def _sureness(self, face: Membership) -> str:
        suggestion = self._suggestions.get(face.face_id)
        if suggestion:
            who = called(suggestion.name, suggestion.person_id)
            return (
                f"{who}? {percent(suggestion.match)} · d {suggestion.distance:.3f} · {self.key_of('vote.yes')} if it is"
            )
        if face.match is None:
            return "like nobody who is known" if self._is_nobody else "the only face"
        return f"{percent(face.match)} · d {face.distance:.3f} to the others"

    def _marked(self) -> tuple[int, ...]:
        """The marked faces, or the one under the cursor; none where they cannot be seen yet."""
        if not self.grid.is_shown:
            return ()
        return tuple(self._faces[n].face_id for n in self.grid.marked if n < len(self._faces))

    # decisions

    def action_vote_yes(self) -> None:
        """The face is this person's, or whose it is guessed to be."""
        if self._is_nobody:
            self._with_suggestion(self._accept_suggestion)
        elif marked := self._marked():
            if not self.grid.marks:
                self.grid.move(columns=1)
            self.decide(self._confirm(marked), marked)

    async def _confirm(self, marked: Sequence[int]) -> None:
        person_id = self.chosen().person_id
        vote = await self.dofisac.desk.quick(
            each_of, marked, lambda library, face_id: answer_for(library, face_id, person_id, "yes", SOURCE)
        )
        self._report(vote, f"{self._who} confirmed on {faces(len(marked))}.")

    def _with_suggestion(self, decide: Callable[[int, PersonSuggestion], Coroutine[Any, Any, None]]) -> None:
        """Decide on the face under the cursor, or the first marked one, and whose it may be."""
        face_id = next(iter(self._marked()), None)
        if face_id is None:
            return
        suggestion = self._suggestions.get(face_id)
        if suggestion is None:
            self.say(f"Nobody is suggested for this face; {self.key_of('person.name')} names it.")
        else:
            self.decide(decide(face_id, suggestion), face_id)

    async def _accept_suggestion(self, face_id: int, suggestion: PersonSuggestion) -> None:
        self.grid.hold()
        vote = await self.dofisac.desk.quick(give_faces, None, [face_id], suggestion.person_id, "", SOURCE)
        self._report(vote, f"The face is {called(suggestion.name, suggestion.person_id)}'s now.")

    def action_vote_no(self) -> None:
        """The face is not this person's, or not whose it is guessed to be."""
        if self._is_nobody:
            self._with_suggestion(self._reject_suggestion)
        else:
            self.action_person_remove_face()

    async def _reject_suggestion(self, face_id: int, suggestion: PersonSuggestion) -> None:
        vote = await self.dofisac.desk.quick(answer_for, face_id, suggestion.person_id, "no", SOURCE)
        self.grid.move(columns=1)
        self._report(vote, f"Not {called(suggestion.name, suggestion.person_id)}.")

    def action_person_remove_face(self) -> None:
        """Not of this person."""
        self._take_away(self._remove)

    def action_person_not_a_face(self) -> None:
        """No face at all."""
        self._take_away(self._refuse)

    def _take_away(self, decide: Callable[[Sequence[int]], Coroutine[Any, Any, None]]) -> None:
        """Decide on faces that will stand here no longer; until they are gone, no other key means them."""
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
        person_id = self.chosen().person_id
        vote = await self.dofisac.desk.quick(
            each_of, marked, lambda library, face_id: remove_face(library, person_id, face_id, SOURCE)
        )
        self._report(vote, f"{faces(len(marked))} no longer of {self._who}.")

    async def _refuse(self, marked: Sequence[int]) -> None:
        vote = await self.dofisac.desk.quick(
            each_of, marked, lambda library, face_id: vote_face(library, face_id, "no", SOURCE)
        )
        self._report(vote, f"{counted(len(marked), 'picture')} will not be asked about again: no face.")

    def _report(self, vote: Vote, words: str) -> None:
        self.grid.clear_marks()
        self.say(f"{words} {self.key_of('vote.undo')} takes it back.")
        self.decided(vote)

    def action_person_split(self) -> None:
        """The marked faces are somebody else."""
        if marked := self._marked():
            self.spawn_question(self._give(marked) if self._is_nobody else self._split(marked))

    async def _split(self, marked: Sequence[int]) -> None:
        new = await self.dofisac.desk.quick(split_off, self.chosen().person_id, marked, SOURCE)
        self.grid.clear_marks()
        self.look_again()
        self.say(f"{faces(len(marked))} are a person of their own now: {called(None, new)}.")
        name = await self.ask_who(f"Who is {called(None, new)}, if you know?")
        if name:
            await self.call(new, name)

    def action_person_move(self) -> None:
        """The marked faces are somebody who is known, or get a new name."""
        if marked := self._marked():
            self.spawn_question(self._give(marked))

    def action_person_name(self) -> None:
        """Name the person; of faces that are nobody's the marked ones."""
        if self._is_nobody:
            self.action_person_move()
        else:
            super().action_person_name()

    async def _give(self, marked: Sequence[int]) -> None:
        quick = self.dofisac.desk.quick
        name = await self.ask_who(
            "Whose face is this?" if len(marked) == 1 else f"Whose are these {len(marked):,} faces?"
        )
        if name:
            target = await quick(known_person, name)
            vote = await quick(give_faces, self._person_id, marked, target, name, SOURCE)
            self._report(vote, f"{faces(len(marked))} of {display_text(name, 60)} now.")

    # elsewhere

    def album(self) -> Album | None:
        """The photos of all faces, beginning with this one, whose face is framed."""
        if self.face_id is None:
            return None
        photos, faces_shown = [each.photo_id for each in self._faces], [each.face_id for each in self._faces]
        return Album(photos, self.grid.cursor, faces_shown)

    def action_app_back(self) -> None:
        """Marks first, then back to everybody."""
        if self.grid.marks:
            self.grid.clear_marks()
        else:
            self.leave()
