"""`votes`: the ledger of all decisions; carrying it to another library, and what still agrees with it."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json, print_table, say
from dofisac_tui.cli.vote_commands import print_votes
from dofisac_tui.display import display_text
from dofisac_tui.interchange.json_rows import vote_row
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import all_votes, standing_votes

if TYPE_CHECKING:
    from dofisac_tui.learning.agreement import Agreement

FILE = click.argument("file", type=click.Path(path_type=Path))
LISTED = 20
"""Votes that are listed for people; `--json` has them all."""


@click.group(invoke_without_command=True)
@click.option("--standing", is_flag=True, help="Only what holds: not what was undone or decided anew.")
@json_option
@click.pass_context
def votes(ctx: click.Context, standing: bool, as_json: bool) -> None:
    """Show the ledger: every decision, in order."""
    if ctx.invoked_subcommand is None:
        _show(ctx.find_object(Context) or Context(None), standing, as_json)


def _show(context: Context, standing: bool, as_json: bool) -> None:
    with context.open_library() as library:
        found = standing_votes(library) if standing else all_votes(library)
        clashes = _contradictions(library)
    if as_json:
        print_json([vote_row(each) for each in found])
    elif found:
        print_votes(found)
    else:
        say("Nothing was decided yet.")
    for clash in clashes:
        say(clash)


def _contradictions(library: Library) -> list[str]:
    from dofisac_tui.clustering.ledger_constraints import read_face_constraints

    return [str(each) for each in read_face_constraints(library).contradictions]


@votes.command("export")
@FILE
@pass_context
def export_votes(context: Context, file: Path) -> None:
    """Write all votes to FILE, for `votes import` of another library."""
    from dofisac_tui.interchange.ledger_file import write_ledger

    with context.open_library() as library:
        count = write_ledger(library, file)
    say(f"Wrote {count:,} votes to {display_text(str(file))}")


@votes.command("import")
@FILE
@json_option
@pass_context
def import_votes(context: Context, file: Path, as_json: bool) -> None:
    """Add the votes of FILE, which `votes export` wrote; those that are here already are left alone.

    Of two votes on one thing the one that was cast later holds. Votes on photos that are not here wait for them.
    """
    from dofisac_tui.interchange.ledger_file import read_ledger
    from dofisac_tui.interchange.ledger_import import import_votes

    with context.open_library(read_only=False) as library:
        imported = import_votes(library, read_ledger(file))
    if as_json:
        print_json(imported._asdict())
        return
    say(f"Added {imported.added:,} votes; {imported.known:,} were here already.")
    if imported.added:
        say("Clusters follow them with: dofisac-tui cluster all")


@votes.command()
@json_option
@pass_context
def agreement(context: Context, as_json: bool) -> None:
    """Show how many votes find their faces, and what the models say of them, for each face model that was used.

    After a change of models, a move of photos or an import it tells what was carried over.
    """
    from dofisac_tui.learning.agreement import agreements

    with context.open_library() as library:
        found = agreements(library)
    if as_json:
        print_json([_agreement_row(each) for each in found])
        return
    for each in found:
        _print_agreement(each)


def _agreement_row(each: "Agreement") -> dict[str, object]:
    return {
        "space": each.space,
        "searched": each.searched,
        "kinds": {kind: asdict(tally) for kind, tally in each.tallies.items()},
        "against_vote_ids": [vote.vote_id for vote in each.against],
        "lost": [{"vote_id": vote.vote_id, "reason": reason} for vote, reason in each.lost],
    }


def _print_agreement(each: "Agreement") -> None:
    click.echo(f"{display_text(each.space)}{' (in use)' if each.searched else ''}")
    rows = [(kind, tally.votes, tally.found, tally.agree) for kind, tally in each.tallies.items()]
    print_table(("kind", "votes", "found", "agree"), rows)
    if each.against:
        click.echo(f"against what the models say: {_listed([str(vote.vote_id) for vote in each.against])}")
    for vote, reason in each.lost[:LISTED]:
        click.echo(f"vote {vote.vote_id} ({vote.kind}) finds nothing: {reason}")
    if len(each.lost) > LISTED:
        click.echo(f"and {len(each.lost) - LISTED:,} more")


def _listed(numbers: list[str]) -> str:
    more = f" and {len(numbers) - LISTED:,} more" if len(numbers) > LISTED else ""
    return f"votes {', '.join(numbers[:LISTED])}{more}"
