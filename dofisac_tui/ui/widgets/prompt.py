"""The docked line that takes words: queries, names, folders. Pictures stay in sight above it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input
from textual.worker import WorkType

from dofisac_tui.ui.widgets.text_line import TextLine

Suggest = Callable[[str], Awaitable[Sequence[str]]]
"""From what was typed to whole lines that it could become, the best first."""


class Prompt(Horizontal):
    """A label, an input, and beside it what tab would complete.

    Enter takes what was typed, tab the suggestion that is marked, up and down go through them, escape leaves.
    """

    COMPONENT_CLASSES = {"prompt--marked", "prompt--other"}

    class Changed(Message):
        """Something was typed.

        Args:
            prompt: Where.
            value: What stands there now.
        """

        def __init__(self, prompt: "Prompt", value: str) -> None:
            super().__init__()
            self.prompt = prompt
            self.value = value

        @property
        def control(self) -> "Prompt":
            """The prompt."""
            return self.prompt

    class Done(Message):
        """Enter or escape was pressed; `value` is None for escape."""

        def __init__(self, prompt: "Prompt", value: str | None) -> None:
            super().__init__()
            self.prompt = prompt
            self.value = value

        @property
        def control(self) -> "Prompt":
            """The prompt."""
            return self.prompt

    def __init__(
        self,
        label: str = "",
        suggest: Suggest | None = None,
        example: str = "",
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._label = label
        self._example = example
        self._suggest = suggest
        self._suggestions: Sequence[str] = ()
        self._marked = 0
        self._asked = 0
        self._answer: asyncio.Future[str | None] | None = None

    def compose(self) -> ComposeResult:
        """Label, input, suggestions."""
        yield TextLine(classes="prompt-label")
        yield Input(placeholder=self._example, select_on_focus=False, compact=True)
        yield TextLine(classes="prompt-suggestions")

    def on_mount(self) -> None:
        """The label."""
        self._draw_label()

    @property
    def input(self) -> Input:
        """What takes the keys."""
        return self.query_one(Input)

    @property
    def value(self) -> str:
        """What stands there."""
        return self.input.value

    @value.setter
    def value(self, value: str) -> None:
        with self.input.prevent(Input.Changed):
            self.input.value = value
            self.input.cursor_position = len(value)

    def open(self, label: str, value: str = "", suggest: Suggest | None = None, replace: bool = False) -> None:
        """Show it, and give it the keyboard at once. A question that was open is left."""
        self._settle(None)
        self._label, self._suggest = label, suggest
        self._draw_label()
        self.value = value
        self.display = True
        self.screen.set_focus(self.input)
        if replace:
            self.input.select_all()
        self._offer(value)
        self._answer = asyncio.get_running_loop().create_future()

    async def answered(self) -> str | None:
        """Wait for an answer, and hide it. None where it was left by escape or the next question."""
        answer = self._answer
        if answer is None:
            return None
        try:
            return await answer
        finally:
            if self._answer is answer:
                self.display = False
                self.screen.set_focus(None)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._offer(event.value)
        self.post_message(self.Changed(self, event.value))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._show(())
        self._settle(event.value)
        self.post_message(self.Done(self, event.value))

    def on_key(self, event: events.Key) -> None:
        """The keys that an input does not take itself."""
        if event.key == "escape":
            self._show(())
            self._settle(None)
            self.post_message(self.Done(self, None))
        elif event.key in ("tab", "right") and self._suggestions and (event.key == "tab" or self._at_end()):
            self.input.value = self._suggestions[self._marked]
            self.input.cursor_position = len(self.input.value)
        elif event.key in ("down", "up") and self._suggestions:
            step = 1 if event.key == "down" else -1
            self._marked = (self._marked + step) % len(self._suggestions)
            self._draw_suggestions()
        elif event.key not in ("tab", "shift+tab", "up", "down"):
            return
        event.stop()
        event.prevent_default()

    def _at_end(self) -> bool:
        return self.input.cursor_position >= len(self.input.value)

    def _settle(self, value: str | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_result(value)

    def _offer(self, value: str) -> None:
        self._asked += 1
        if self._suggest:
            # a coroutine that never gets its turn would complain
            find: WorkType[None] = partial(self._find, self._suggest, value, self._asked)
            self.run_worker(find, group="suggest", exclusive=True)

    async def _find(self, suggest: Suggest, value: str, number: int) -> None:
        found = await suggest(value)
        if number == self._asked and self.input.has_focus:
            self._show([each for each in found if each != value])

    def _show(self, suggestions: Sequence[str]) -> None:
        self._suggestions = suggestions
        self._marked = 0
        self._draw_suggestions()

    def _draw_suggestions(self) -> None:
        marked = self.get_component_rich_style("prompt--marked", partial=True)
        other = self.get_component_rich_style("prompt--other", partial=True)
        self.set_class(bool(self._suggestions), "-suggesting")
        first = max(0, self._marked - 2)
        line = Text("  ").join(
            Text(text, marked if number == self._marked else other)
            for number, text in enumerate(self._suggestions[first : first + 8], start=first)
        )
        self.query_one(".prompt-suggestions", TextLine).put(Text.assemble(line, no_wrap=True, overflow="ellipsis"))

    def _draw_label(self) -> None:
        self.query_one(".prompt-label", TextLine).put(Text(f" {self._label} ", no_wrap=True))
