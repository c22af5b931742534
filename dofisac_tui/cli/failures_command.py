"""`failures`: the files that could not be indexed, and why."""

import time

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json, print_table, say
from dofisac_tui.library.failures import Failure, all_failures


@click.command()
@json_option
@pass_context
def failures(context: Context, as_json: bool) -> None:
    """List the files that could not be indexed: at which stage, why, how often tried, when next."""
    with context.open_library() as library:
        found = all_failures(library)
    if as_json:
        print_json([_as_json(failure) for failure in found])
    elif found:
        print_table(
            ("class", "tries", "next try", "what is wrong", "path"),
            [(f.failure_class, f.attempts, _when(f.next_try), f.message, f.path) for f in found],
        )
        say("Try them again now with: dofisac-tui retry")
    else:
        say("Nothing failed.")


def _as_json(failure: Failure) -> dict[str, object]:
    return {
        "path": failure.path,
        "stage": failure.stage,
        "class": failure.failure_class,
        "message": failure.message,
        "attempts": failure.attempts,
        "next_try": _iso(failure.next_try),
    }


def _iso(moment: float | None) -> str | None:
    return None if moment is None else time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(moment))


def _when(moment: float | None) -> str:
    if moment is None:
        return "on request"
    minutes = max(moment - time.time(), 0) / 60
    return f"in {minutes:.0f} min" if minutes < 120 else f"in {minutes / 60:.0f} h"
