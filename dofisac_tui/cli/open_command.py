"""`open`: the terminal app, with a watcher beside it unless a daemon runs."""

import os
from dataclasses import replace

import click

from dofisac_tui.cli.context import Context, pass_context

IMAGES = ("auto", "kitty", "sixel", "halfblocks", "none")


@click.command("open")
@click.option("--images", type=click.Choice(IMAGES), help="How to draw pictures, instead of what the settings say.")
@click.option("--no-watch", is_flag=True, help="Do not watch the folders while the app is open.")
@click.argument("roots", nargs=-1, type=click.Path())
@pass_context
def open_(context: Context, images: str | None = None, no_watch: bool = False, roots: tuple[str, ...] = ()) -> None:
    """Open the app: search, look, decide and vote. Adds the folders ROOTS first."""
    from dofisac_tui.ui.start import run_app

    settings = context.settings
    if images:
        settings = replace(settings, screens=replace(settings.screens, images=images))
    with context.create_library() as library:
        if roots:
            from dofisac_tui.library.roots import add_root
        for root in roots:
            add_root(library, os.fsencode(root))
    run_app(context.folder, settings, watch=not no_watch)
