"""`doctor`: what this machine, terminal and library can do, and what to mend."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click

from dofisac_tui import __version__
from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json
from dofisac_tui.cli.terminal_findings import terminal_findings
from dofisac_tui.config import cores, models_folder
from dofisac_tui.display import display_text
from dofisac_tui.errors import DofisacError

OPTIONAL_FORMATS = {"JXL"}  # their packages are not among those that are always installed


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: What was looked at.
        ok: Whether it is as it should be.
        detail: What was found.
        hint: What to do about it, or what would be better; empty when it is well.
    """

    check: str
    ok: bool
    detail: str
    hint: str = ""


@click.command()
@json_option
@pass_context
@click.pass_context
def doctor(ctx: click.Context, context: Context, as_json: bool) -> None:
    """Check this machine, the models, the picture formats, the terminal and the library."""
    terminal = terminal_findings(context.settings.screens.images)
    findings = [*_machine(context), *_models(), *_formats(), *terminal, *_library(context)]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            click.echo(f"{'ok   ' if finding.ok else 'mend '} {finding.check:<16} {display_text(finding.detail)}")
            if finding.hint:
                click.echo(f"{'':<23}{display_text(finding.hint)}")
    ctx.exit(0 if all(finding.ok for finding in findings) else 1)


def _machine(context: Context) -> Iterator[Finding]:
    yield Finding("version", True, f"dofisac-tui {__version__}, Python {sys.version.split()[0]}")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    hint = "" if memory >= 2 else "Set workers = 1 under [indexing] in the settings."
    yield Finding("machine", not hint, f"{cores(most=1024)} cores, {memory:.1f} GiB of memory", hint)
    folder = next(parent for parent in (context.folder, *context.folder.parents) if parent.exists())
    free = shutil.disk_usage(folder).free / 1e9
    hint = "" if free >= 1 else "Free some space, or choose another disk with --library DIR."
    yield Finding("disk", not hint, f"{free:.1f} GB free at {folder}", hint)


def _models() -> Iterator[Finding]:
    from dofisac_tui.engines.catalogue import BUNDLED_WEIGHTS
    from dofisac_tui.engines.weights import verified

    sound = 0
    for weight in BUNDLED_WEIGHTS:
        try:
            verified(weight)
            sound += 1
        except DofisacError as error:
            yield Finding("models", False, error.title, error.hint)
    yield Finding("models", True, f"{sound} of {len(BUNDLED_WEIGHTS)} weight files of the bundled pack are as pinned")
    yield Finding("models folder", True, str(models_folder()))
    yield _insightface()


def _insightface() -> Finding:
    from dofisac_tui.engines.insightface_engine import import_face_analysis

    try:
        import_face_analysis()
    except DofisacError as error:
        return Finding("insightface", False, f"{error.title} (only the pack full needs it)", error.hint)
    return Finding("insightface", True, "can start")


def _formats() -> Iterator[Finding]:
    from dofisac_tui.imaging.formats import format_problems

    problems = format_problems()
    yield Finding("formats", True, f"reads {', '.join(name for name, problem in problems.items() if not problem)}")
    for name, problem in problems.items():
        if problem:
            yield Finding("formats", name in OPTIONAL_FORMATS, f"does not read {name}", problem)


def _library(context: Context) -> Iterator[Finding]:
    try:
        with context.open_library() as library:
            answer = str(library.value("PRAGMA quick_check"))
    except DofisacError as error:
        yield Finding("library", not (context.folder / "library.db").exists(), error.title, error.hint)
        return
    hint = "" if answer == "ok" else "Put back a backup of library.db, or index again into another folder."
    yield Finding("library", not hint, f"{context.folder}: {'sound' if not hint else answer}", hint)
    if not os.access(context.folder, os.W_OK):
        hint = "Make the folder writable, or choose another with --library DIR; until then it can only be searched."
        yield Finding("library", False, "cannot be written", hint)
