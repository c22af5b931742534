"""The command line: one file a command group. stdout carries data, stderr carries talk.

Command modules are loaded when their command is run, so that `--help` stays quick.
"""

import importlib
import os
import signal
import sys
from io import TextIOWrapper
from pathlib import Path
from types import FrameType

import click

from dofisac_tui import __version__
from dofisac_tui.cli.context import Context
from dofisac_tui.display import display_text
from dofisac_tui.errors import DofisacError

# name -> (module, what it does); the sentence stands here so that --help loads no command's module
COMMANDS = {
    "open": ("app", "Open the app: search, look, decide and vote."),
    "index": ("index", "Read new and changed photos, once."),
    "watch": ("daemon", "Keep the library up to date until stopped."),
    "service": ("daemon", "Run the daemon always, with systemd."),
    "roots": ("library", "Show, add or remove the folders of photos."),
    "photos": ("library", "List the photos of the library."),
    "search": ("search", "Find photos by words, a face or a similar photo."),
    "faces": ("search", "Show the faces of one photo."),
    "cluster": ("cluster", "Find people, near-duplicates and scenes anew."),
    "clusters": ("cluster", "Show the current clusters."),
    "people": ("people", "Show, name, merge or split persons."),
    "vote": ("vote", "Decide what every later clustering holds to, or undo it."),
    "votes": ("ledger", "Show the ledger of all decisions; carry it to another library."),
    "review": ("learning", "Show the questions whose answers would teach most."),
    "retrain": ("learning", "Learn from the votes what is clearly better, or take that back."),
    "export": ("interchange", "Write photos, people and votes for other programs."),
    "import-dofisac": ("interchange", "Take over votes and names from the Flask app DoFISaC."),
    "status": ("library", "Show what the library holds and who is at work."),
    "failures": ("index", "List the files that could not be indexed."),
    "retry": ("index", "Try failed files again, now."),
    "backup": ("library", "Copy the database, with all that was decided."),
    "models": ("models", "Show, fetch or choose the models."),
    "keys": ("app", "Show the keys of the app."),
    "doctor": ("doctor", "Check this machine, the models and the library."),
    "demo": ("app", "Open the app on a small library of sample photos."),
}

_FUNCTIONS = {"open": "open_", "import-dofisac": "import_dofisac"}  # names that Python takes or cannot have


class LazyGroup(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the table above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module that holds a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"dofisac_tui.cli.{COMMANDS[cmd_name][0]}_commands")
        command: click.Command = getattr(module, _FUNCTIONS.get(cmd_name, cmd_name))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in `--help`, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--library", type=click.Path(path_type=Path), help="The library's folder, instead of the usual one.")
@click.version_option(__version__, prog_name="dofisac-tui")
@click.pass_context
def cli(ctx: click.Context, library: Path | None) -> None:
    """Find people and scenes in your own photos. Nothing leaves this machine. Without a command, opens the app."""
    ctx.obj = Context(library)
    if ctx.invoked_subcommand is None:
        from dofisac_tui.cli.app_commands import open_

        ctx.invoke(open_)


def main() -> None:
    """Run the command line: exit 0 when done, 1 after a failure told in one sentence, 2 for wrong usage."""
    os.umask(0o077)  # a library is biometric data
    signal.signal(signal.SIGTERM, _stop)
    if sys.stdout is None:  # closed by whoever started this
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 cannot show every name
    try:
        status = cli.main(prog_name="dofisac-tui", standalone_mode=False)
        sys.stdout.flush()
        sys.exit(status if isinstance(status, int) else 0)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except DofisacError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. Everything up to here is kept.", err=True)
        sys.exit(130)
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # that one says that whoever read our output has left
            click.echo(_sentence(error), err=True)
        _drop_unwritten()
        sys.exit(1)
    except Exception as error:
        if os.environ.get("DOFISAC_TRACEBACK"):
            raise
        what = display_text(f"{type(error).__name__}: {error}", 300)
        hint = "Please report it, with the traceback that the same command shows under DOFISAC_TRACEBACK=1."
        click.echo(f"Internal error: {what}. {hint}", err=True)
        sys.exit(1)


def _sentence(error: OSError) -> str:
    file = error.filename2 or error.filename
    place = f"{display_text(os.fspath(file))}: " if isinstance(file, str | bytes | os.PathLike) else ""
    return f"{place}{display_text(error.strerror or str(error))}."


def _drop_unwritten() -> None:
    """Python would complain, when it flushes stdout at exit, about what cannot be written."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
