"""A widget of one or a few lines of rich text, never of markup."""

from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text
from textual.widgets import Static


class Line(Static):
    """Shows `Text` only: text from outside cannot be read as markup, and must have passed `display_text`."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id, classes=classes, markup=False)
        self._shown: RenderableType = ""

    def put(self, text: Text) -> None:
        """Show this instead."""
        if text != self._shown:
            self._shown = text
            self.update(text, layout=self.styles.auto_dimensions)  # a new layout can mean new pictures


def fitted_text(text: Text, width: int) -> Text:
    """The same with the styles of what is left."""
    if text.cell_len <= width:
        return text
    end = max(0, (width - 1) * 2 // 3)
    left = Text.assemble(text[: max(0, width - 1 - end)], "…", text[len(text) - end :])
    left.truncate(width, overflow="crop")  # characters may be two cells wide
    return left


def fitted(text: str, width: int) -> str:
    """A text in so many cells, its middle left out where it is longer: the end of a path says more than its middle."""
    if cell_len(text) <= width:
        return text
    if width < 4:
        return _start(text, width)
    end = (width - 1) * 2 // 3
    return f"{_start(text, width - 1 - end)}…{_start(text[::-1], end)[::-1]}"


def _start(text: str, width: int) -> str:
    """As many characters as these cells hold."""
    used = 0
    for number, character in enumerate(text):
        used += cell_len(character)
        if used > width:
            return text[:number]
    return text
