"""Changes: the changes that the last clustering proposes, to be accepted or refused."""

from collections.abc import Sequence

from rich.text import Text
from textual import on

from dofisac_tui.clustering.run_diff import Move, MoveExample, ProposedRun, proposed_runs
from dofisac_tui.library.runs import RUN_KINDS, RunKind
from dofisac_tui.library.status_report import Overview
from dofisac_tui.library.views import FaceView, PhotoView, face_views, photo_views
from dofisac_tui.ui.base.overlay_screen import OverlayScreen
from dofisac_tui.ui.base.picture_rows_screen import PictureRowsScreen
from dofisac_tui.ui.changes.proposal_actions import answer_on, proposed_ids
from dofisac_tui.ui.keys.actions import bindings_of
from dofisac_tui.ui.session import Album
from dofisac_tui.ui.widgets.picture_rows import PictureRows, RowContent
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.ui.widgets.tile_content import face_source, photo_tile
from dofisac_tui.wording.changes import group_in_words, held_in_words, move_in_words
from dofisac_tui.wording.numbers import numbered
from dofisac_tui.wording.photos import evidence_words

_EMPTY = """\
No changes waiting.

Changes that would touch your names or decisions wait here.

  {back}  back"""


class ChangesScreen(OverlayScreen, PictureRowsScreen):
    """Shows a row for each move: the faces that would move at the left, those they would join at the right."""

    NAME = "changes"
    BINDINGS = bindings_of(NAME)

    def __init__(self) -> None:
        super().__init__()
        self._held: list[ProposedRun] = []
        self._moves: list[Move] = []
        self._examples: dict[int, list[MoveExample]] = {}  # of the page that is shown, by row
        self._photos: dict[int, PhotoView] = {}
        self._faces: dict[int, FaceView] = {}

    @property
    def _runs(self) -> dict[RunKind, int]:
        return {each.run.kind: each.run.run_id for each in self._held}

    @property
    def _example(self) -> MoveExample | None:
        examples, column = self._examples.get(self.rows.row, ()), self.rows.column
        return examples[column] if column < len(examples) else None

    @property
    def current(self) -> PhotoView | None:
        """The photo under the cursor."""
        return self._photos.get(self._example.photo_id) if self._example else None

    def on_mount(self) -> None:
        """Read the changes."""
        self.query_one("#summary", TextLine).put(Text(" Comparing …"))
        self.look_again()

    def look_again(self) -> None:
        """Compare the runs again."""
        self.spawn(self._look(), group="look", exclusive=True)

    async def _look(self) -> None:
        held = await self.session.worker.slow(proposed_runs)
        shown, self._held = self._runs, held
        self._moves = [move for each in held for move in each.moves]
        self.query_one("#summary", TextLine).put(Text("\n".join(f" {held_in_words(each)}" for each in held)))
        self._examples = self._examples if self._moves else {}
        place = (self.rows.row, self.rows.column) if shown == self._runs else ()
        self.rows.fill(len(self._moves), self._contents, *place)
        self.instead_of("PictureRows", None if held else _EMPTY.format(back=self.key_of("app.back")))
        self.hide_keys(*(() if held else ("run.accept", "run.refuse")))
        if not held:
            self.evidence(Text(""))

    async def _contents(self, first: int, last: int, most: int) -> Sequence[RowContent]:
        moves = self._moves[first:last]
        shown = [_two_sides(move, most) for move in moves]
        examples = [each for moving, beside in shown for each in (*moving, *beside)]
        self._photos = await self.session.worker.quick(photo_views, [each.photo_id for each in examples])
        self._faces = await self.session.worker.quick(face_views, [each.face_id for each in examples if each.face_id])
        self._examples = {first + number: [*moving, *beside] for number, (moving, beside) in enumerate(shown)}
        return [self._row(move, *sides) for move, sides in zip(moves, shown, strict=True)]

    def _row(self, move: Move, moving: list[MoveExample], beside: list[MoveExample]) -> RowContent:
        loses = self.rows.get_component_rich_style("picture-rows--need", partial=True)
        heading = Text(move_in_words(move), loses if move.source_name and move.kind == "people" else "")
        goes = f"→ {group_in_words(move, 'target')}" if move.target is not None else "→ no group"
        side = "source" if move.is_new or move.target is None else "target"
        is_there = f"{'stays' if side == 'source' else 'is'} in {group_in_words(move, side)}"
        tiles = [self._tile(each, goes) for each in moving] + [self._tile(each, is_there) for each in beside]
        return RowContent(heading, len(tiles), tiles)

    def _tile(self, example: MoveExample, words: str) -> TileContent:
        photo = self._photos.get(example.photo_id)
        face = self._faces.get(example.face_id or 0)
        return photo_tile(photo, Text(words), source=face_source(face) if face else None)

    @on(PictureRows.Moved)
    def _moved_to(self) -> None:
        card = self.current
        if card:
            where = numbered("change", self.rows.row, self.rows.count)
            self.evidence(Text(evidence_words(where, card, self.size.width - 2)))

    def overview_changed(self, overview: Overview) -> None:
        """Compare again if other changes wait."""
        super().overview_changed(overview)
        self.spawn(self._compare(), group="compare", exclusive=True)

    async def _compare(self) -> None:
        if await self.session.worker.quick(proposed_ids, RUN_KINDS) != self._runs:
            self.look_again()

    # actions

    def album(self) -> Album | None:
        """Return the photos of the row, starting with the one under the cursor."""
        examples, example = self._examples.get(self.rows.row), self._example
        if not examples or example is None:
            return None
        faces = [each.face_id for each in examples]
        return Album([each.photo_id for each in examples], self.rows.column, faces)

    def action_settle(self, how: str) -> None:
        """Accept or refuse the waiting changes."""
        if self._held:
            self.spawn(self._answered(self._runs, how == "accept"), group="answer", exclusive=True)

    async def _answered(self, runs: dict[RunKind, int], accept: bool) -> None:
        try:
            await answer_on(self, runs, accept)
        finally:
            self.look_again()


def _two_sides(move: Move, most: int) -> tuple[list[MoveExample], list[MoveExample]]:
    """Return as many examples of both sides as fit: half of the room each, or more if the other needs less."""
    beside = move.beside[: max(most // 2, most - len(move.moving))]
    return move.moving[: most - len(beside)], beside
