"""`review`: the questions whose answers would teach most."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import AT_MOST, json_option, print_json, print_table, say
from dofisac_tui.errors import ConfigError, LibraryError
from dofisac_tui.interchange.json_rows import iso_time
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.lock import clustering_lock
from dofisac_tui.library.retrainings import Retraining, all_retrainings, roll_back_retraining
from dofisac_tui.library.runs import current_run

if TYPE_CHECKING:
    from dofisac_tui.learning.review_questions import ReviewQuestion

if TYPE_CHECKING:
    from dofisac_tui.learning.retrain import RetrainReport

SHOWN = 20


@click.command()
@click.option("--limit", type=AT_MOST, default=SHOWN, metavar="N", help="Questions at most; 20 unless given.")
@json_option
@pass_context
def review(context: Context, limit: int, as_json: bool) -> None:
    """Show the next questions: two faces each, which may be one person.

    Those come first whose answer is expected to change most: votes that are probably wrong, pairs of persons who may
    be one, faces that may be somebody's. Each tenth pair is random, for the estimates. Answer with `vote match FACE
    FACE yes` (or `no`).
    """
    from dofisac_tui.learning.review_queue import ReviewQueue

    with context.open_library() as library:
        queue = ReviewQueue(library)
        queue.refresh()
        questions = queue.next(limit)
        rows = _rows(library, questions)
        clustered = current_run(library, "people") is not None
    if as_json:
        print_json(rows)
    elif rows:
        _print(rows)
    elif clustered:
        say("Nothing is left to ask.")
    else:
        say("There are no persons yet to ask about. Find them with: dofisac-tui cluster people")


def _rows(library: Library, questions: "Sequence[ReviewQuestion]") -> list[dict[str, Any]]:
    asked = [face for question in questions for face in question.faces]
    found = library.rows(
        "SELECT face_id, path, x, y, w, h FROM faces JOIN photos USING (photo_id)"
        " WHERE face_id IN (SELECT value FROM json_each(?))",
        (json.dumps(asked),),
    )
    where = {row["face_id"]: (row["path"], [row["x"], row["y"], row["w"], row["h"]]) for row in found}
    return [
        {
            "face_a": each.face_a,
            "face_b": each.face_b,
            "match": 100 * each.match,
            "distance": each.distance,
            "settles": each.settles,
            "reason": each.reason,
            "person_id_a": each.person_a,
            "person_id_b": each.person_b,
            "path_a": where[each.face_a][0],
            "path_b": where[each.face_b][0],
            "box_a": where[each.face_a][1],
            "box_b": where[each.face_b][1],
        }
        for each in questions
        if each.face_a in where and each.face_b in where  # a photo may have been removed meanwhile
    ]


def _print(rows: list[dict[str, Any]]) -> None:
    print_table(
        ("face", "face", "match", "distance", "settles", "why", "photo", "photo"),
        [
            (
                row["face_a"],
                row["face_b"],
                f"{row['match']:5.1f} %",
                f"{row['distance']:.3f}",
                row["settles"],
                row["reason"],
                row["path_a"],
                row["path_b"],
            )
            for row in rows
        ],
    )


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
        return print_json(_report_row(asdict(report)))
    return _tell(report, precision)


def _tell(report: "RetrainReport", precision: float) -> None:
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
        return print_json(
            {"retraining_id": taken_back.retraining_id, "current_retraining_id": now.retraining_id if now else None}
        )
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
    return {
        "retraining_id": each.retraining_id,
        "made_at": iso_time(each.made_at),
        "state": each.state,
        **_report_row(each.report),
    }


def _report_row(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report with the match of the radius in percent, as in all JSON."""
    link = report.get("link")
    return {name: value for name, value in report.items() if name != "link"} | {
        "link_match": None if link is None else 100 * link
    }
