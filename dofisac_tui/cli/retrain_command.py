"""`retrain`: learn from the votes, and say what changed."""

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json, print_table, say
from dofisac_tui.errors import ConfigError, LibraryError
from dofisac_tui.library.calibrations import Retraining, all_retrainings, roll_back_retraining
from dofisac_tui.library.database import Library
from dofisac_tui.library.lock import clustering_lock
from dofisac_tui.library.spaces import searched_space

if TYPE_CHECKING:
    from dofisac_tui.learning.retrain import Report


@click.command()
@click.option("--rollback", is_flag=True, help="Take back the last retraining that changed something.")
@click.option("--history", is_flag=True, help="List all retrainings, and change nothing.")
@json_option
@pass_context
def retrain(context: Context, rollback: bool, history: bool, as_json: bool) -> None:
    """Learn from the votes: the curve of Match, its thresholds, and how near the faces of a person must be.

    All is judged by votes on people that were left out while learning. What is not clearly better changes nothing.
    """
    if rollback and history:
        raise click.UsageError("Give only one of --rollback and --history.")
    if history:
        with context.open_library() as library:
            return _show_history(library, as_json)
    precision = context.settings.learning.precision
    if not 0.5 <= precision < 1:
        raise ConfigError(f"learning.precision cannot be {precision:g}", "Give it a value like 0.99, below 1.")
    with context.open_library(read_only=False) as library:
        if rollback:
            return _roll_back(library, as_json)
        from dofisac_tui.learning.retrain import retrain as learn

        report = learn(library, precision)
    if as_json:
        return print_json(asdict(report))
    return _tell(report, precision)


def _tell(report: "Report", precision: float) -> None:
    """Before and after, in plain words."""
    click.echo(report.reason)
    click.echo(f"Votes: {report.votes}, of which {report.random_votes} are on random pairs.")
    if report.threshold_before is not None and report.threshold_after is not None:
        click.echo(
            f"Pairs are right at {100 * precision:g} % up to a distance of {report.threshold_after:.3f}"
            f" (before: {report.threshold_before:.3f}); past {report.ask_after:.3f} hardly any match is left."
        )
        judged = "by the random votes" if report.judged_by == "random votes" else "if Match is right"
        click.echo(
            f"Up to there, precision is {_percent(report.precision)} and recall {_percent(report.recall)}, {judged}."
        )
    if report.loss_before is not None and report.loss_after is not None:
        click.echo(
            f"Surprise at a vote left out: {report.loss_before:.3f} before, {report.loss_after:.3f} after"
            f" (+- {report.gain_error:.3f}); the curve in force is {report.method}, and {report.persons} persons have"
            " their own."
        )
        click.echo(
            f"Votes left out that agree with the people clusters: {_percent(report.agreement_before)} before,"
            f" {_percent(report.agreement_after)} at the best radius. Votes that are"
            f" probably wrong: {_percent(report.wrong)}."
        )


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{100 * share:.1f} %"


def _roll_back(library: Library, as_json: bool) -> None:
    space = searched_space(library, "face")
    with clustering_lock(library.folder, "retrain"):
        taken_back, now = roll_back_retraining(library, space) if space else (None, None)
    if taken_back is None:
        raise LibraryError("There is no retraining to take back", "See them with: dofisac-tui retrain --history")
    if as_json:
        return print_json({"rolled_back": taken_back.retraining_id, "current": now.retraining_id if now else None})
    then = f"What retraining {now.retraining_id} learned" if now else "What ships with the models"
    return click.echo(f"Retraining {taken_back.retraining_id} was taken back. {then} holds now, until new votes come.")


def _show_history(library: Library, as_json: bool) -> None:
    space = searched_space(library, "face")
    found = all_retrainings(library, space) if space else []
    if as_json:
        print_json([_described(each) for each in found])
    elif found:
        print_table(
            ("id", "made", "state", "votes", "curve", "loss before", "loss after", "threshold"),
            [
                (
                    each.retraining_id,
                    time.strftime("%Y-%m-%d %H:%M", time.localtime(each.made_at)),
                    each.state,
                    *(
                        each.report[name]
                        for name in ("votes", "method", "loss_before", "loss_after", "threshold_after")
                    ),
                )
                for each in found
            ],
        )
    else:
        say("Nothing was learned yet. Vote, and then: dofisac-tui retrain")


def _described(each: Retraining) -> dict[str, Any]:
    return {"id": each.retraining_id, "made_at": each.made_at, "state": each.state, **each.report}
