"""`cluster` and `clusters`: find people, near-duplicates and scenes, and show them."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import ID, KindChoice, json_option, print_json, print_table, say
from dofisac_tui.interchange.json_rows import cluster_row
from dofisac_tui.library.clusters import Cluster, current_clusters
from dofisac_tui.library.database import Library
from dofisac_tui.library.runs import RUN_KINDS, RunKind, current_run, proposed_run
from dofisac_tui.wording.numbers import counted

if TYPE_CHECKING:
    from dofisac_tui.clustering.constrained_clustering import Method
    from dofisac_tui.clustering.run import RunReport


@click.command()
@click.argument("kind", type=KindChoice([*RUN_KINDS, "all"]))
@click.option(
    "--method",
    type=click.Choice(["average-linkage", "dbscan"]),
    help="How people are found; average-linkage, the default, makes fewer mistakes.",
)
@click.option("--propose", is_flag=True, help="Hold all changes in a proposed run, to accept or refuse later.")
@click.option("--rollback", type=ID, metavar="RUN", help="Show an earlier run again, or accept the proposed one.")
@click.option("--refuse", is_flag=True, help="Refuse the proposed run.")
@click.option("--diff", type=ID, metavar="RUN", help="Only show what a run would change, or has changed.")
@json_option
@pass_context
def cluster(
    context: Context,
    kind: str,
    method: "Method | None",
    propose: bool,
    rollback: int | None,
    refuse: bool,
    diff: int | None,
    as_json: bool,
) -> None:
    """Find people, near-duplicates, scenes, or people in scenes (combined) again; or `all` of them.

    Changes that break no name and no decision are applied; the others are held in a proposed run, which --rollback
    accepts. Every run is kept, and can be shown again.
    """
    if sum((propose, rollback is not None, refuse, diff is not None)) > 1:
        raise click.UsageError("Give only one of --propose, --rollback, --refuse and --diff.")
    if method and (kind != "people" or refuse or rollback is not None or diff is not None):
        raise click.UsageError("--method is for finding people: dofisac-tui cluster people --method dbscan")
    kinds: list[RunKind] = [each for each in RUN_KINDS if kind in (each, "all")]
    if kind == "all" and (rollback is not None or diff is not None):
        raise click.UsageError("A run is of one kind: name it instead of all.")
    with context.open_library(read_only=False) as library:
        if diff is not None:
            return _show_diff(library, kinds[0], diff, as_json)
        if refuse:
            return _refuse(library, kinds)
        reports = [_run(library, each, propose, method, rollback) for each in kinds]
        if as_json:
            print_json([asdict(report) for report in reports] if kind == "all" else asdict(reports[0]))
        else:
            for report in reports:
                _tell(library, report, propose)
    return None


def _run(library: Library, kind: RunKind, propose: bool, method: "Method | None", rollback: int | None) -> "RunReport":
    from dofisac_tui.clustering.run import cluster, roll_back

    if rollback is not None:
        return roll_back(library, kind, rollback)
    return cluster(library, kind, propose, method or "average-linkage")


def _tell(library: Library, report: "RunReport", propose: bool) -> None:
    what = counted(report.items - report.noise, "face" if report.kind == "people" else "photo")
    click.echo(
        f"{report.kind}: {counted(report.clusters, 'cluster')} of {what}, {report.noise:,} in none,"
        f" {report.changed} {'would change' if propose else 'changed'}, in {report.seconds:.1f} s (run {report.run})."
    )
    if report.held and (held := proposed_run(library, report.kind)):
        say(
            f"{counted(report.held, 'change')} wait for your answer: dofisac-tui cluster {report.kind}"
            f" --diff {held.run_id} shows them, --rollback {held.run_id} accepts and --refuse refuses them."
        )


def _refuse(library: Library, kinds: list[RunKind]) -> None:
    from dofisac_tui.clustering.run import refuse_proposed

    held = [kind for kind in kinds if proposed_run(library, kind)]
    refuse_proposed(library, kinds)
    say(f"Refused what was proposed for {', '.join(held)}." if held else "Nothing is proposed.")


def _show_diff(library: Library, kind: RunKind, run_id: int, as_json: bool) -> None:
    from dofisac_tui.clustering.run_diff import diff_of_run

    found = diff_of_run(library, kind, run_id)
    if as_json:
        return print_json(asdict(found))
    click.echo(str(found))
    return None


@click.command()
@click.argument("kind", type=KindChoice(RUN_KINDS))
@json_option
@pass_context
def clusters(context: Context, kind: RunKind, as_json: bool) -> None:
    """Show the current clusters of one kind: near-duplicates with the photo worth keeping first, and why it is."""
    with context.open_library() as library:
        found = current_clusters(library, kind)
        searched = current_run(library, kind) is not None
    if as_json:
        print_json([cluster_row(each, kind) for each in found])
    elif found:
        _show(found, kind)
    elif searched:
        say(f"No clusters were found. After a change, look again with: dofisac-tui cluster {kind}")
    else:
        say(f"There are no clusters yet. Find them with: dofisac-tui cluster {kind}")


def _show(found: list[Cluster], kind: RunKind) -> None:
    if kind == "duplicates":
        rows = [row for each in found for row in _group_rows(each)]
        return print_table(("id", "score", "photo", "because", "path"), rows)
    about = "label" if kind == "scenes" else "person"
    return print_table(
        ("id", "size", about, "score", "first"),
        [(c.cluster_id, c.size, getattr(c, about), c.score, c.members[0].path) for c in found],
    )


def _group_rows(group: Cluster) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for member in group.members:
        if member.photo_id == group.keeper_photo_id:
            rows.append((group.cluster_id, group.score, "keep", ", ".join(group.reasons), member.path))
        else:
            what = "exact copy" if member.exact else "near-duplicate"
            rows.append((group.cluster_id, group.score, what, None, member.path))
    return rows
