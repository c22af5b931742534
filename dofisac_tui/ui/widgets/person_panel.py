"""Beside the grid of people: who is under the cursor, the doubtful faces, and who else may be the same person."""

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical

from dofisac_tui.ui.images.studio import Studio
from dofisac_tui.ui.widgets.face_strip import FaceStrip
from dofisac_tui.ui.widgets.line import Line
from dofisac_tui.ui.widgets.tile import TileContent


class PersonPanel(Vertical):
    """Filled by the screen, piece by piece.

    Args:
        studio: Makes the pictures; None where none can be shown.
        cell: Width and height of a character in pixels.
    """

    COMPONENT_CLASSES = {"person-panel--name", "person-panel--score", "person-panel--quiet", "person-panel--key"}

    def __init__(self, studio: Studio | None, cell: tuple[int, int]) -> None:
        super().__init__()
        self._studio = studio
        self._cell = cell

    def compose(self) -> ComposeResult:
        """Heading, faces, question."""
        yield Line(id="person-head")
        yield FaceStrip(self._studio, self._cell, id="doubtful")
        yield Line(id="person-question")
        yield FaceStrip(self._studio, self._cell, columns=2, id="pair")
        yield Line(id="person-evidence")

    @property
    def room(self) -> int:
        """How many faces of the person can be shown."""
        return self.query_one("#doubtful", FaceStrip).room

    def head(self, name: str, score: str, summary: str, note: str) -> None:
        """Who it is."""
        first = Text(name, self._style("name"), no_wrap=True, overflow="ellipsis")
        if score:
            first.append(f"  {score}", self._style("score"))
        lines = [first, Text(summary), Text(note, self._style("quiet"))]
        self.query_one("#person-head", Line).put(Text("\n").join(lines))

    def faces(self, contents: Sequence[TileContent]) -> None:
        """The person's faces."""
        self.query_one("#doubtful", FaceStrip).show(contents)

    def question(self, question: str, keys: Sequence[tuple[str, str]], pair: Sequence[TileContent], why: str) -> None:
        """Whether two persons are one; without a pair, why there is no question."""
        line = Text(question, no_wrap=True, overflow="ellipsis")
        for key, label in keys if pair else ():
            line.append(f"  {key}", self._style("key"))
            line.append(f" {label}", self._style("quiet"))
        self.query_one("#person-question", Line).put(line)
        strip = self.query_one("#pair", FaceStrip)
        strip.display = bool(pair)
        strip.show(pair)
        self.query_one("#person-evidence", Line).put(Text(why, self._style("quiet")))

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"person-panel--{name}", partial=True)
