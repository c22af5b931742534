"""`export`: the library for other programs, as JSON, CSV or XMP sidecars."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json, say
from dofisac_tui.display import display_text

if TYPE_CHECKING:
    from dofisac_tui.library.database import Library

LISTED = 10
"""Files that are named; of more only the number is told."""

OUTPUT = click.option("--output", type=click.Path(path_type=Path), help="Write to this file, instead of printing.")


@click.group()
def export() -> None:
    """Write photos, people and votes for other programs. Photos themselves are only ever read."""


@export.command("json")
@OUTPUT
@pass_context
def json_file(context: Context, output: Path | None) -> None:
    """Everything: photos with their faces, persons, clusters and votes."""
    from dofisac_tui.interchange.json_csv import write_json

    _write(context, output, write_json)


@export.command("csv")
@OUTPUT
@pass_context
def csv_file(context: Context, output: Path | None) -> None:
    """One line a photo: path, people, date, camera, place, size."""
    from dofisac_tui.interchange.json_csv import write_csv

    _write(context, output, write_csv)


def _write(context: Context, output: Path | None, write: "Callable[[Library, TextIO], None]") -> None:
    from dofisac_tui.files import replacing

    with context.open_library() as library:
        if output is None:
            write(library, sys.stdout)
            return
        with replacing(output.absolute()) as building, open(building, "w", encoding="utf-8", newline="") as file:
            write(library, file)
    say(f"Wrote {display_text(str(output))}")


@export.command()
@click.option("--output", type=click.Path(path_type=Path), help="The folder; exports/xmp of the library unless given.")
@click.option("--beside", is_flag=True, help="Write each sidecar beside its photo instead.")
@click.option("--force", is_flag=True, help="Overwrite also sidecars that other programs wrote.")
@pass_context
def xmp(context: Context, output: Path | None, beside: bool, force: bool) -> None:
    """Sidecars that say who is where, for other photo programs: one for each photo of somebody who has a name.

    They are called like the photo, with `.xmp` after its extension, and mirror your folders in the output folder.
    """
    if beside and output:
        raise click.UsageError("--output and --beside exclude each other")
    from dofisac_tui.interchange.xmp import write_sidecars

    folder = None if beside else os.fsencode((output or context.folder / "exports" / "xmp").absolute())
    with context.open_library() as library:
        done = write_sidecars(library, folder, force)
    say(f"Wrote {done.written:,} sidecars {'beside the photos' if folder is None else f'to {display_text(folder)}'}")
    for path in done.kept[:LISTED]:
        say(f"{display_text(path)} is not ours and stays; --force overwrites it")
    for path, reason in done.failed[:LISTED]:
        say(f"{display_text(path)}: no sidecar, {display_text(reason)}")
    left = len(done.kept[LISTED:]) + len(done.failed[LISTED:])
    if left:
        say(f"and {left:,} more")
    if done.failed:
        sys.exit(1)


@click.command()
@click.argument("file", metavar="FILE.pkl", type=click.Path(path_type=Path))
@json_option
@pass_context
def import_dofisac(context: Context, file: Path, as_json: bool) -> None:
    """Take over names, votes and cluster scores from FILE.pkl of the Flask app DoFISaC.

    The file is read without running it, in a process that can make plain data and NumPy arrays only. It may be a dict
    of photo path to encoding, or a dict with any of these:

    \b
    paths          list of photo paths
    encodings      one for each path; not used, since other models made them
    names          who is in each photo, or None
    votes          list of (path, path, "yes" or "no")
    clusters       {cluster: list of paths}
    cluster_votes  {cluster: 1 to 6}
    cluster_kind   phash, bg or combined (unless given)

    Index the photos first. One that has moved is known by its file name, if no other has it. Votes and names count
    where a photo has exactly one face, since that app knew one a photo. What is decided here goes before them. A
    second time adds nothing.
    """
    from dofisac_tui.interchange.dofisac_import import import_dofisac_file, read_dofisac_file

    with context.open_library(read_only=False) as library:
        done = import_dofisac_file(library, read_dofisac_file(file))
    if as_json:
        print_json(done._asdict())
        return
    say(f"Of {done.photos + done.missing:,} photos in the file {done.photos:,} are in the library.")
    say(f"Added {done.added:,} decisions; {done.known:,} were here already.")
    if done.left_out:
        say(f"Left out {done.left_out:,}: their photos are not here, or do not have exactly one face.")
    if done.added:
        say("Clusters follow them with: dofisac-tui cluster all")
