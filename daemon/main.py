"""`dofisac-daemon`, which is also `dofisac-tui watch`: the watcher in the foreground."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import click

from dofisac_tui import __version__
from dofisac_tui.config import default_library, load_settings
from dofisac_tui.errors import DofisacError
from dofisac_tui.library.database import create_library, open_library
from dofisac_tui.library.lock import DAEMON_COMMAND, indexing_lock
from dofisac_tui.library.roots import add_root, all_roots

from . import log
from .engine_pool import EnginePool
from .resources import lower_priority
from .service import Daemon

GRACE_SECONDS = 8.0
"""How long the photos in hand may take after SIGTERM; then they are left for the next start."""


def run(folder: Path, roots: Sequence[bytes], log_file: bool) -> None:
    """Watch until SIGTERM or SIGINT.

    Args:
        folder: The library's folder.
        roots: Folders of photos to add first.
        log_file: Also log to a file in the library.

    Raises:
        DofisacError: the settings or the library cannot be used, or another process indexes into it.
    """
    with create_library(folder) as library:
        for root in roots:
            add_root(library, root)
    while _watch(folder, log_file):
        log.info("another disk has the library now: opening it anew")


def _watch(folder: Path, log_file: bool) -> bool:
    """Watch until stopped, or until the library is on another disk; whether it is."""
    settings = load_settings()
    with open_library(folder) as library, indexing_lock(folder, DAEMON_COMMAND):
        log.start_log(folder if log_file else None)
        lower_priority(settings.daemon.nice, settings.daemon.idle_io)
        log.info("started", version=__version__, library=bytes(folder), folders=len(all_roots(library)))
        with EnginePool(library, settings) as engines:
            daemon = Daemon(library, settings, engines)
            _obey_signals(daemon)
            daemon.serve()
    return daemon.replaced


def _obey_signals(daemon: Daemon) -> None:
    def stop(*_: object) -> None:
        daemon.stop()
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)

    def stop_now(*_: object) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGALRM, stop_now)
    signal.signal(signal.SIGHUP, lambda *_: daemon.reload())


def _stop_at_end_of_input() -> None:
    with contextlib.suppress(OSError):  # closed is ended
        while os.read(0, 4096):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--library", type=click.Path(path_type=Path), help="The library's folder, instead of the usual one.")
@click.option("--log-file", is_flag=True, help="Log to a file in the library, too.")
@click.option("--while-stdin", is_flag=True, help="Stop when standard input ends: with the program that started it.")
@click.version_option(__version__, prog_name="dofisac-daemon")
@click.argument("roots", nargs=-1, type=click.Path())
def daemon(library: Path | None, log_file: bool, while_stdin: bool, roots: tuple[str, ...]) -> None:
    """Add the folders ROOTS, and keep the library up to date until stopped. Photos are only ever read."""
    if while_stdin:
        threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    folder = Path(os.path.expanduser(library)) if library else default_library()
    run(folder.absolute(), [os.fsencode(root) for root in roots], log_file)


def main() -> None:
    """The console script: exit 0 when stopped, 1 after a failure told in one sentence, 2 for wrong usage."""
    os.umask(0o077)  # a library is biometric data
    try:
        daemon.main(prog_name="dofisac-daemon")
    except DofisacError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
