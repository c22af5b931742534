"""`models`: the model packs; which is in use, which are on this machine, and fetching one."""

from typing import Any

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json, print_table, say
from dofisac_tui.config import Settings
from dofisac_tui.engines.packs import PACKS, Engines, Pack
from dofisac_tui.errors import EngineError
from dofisac_tui.library import meta

PACK = click.Choice(list(PACKS))


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def models(ctx: click.Context, as_json: bool) -> None:
    """Show the model packs: what they are, what they may be used for, and whether they are here."""
    if ctx.invoked_subcommand is None:
        _show(ctx.find_object(Context) or Context(None), as_json)


def _show(context: Context, as_json: bool) -> None:
    library = context.existing_library()
    in_use = context.engines(library).pack
    if library:
        library.close()
    ready = {name: _problem(name, context.settings) == "" for name in PACKS}
    rows: list[dict[str, Any]] = []
    for name, pack in PACKS.items():
        faces, scenes = pack.describe(context.settings.models)
        rows.append(
            {
                "name": name,
                "faces": faces,
                "scenes": scenes,
                "licence": pack.licence,
                "size": pack.size,
                "download": pack.download,
                "in_use": name == in_use,
                "ready": ready[name],
            }
        )
    if as_json:
        print_json(rows)
        return
    print_table(
        ("pack", "state", "weights", "faces", "scenes and words", "licence"),
        [
            (
                row["name"],
                _state(row["in_use"], row["ready"]),
                f"{row['size'] / 1e6:.0f} MB",
                row["faces"],
                row["scenes"],
                row["licence"],
            )
            for row in rows
        ],
    )


def _state(in_use: bool, ready: bool) -> str:
    return ("in use" if in_use else "here") if ready else "not here"


def _problem(name: str, settings: Settings) -> str:
    """Why a pack cannot be used on this machine; empty when it can."""
    engines = Engines(name, settings)
    try:
        _ = engines.faces().space, engines.scenes().space
    except EngineError as error:
        return str(error)
    return ""


@models.command()
@click.argument("pack", type=PACK)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_context
def fetch(context: Context, pack: str, yes: bool) -> None:
    """Download the weights of PACK, after saying how large they are and what they may be used for."""
    wanted = PACKS[pack]
    if not wanted.download:
        say(f"The pack {pack} needs no download: its weights are inside installed packages.")
        return
    if not yes:
        _ask(wanted, context.settings)
    say("Downloading and converting the models ...")
    wanted.fetch(context.settings.models)
    say(f"The pack {pack} is here. Use it with: dofisac-tui models use {pack}")


def _ask(pack: Pack, settings: Settings) -> None:
    faces, scenes = pack.describe(settings.models)
    say(f"faces    {faces}")
    say(f"scenes   {scenes}")
    say(f"size     about {pack.size / 1e6:.0f} MB")
    say(f"licence  {pack.licence}")
    click.confirm("Download them?", abort=True, err=True)


@models.command()
@click.argument("pack", type=PACK)
@pass_context
def use(context: Context, pack: str) -> None:
    """Index with PACK from now on. Searches use the old vectors until every photo has the new ones."""
    problem = _problem(pack, context.settings)
    if problem:
        raise EngineError(f"The pack {pack} cannot be used yet: {problem.rstrip('.')}")
    with context.create_library() as library:
        if meta.get(library, meta.PACK) == pack:
            say(f"The library uses {pack} already.")
            return
        with library.write(durable=True) as connection:
            meta.put(connection, meta.PACK, pack)
    say(f"The library uses {pack} from now on. Read all photos anew with: dofisac-tui index")
    say("After that, see what still agrees with your votes: dofisac-tui votes agreement")
