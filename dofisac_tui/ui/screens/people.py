"""People: everybody in a grid of faces, the doubtful ones beside it, and who may be the same person."""

import asyncio
from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from dofisac_tui.display import display_text
from dofisac_tui.errors import QueryError
from dofisac_tui.learning.resemblance import Lookalike, Resemblance
from dofisac_tui.learning.scores import predicted_scores
from dofisac_tui.learning.voting import cast_match
from dofisac_tui.library.cards import FaceCard, PhotoCard, face_cards
from dofisac_tui.library.decisions import YesNo
from dofisac_tui.library.overview import Overview
from dofisac_tui.library.people import merge_people, person_called
from dofisac_tui.library.people_pages import People, PersonRow, read_people
from dofisac_tui.library.votes import Vote
from dofisac_tui.ui.actions import bindings_of
from dofisac_tui.ui.face_tiles import face_tile
from dofisac_tui.ui.people_reads import Seen, covers, held_changes, look_at, newest_unsorted
from dofisac_tui.ui.people_words import called, faces, likeness, stars, summary, sure
from dofisac_tui.ui.reclustering import recluster_on
from dofisac_tui.ui.screens.base import SOURCE
from dofisac_tui.ui.screens.changes import ChangesScreen
from dofisac_tui.ui.screens.person import PersonScreen
from dofisac_tui.ui.screens.person_actions import PersonActions
from dofisac_tui.ui.widgets.face_strip import FaceStrip
from dofisac_tui.ui.widgets.grid import PictureGrid
from dofisac_tui.ui.widgets.line import Line
from dofisac_tui.ui.widgets.person_panel import PersonPanel
from dofisac_tui.ui.widgets.tile import TileContent

_SETTLE_SECONDS = 0.08
_NOBODY = People(None, [], 0)


class PeopleScreen(PersonActions):
    """Named persons first, then the largest; at the end the faces that are nobody's."""

    NAME = "people"
    BINDINGS = bindings_of(NAME)

    def __init__(self) -> None:
        super().__init__()
        self._people = _NOBODY
        self._rows: list[PersonRow] = []
        self._covers: dict[int, FaceCard] = {}
        self._unsorted: FaceCard | None = None
        self._show_ignored = False
        self._predicted: dict[int, float] | None = None
        self._held = ""
        self._resemblance = Resemblance()
        self._lookalikes: list[Lookalike] = []

    def body(self) -> ComposeResult:
        """How many there are, faces, panel."""
        app = self.dofisac
        with Horizontal(id="people-line"):
            yield Line(id="census")
            yield Line(id="people-sort")
        with Horizontal(classes="browser"):
            yield PictureGrid(app.studio, app.terminal.cell, tile_width=14, shape=1.0, id="people")
            yield PersonPanel(app.studio, app.terminal.cell)
        yield Line(classes="empty")

    # who is there

    @property
    def person(self) -> PersonRow | None:
        """The person under the cursor; None on the faces that are nobody's."""
        return self._rows[self.grid.cursor] if self.grid.cursor < len(self._rows) else None

    @property
    def face_id(self) -> int | None:
        """The face that is shown of the person."""
        card = self._card
        return card.face_id if card else None

    @property
    def current(self) -> PhotoCard | None:
        """The photo of the face that is shown."""
        card = self._card
        return card.photo if card else None

    @property
    def _card(self) -> FaceCard | None:
        return self._covers.get(self.person.person_id) if self.person else self._unsorted

    def on_screen_resume(self) -> None:
        """Look again: another screen may have changed something."""
        super().on_screen_resume()
        self._look()

    def overview_changed(self, overview: Overview) -> None:
        """The library changed."""
        super().overview_changed(overview)
        self._look()

    def decided(self, vote: Vote) -> None:
        """Something was decided here, or taken back."""
        self._look()

    def _look(self) -> None:
        self.spawn(self._read(), group="people", exclusive=True)

    async def _read(self) -> None:
        people = await self.dofisac.desk.quick(read_people)
        newest = await self.dofisac.desk.quick(newest_unsorted) if people.unsorted else None
        self._unsorted = newest
        self._show(people)
        self._held = await self.dofisac.desk.slow(held_changes)
        self._tell()

    def _show(self, people: People) -> None:
        """Everybody in the usual order; who was shown before stays where they were until the next clustering."""
        here, marked = self.person, {self._rows[n].person_id for n in self.grid.marks if n < len(self._rows)}
        at_end = self.grid.count > 0 and self.grid.cursor >= len(self._rows)
        before = {row.person_id: n for n, row in enumerate(self._rows)} if people.run_id == self._people.run_id else {}
        rows = [row for row in people.rows if self._show_ignored or not row.ignored]
        rows.sort(key=lambda row: before.get(row.person_id, len(before)))
        self._people, self._rows = people, rows
        count = len(rows) + bool(people.unsorted)
        places = {row.person_id: n for n, row in enumerate(rows)}
        cursor = places.get(here.person_id, self.grid.cursor) if here else count if at_end else 0
        self.grid.fill(count, self._contents, cursor, keep_marks=True)
        self.grid.marks = {places[each] for each in marked if each in places}
        empty = self.query_one(".empty", Line)
        nothing = not rows and (people.run_id is None or not people.unsorted)
        empty.display, self.query_one(".browser").display = nothing, not nothing
        empty.put(Text(self._nothing()))
        self._tell()

    def _nothing(self) -> str:
        key = self.key_of("cluster.now")
        if self._people.unsorted:
            return f"{faces(self._people.unsorted)}, not yet sorted into people.\n\n  {key}  sorts them"
        if self._people.rows:
            return f"Everybody here is ignored.\n\n  {self.key_of('person.ignored')}  shows them"
        status = self.key_of("app.status")
        return f"No faces yet. They appear as photos are indexed.\n\n  {status}  shows how far that is"

    def _tell(self) -> None:
        rows = self._people.rows
        named = sum(row.name is not None for row in rows)
        hidden = sum(row.ignored for row in rows)
        parts = [f"{len(rows):,} people", f"{named:,} named", f"{faces(self._people.unsorted)} unsorted"]
        parts += [f"{hidden:,} ignored"] if hidden else []
        line = Text(" · ".join(parts), no_wrap=True, overflow="ellipsis")
        if self._held:
            line.append(
                f" · {self._held} ({self.key_of('run.changes')})", f"bold {self.dofisac.theme_variables['warning']}"
            )
        self.query_one("#census", Line).put(line)
        order = "probably worst first" if self._predicted is not None else "named and largest first"
        self.query_one("#people-sort", Line).put(Text(order, justify="right", no_wrap=True, overflow="ellipsis"))

    async def _contents(self, first: int, last: int) -> Sequence[TileContent]:
        rows = self._rows[first:last]
        self._covers = await self.dofisac.desk.quick(covers, [row.person_id for row in rows])
        tiles = [self._tile(row) for row in rows]
        if last > first + len(rows):
            tiles.append(
                face_tile(self._unsorted, f"unsorted  {self._people.unsorted:,}", "Faces that are nobody's yet.")
            )
        return tiles

    def _tile(self, row: PersonRow) -> TileContent:
        who = called(row.name, row.person_id)
        guess = (self._predicted or {}).get(row.person_id)
        figure = f"{row.faces:,}" if guess is None else f"{guess:.1f}★"
        return face_tile(self._covers.get(row.person_id), f"{who}  {figure}", f"{who}\n{faces(row.faces)}")

    # the panel

    @on(PictureGrid.Moved, "#people")
    @on(FaceStrip.Grown)
    def _moved(self) -> None:
        self.spawn(self._show_person(), group="preview", exclusive=True)

    async def _show_person(self) -> None:
        person, panel = self.person, self.query_one(PersonPanel)
        self._lookalikes = []
        if person is None:
            self._show_unsorted(panel)
            return
        await asyncio.sleep(_SETTLE_SECONDS)
        seen = await self.dofisac.desk.quick(look_at, person, panel.room)
        who = called(person.name, person.person_id)
        panel.head(who, stars(seen.score), summary(person, seen.span), seen.least)
        panel.faces(seen.doubtful)
        self._evidence(person, seen)
        self._lookalikes = await self.dofisac.desk.slow(self._resemblance.lookalikes, person.person_id)
        await self._suggest()
        self._evidence(person, seen)

    def _show_unsorted(self, panel: PersonPanel) -> None:
        count = self._people.unsorted
        note = f"{self.key_of('photo.open')} shows them, the newest first, with the likeliest name." if count else ""
        panel.head("unsorted", "", f"{faces(count)} that are nobody's yet", note)
        panel.faces(())
        panel.question("", (), (), "")
        self.evidence(Text(f"{faces(count)} unsorted · {note}" if count else ""))

    async def _suggest(self) -> None:
        """Ask whether the likeliest other is the same person."""
        person, panel = self.person, self.query_one(PersonPanel)
        if person is None:
            return
        if not self._lookalikes:
            panel.question("", (), (), "Nobody else looks like the same person.")
            return
        other, *more = self._lookalikes
        cards = await self.dofisac.desk.quick(face_cards, (other.mine, other.theirs))
        captions = [(other.mine, called(person.name, person.person_id), person.faces)]
        captions += [(other.theirs, called(other.name, other.person_id), other.faces)]
        pair = [face_tile(cards.get(face), f"{who} · {faces(count)}") for face, who, count in captions]
        keys = [
            (self.key_of("vote.yes"), "yes"),
            (self.key_of("vote.no"), "no"),
            (self.key_of("person.merge"), "merge"),
        ]
        why = likeness(other)
        if more:
            why += "\nthen " + " · ".join(f"{called(each.name, each.person_id)} {sure(each.match)}" for each in more)
        panel.question("The same person?", keys, pair, why)

    def _evidence(self, person: PersonRow, seen: Seen) -> None:
        parts = [called(person.name, person.person_id), summary(person, seen.span)]
        parts += [f"score {seen.score}"] if seen.score else []
        if self._lookalikes:
            other = self._lookalikes[0]
            who = called(other.name, other.person_id)
            parts.append(f"same as {who}? {self.key_of('vote.yes')}/{self.key_of('vote.no')} ({likeness(other)})")
        parts.append(f"page {self.grid.page + 1:,} of {self.grid.pages:,}")
        self.evidence(Text(" · ".join(parts)))

    # actions

    def action_vote_yes(self) -> None:
        """The suggested one is the same person."""
        self.spawn(self._vote("yes"), group="vote")

    def action_vote_no(self) -> None:
        """It is somebody else."""
        self.spawn(self._vote("no"), group="vote")

    async def _vote(self, answer: YesNo) -> None:
        if not self._lookalikes:
            raise QueryError("Nobody is suggested here", "Compare two persons of your choice with m.")
        other = self._lookalikes.pop(0)
        await self.dofisac.desk.quick(cast_match, other.mine, other.theirs, answer, SOURCE)
        who = called(other.name, other.person_id)
        told = f"{who} joins at the next clustering; m merges at once." if answer == "yes" else f"{who} is kept apart."
        self.say(f"{told} u takes it back.")
        await self._suggest()

    def action_person_merge(self) -> None:
        """The marked ones, or the one under the cursor, with somebody."""
        self.spawn(self._merge())

    async def _merge(self) -> None:
        marked = [self._rows[n] for n in sorted(self.grid.marks) if n < len(self._rows)]
        here = self.chosen()
        others = marked or [here]
        value = called(here.name, here.person_id) if marked else self._likeliest()
        label = f"Merge {faces(sum(row.faces for row in others))} of {_list(others)} with"
        name = await self.ask_who(label, value)
        if name is None:
            return
        known = self._known_as(name)
        target = await self.dofisac.desk.quick(person_called, name) if known is None else known
        others = [row for row in others if row.person_id != target]
        if not others:
            raise QueryError("A person cannot be merged with itself", "Name another one.")
        for row in others:
            vote = await self.dofisac.desk.quick(merge_people, target, row.person_id, SOURCE)
        self.grid.clear_marks()
        one_by_one = " one by one" if len(others) > 1 else ""
        self.say(f"One person now: {_list(others)} and {display_text(name, 60)}. u takes it back{one_by_one}.")
        self.decided(vote)

    def _likeliest(self) -> str:
        return called(self._lookalikes[0].name, self._lookalikes[0].person_id) if self._lookalikes else ""

    def _known_as(self, name: str) -> int | None:
        """The person of that name, or of that number behind a dot."""
        wanted = name.removeprefix("·").removeprefix(".")
        for row in self._people.rows:
            if (row.name or "").casefold() == name.casefold() or (wanted.isdecimal() and row.person_id == int(wanted)):
                return row.person_id
        return None

    def scored(self, score: int) -> None:
        """On to the next."""
        if score:
            self.grid.move(columns=1)

    def action_person_split(self) -> None:
        """Choose the faces first."""
        self._open_for("Mark the faces of the other person with space, then press S again.")

    def action_person_remove_face(self) -> None:
        """Choose the face first."""
        self._open_for("Go to the face that is not theirs, and press x again.")

    def _open_for(self, hint: str) -> None:
        if self.person:
            self.app.push_screen(PersonScreen(self.person.person_id, hint))

    def action_photo_open(self) -> None:
        """All faces of the person, or all that are nobody's."""
        if self.grid.count:
            self.app.push_screen(PersonScreen(self.person.person_id if self.person else None))

    def action_person_ignored(self) -> None:
        """Show the ignored ones, too, or hide them."""
        self._show_ignored = not self._show_ignored
        self._show(self._people)

    def action_person_sort(self) -> None:
        """The other order."""
        self.spawn(self._sort(), group="people", exclusive=True)

    async def _sort(self) -> None:
        if self._predicted is None:
            self.say("Judging everybody …")
            self._predicted = await self.dofisac.desk.slow(predicted_scores, "people")
            worst = self._predicted
            self._rows.sort(key=lambda row: worst.get(row.person_id, 7.0))
            self.say("Those first whose faces probably belong together least; 1 to 6 is the score to expect.")
        else:
            self._predicted = None
            self._rows = []
        self._show(self._people)
        self.grid.go(0)

    def action_run_changes(self) -> None:
        """What the last clustering holds back."""
        self.app.push_screen(ChangesScreen())

    def action_cluster_now(self) -> None:
        """Find people anew."""
        self.spawn(recluster_on(self, ["people"]), group="cluster", exclusive=True)


def _list(rows: Sequence[PersonRow], most: int = 3) -> str:
    shown = [called(row.name, row.person_id) for row in rows[:most]]
    return ", ".join(shown) + (f" and {len(rows) - most} more" if len(rows) > most else "")
