"""`dofisac-daemon`, which is also `dofisac-tui watch`: the watcher in the foreground."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import click
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from dofisac_tui.config import Settings, cores, default_library, load_settings
from dofisac_tui.display import display_text
from dofisac_tui.engines.packs import Engines
from dofisac_tui.errors import DofisacError
from dofisac_tui.indexing.indexer import Indexer
from dofisac_tui.indexing.inference import Inference
from dofisac_tui.library import meta
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.lock import indexing_lock
from dofisac_tui.library.roots import add_root, all_roots

QUIET_SECONDS = 1.0
_log = logging.getLogger("dofisac")
_CHANGES = {"created", "modified", "closed", "moved", "deleted"}


class _Wakener(FileSystemEventHandler):
    """Wakes the main loop when something has changed."""

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in _CHANGES:
            self._wake.set()


class _LogListener:
    """A run's listener that logs."""

    def note(self, message: str) -> None:
        _log.warning(message)

    def begin(self, total: int) -> None:
        if total:
            _log.info("%d files to read", total)

    def step(self, path: bytes) -> None:
        _log.debug("done %s", display_text(path))


def run(folder: Path, roots: Sequence[bytes]) -> None:
    """Watch until SIGTERM or SIGINT.

    Args:
        folder: The library's folder.
        roots: Folders of photos to add first.

    Raises:
        DofisacError: the library cannot be used, or another process indexes into it.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    settings = load_settings()
    with create_library(folder) as library:
        for root in roots:
            add_root(library, root)
        with indexing_lock(folder, "watch"):
            engines = Engines(meta.get(library, meta.PACK) or "bundled", settings)
            threads = cores(settings.indexing.threads)
            with Inference(engines.faces(), engines.scenes(), threads) as inference:
                _watch(library, settings, inference)


def _watch(library: Library, settings: Settings, inference: Inference) -> None:
    wake, stopping = threading.Event(), threading.Event()

    def stop(*_: object) -> None:
        stopping.set()
        wake.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    observer = Observer()
    for root in all_roots(library):
        observer.schedule(_Wakener(wake), os.fsdecode(root.path), recursive=True)
    observer.start()
    try:
        while not stopping.is_set():
            wake.clear()
            report = Indexer(library, settings, inference, _LogListener()).run(all_roots(library))
            _log.info("%d photos, %d indexed, %d failed", report.photos, report.indexed, report.failed)
            wake.wait()
            while wake.is_set() and not stopping.is_set():
                wake.clear()
                stopping.wait(QUIET_SECONDS)
    finally:
        observer.stop()
        observer.join()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--library", type=click.Path(path_type=Path), help="The library's folder, instead of the usual one.")
@click.argument("roots", nargs=-1, type=click.Path())
def daemon(library: Path | None, roots: tuple[str, ...]) -> None:
    """Add the folders ROOTS, and keep the library up to date until stopped."""
    folder = Path(os.path.expanduser(library)) if library else default_library()
    run(folder.absolute(), [os.fsencode(root) for root in roots])


def main() -> None:
    """The console script: exit 0 when stopped, 1 after a failure told in one sentence, 2 for wrong usage."""
    os.umask(0o077)  # a library is biometric data
    try:
        daemon.main(prog_name="dofisac-daemon")
    except DofisacError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
