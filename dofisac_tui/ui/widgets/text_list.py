"""A list of lines, of which only those in sight are made."""

from collections.abc import Callable

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

Source = Callable[[int], Text]
"""From a position to its line."""


class TextList(ScrollView, can_focus=False):
    """Headings and facts stand among the rows that the cursor goes through."""

    COMPONENT_CLASSES = {"rows--row", "rows--here", "rows--heading", "rows--bad", "rows--quiet"}

    class Moved(Message):
        """The cursor stands on another row, or its row says something else."""

    def __init__(self) -> None:
        super().__init__()
        self.cursor = 0
        self._count = 0
        self._source: Source = lambda _: Text("")
        self._stops: list[int] = []

    def fill(self, count: int, source: Source, stops: list[int], cursor: int = 0) -> None:
        """Show other lines.

        Args:
            stops: Positions that the cursor may stand on, in order.
            cursor: Where it shall stand; the next stop is taken.
        """
        self._count, self._source, self._stops = count, source, stops
        self.virtual_size = Size(self.size.width, count)
        before, self.cursor = self.cursor, next((stop for stop in stops if stop >= cursor), stops[-1] if stops else -1)
        if self.cursor != before:  # else somebody may be reading further down
            self._keep_in_sight()
        self.refresh()
        self.post_message(self.Moved())

    def move(self, step: int) -> None:
        """Go so many stops on, or to the end."""
        if self._stops:
            self._go_to(max(0, min(self._stops.index(self.cursor) + step, len(self._stops) - 1)))
        else:
            self.scroll_relative(y=step, animate=False)

    def move_pages(self, step: int) -> None:
        """Go so many pages on; where there are more lines than stops, the lines move."""
        page = max(1, self.size.height - 1)
        wanted = self.cursor + step * page
        later = [number for number, stop in enumerate(self._stops) if stop * step >= wanted * step]
        if later:
            self._go_to(later[0] if step > 0 else later[-1])
        else:
            self.move(step * max(1, len(self._stops)))
            self.scroll_relative(y=step * page, animate=False)

    def go_first(self) -> None:
        """To the first stop, and the lines above it."""
        self.move(-max(1, len(self._stops)))
        self.scroll_to(y=0, animate=False)

    def go_last(self) -> None:
        """To the last stop, and the lines below it."""
        self.move(max(1, len(self._stops)))
        self.scroll_to(y=self._count, animate=False, force=True)  # also before its scrollbar is laid out

    def _go_to(self, number: int) -> None:
        before, self.cursor = self.cursor, self._stops[number]
        self._keep_in_sight()
        self._refresh_rows(before, self.cursor)
        self.post_message(self.Moved())

    def _refresh_rows(self, *rows: int) -> None:
        top = round(self.scroll_offset.y)
        self.refresh(*(Region(0, row - top, self.size.width, 1) for row in rows))

    def _keep_in_sight(self) -> None:
        """The cursor's row, and where there is one the heading above it."""
        top, height = round(self.scroll_offset.y), self.size.height
        if self.cursor < 0:
            return
        if self._stops and self.cursor == self._stops[0] and self.cursor < height:
            self.scroll_to(y=0, animate=False)
        elif self.cursor - 1 < top:
            self.scroll_to(y=max(0, self.cursor - 1), animate=False)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)

    def on_resize(self) -> None:
        """The cursor stays in sight."""
        self.virtual_size = Size(self.size.width, self._count)
        self._keep_in_sight()

    def render_line(self, y: int) -> Strip:
        """One line, the cursor's in the colour of what is selected."""
        width, row = self.size.width, y + round(self.scroll_offset.y)
        style = self.get_component_rich_style("rows--row")
        if not 0 <= row < self._count:
            return Strip.blank(width, style)
        text = self._source(row).copy()
        here = row == self.cursor
        line = Text.assemble("▸ " if here else "  ", text, no_wrap=True)
        line.truncate(width, overflow="ellipsis", pad=True)
        if here:
            return Strip([Segment(line.plain, self.get_component_rich_style("rows--here"))], width)
        segments = [
            Segment(part.text, style + part.style if part.style else style) for part in line.render(self.app.console)
        ]
        return Strip([segment for segment in segments if segment.text], width)

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor."""
        row = event.y + round(self.scroll_offset.y)
        if row in self._stops:
            self._go_to(self._stops.index(row))
