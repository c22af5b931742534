"""A widget of one or a few lines of rich text, never of markup."""

from rich.console import RenderableType
from rich.text import Text
from textual.widgets import Static


class TextLine(Static):
    """Shows `Text` only: text from outside cannot be read as markup, and must have passed `display_text`."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id, classes=classes, markup=False)
        self._shown: RenderableType = ""

    def put(self, text: Text) -> None:
        """Show this instead."""
        if text != self._shown:
            self._shown = text
            self.update(text, layout=self.styles.auto_dimensions)  # a new layout can mean new pictures
