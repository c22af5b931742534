"""One picture of a grid, with its caption and its frame."""

from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from dofisac_tui.ui.images.encode import Encoded
from dofisac_tui.ui.images.picture import Picture
from dofisac_tui.ui.images.studio import Shot

EDGE = 1
"""Cells of frame around the picture, on each side; the caption is in the lower one."""


@dataclass(frozen=True)
class TileContent:
    """What a tile shows.

    Attributes:
        shot: The picture; None for a place that has none.
        caption: One line.
        words: What stands in the place of the picture where none can be shown.
        tail: What stands behind the caption, which is cut short for it.
    """

    shot: Shot | None
    caption: Text
    words: Text = field(default_factory=Text)
    tail: str = ""


TILE_CLASSES = {"tile--frame", "tile--marked", "tile--caption", "tile--here"}
"""Component classes for whatever tiles are in, since finding styles anew for each tile takes long."""


class Tile(Widget, can_focus=False):
    """It draws its own frame, row by row, so that moving the cursor sends a frame to the terminal and no picture."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.content: TileContent | None = None
        self._selected = False
        self._marked = False

    def compose(self) -> ComposeResult:
        """The picture inside the frame."""
        yield Picture()

    @property
    def picture(self) -> Picture:
        """Its picture."""
        return self.query_one(Picture)

    @property
    def shot(self) -> Shot | None:
        """The picture it is to show."""
        return self.content.shot if self.content else None

    def put(self, content: TileContent | None, marked: bool, pictures: bool) -> None:
        """Show something else, without its picture yet."""
        same_picture = content is not None and content.shot == self.shot
        self.content = content
        self._marked = marked
        if not same_picture:
            self.picture.show(None, None if pictures or content is None else content.words)
        self._refresh_frame()

    def show(self, encoded: Encoded | None) -> None:
        """Show the picture, now that it is ready; None where none could be made."""
        self.picture.show(encoded, self.content.words if self.content else None)

    def state(self, selected: bool, marked: bool) -> None:
        """Whether the cursor is here, and whether it is marked."""
        if (selected, marked) != (self._selected, self._marked):
            self._selected, self._marked = selected, marked
            self._refresh_frame()

    def _refresh_frame(self) -> None:
        width, height = self.size
        if width and height:
            self.refresh(
                Region(0, 0, width, 1),
                Region(0, height - 1, width, 1),
                Region(0, 1, 1, height - 2),
                Region(width - 1, 1, 1, height - 2),
            )

    def render_line(self, y: int) -> Strip:
        """One row of frame or caption; the picture covers the middle."""
        width, height = self.size
        if self.content is None:
            return Strip.blank(width, self._style("tile--caption"))
        frame = self._style("tile--marked" if self._marked else "tile--frame")
        if y == height - 1:
            return self._caption(width)
        framed = self._selected or self._marked
        if y == 0:
            edge = ("─●" if self._marked else "─").ljust(width - 2, "─")[: width - 2]
            return Strip([Segment(f"╭{edge}╮" if framed else " " * width, frame)], width)
        side = Segment("│" if framed else " ", frame)
        return Strip([side, Segment(" " * (width - 2), frame), side], width)

    def _caption(self, width: int) -> Strip:
        content = self.content
        text = content.caption.copy() if content else Text("")
        tail = f" {content.tail}" if content and content.tail else ""
        style = self._style("tile--here" if self._selected else "tile--caption")
        text.truncate(max(0, width - 2 - cell_len(tail)), overflow="ellipsis")
        text.append(tail)
        text.truncate(width - 2, overflow="crop")
        room = width - text.cell_len
        line = Text.assemble(" " * (room // 2), text, " " * (room - room // 2))
        if self._selected:
            line.spans = []  # colours of the caption would be lost on that of the cursor
        segments = [Segment(part.text, style + (part.style or Style.null())) for part in line.render(self.app.console)]
        return Strip([segment for segment in segments if segment.text], width)

    def _style(self, name: str) -> Style:
        assert isinstance(self.parent, Widget)  # noqa: S101 -- tiles are in widgets only
        return self.parent.get_component_rich_style(name)
