"""`open`: the terminal app, with a watcher beside it unless a daemon runs."""

import importlib.util
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from shlex import quote

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.index_commands import run_index
from dofisac_tui.cli.output import json_option, print_json, say
from dofisac_tui.clustering.run import cluster as find_clusters
from dofisac_tui.config import demo_folder
from dofisac_tui.errors import DofisacError
from dofisac_tui.library.roots import add_root
from dofisac_tui.library.runs import RUN_KINDS

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


SAMPLES = {
    "insightface": ("data/images/t1.jpg", "data/images/Tom_Hanks_54745.png"),
    "skimage": ("data/astronaut.png", "data/chelsea.png", "data/coffee.png", "data/rocket.jpg", "data/retina.jpg"),
    "sklearn": ("datasets/images/china.jpg", "datasets/images/flower.jpg"),
    "textual_image": ("gracehopper.jpg",),
}


@click.command()
@json_option
@pass_context
def demo(context: Context, as_json: bool) -> None:
    """Make a small library of sample photos, apart from your own, and open the app on it."""
    folder = demo_folder()
    photos = _copy_samples(folder / "photos")
    context.folder = folder / "library"
    with context.create_library() as library:
        add_root(library, bytes(photos))
        run_index(context, library, "demo", as_json)
        for kind in RUN_KINDS:
            find_clusters(library, kind)
    if not as_json and sys.stdin.isatty() and sys.stdout.isatty():
        from dofisac_tui.ui.start import run_app

        run_app(context.folder, context.settings, watch=True)
        return
    own = f"dofisac-tui --library {quote(str(context.folder))}"
    face = quote(str(photos / "astronaut.png"))
    say(f"Try:  {own} open\n      {own} search cat\n      {own} search --face {face}")


def _copy_samples(target: Path) -> Path:
    target.mkdir(parents=True, exist_ok=True)
    for package, names in SAMPLES.items():
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            continue
        for name in names:
            source = Path(next(iter(spec.submodule_search_locations)), name)
            if source.is_file():
                shutil.copy2(source, target)
    if not any(target.iterdir()):
        raise DofisacError("No sample photos were found in the installed packages", "Reinstall dofisac-tui.")
    return target


@click.command()
@json_option
@pass_context
def keys(context: Context, as_json: bool) -> None:
    """Show the keys of the app as they are in force, and every mistake in the settings."""
    from dofisac_tui.ui.keys.key_document import key_document
    from dofisac_tui.ui.keys.keymap import keymap

    in_force = keymap(context.settings.keys)
    if as_json:
        print_json({name: list(chosen) for name, chosen in in_force.items()})
    else:
        click.echo(key_document(in_force), nl=False)
