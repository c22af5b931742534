"""What all main screens have in common: top line, evidence, prompt, keys, and how trouble is told."""

import inspect
import os
import time
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.css.query import NoMatches
from textual.worker import Worker, WorkType

from dofisac_tui.errors import DofisacError
from dofisac_tui.library.database import Library
from dofisac_tui.library.status_report import Overview
from dofisac_tui.ui.background.child_processes import has_job_control
from dofisac_tui.ui.keys.actions import SCREENS, shown_key
from dofisac_tui.ui.session import Session
from dofisac_tui.ui.textual_internals import BatchedScreen
from dofisac_tui.ui.widgets.key_bar import KeyBar
from dofisac_tui.ui.widgets.messages import Trouble
from dofisac_tui.ui.widgets.prompt import Prompt, Suggest
from dofisac_tui.ui.widgets.status_line import StatusLine
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.ui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from dofisac_tui.library.ledger import Vote

SOURCE = "screens"
"""What the ledger gives as the place of decisions made on a screen."""

NARROW = 100
"""Below so many columns there is no preview beside the pictures."""


class LibraryScreen(BatchedScreen):
    """Subclasses give `NAME`, `BINDINGS = bindings_of(NAME)`, `body()`, and an `action_` method for each action."""

    NAME: ClassVar[str]
    TABS: ClassVar[bool] = True
    """Whether the top line leads to the other screens; it has the name of the app in their place."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-list"), (60, "-narrow"), (NARROW, "-wide")]

    def __init__(self) -> None:
        super().__init__()
        # Textual adds it too, but later, and then finds all styles once more
        self.add_class([name for width, name in self.HORIZONTAL_BREAKPOINTS if width <= self.app.size.width][-1])
        self._was_seen = False
        self._works: dict[Worker[Any], Coroutine[Any, Any, None]] = {}

    @property
    def session(self) -> Session:
        """Return the app, as screens know it."""
        return cast(Session, self.app)

    def compose(self) -> ComposeResult:
        """The frame around what a screen shows."""
        yield TopBar(self.app.current_mode if self.TABS else "")
        yield from self.body()
        yield StatusLine()
        yield KeyBar(self.NAME, self.session.keys)

    def body(self) -> ComposeResult:
        """What the screen shows."""
        raise NotImplementedError

    def overview_changed(self, overview: Overview) -> None:
        """The library holds something else now, or somebody began or ended work."""
        self.query_one(TopBar).tell(overview)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """The screen is looked at, for the first time with styles that were only just found, or again."""
        event.refresh_styles, self._was_seen = self._was_seen, True
        if self.session.overview:  # what was decided on other screens counts here
            self.overview_changed(self.session.overview)

    # actions that every screen has

    async def action_app_next_screen(self) -> None:
        """To the next of the main screens."""
        await self.action_app_go(SCREENS[(SCREENS.index(self.NAME) + 1) % len(SCREENS)])

    async def action_app_previous_screen(self) -> None:
        """To the one before."""
        await self.action_app_go(SCREENS[SCREENS.index(self.NAME) - 1])

    async def action_app_go(self, name: str) -> None:
        """To one of the main screens."""
        await self.session.go_to(name)

    def action_app_help(self) -> None:
        """The keys of this screen."""
        from dofisac_tui.ui.keys.help_screen import HelpScreen  # not needed before

        self.app.push_screen(HelpScreen(self.NAME, self.session.keys))

    def action_app_palette(self) -> None:
        """The command palette."""
        self.app.action_command_palette()

    def action_app_redraw(self) -> None:
        """Send everything to the terminal anew."""
        self.session.redraw()

    def action_app_back(self) -> None:
        """Clear marks or a query first; if there are none, leave a screen opened over another."""
        if not self.clear_first():
            self.leave()

    def clear_first(self) -> bool:
        """Clear what the back key clears before it leaves the screen; return False if there is nothing."""
        return False

    def leave(self) -> None:
        """Leave a screen that was opened over another; main screens stay."""

    def action_app_suspend(self) -> None:
        """Back to the shell, until it calls the app to the foreground again."""
        if has_job_control():
            self.app.action_suspend_process()
        else:
            self.say(f"Not started from a shell ({self.key_of('app.leave')}: quit)")

    async def action_app_leave(self) -> None:
        """Out of the app, once what was decided is on the disk."""
        if self.session.pending_writes:
            self.say("Saving your decisions …")
            await self.session.pending_writes.wait()
        self.app.exit()

    async def action_search_edit(self) -> None:
        """To the query line of the search screen."""
        await self.session.edit_query()

    def action_vote_undo(self) -> None:
        """Take the last decision back."""
        self.spawn(self._undo())

    async def _undo(self) -> None:
        from dofisac_tui.ui.base.undo import undo_last  # not needed before

        undo_first, self.session.undo_first = self.session.undo_first, None
        if undo_first is None or not await undo_first(self):
            await self._step(undo_last)

    def action_vote_redo(self) -> None:
        """Decide again what was taken back."""
        from dofisac_tui.ui.base.undo import redo_last  # not needed before

        self.spawn(self._step(redo_last))

    async def _step(self, step: Callable[[Library, str], "tuple[Vote, str]"]) -> None:
        vote, words = await self.session.worker.quick(step, SOURCE)
        self.say(words)
        self.decided(vote)

    def decided(self, vote: "Vote") -> None:
        """Something was decided, undone or redone: screens that show it look again."""

    # talk

    def key_of(self, action: str) -> str:
        """The key of an action, for a hint; that of the palette where it has none."""
        keys = self.session.keys[action] or self.session.keys["app.palette"]
        return shown_key(next(iter(keys), "ctrl+p"))

    def say(self, text: str) -> None:
        """Tell in one line what happened."""
        self.query_one(StatusLine).say(text)

    def say_undoable(self, text: str) -> None:
        """Report a decision with the key that undoes it."""
        self.say(f"{text} ({self.key_of('vote.undo')}: undo)")

    def evidence(self, text: Text) -> None:
        """Show what is known about the thing under the cursor."""
        self.query_one(StatusLine).evidence(text)

    def instead_of(self, selector: str, words: str | None) -> None:
        """Say what to do in the place of what there is nothing of; None where there is something to show."""
        self.query_one(KeyBar).empty(words is not None)
        empty = self.query_one(".empty", TextLine)
        empty.display, self.query_one(selector).display = words is not None, words is None
        empty.put(Text(words or ""))

    async def ask(
        self, label: str, value: str = "", suggest: Suggest | None = None, replace: bool = False
    ) -> str | None:
        """Ask for a line of words, below the pictures; None where the person left it.

        Args:
            value: What stands there already.
            replace: Whether whatever is typed takes the place of that.
        """
        bar, status = self.query_one(KeyBar), self.query_one(StatusLine)
        if not self.query("#prompt"):
            await self.mount(Prompt(id="prompt"), after=status)
        status.display = False  # the prompt takes its line: pictures of another height would have to be made anew
        completing = [("tab", "complete"), ("↑↓", "choose")] if suggest else []
        bar.instead([("enter", "OK"), *completing, ("esc", "cancel")])
        try:
            prompt = self.query_one("#prompt", Prompt)
            prompt.open(label, value, suggest, replace)
            self.session.typeahead.release(prompt.input)
            return await prompt.answered()
        finally:
            if self.focused is None:  # else the next question is open already
                status.display = True
                bar.instead(None)

    def hide_keys(self, *actions: str) -> None:
        """Keep out of the key line what has nothing to do now."""
        self.query_one(KeyBar).leave_out(actions)

    def copy_path(self, path: bytes) -> None:
        """To the clipboard, where the terminal lets us."""
        self.app.copy_to_clipboard(os.fsdecode(path).encode("utf-8", "replace").decode())
        self.say("Sent the path to the clipboard.")

    # work

    def spawn_question(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that begins with a question: what is typed from now on is for its line."""
        self.session.typeahead.expect(time.monotonic())
        self.spawn(self._asking(work), group="question")

    async def _asking(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        finally:
            self.session.typeahead.drop()

    def decide(self, decision: Coroutine[Any, Any, None], about: Hashable) -> bool:
        """Carry out a decision, whatever becomes of this screen meanwhile; whether it is.

        Args:
            about: What it decides on. Another decision on it is left out while this one is under way: its key was
                pressed before the screen could show that this one had been heard.
        """
        if about in self.session.pending_writes:
            decision.close()
            return False
        self.session.pending_writes.start(self._told(decision), about)
        return True

    def spawn(self, work: Coroutine[Any, Any, None], group: str = "task", exclusive: bool = False) -> None:
        """Do something without holding up the keyboard; trouble is told in the status line."""
        told: WorkType[None] = partial(self._told, work)
        worker: Worker[None] = self.run_worker(told, group=group, exclusive=exclusive, exit_on_error=False)
        self._works[worker] = work

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        if event.worker.is_finished:
            _close(self._works.pop(event.worker, None))

    def on_unmount(self) -> None:
        """Whatever has not begun will not."""
        for work in self._works.values():
            _close(work)

    async def _told(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except DofisacError as error:
            if self.is_attached:
                self.trouble(Trouble(error))
        except NoMatches:
            if self.is_attached:  # else the screen was left meanwhile
                raise

    @on(Trouble)
    def trouble(self, event: Trouble) -> None:
        """Tell what went wrong and what to do."""
        self.query_one(StatusLine).say(str(event.error), error=True)


def _close(work: Coroutine[Any, Any, None] | None) -> None:
    """End the work of a worker that was cancelled before it began: nobody awaits it any more."""
    if work is not None and inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
        work.close()
