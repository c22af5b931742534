"""The line above the keys: evidence of what is selected, or for a few seconds what just happened."""

from rich.text import Text

from dofisac_tui.ui.widgets.text_line import TextLine

MESSAGE_SECONDS = 5.0


class StatusLine(TextLine):
    """One line."""

    COMPONENT_CLASSES = {"status-line--message", "status-line--error"}

    def __init__(self) -> None:
        super().__init__(id="status-line")
        self._evidence = Text("")
        self._message: Text | None = None
        self._until = self.set_timer(0, lambda: None, pause=True)

    def evidence(self, text: Text) -> None:
        """What is known of the thing under the cursor."""
        self._evidence = text
        self._draw()

    def say(self, text: str, error: bool = False) -> None:
        """Tell what happened; it gives way to the evidence after a while, an error only when something follows."""
        name = "status-line--error" if error else "status-line--message"
        self._message = Text(text, self.get_component_rich_style(name, partial=True), no_wrap=True, overflow="ellipsis")
        self._until.stop()
        self._until = self.set_timer(3 * MESSAGE_SECONDS if error else MESSAGE_SECONDS, self.hush)
        self._draw()

    def hush(self) -> None:
        """Take the message away."""
        self._message = None
        self._draw()

    def _draw(self) -> None:
        self.put(Text.assemble(" ", self._message or self._evidence, no_wrap=True, overflow="ellipsis"))
