"""`import-dofisac`: taking over what was decided in the Flask app DoFISaC."""

from pathlib import Path

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json, say


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
    from dofisac_tui.interchange.dofisac_file import read_dofisac_file
    from dofisac_tui.interchange.dofisac_import import import_dofisac_file

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
