"""Status: indexing, waiting changes, and the contents of the library."""

from rich.text import Text
from textual import on
from textual.app import ComposeResult

from dofisac_tui.clustering.run_diff import diff_of_run
from dofisac_tui.display import display_text
from dofisac_tui.library.database import Library
from dofisac_tui.library.runs import RUN_KINDS, RunKind
from dofisac_tui.library.status_report import Overview, library_facts
from dofisac_tui.ui.base.folders import add_folder
from dofisac_tui.ui.base.list_screen import ListScreen
from dofisac_tui.ui.base.reclustering import recluster_on
from dofisac_tui.ui.changes.changes_screen import ChangesScreen
from dofisac_tui.ui.changes.proposal_actions import answer_on
from dofisac_tui.ui.keys.actions import bindings_of
from dofisac_tui.ui.widgets.key_bar import KeyBar
from dofisac_tui.ui.widgets.text_list import TextList
from dofisac_tui.wording.changes import difference_in_words
from dofisac_tui.wording.status import StatusRow, status_lines

_LABEL = 18
_LOOK_SECONDS = 2.0


class StatusScreen(ListScreen):
    """The cursor moves through the clusterings whose changes wait."""

    NAME = "status"
    BINDINGS = bindings_of(NAME)

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[StatusRow] = []
        self._differences: dict[int, str] = {}

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield TextList()

    def on_mount(self) -> None:
        """Read now and every few seconds, since times change."""
        self.look_again()
        self.set_interval(_LOOK_SECONDS, self._look_if_seen)

    def _look_if_seen(self) -> None:
        if self.is_current:
            self.look_again()

    def overview_changed(self, overview: Overview) -> None:
        """Read the numbers again."""
        super().overview_changed(overview)
        self.look_again()

    def look_again(self) -> None:
        """Read everything again."""
        self.spawn(self._look(), group="look", exclusive=True)

    async def _look(self) -> None:
        facts = await self.session.worker.quick(library_facts)
        lines = status_lines(facts, self.session.daemon_process.running, self.key_of("watcher.toggle"))
        if lines != self._lines:
            chosen = self._chosen.run if self._chosen else None
            self._lines = lines
            stops = [number for number, line in enumerate(lines) if line.held]
            cursor = next((number for number in stops if lines[number].run == chosen), 0)
            self.rows.fill(len(lines), self._line, stops, cursor)
            self.hide_keys(*(() if stops else ("run.accept", "run.refuse")))
        self.query_one(KeyBar).call(
            "watcher.toggle", "stop watching" if self.session.daemon_process.running else "watch"
        )

    @property
    def _chosen(self) -> StatusRow | None:
        cursor = self.rows.cursor
        line = self._lines[cursor] if 0 <= cursor < len(self._lines) else None
        return line if line and line.held else None

    def _line(self, number: int) -> Text:
        line, style = self._lines[number], self.rows.get_component_rich_style
        if line.is_heading:
            return Text(line.label, style("rows--heading", partial=True))
        words = style("rows--bad", partial=True) if line.bad else ""
        return Text.assemble((f"  {line.label:<{_LABEL}}", style("rows--quiet", partial=True)), (line.words, words))

    @on(TextList.Moved)
    def _moved(self) -> None:
        self.spawn(self._tell_difference(), group="difference", exclusive=True)

    async def _tell_difference(self) -> None:
        """Show what the selected clustering would change; computed once for each run."""
        line = self._chosen
        if line is None or line.run is None or line.held is None:
            self.evidence(Text(""))
            return
        if line.held not in self._differences:
            self.evidence(Text("Comparing …"))
            self._differences[line.held] = await self.session.worker.slow(_difference, line.run, line.held)
        self.evidence(Text(f"waiting: {self._differences[line.held]} ({self.key_of('run.changes')}: show)"))

    # clusterings

    def action_settle(self, how: str) -> None:
        """Accept or refuse the waiting changes."""
        line = self._chosen
        if line is None or line.run is None or line.held is None:
            self.say("No changes waiting.")
            return
        self.spawn(self._answered({line.run: line.held}, how == "accept"), group="answer", exclusive=True)

    async def _answered(self, runs: dict[RunKind, int], accept: bool) -> None:
        try:
            await answer_on(self, runs, accept)
        finally:
            self.look_again()

    def action_run_changes(self) -> None:
        """Show the waiting changes one by one."""
        self.app.push_screen(ChangesScreen())

    def action_cluster_now(self) -> None:
        """Find people, near-duplicates and scenes again."""
        self.spawn(self._recluster(), group="cluster")

    async def _recluster(self) -> None:
        await recluster_on(self, RUN_KINDS)
        await self._look()

    # folders and the watcher

    def action_watcher_toggle(self) -> None:
        """Start or stop the watcher."""
        watcher, overview = self.session.daemon_process, self.session.overview
        if watcher.running:
            watcher.wanted = False
            watcher.stop()
            self.say("Stopped watching the folders.")
        elif overview and overview.holder:
            self.say(f"Already indexing: {overview.holder}.")
        else:
            watcher.wanted = True
            watcher.start()
            self.say("Watching the folders while this app is open.")
        self.look_again()

    def action_roots_add(self) -> None:
        """Ask for a folder to add."""
        self.spawn_question(self._add_folder())

    async def _add_folder(self) -> None:
        root = await add_folder(self)
        if root:
            self.say(f"Added {display_text(root.path)}; photos appear as they are indexed.")
            await self._look()
            await self.session.check_library()


def _difference(library: Library, kind: RunKind, run_id: int) -> str:
    return difference_in_words(diff_of_run(library, kind, run_id), kind)
