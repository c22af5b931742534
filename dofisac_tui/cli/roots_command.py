"""`roots`: the folders that the library reads."""

import os

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json, print_table, say
from dofisac_tui.display import display_text
from dofisac_tui.library.lock import indexing_lock
from dofisac_tui.library.roots import add_root, all_roots, remove_root


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def roots(ctx: click.Context, as_json: bool) -> None:
    """Show the folders of photos that the library reads."""
    if ctx.invoked_subcommand is None:
        _show(ctx.find_object(Context) or Context(None), as_json)


def _show(context: Context, as_json: bool) -> None:
    with context.open_library() as library:
        found = all_roots(library)
    if as_json:
        print_json([{"path": root.path, "missing": root.missing_since is not None} for root in found])
    elif found:
        print_table(("folder", ""), [(root.path, "cannot be found" if root.missing_since else "") for root in found])
    else:
        say("The library reads no folder yet. Add one with: dofisac-tui roots add FOLDER")


@roots.command()
@click.argument("folder", type=click.Path())
@pass_context
def add(context: Context, folder: str) -> None:
    """Read FOLDER from the next `index` on. Nothing in it is ever changed."""
    with context.create_library() as library:
        before = {root.path for root in all_roots(library)}
        root = add_root(library, os.fsencode(folder))
    if root.path in before:
        say(f"{display_text(os.fsencode(folder))} is read already, with {display_text(root.path)}.")
    else:
        say(f"Added {display_text(root.path)}. Read it now with: dofisac-tui index")


@roots.command()
@click.argument("folder", type=click.Path())
@pass_context
def remove(context: Context, folder: str) -> None:
    """Stop reading FOLDER and forget what was indexed under it. The photos stay where they are, and votes are kept."""
    with context.open_library(read_only=False) as library, indexing_lock(context.folder, "roots remove"):
        removed = remove_root(library, os.fsencode(folder))
    say(f"Removed {display_text(os.fsencode(folder))}; {removed} photos forgotten, none touched.")
