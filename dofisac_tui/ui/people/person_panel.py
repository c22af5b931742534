"""The panel beside the grid of people: the person, their least certain faces, and the most similar person."""

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
from dofisac_tui.ui.people.reads import PersonSummary, read_summary
from dofisac_tui.ui.pictures.renderer import PictureRenderer
from dofisac_tui.ui.widgets.face_strip import FaceStrip
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.ui.widgets.tile_content import face_tile
from dofisac_tui.wording.numbers import counted, percent
from dofisac_tui.wording.people import called, likeness, stars, summary, unassigned

_SETTLE_SECONDS = 0.08
_SHORT = 36  # columns


class PersonPanel(Vertical):
    """Reads what it shows.

    Args:
        desk: Reads the library.
        renderer: Makes the pictures; None where none can be shown.
        cell: Width and height of a character in pixels.
        key_of: From an action to its key.

    Attributes:
        merge_candidates: Similar persons, the most similar first.
        reaction: Guards the question about the first of them against keys pressed too early.
    """

    COMPONENT_CLASSES = {"person-panel--name", "person-panel--score", "person-panel--quiet", "person-panel--key"}

    def __init__(
        self, desk: LibraryWorker, renderer: PictureRenderer | None, cell: tuple[int, int], key_of: Callable[[str], str]
    ) -> None:
        super().__init__()
        self.merge_candidates: list[MergeCandidate] = []
        self.reaction = AnswerGuard()
        self._desk = desk
        self._renderer = renderer
        self._cell = cell
        self._key_of = key_of
        self._matcher = PersonMatcher()
        self._summary: PersonSummary | None = None
        self._person: int | None = None

    def compose(self) -> ComposeResult:
        """Yield heading, faces, question."""
        yield TextLine(id="person-head")
        yield FaceStrip(self._renderer, self._cell, id="doubtful")
        yield TextLine(id="person-question")
        yield FaceStrip(self._renderer, self._cell, columns=2, id="pair")
        yield TextLine(id="person-evidence")

    async def show_person(self, person: PersonRow) -> None:
        """Show a person and their least certain faces, once the cursor rests."""
        if person.person_id != self._person:  # a question may be answered while the same person is read again
            self.merge_candidates, self._person = [], person.person_id
            self.reaction.reset()
        await asyncio.sleep(_SETTLE_SECONDS)
        strip = self.query_one("#doubtful", FaceStrip)
        read = self._summary = await self._desk.quick(read_summary, person, strip.room)
        least = read.least if self.size.width > _SHORT else read.least.replace("lowest: ", "")
        self._head(called(person.name, person.person_id), stars(read.score), summary(person, read.span), least)
        strip.show(read.doubtful)

    def show_unassigned(self, count: int) -> None:
        """Show the unassigned faces."""
        self.merge_candidates, self._person = [], None
        note = f"{self._key_of('photo.open')}: show them, newest first, with suggested names"
        self._head("unassigned", "", unassigned(count), note if count else "")
        self.query_one("#doubtful", FaceStrip).show(())
        self._ask("", (), "")

    async def find_merge_candidates(self, person: PersonRow) -> None:
        """Find similar persons, and ask about the first."""
        self.merge_candidates = await self._desk.slow(self._matcher.merge_candidates, person.person_id)
        await self.suggest(person)

    async def suggest(self, person: PersonRow) -> None:
        """Ask whether the most similar other is the same person."""
        self.reaction.reset()
        if not self.merge_candidates:
            self._ask("", (), "No similar people.")
            return
        other, *more = self.merge_candidates
        cards = await self._desk.quick(face_views, (other.face_id, other.other_face_id))
        sides = [(other.face_id, called(person.name, person.person_id), person.faces)]
        sides += [(other.other_face_id, called(other.name, other.person_id), other.faces)]
        pair = [face_tile(cards.get(face), who, counted(count, "face")) for face, who, count in sides]
        why = likeness(other)
        if more:
            why += "\nthen " + " · ".join(f"{called(each.name, each.person_id)} {percent(each.match)}" for each in more)
        self._ask("Same person?", pair, why)
        self.call_after_refresh(self.reaction.question_shown)

    def words(self, person: PersonRow) -> list[str]:
        """Summarize a person in a line, for where there is no room for the panel."""
        if self._summary is None:
            return []
        parts = [called(person.name, person.person_id), summary(person, self._summary.span)]
        parts += [f"score {self._summary.score}"] if self._summary.score else []
        if self.merge_candidates:
            other = self.merge_candidates[0]
            keys = f"{self._key_of('vote.yes')}/{self._key_of('vote.no')}"
            parts.append(f"same as {called(other.name, other.person_id)}? {keys} ({likeness(other)})")
        return parts

    def _head(self, name: str, score: str, about: str, note: str) -> None:
        first = Text(name, self._style("name"))
        if score:
            first.append(f"  {score}", self._style("score"))
        lines = [first, Text(about), Text(note, self._style("quiet"))]
        self.query_one("#person-head", TextLine).put(Text("\n").join(lines))

    def _ask(self, question: str, pair: Sequence[TileContent], why: str) -> None:
        """Show a question about two persons; without a pair, only a remark."""
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
