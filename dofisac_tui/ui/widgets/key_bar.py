"""The bottom line: at most eight keys that matter now."""

from collections.abc import Collection, Sequence

from rich.text import Text

from dofisac_tui.ui.keys.actions import BY_NAME, key_line
from dofisac_tui.ui.widgets.text_line import TextLine


class KeyBar(TextLine):
    """One line.

    Args:
        screen_name: The screen it stands on.
        keys: The keymap in force.
    """

    COMPONENT_CLASSES = {"key-bar--key", "key-bar--label"}

    def __init__(self, screen_name: str, keys: dict[str, Sequence[str]]) -> None:
        super().__init__(id="key-bar")
        self._screen_name = screen_name
        self._keys = keys
        self._left_out: Collection[str] = ()
        self._labels: dict[str, str] = {}
        self._instead: list[tuple[str, str]] | None = None
        self._is_empty = False

    def instead(self, entries: list[tuple[str, str]] | None) -> None:
        """Show these keys while something else has the keyboard; None for the screen's own again."""
        self._instead = entries
        self._draw()

    def leave_out(self, actions: Collection[str]) -> None:
        """Do not show the keys of these actions, but the next ones, until told otherwise."""
        if actions != self._left_out:
            self._left_out = actions
            self._draw()

    def empty(self, is_empty: bool) -> None:
        """Show only the keys that do something where there is nothing, or the usual ones again."""
        if is_empty != self._is_empty:
            self._is_empty = is_empty
            self._draw()

    def call(self, action: str, label: str) -> None:
        """Call what an action does now by another name."""
        if self._labels.get(action) != label:
            self._labels[action] = label
            self._draw()

    def on_resize(self) -> None:
        """As much as fits."""
        self._draw()

    def _draw(self) -> None:
        key_style = self.get_component_rich_style("key-bar--key", partial=True)
        label_style = self.get_component_rich_style("key-bar--label", partial=True)
        entries = self._instead
        if entries is None:
            entries = key_line(self._screen_name, self._keys, self._left_out, self._labels, self._is_empty)
        parts = [Text.assemble((key, key_style), (f" {label}", label_style)) for key, label in entries]
        kept = 2 if BY_NAME["app.back"].label in [label for _, label in entries] else 1
        while len(parts) > kept and sum(part.cell_len + 2 for part in parts) > self.size.width:
            del parts[-1 - kept]  # the last one leads to all the others, the one before it may be the only way out
        line = Text("  ", no_wrap=True).join(parts)
        self.put(Text.assemble(" ", line, no_wrap=True, overflow="crop"))
