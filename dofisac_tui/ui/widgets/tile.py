"""One picture of a sheet, with its caption and its frame."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Region

from dofisac_tui.ui.pictures.encode import Encoded
from dofisac_tui.ui.pictures.picture import Picture
from dofisac_tui.ui.pictures.renderer import PictureSource
from dofisac_tui.wording.fitting import fitted, fitted_text

EDGE = 1
"""Cells of frame around the picture, on each side; the caption is in the lower one."""

_LABEL_CELLS = 28

StyleOf = Callable[[str], Style]
"""From the name of a part of a tile to how it is drawn."""


@dataclass(frozen=True)
class TileContent:
    """What a tile shows.

    Attributes:
        source: The picture; None for a place that has none.
        caption: One line; its middle is left out where it is too long, or the end if its overflow is an ellipsis.
        words: What stands in the place of the picture where none can be shown.
        tail: What stands behind the caption, which is cut short for it.
        short_tail: The same where the caption would be cut short for it.
    """

    source: PictureSource | None
    caption: Text
    words: Text = field(default_factory=Text)
    tail: str = ""
    short_tail: str = ""

    def label(self, width: int) -> Text:
        """Caption and tail in so many cells."""
        tail = self.tail and f"  {self.tail}"
        if self.short_tail and self.caption.cell_len + cell_len(tail) > width:
            tail = f"  {self.short_tail}"
        room, label = max(0, width - cell_len(tail)), self.caption.copy()
        if label.overflow == "ellipsis":
            label.truncate(room)
        else:
            label = fitted_text(label, room)
        label.append(tail)
        label.truncate(width, overflow="crop")
        return label

    def line(self, width: int) -> Text:
        """All words in one line, for where there is no room for a picture."""
        said = {self.caption.plain, self.tail}
        more = " · ".join(part for part in self.words.plain.split("\n") if part not in said)
        cells = min(_LABEL_CELLS, width // 2) if more else width
        line = self.label(cells)
        if more:
            line.append(" " * (cells + 2 - line.cell_len))
            line.append(fitted(more, max(0, width - line.cell_len)))
        line.truncate(width, overflow="crop")
        return line


class Tile:
    """A place on a sheet. Only its picture is a widget of its own: the sheet draws the frame, row by row, so that
    moving the cursor sends a frame to the terminal and no picture.

    Args:
        redraw: Has parts of the sheet drawn again.
    """

    def __init__(self, redraw: Callable[..., object]) -> None:
        self.picture = Picture()
        self.region = Region()
        self.content: TileContent | None = None
        self._redraw = redraw
        self._selected = False
        self._marked = False

    @property
    def source(self) -> PictureSource | None:
        """The picture it is to show."""
        return self.content.source if self.content else None

    def place(self, region: Region) -> None:
        """Move it to a part of the sheet."""
        self.region, styles, inner = region, self.picture.styles, region.shrink((EDGE, EDGE, EDGE, EDGE))
        styles.offset, styles.width, styles.height = inner.offset, inner.width, inner.height

    def put(self, content: TileContent | None, marked: bool, pictures: bool) -> None:
        """Show something else, without its picture yet."""
        same_picture = content is not None and content.source == self.source
        self.content = content
        self._marked = marked
        if not same_picture:
            self.picture.show(None, None if pictures or content is None else content.words)
        self._redraw_frame()

    def show(self, encoded: Encoded | None) -> None:
        """Show the picture, now that it is ready; None where none could be made."""
        self.picture.show(encoded, self.content.words if self.content else None)

    def state(self, selected: bool, marked: bool) -> None:
        """Whether the cursor is here, and whether it is marked."""
        if (selected, marked) != (self._selected, self._marked):
            self._selected, self._marked = selected, marked
            self._redraw_frame()

    def _redraw_frame(self) -> None:
        x, y, width, height = self.region
        if width and height:
            sides = [Region(side, y + 1, 1, height - 2) for side in (x, x + width - 1) if height > 2]
            self._redraw(Region(x, y, width, 1), Region(x, y + height - 1, width, 1), *sides)

    def row(self, y: int, style_of: StyleOf) -> Iterator[Segment]:
        """One row of frame or caption; the picture covers the middle.

        Args:
            y: From the upper edge of the tile.
        """
        width, height = self.region.size
        if height == 1:
            yield from self._line(width, style_of)
            return
        if height == 2 and y == 0:
            yield from self._above(width, style_of("line"))
            return
        frame = style_of("marked" if self._marked else "frame")
        framed = self._selected or self._marked
        if self.content is None:
            yield Segment(" " * width, style_of("caption"))
        elif y == height - 1:
            yield from self._caption(self.content, width, style_of("here" if self._selected else "caption"))
        elif y == 0:
            edge = ("─●" if self._marked else "─").ljust(width - 2, "─")[: width - 2]
            yield Segment(f"╭{edge}╮" if framed else " " * width, frame)
        else:
            side = "│" if framed else " "
            yield Segment(f"{side}{' ' * (width - 2)}{side}", frame)

    def _caption(self, content: TileContent, width: int, style: Style) -> Iterator[Segment]:
        text = content.label(width - 2 - 2 * self._marked)
        if self._marked:
            text = Text.assemble("● ", text)
        room = width - text.cell_len
        yield from self._drawn(Text.assemble(" " * (room // 2), text, " " * (room - room // 2)), style)

    def _line(self, width: int, style_of: StyleOf) -> Iterator[Segment]:
        """All of it in one row, for where pictures are not shown."""
        sign = f"{'▸' if self._selected else ' '}{'●' if self._marked else ' '} "
        text = Text.assemble(sign, self.content.line(max(0, width - 4))) if self.content else Text("")
        text.truncate(width, pad=True)
        part = "here" if self._selected else "marked" if self._marked else "line"
        yield from self._drawn(text, style_of(part))

    def _above(self, width: int, style: Style) -> Iterator[Segment]:
        """The words over a caption."""
        first = self.content.words.plain.split("\n")[-1] if self.content else ""
        yield Segment(f" {set_cell_size(fitted(first, width - 2), width - 1)}", style)

    def _drawn(self, line: Text, style: Style) -> Iterator[Segment]:
        if self._selected:
            line.spans = []  # colours of the caption would be lost on that of the cursor
        for part in line.render(self.picture.app.console):
            if part.text:
                yield Segment(part.text, style + (part.style or Style.null()))
