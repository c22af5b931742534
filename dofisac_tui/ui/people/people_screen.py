"""People: everybody in a grid of faces, the doubtful ones beside it, and who may be the same person."""

from collections.abc import Sequence

from rich.text import Text
from textual import on

from dofisac_tui.display import display_text
from dofisac_tui.errors import QueryError
from dofisac_tui.learning.merge_candidates import MergeCandidate
from dofisac_tui.learning.score_prediction import predicted_scores
from dofisac_tui.library.people import merge_people, person_called
from dofisac_tui.library.people_views import People, PersonRow, read_people
from dofisac_tui.library.views import FaceView, PhotoView
from dofisac_tui.library.voting import YesNo
from dofisac_tui.matching.evidence import cast_match
from dofisac_tui.ui.background.reclustering import recluster_on
from dofisac_tui.ui.base.library_screen import SOURCE
from dofisac_tui.ui.changes.changes_screen import ChangesScreen
from dofisac_tui.ui.keys.actions import bindings_of
from dofisac_tui.ui.people.person_actions import PersonActions
from dofisac_tui.ui.people.person_panel import PersonPanel
from dofisac_tui.ui.people.person_screen import PersonScreen
from dofisac_tui.ui.people.reads import covers, held_changes, newest_unsorted
from dofisac_tui.ui.people.reassign_faces import each_of
from dofisac_tui.ui.widgets.face_strip import FaceStrip
from dofisac_tui.ui.widgets.picture_grid import PictureGrid
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.ui.widgets.tile_content import face_tile
from dofisac_tui.wording.people import called, faces

_NOBODY = People(None, [], 0)


class PeopleScreen(PersonActions):
    """Named persons first, then the largest; at the end the faces that are nobody's."""

    NAME = "people"
    BINDINGS = bindings_of(NAME)

    def __init__(self) -> None:
        super().__init__()
        self._people = _NOBODY
        self._rows: list[PersonRow] = []
        self._covers: dict[int, FaceView] = {}
        self._unsorted: FaceView | None = None
        self._show_ignored = False
        self._predicted: dict[int, float] | None = None
        self._held = ""

    def side(self) -> PersonPanel:
        """Who is under the cursor."""
        app = self.dofisac
        return PersonPanel(app.desk, app.studio, app.terminal.cell, self.key_of)

    # who is there

    @property
    def panel(self) -> PersonPanel:
        """What is beside the faces."""
        return self.query_one(PersonPanel)

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
    def current(self) -> PhotoView | None:
        """The photo of the face that is shown."""
        card = self._card
        return card.photo if card else None

    @property
    def _card(self) -> FaceView | None:
        return self._covers.get(self.person.person_id) if self.person else self._unsorted

    def look_again(self) -> None:
        """Read who there is."""
        self.spawn(self._read(), group="people", exclusive=True)

    async def _read(self) -> None:
        people = await self.dofisac.desk.quick(read_people)
        self._unsorted = await self.dofisac.desk.quick(newest_unsorted) if people.unsorted else None
        self._show(people)
        self._held = await self.dofisac.desk.slow(held_changes)
        self._tell()

    def _show(self, people: People) -> None:
        """Everybody in the usual order; who was shown before stays where they were until the next clustering."""
        before = [row.person_id for row in self._rows]
        places = {person_id: n for n, person_id in enumerate(before)} if people.run_id == self._people.run_id else {}
        rows = [row for row in people.rows if self._show_ignored or not row.ignored]
        rows.sort(key=lambda row: places.get(row.person_id, len(places)))
        self._people, self._rows = people, rows
        self.fill(before, [row.person_id for row in rows], more=int(people.unsorted > 0))
        is_empty = not rows and (people.run_id is None or not people.unsorted)
        self.instead_of(".browser", self._nothing() if is_empty else None)
        self._tell()

    def _nothing(self) -> str:
        if self._people.unsorted:
            key = self.key_of("cluster.now")
            return f"{faces(self._people.unsorted)}, not yet sorted into people.\n\n  {key}  sorts them"
        if self._people.rows:
            return f"Everybody here is ignored.\n\n  {self.key_of('person.ignored')}  shows them"
        status = self.key_of("app.status")
        return f"No faces yet. They appear as photos are indexed.\n\n  {status}  shows how far that is"

    def _tell(self) -> None:
        rows = self._people.rows
        named = sum(row.name is not None for row in rows)
        hidden = sum(row.ignored for row in rows)
        people = "1 person" if len(rows) == 1 else f"{len(rows):,} people"
        parts = [people, f"{named:,} named", f"{faces(self._people.unsorted)} unsorted"]
        parts += [f"{hidden:,} ignored"] if hidden else []
        line = Text(" · ".join(parts))
        if self._held:
            warning = f"bold {self.dofisac.theme_variables['warning']}"
            line.append(f" · {self._held} ({self.key_of('run.changes')})", warning)
        self.head(line, "probably worst first" if self._predicted is not None else "named and largest first")

    async def contents(self, first: int, last: int) -> Sequence[TileContent]:
        """A face of each person, and one of those that are nobody's."""
        rows = self._rows[first:last]
        self._covers = await self.dofisac.desk.quick(covers, [row.person_id for row in rows])
        tiles = [self._tile(row) for row in rows]
        if last > first + len(rows):
            count = self._people.unsorted
            tiles.append(face_tile(self._unsorted, "unsorted", faces(count), "nobody's yet", f"{count:,}"))
        return tiles

    def _tile(self, row: PersonRow) -> TileContent:
        who = called(row.name, row.person_id)
        guess = (self._predicted or {}).get(row.person_id)
        name = Text.assemble((who, self.dofisac.theme_variables["foreground"]))
        figure, short = (faces(row.faces), f"{row.faces:,}") if guess is None else (f"{guess:.1f}★", "")
        return face_tile(self._covers.get(row.person_id), name, figure, f"{who}\n{faces(row.faces)}", short)

    # the panel

    @on(PictureGrid.Moved)
    @on(FaceStrip.Grown)
    def _moved(self) -> None:
        self.spawn(self._show_person(), group="preview", exclusive=True)

    async def _show_person(self) -> None:
        person = self.person
        if person is None:
            self.panel.show_unsorted(self._people.unsorted)
            self.evidence(Text(f"{faces(self._people.unsorted)} unsorted"))
            return
        await self.panel.show_person(person)
        self._evidence(person)
        await self.panel.find_merge_candidates(person)
        self._evidence(person)

    def _evidence(self, person: PersonRow) -> None:
        page = f"page {self.grid.page + 1:,} of {self.grid.pages:,}"
        self.evidence(Text(" · ".join([*self.grid.marked_words, *self.panel.words(person), page])))

    # actions

    def action_vote_yes(self) -> None:
        """The suggested one is the same person."""
        self._vote("yes")

    def action_vote_no(self) -> None:
        """It is somebody else."""
        self._vote("no")

    def _vote(self, answer: YesNo) -> None:
        person, panel = self.person, self.panel
        if person is None or not panel.merge_candidates:
            self.say(f"Nobody is suggested here; {self.key_of('person.merge')} compares with somebody of your choice.")
        elif self.grid.is_shown and panel.reaction.is_due():
            panel.reaction.reset()
            other = panel.merge_candidates.pop(0)
            self.decide(self._answer(person, other, answer), (other.face_id, other.other_face_id))

    async def _answer(self, person: PersonRow, other: MergeCandidate, answer: YesNo) -> None:
        merge = self.key_of("person.merge")
        await self.dofisac.desk.quick(cast_match, other.face_id, other.other_face_id, answer, SOURCE)
        who = called(other.name, other.person_id)
        told = f"{who} joins at the next clustering; {merge} merges at once." if answer == "yes" else ""
        self.say(f"{told or f'{who} is kept apart.'} {self.key_of('vote.undo')} takes it back.")
        if self.person == person:
            await self.panel.suggest(person)

    def action_person_merge(self) -> None:
        """The marked ones, or the one under the cursor, with somebody."""
        self.spawn_question(self._merge())

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
        vote = await self.dofisac.desk.quick(
            each_of,
            [row.person_id for row in others],
            lambda library, person_id: merge_people(library, target, person_id, SOURCE),
        )
        self.grid.clear_marks()
        back = f"{self.key_of('vote.undo')} takes it back"
        self.say(f"One person now: {_list(others)} and {display_text(name, 60)}. {back}.")
        self.decided(vote)

    def _likeliest(self) -> str:
        return next((called(each.name, each.person_id) for each in self.panel.merge_candidates), "")

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
        mark, split = self.key_of("mark.toggle"), self.key_of("person.split")
        self._open_for(f"Mark the faces of the other person with {mark}, then press {split} again.")

    def action_person_remove_face(self) -> None:
        """Choose the face first."""
        self._open_for(f"Go to the face that is not theirs, and press {self.key_of('person.remove_face')} again.")

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
        self.spawn(recluster_on(self, ["people"]), group="cluster")


def _list(rows: Sequence[PersonRow], most: int = 3) -> str:
    shown = [called(row.name, row.person_id) for row in rows[:most]]
    return ", ".join(shown) + (f" and {len(rows) - most} more" if len(rows) > most else "")
