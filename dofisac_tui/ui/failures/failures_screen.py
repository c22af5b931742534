"""Failures: the files that could not be indexed, why, and what to do."""

from collections import Counter
from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from dofisac_tui.display import display_text
from dofisac_tui.library.database import Library
from dofisac_tui.library.failures import FAILURE_CLASSES, Failure, all_failures, make_due
from dofisac_tui.library.status_report import Overview
from dofisac_tui.ui.base.list_screen import ListScreen
from dofisac_tui.ui.base.viewer import open_in_viewer
from dofisac_tui.ui.keys.actions import actions_of, bindings_of
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.ui.widgets.text_list import TextList
from dofisac_tui.wording.failures import details, heading, sentence
from dofisac_tui.wording.numbers import counted

_EMPTY = "No failures.\n\nFiles that cannot be read appear here, with a fix."
_OF_FAILURES = tuple(action.name for action in actions_of("failures") if action.name.startswith("failure."))


class FailuresScreen(ListScreen):
    """Shows the failures grouped by class."""

    NAME = "failures"
    BINDINGS = bindings_of(NAME)

    def __init__(self) -> None:
        super().__init__()
        self._failures: Sequence[Failure] = ()
        self._lines: list[Failure | str] = []
        self._class: str | None = None
        self._loaded = False

    def body(self) -> ComposeResult:
        """Yield the list, the details of the selected failure, and the words for an empty list."""
        with Vertical(classes="listed"):
            yield TextList()
            yield TextLine(id="failure-details")
        yield TextLine(classes="empty")

    def on_mount(self) -> None:
        """Show all failures."""
        self.look_again()

    @property
    def current(self) -> Failure | None:
        """The failure under the cursor."""
        cursor = self.rows.cursor
        line = self._lines[cursor] if 0 <= cursor < len(self._lines) else ""
        return line if isinstance(line, Failure) else None

    def look_again(self) -> None:
        """Read the failures again."""
        self.spawn(self._read(), group="read", exclusive=True)

    async def _read(self) -> None:
        found = await self.session.worker.quick(_grouped)
        if found != self._failures or not self._loaded:
            self._failures, self._loaded = found, True
            self._fill()

    def _fill(self) -> None:
        """Show the failures that pass the filter, with the cursor on the same file if it is still there."""
        before = self.current
        classes = Counter(failure.failure_class for failure in self._failures)
        if self._class not in classes:
            self._class = None
        self._lines = []
        for name, count in classes.items():
            if self._class in (None, name):
                self._lines += ["", heading(name, count)] if self._lines else [heading(name, count)]
                self._lines += [each for each in self._failures if each.failure_class == name]
        stops = [number for number, line in enumerate(self._lines) if isinstance(line, Failure)]
        paths = [line.path for line in self._lines if isinstance(line, Failure)]
        kept = stops[paths.index(before.path)] if before and before.path in paths else self.rows.cursor
        self.rows.fill(len(self._lines), self._line, stops, kept)
        self.instead_of(".listed", None if self._failures else _EMPTY)
        self.hide_keys(*(() if self._failures else _OF_FAILURES))

    def _line(self, number: int) -> Text:
        line = self._lines[number]
        if isinstance(line, Failure):
            return Text(sentence(line, self.rows.size.width - 3))
        return Text(line, self.rows.get_component_rich_style("rows--heading", partial=True))

    @on(TextList.Moved)
    def _moved(self) -> None:
        failure = self.current
        self.query_one("#failure-details", TextLine).put(
            Text("\n".join(details(failure)) if failure else "", no_wrap=True, overflow="ellipsis")
        )
        shown = [f"only {self._class}"] if self._class else []
        classes = Counter(each.failure_class for each in self._failures)
        counts = [f"{count:,} {display_text(name)}" for name, count in classes.items()]
        count = f"{counted(len(self._failures), 'file')} could not be read"
        self.evidence(Text(" · ".join([*shown, count, *counts]) if self._failures else ""))

    def overview_changed(self, overview: Overview) -> None:
        """Read the failures again: some may have been retried."""
        super().overview_changed(overview)
        self.look_again()

    def action_failure_filter(self) -> None:
        """Show one class, then the next, then all."""
        classes = [None, *dict.fromkeys(failure.failure_class for failure in self._failures)]
        self._class = classes[(classes.index(self._class) + 1) % len(classes)]
        self._fill()

    # retries

    def action_retry(self, which: str) -> None:
        """Retry the file under the cursor, all files of its class, or all files."""
        if which == "all":
            self.spawn(self._retry())
        elif self.current and which == "class":
            self.spawn(self._retry(failure_class=self.current.failure_class))
        elif self.current:
            self.spawn(self._retry(path=self.current.path))

    async def _retry(self, failure_class: str | None = None, path: bytes | None = None) -> None:
        count = await self.session.worker.quick(make_due, failure_class, path)
        files, overview = counted(count, "file"), self.session.overview
        if overview and overview.heartbeat:
            self.say(f"Retrying {files} within seconds.")
        elif overview and overview.holder:
            self.say(f"Retrying {files} once {overview.holder} is done.")
        else:
            self.session.daemon_process.start()
            self.say(f"Retrying {files}: started the watcher.")
        await self._read()

    # the file

    def action_photo_viewer(self) -> None:
        """Open the file in another program."""
        if self.current:
            self.spawn(open_in_viewer(self.session, self.current.path))

    def action_photo_copy_path(self) -> None:
        """Copy the path to the clipboard."""
        if self.current:
            self.copy_path(self.current.path)


def _grouped(library: Library) -> list[Failure]:
    """Return all failures, by class in the usual order, then by path."""
    order = {name: number for number, name in enumerate(FAILURE_CLASSES)}
    return sorted(all_failures(library), key=lambda failure: order.get(failure.failure_class, len(order)))
