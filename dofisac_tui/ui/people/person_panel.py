"""Beside the grid of people: who is under the cursor, the doubtful faces, and who else may be the same person."""

import asyncio
from collections.abc import Callable, Sequence

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical

from dofisac_tui.learning.merge_candidates import MergeCandidate, PersonMatcher
from dofisac_tui.library.people_views import PersonRow
from dofisac_tui.library.views import face_views
from dofisac_tui.ui.background.library_worker import LibraryWorker
from dofisac_tui.ui.keys.key_guard import AnswerGuard
from dofisac_tui.ui.people.reads import Seen, look_at
from dofisac_tui.ui.pictures.renderer import PictureRenderer
from dofisac_tui.ui.widgets.face_strip import FaceStrip
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.ui.widgets.tile_content import face_tile
from dofisac_tui.wording.numbers import percent
from dofisac_tui.wording.people import called, faces, likeness, stars, summary

_SETTLE_SECONDS = 0.08


class PersonPanel(Vertical):
    """Reads what it shows.

    Args:
        desk: Reads the library.
        studio: Makes the pictures; None where none can be shown.
        cell: Width and height of a character in pixels.
        key_of: From an action to its key.

    Attributes:
        merge_candidates: Who may be the same person, the likeliest first.
        reaction: To the question about the first of them.
    """

    COMPONENT_CLASSES = {"person-panel--name", "person-panel--score", "person-panel--quiet", "person-panel--key"}

    def __init__(
        self, desk: LibraryWorker, studio: PictureRenderer | None, cell: tuple[int, int], key_of: Callable[[str], str]
    ) -> None:
        super().__init__()
        self.merge_candidates: list[MergeCandidate] = []
        self.reaction = AnswerGuard()
        self._desk = desk
        self._studio = studio
        self._cell = cell
        self._key_of = key_of
        self._matcher = PersonMatcher()
        self._seen: Seen | None = None
        self._person: int | None = None

    def compose(self) -> ComposeResult:
        """Heading, faces, question."""
        yield TextLine(id="person-head")
        yield FaceStrip(self._studio, self._cell, id="doubtful")
        yield TextLine(id="person-question")
        yield FaceStrip(self._studio, self._cell, columns=2, id="pair")
        yield TextLine(id="person-evidence")

    async def show_person(self, person: PersonRow) -> None:
        """Show who it is, once the cursor rests, and the faces that are least sure."""
        if person.person_id != self._person:  # a question may be answered while the same person is read anew
            self.merge_candidates, self._person = [], person.person_id
            self.reaction.reset()
        await asyncio.sleep(_SETTLE_SECONDS)
        strip = self.query_one("#doubtful", FaceStrip)
        seen = self._seen = await self._desk.quick(look_at, person, strip.room)
        self._head(called(person.name, person.person_id), stars(seen.score), summary(person, seen.span), seen.least)
        strip.show(seen.doubtful)

    def show_unsorted(self, count: int) -> None:
        """Show the faces that are nobody's."""
        self.merge_candidates, self._person = [], None
        note = f"{self._key_of('photo.open')} shows them, the newest first, with the likeliest name"
        self._head("unsorted", "", f"{faces(count)} that are nobody's yet", note if count else "")
        self.query_one("#doubtful", FaceStrip).show(())
        self._ask("", (), "")

    async def find_merge_candidates(self, person: PersonRow) -> None:
        """Look for others who may be the same person, and ask."""
        self.merge_candidates = await self._desk.slow(self._matcher.merge_candidates, person.person_id)
        await self.suggest(person)

    async def suggest(self, person: PersonRow) -> None:
        """Ask whether the likeliest other is the same person."""
        self.reaction.reset()
        if not self.merge_candidates:
            self._ask("", (), "Nobody else looks like the same person.")
            return
        other, *more = self.merge_candidates
        cards = await self._desk.quick(face_views, (other.face_id, other.other_face_id))
        sides = [(other.face_id, called(person.name, person.person_id), person.faces)]
        sides += [(other.other_face_id, called(other.name, other.person_id), other.faces)]
        pair = [face_tile(cards.get(face), who, faces(count)) for face, who, count in sides]
        why = likeness(other)
        if more:
            why += "\nthen " + " · ".join(f"{called(each.name, each.person_id)} {percent(each.match)}" for each in more)
        self._ask("The same person?", pair, why)
        self.call_after_refresh(self.reaction.drawn)

    def words(self, person: PersonRow) -> list[str]:
        """What is shown of a person, in a line, for where there is no room for the panel."""
        seen = self._seen
        if seen is None:
            return []
        parts = [called(person.name, person.person_id), summary(person, seen.span)]
        parts += [f"score {seen.score}"] if seen.score else []
        if self.merge_candidates:
            other = self.merge_candidates[0]
            keys = f"{self._key_of('vote.yes')}/{self._key_of('vote.no')}"
            parts.append(f"same as {called(other.name, other.person_id)}? {keys} ({likeness(other)})")
        return parts

    def _head(self, name: str, score: str, about: str, note: str) -> None:
        first = Text(name, self._style("name"))
        if score:
            first.append(f"  {score}", self._style("score"))
        self.query_one("#person-head", TextLine).put(
            Text("\n").join([first, Text(about), Text(note, self._style("quiet"))])
        )

    def _ask(self, question: str, pair: Sequence[TileContent], why: str) -> None:
        """Whether two persons are one; without a pair, why there is no question."""
        line = Text(question)
        for action, label in (("vote.yes", "yes"), ("vote.no", "no"), ("person.merge", "merge")) if pair else ():
            line.append(f"  {self._key_of(action)}", self._style("key"))
            line.append(f" {label}", self._style("quiet"))
        self.query_one("#person-question", TextLine).put(line)
        strip = self.query_one("#pair", FaceStrip)
        strip.display = bool(pair)
        strip.show(pair)
        self.query_one("#person-evidence", TextLine).put(Text(why, self._style("quiet")))

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"person-panel--{name}", partial=True)
