"""Data on stdout: as JSON for programs, as plain aligned text for people."""

import json
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from dofisac_tui.display import display_text
from dofisac_tui.library.ledger import OLDER_KINDS

Command = TypeVar("Command", bound=Callable[..., Any])


def json_option(command: Command) -> Command:
    """Give a command the option `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def print_json(data: Any) -> None:
    """Print data as JSON. Bytes that are not UTF-8 in a path travel as lone surrogates, escaped."""
    click.echo(json.dumps(data, ensure_ascii=True, default=_path))


def _path(value: object) -> str:
    if isinstance(value, bytes):
        return os.fsdecode(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows in aligned columns, numbers to the right, every cell made safe to print."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    numeric = [bool(rows) and all(isinstance(row[n], int | float | None) for row in rows) for n in range(len(headings))]
    for line in (list(headings), *cells):
        parts = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ]
        click.echo("  ".join(parts).rstrip())


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3g}"
    return display_text(value if isinstance(value, bytes) else str(value))


def say(message: str) -> None:
    """Tell the person something: on stderr, so that stdout stays data."""
    click.echo(message, err=True)


ID = click.IntRange(1, 2**63 - 1)
"""An id: what SQLite can hold."""


class KindChoice(click.Choice[str]):
    """A kind of clusters, by its name or by that of older versions."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the name that is in use."""
        return super().convert(OLDER_KINDS.get(value, value), param, ctx)


AT_MOST = click.IntRange(1, 1_000_000)
"""How many results are wanted at most."""
