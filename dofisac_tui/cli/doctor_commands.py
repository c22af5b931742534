"""`doctor`: check this machine, the terminal, the models and the library, and say how to fix what is wrong."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import click

from dofisac_tui import __version__
from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json
from dofisac_tui.config import cores, models_folder
from dofisac_tui.display import display_text
from dofisac_tui.errors import DofisacError

if TYPE_CHECKING:
    from dofisac_tui.ui.pictures.terminal import Terminal
    from dofisac_tui.ui.pictures.tmux import Tmux

OPTIONAL_FORMATS = {"JXL"}  # their packages are not among those that are always installed


@dataclass(frozen=True)
class Finding:
    """Result of one check.

    Attributes:
        check: Name of the check.
        ok: True if it works.
        detail: What was found.
        hint: What to do, or what would be better; empty if nothing is to do.
    """

    check: str
    ok: bool
    detail: str
    hint: str = ""

    @property
    def status(self) -> Literal["ok", "warn", "fail"]:
        """Return `warn` if it works but could be better."""
        if not self.ok:
            return "fail"
        return "warn" if self.hint else "ok"


@click.command()
@json_option
@pass_context
@click.pass_context
def doctor(ctx: click.Context, context: Context, as_json: bool) -> None:
    """Check this machine, the models, the picture formats, the terminal and the library."""
    terminal = terminal_findings(context.settings.screens.images)
    findings = [*_machine(context), *_models(), *_formats(), *terminal, *_library(context)]
    if as_json:
        print_json([{**asdict(finding), "status": finding.status} for finding in findings])
    else:
        for finding in findings:
            status = "FAIL" if finding.status == "fail" else finding.status
            click.echo(f"{status:<5} {finding.check:<16} {display_text(finding.detail)}")
            if finding.hint:
                click.echo(f"{'':<22} Fix: {display_text(finding.hint)}")
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


_TMUX_SETTINGS = "Put into ~/.tmux.conf, and start tmux anew: "


def terminal_findings(images: str) -> Iterator[Finding]:
    """Ask the terminal as the app does.

    Args:
        images: The setting of that name.
    """
    if sys.stdin.isatty() and sys.stdout.isatty():
        yield from _asked(images, os.environ)
    else:
        yield Finding("terminal", True, "input or output is none", "To learn what it draws, run doctor in it.")
    encoding = sys.stdout.encoding or "unknown"
    hint = "" if encoding.lower().replace("-", "") == "utf8" else "Set LANG to a UTF-8 locale, such as C.UTF-8."
    yield Finding("encoding", not hint, encoding, hint)


def _asked(images: str, environment: Mapping[str, str]) -> Iterator[Finding]:
    from dofisac_tui.ui.pictures.terminal import ask_terminal, protocol_called

    try:
        terminal = ask_terminal(protocol_called(images))
    except DofisacError as error:
        yield Finding("pictures", False, error.title, error.hint)
        return
    yield _kind(terminal, environment)
    yield _pictures(terminal)
    yield Finding("cell", True, "{}x{} pixels".format(*terminal.cell))
    yield _colours(terminal, environment)
    if terminal.tmux:
        yield tmux_finding(terminal.tmux)
    elif environment.get("STY"):
        yield Finding("screen", True, "GNU screen hands on no pictures", "tmux does: kitty's, and from 3.4 on Sixel.")


def _kind(terminal: "Terminal", environment: Mapping[str, str]) -> Finding:
    size = shutil.get_terminal_size()
    where = "over SSH" if environment.get("SSH_CONNECTION") else "on this machine"
    name = terminal.name or "tells no name"
    return Finding("terminal", True, f"{name}, TERM={environment.get('TERM')}, {size.columns}x{size.lines}, {where}")


def _pictures(terminal: "Terminal") -> Finding:
    from dofisac_tui.ui.pictures.terminal import Protocol

    hint = ""
    if terminal.protocol is Protocol.HALFBLOCKS and not terminal.tmux:
        hint = "A terminal with Sixel or kitty's graphics draws finer ones: kitty, foot, WezTerm, or xterm -ti vt340."
    return Finding("pictures", True, f"{terminal.protocol}: {terminal.why}", hint)


def _colours(terminal: "Terminal", environment: Mapping[str, str]) -> Finding:
    if terminal.tmux and not terminal.tmux.exact_colours:
        return Finding("colours", True, "256, which is what tmux hands on")
    if terminal.truecolour or environment.get("COLORTERM") in ("truecolor", "24bit"):
        return Finding("colours", True, "16 million")
    few = "256" if "256color" in environment.get("TERM", "") else "16 or fewer"
    return Finding("colours", True, few, "Where the terminal can show all of them, set COLORTERM=truecolor.")


def tmux_finding(tmux: "Tmux") -> Finding:
    """What passes through tmux, and the settings that let more pass."""
    from dofisac_tui.ui.pictures.terminal_replies import draws_by_characters

    passing = "hands on kitty's pictures" if tmux.passes_pictures else "hands on no pictures"
    settings = ["set -g allow-passthrough on"] if draws_by_characters(tmux.outside) and not tmux.passes else []
    settings += [] if tmux.exact_colours else ["set -as terminal-features ',*:RGB'"]
    hint = _TMUX_SETTINGS + "; ".join(settings) if settings else ""
    return Finding("tmux", True, f"{tmux.version} inside {tmux.outside or 'nothing now'}, {passing}", hint)
