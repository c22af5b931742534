"""Showing a run: a progress bar with rate and time left on a terminal, a plain line now and then elsewhere."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from dofisac_tui.cli.output import say

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PLAIN_SECONDS = 10.0


class RunDisplay:
    """A listener of an indexing run, used as a context manager."""

    def __init__(self) -> None:
        self._done = self._total = 0
        self._began = self._told = time.monotonic()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> "RunDisplay":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress:
            self._progress.stop()

    def on_warning(self, message: str) -> None:
        """Print a line, above the bar where there is one."""
        if self._progress:
            self._progress.console.print(message, markup=False, highlight=False)
        else:
            say(message)

    def on_start(self, total: int) -> None:
        """Start the bar, unless there is nothing to do."""
        self._total = total
        self._began = self._told = time.monotonic()
        if total and sys.stderr.isatty():
            self._start_bar()
        elif total:
            say(f"{total} {'file' if total == 1 else 'files'} to read")

    def on_file_done(self, path: bytes) -> None:
        """One file is done."""
        self._done += 1
        if self._progress and self._task is not None:
            seconds = max(time.monotonic() - self._began, 0.001)
            self._progress.update(self._task, advance=1, rate=f"{self._done / seconds:.1f}/s")
        elif time.monotonic() - self._told >= PLAIN_SECONDS:
            self._told = time.monotonic()
            say(self._plain_line())

    def _plain_line(self) -> str:
        rate = self._done / max(time.monotonic() - self._began, 0.001)
        left = (self._total - self._done) / rate
        return f"{self._done} of {self._total} files, {rate:.1f} a second, {left / 60:.0f} min left"

    def _start_bar(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = ("indexing", BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
        self._progress = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("", total=self._total, rate="")
        self._progress.start()
