"""Fit text into a number of terminal cells."""

from rich.cells import cell_len
from rich.text import Text


def fitted_text(text: Text, width: int) -> Text:
    """Shorten a text in the middle as `fitted` does, and keep its styles."""
    if text.cell_len <= width:
        return text
    end = max(0, (width - 1) * 2 // 3)
    left = Text.assemble(text[: max(0, width - 1 - end)], "…", text[len(text) - end :])
    left.truncate(width, overflow="crop")  # characters may be two cells wide
    return left


def fitted(text: str, width: int) -> str:
    """Shorten a text in the middle to a number of cells: the end of a path says more than its middle."""
    if cell_len(text) <= width:
        return text
    if width < 4:
        return _start(text, width)
    end = (width - 1) * 2 // 3
    return f"{_start(text, width - 1 - end)}…{_start(text[::-1], end)[::-1]}"


def _start(text: str, width: int) -> str:
    """Return as many characters as these cells hold."""
    used = 0
    for number, character in enumerate(text):
        used += cell_len(character)
        if used > width:
            return text[:number]
    return text
