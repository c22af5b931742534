"""`backup`: a copy of the library's database, which holds everything that a person decided."""

import time
from pathlib import Path

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import say
from dofisac_tui.display import display_text
from dofisac_tui.library.database import back_up

KEPT = 7


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@pass_context
def backup(context: Context, file: Path | None) -> None:
    """Copy the database to FILE, or to the library's folder `backups`, where the newest seven stay.

    Safe while others index, cluster and vote. To go back, put the copy in the place of library.db while nothing runs.
    """
    folder = context.folder / "backups"
    target = file or folder / f"library-{time.strftime('%Y%m%d-%H%M%S')}.db"
    with context.open_library(read_only=False) as library:
        back_up(library, target)
    say(f"Copied the database to {display_text(str(target))}")
    if file is None:
        for old in sorted(folder.glob("library-*.db"))[:-KEPT]:
            old.unlink()
