"""`index` and `retry`: bring the library up to date, once."""

import os
import time
from collections.abc import Callable
from dataclasses import asdict

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json, print_table, say
from dofisac_tui.cli.progress import RunDisplay
from dofisac_tui.clustering.incremental import assign_new_faces
from dofisac_tui.config import cores
from dofisac_tui.errors import LibraryError
from dofisac_tui.indexing.indexer import Indexer
from dofisac_tui.indexing.inference import Inference
from dofisac_tui.indexing.report import IndexReport
from dofisac_tui.interchange.json_rows import iso_time
from dofisac_tui.library.database import Library
from dofisac_tui.library.failures import FAILURE_CLASSES, Failure, all_failures, make_due
from dofisac_tui.library.heartbeat import daemon_heartbeat
from dofisac_tui.library.lock import indexing_lock
from dofisac_tui.library.roots import add_root, all_roots
from dofisac_tui.wording.numbers import counted


@click.command()
@click.argument("roots", nargs=-1, type=click.Path())
@json_option
@pass_context
def index(context: Context, roots: tuple[str, ...], as_json: bool) -> None:
    """Add the folders ROOTS, and bring the library up to date once.

    Without ROOTS, reads the folders that were added before. Photos are only ever read.
    """
    with context.create_library() as library:
        for root in roots:
            add_root(library, os.fsencode(root))
        run_index(context, library, "index", as_json)


@click.command()
@click.option("--class", "failure_class", help=f"Only failures of this class: {', '.join(FAILURE_CLASSES)}.")
@json_option
@pass_context
def retry(context: Context, failure_class: str | None, as_json: bool) -> None:
    """Try failed files again now, whether they are due or not, and bring the library up to date.

    While the daemon runs, it is the one that tries them, within seconds.
    """
    wanted = _class_name(failure_class)
    with context.open_library(read_only=False) as library:
        if daemon := daemon_heartbeat(library):
            asked = make_due(library, wanted)
            if as_json:
                print_json({"asked": asked, "pid": daemon.pid})
            else:
                click.echo(f"The daemon, process {daemon.pid}, will try {asked} files again within seconds.")
            return
        run_index(context, library, "retry", as_json, lambda: frozenset(f.path for f in all_failures(library, wanted)))


def run_index(
    context: Context,
    library: Library,
    command: str,
    as_json: bool,
    force: Callable[[], frozenset[bytes]] = frozenset,
) -> IndexReport:
    """One run over all roots, shown and reported.

    Args:
        force: Asked, once the lock is held, for the failures to try now.
    """
    engines = context.engines(library)
    threads = cores(context.settings.indexing.threads)
    with (
        indexing_lock(context.folder, command),
        Inference(engines.faces(), engines.scenes(), threads) as inference,
        RunDisplay() as display,
    ):
        roots = all_roots(library)
        if not roots:
            raise LibraryError("The library reads no folder yet", "Add one with: dofisac-tui index FOLDER")
        indexer = Indexer(library, context.settings, inference, display)
        try:
            report = indexer.run(roots, force())
        except KeyboardInterrupt:
            say(_sentence(indexer.report))
            raise
        joined = assign_new_faces(library) if report.indexed else 0
    if as_json:
        print_json(asdict(report))
    else:
        click.echo(_sentence(report))
    if joined:
        say(f"{joined} new {'face is' if joined == 1 else 'faces are'} surely of known people.")
    if report.failed:
        say("What could not be read, and why: dofisac-tui failures")
    return report


def _sentence(report: IndexReport) -> str:
    parts = [f"{report.indexed:,} indexed", f"{counted(report.faces, 'face')} found"]
    for count, what in (
        (report.unchanged, "unchanged"),
        (report.moved, "moved"),
        (report.absent, "gone"),
        (report.failed, "failed"),
    ):
        if count:
            parts.append(f"{count:,} {what}")
    return f"{counted(report.photos, 'photo')} in the library: {', '.join(parts)}, in {report.seconds:.1f} s."


def _class_name(given: str | None) -> str | None:
    name = given.replace("-", " ").replace("_", " ").lower() if given else None
    if name and name not in FAILURE_CLASSES:
        raise click.BadParameter(f"there is no class {given!r}; there are: {', '.join(FAILURE_CLASSES)}")
    return name


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
        "next_try": iso_time(failure.next_try),
    }


def _when(moment: float | None) -> str:
    if moment is None:
        return "on request"
    minutes = max(moment - time.time(), 0) / 60
    return f"in {minutes:.0f} min" if minutes < 120 else f"in {minutes / 60:.0f} h"
