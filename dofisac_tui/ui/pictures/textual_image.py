"""The one door to textual-image, opened without its probing of the terminal.

Its modules ask the terminal while they are imported, with time-outs of their own and errors where stdin is no terminal
or the window has no size. We have asked already (`terminal.py`), so they are imported while stdout is no terminal, and
told the size of a cell.
"""

import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

_CELL_VARIABLES = ("TEXTUAL_CELL_WIDTH", "TEXTUAL_CELL_HEIGHT")
_output = threading.RLock()


@cache
def _modules() -> dict[str, ModuleType]:
    with _no_terminal():
        from textual_image.renderable import sixel, tgp

    return {"sixel": sixel, "kitty": tgp}


def renderable_class(protocol: str) -> Any:
    """textual-image's Rich renderable for a protocol."""
    return _modules()[protocol].Image


def set_cell_size(cell: tuple[int, int]) -> None:
    """Tell textual-image how many pixels a character has, at the start and whenever the font is zoomed.

    It keeps what it found out in an attribute of the function that asks: of `get_cell_size` up to 0.13, of
    `probe_terminal` since 0.14; without it, it takes the size from two environment variables.
    """
    from textual_image import _terminal

    holder = getattr(_terminal, "probe_terminal", _terminal.get_cell_size)
    if hasattr(holder, "_result"):
        del holder._result
    before = {name: os.environ.get(name) for name in _CELL_VARIABLES}
    os.environ.update(zip(_CELL_VARIABLES, map(str, cell), strict=True))
    try:
        with _no_terminal():
            _terminal.get_cell_size()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def captured_output() -> Iterator[io.StringIO]:
    """Collect what kitty's renderable would write to the terminal by itself, between the writes of Textual."""
    with _output:
        heard, before = io.StringIO(), sys.__stdout__
        sys.__stdout__ = heard  # type: ignore[assignment,misc]
        try:
            yield heard
        finally:
            sys.__stdout__ = before  # type: ignore[misc]


@contextmanager
def _no_terminal() -> Iterator[None]:
    with captured_output():
        yield
