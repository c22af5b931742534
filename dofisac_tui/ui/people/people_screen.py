"""People: all people in a grid of faces; beside it the least certain faces of one, and the most similar person."""

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
from dofisac_tui.ui.base.library_screen import SOURCE
from dofisac_tui.ui.base.reclustering import recluster_on
from dofisac_tui.ui.changes.changes_screen import ChangesScreen
from dofisac_tui.ui.keys.actions import bindings_of
from dofisac_tui.ui.people.face_grid_screen import FaceGridScreen
from dofisac_tui.ui.people.naming import ask_name
from dofisac_tui.ui.people.person_panel import PersonPanel
from dofisac_tui.ui.people.person_screen import PersonScreen
from dofisac_tui.ui.people.reads import covers, newest_unassigned, waiting_changes
from dofisac_tui.ui.people.reassign_faces import each_of
from dofisac_tui.ui.widgets.face_strip import FaceStrip
from dofisac_tui.ui.widgets.picture_grid import PictureGrid
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.ui.widgets.tile_content import face_tile
from dofisac_tui.wording.numbers import counted, numbered
from dofisac_tui.wording.people import called, unassigned


class PeopleScreen(FaceGridScreen):
    """Shows named persons first, then the largest; at the end the unassigned faces."""

    NAME = "people"
    BINDINGS = bindings_of(NAME)

    def __init__(self) -> None:
        super().__init__()
        self._people = People(None, [], 0)
        self._rows: list[PersonRow] = []
        self._covers: dict[int, FaceView] = {}
        self._unassigned: FaceView | None = None
        self._show_ignored = False
        self._predicted: dict[int, float] | None = None
        self._waiting = ""

    def side(self) -> PersonPanel:
        """Return the panel about the person under the cursor."""
        app = self.session
        return PersonPanel(app.worker, app.renderer, app.terminal.cell, self.key_of)

    # the people

    @property
    def panel(self) -> PersonPanel:
        """The panel beside the faces."""
        return self.query_one(PersonPanel)

    @property
    def person(self) -> PersonRow | None:
        """The person under the cursor; None on the unassigned faces."""
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
        return self._covers.get(self.person.person_id) if self.person else self._unassigned

    def look_again(self) -> None:
        """Read all people again."""
        self.spawn(self._read(), group="people", exclusive=True)

    async def _read(self) -> None:
        people = await self.session.worker.quick(read_people)
        self._unassigned = await self.session.worker.quick(newest_unassigned) if people.unsorted else None
        self._show(people)
        self._waiting = await self.session.worker.slow(waiting_changes)
        self._show_summary()

    def _show(self, people: People) -> None:
        """Show people in the usual order; those shown before keep their places until the next clustering."""
        before = [row.person_id for row in self._rows]
        places = {person_id: n for n, person_id in enumerate(before)} if people.run_id == self._people.run_id else {}
        rows = [row for row in people.rows if self._show_ignored or not row.ignored]
        rows.sort(key=lambda row: places.get(row.person_id, len(places)))
        self._people, self._rows = people, rows
        self.fill(before, [row.person_id for row in rows], more=int(people.unsorted > 0))
        is_empty = not rows and (people.run_id is None or not people.unsorted)
        self.instead_of(".browser", self._nothing() if is_empty else None)
        self._show_summary()

    def _nothing(self) -> str:
        if self._people.unsorted:
            return f"{unassigned(self._people.unsorted)}.\n\n  {self.key_of('cluster.now')}  find people"
        if self._people.rows:
            return f"All people are ignored.\n\n  {self.key_of('person.ignored')}  show them"
        return f"No faces yet. They appear as photos are indexed.\n\n  {self.key_of('app.status')}  show the progress"

    def _show_summary(self) -> None:
        rows = self._people.rows
        named = sum(row.name is not None for row in rows)
        hidden = sum(row.ignored for row in rows)
        people = "1 person" if len(rows) == 1 else f"{len(rows):,} people"
        parts = [people, f"{named:,} named", unassigned(self._people.unsorted)]
        parts += [f"{hidden:,} ignored"] if hidden else []
        line = Text(" · ".join(parts))
        if self._waiting:
            warning = f"bold {self.session.theme_variables['warning']}"
            line.append(f" · {self._waiting} ({self.key_of('run.changes')}: show)", warning)
        self.head(line, "worst first" if self._predicted is not None else "named and largest first")

    async def contents(self, first: int, last: int) -> Sequence[TileContent]:
        """Return a face of each person, and one of the unassigned."""
        rows = self._rows[first:last]
        self._covers = await self.session.worker.quick(covers, [row.person_id for row in rows])
        tiles = [self._tile(row) for row in rows]
        if last > first + len(rows):
            tiles.append(face_tile(self._unassigned, "unassigned", words=counted(self._people.unsorted, "face")))
        return tiles

    def _tile(self, row: PersonRow) -> TileContent:
        who = called(row.name, row.person_id)
        guess = (self._predicted or {}).get(row.person_id)
        name = Text.assemble((who, self.session.theme_variables["foreground"]))
        count = counted(row.faces, "face")
        figure, short = (count, f"{row.faces:,}") if guess is None else (f"{guess:.1f}★", "")
        return face_tile(self._covers.get(row.person_id), name, figure, f"{who}\n{count}", short)

    # the panel

    @on(PictureGrid.Moved)
    @on(FaceStrip.Grown)
    def _moved(self) -> None:
        self.spawn(self._show_person(), group="preview", exclusive=True)

    async def _show_person(self) -> None:
        person = self.person
        if person is None:
            self.panel.show_unassigned(self._people.unsorted)
            self.evidence(Text(unassigned(self._people.unsorted)))
            return
        await self.panel.show_person(person)
        self._evidence(person)
        await self.panel.find_merge_candidates(person)
        self._evidence(person)

    def _evidence(self, person: PersonRow) -> None:
        page = numbered("page", self.grid.page, self.grid.pages)
        self.evidence(Text(" · ".join([*self.grid.marked_words, *self.panel.words(person), page])))

    # actions

    def action_vote(self, answer: YesNo) -> None:
        """Vote whether the suggested one is the same person."""
        person, panel = self.person, self.panel
        if person is None or not panel.merge_candidates:
            self.say(f"No similar people ({self.key_of('person.merge')}: merge with a person you choose)")
        elif self.grid.is_shown and panel.reaction.accepts_answer():
            panel.reaction.reset()
            other = panel.merge_candidates.pop(0)
            self.decide(self._answer(person, other, answer), (other.face_id, other.other_face_id))

    async def _answer(self, person: PersonRow, other: MergeCandidate, answer: YesNo) -> None:
        await self.session.worker.quick(cast_match, other.face_id, other.other_face_id, answer, SOURCE)
        who = called(other.name, other.person_id)
        if answer == "yes":
            keys = f"{self.key_of('person.merge')}: merge now, {self.key_of('vote.undo')}: undo"
            self.say(f"{who} joins at the next clustering ({keys})")
        else:
            self.say_undoable(f"Keeping {who} separate")
        if self.person == person:
            await self.panel.suggest(person)

    def action_person_merge(self) -> None:
        """Merge the marked persons, or the one under the cursor, into another."""
        self.spawn_question(self._merge())

    async def _merge(self) -> None:
        marked = [self._rows[n] for n in sorted(self.grid.marks) if n < len(self._rows)]
        here = self.known(self.person)
        others = marked or [here]
        likeliest = next((called(each.name, each.person_id) for each in self.panel.merge_candidates), "")
        label = f"Merge {_list(others)} ({counted(sum(row.faces for row in others), 'face')}) into"
        name = await ask_name(self, label, called(here.name, here.person_id) if marked else likeliest)
        if name is None:
            return
        known = self._known_as(name)
        target = await self.session.worker.quick(person_called, name) if known is None else known
        others = [row for row in others if row.person_id != target]
        if not others:
            raise QueryError("Cannot merge a person with itself", "Choose another person.")
        vote = await self.session.worker.quick(
            each_of,
            [row.person_id for row in others],
            lambda library, person_id: merge_people(library, target, person_id, SOURCE),
        )
        self.grid.clear_marks()
        self.say_undoable(f"Merged {_list(others)} into {display_text(name, 60)}")
        self.decided(vote)

    def _known_as(self, name: str) -> int | None:
        """Return the person of a name, or of a number behind a dot."""
        wanted = name.removeprefix("·").removeprefix(".")
        for row in self._people.rows:
            if (row.name or "").casefold() == name.casefold() or (wanted.isdecimal() and row.person_id == int(wanted)):
                return row.person_id
        return None

    def scored(self, score: int) -> None:
        """Move to the next person."""
        if score:
            self.grid.move(columns=1)

    def action_person_split(self) -> None:
        """Open the faces, to mark those to split off."""
        mark, split = self.key_of("mark.toggle"), self.key_of("person.split")
        self._open_for(f"Mark the faces of the other person ({mark}), then press {split} again.")

    def action_person_remove_face(self) -> None:
        """Open the faces, to choose the wrong one."""
        self._open_for(f"Go to the wrong face, then press {self.key_of('person.remove_face')} again.")

    def _open_for(self, hint: str) -> None:
        if self.person:
            self.app.push_screen(PersonScreen(self.person.person_id, hint))

    def action_photo_open(self) -> None:
        """Open all faces of the person, or all unassigned faces."""
        if self.grid.count:
            self.app.push_screen(PersonScreen(self.person.person_id if self.person else None))

    def action_person_ignored(self) -> None:
        """Show or hide the ignored people."""
        self._show_ignored = not self._show_ignored
        self._show(self._people)

    def action_person_sort(self) -> None:
        """Switch the order."""
        self.spawn(self._sort(), group="people", exclusive=True)

    async def _sort(self) -> None:
        if self._predicted is None:
            self.say("Predicting scores …")
            self._predicted = await self.session.worker.slow(predicted_scores, "people")
            worst = self._predicted
            self._rows.sort(key=lambda row: worst.get(row.person_id, 7.0))
            self.say("Worst first, by predicted score.")
        else:
            self._predicted = None
            self._rows = []
        self._show(self._people)
        self.grid.go(0)

    def action_run_changes(self) -> None:
        """Show the changes that the last clustering proposes."""
        self.app.push_screen(ChangesScreen())

    def action_cluster_now(self) -> None:
        """Find people again."""
        self.spawn(recluster_on(self, ["people"]), group="cluster")


def _list(rows: Sequence[PersonRow], most: int = 3) -> str:
    shown = [called(row.name, row.person_id) for row in rows[:most]]
    return ", ".join(shown) + (f" and {len(rows) - most} more" if len(rows) > most else "")
