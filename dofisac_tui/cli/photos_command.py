"""`photos`: what the library holds."""

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json, print_table, say
from dofisac_tui.library.photos import list_photos
from dofisac_tui.library.spaces import searched_space


@click.command()
@click.option("--absent", is_flag=True, help="The photos whose files have gone, instead of those present.")
@json_option
@pass_context
def photos(context: Context, absent: bool, as_json: bool) -> None:
    """List the photos of the library, by path."""
    with context.open_library() as library:
        rows = [dict(row) for row in list_photos(library, searched_space(library, "face"), absent)]
    if as_json:
        print_json([{**row, "absent": bool(row["absent"])} for row in rows])
    elif rows:
        print_table(
            ("id", "faces", "size", "taken", "path"),
            [
                (row["photo_id"], row["faces"], f"{row['width']}x{row['height']}", row["taken_at"], row["path"])
                for row in rows
            ],
        )
    else:
        say("No photo has gone." if absent else "No photos yet. Read some with: dofisac-tui index FOLDER")
