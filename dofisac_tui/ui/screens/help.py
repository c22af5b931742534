"""The keys of a screen, all of them."""

from collections.abc import Sequence

from rich.table import Table
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from dofisac_tui.ui.actions import actions_of, shown_key


class HelpScreen(Screen[None]):
    """Any of escape, `?`, `q` and enter leads back.

    Args:
        screen_name: Whose keys to show.
        keys: The keymap in force.
    """

    BINDINGS = [Binding("escape,question_mark,q,enter,f1", "leave", show=False)]

    def __init__(self, screen_name: str, keys: dict[str, Sequence[str]]) -> None:
        super().__init__()
        self._screen_name = screen_name
        self._keys = keys

    def compose(self) -> ComposeResult:
        """A heading and a table."""
        with VerticalScroll():
            yield Static(f"Keys of {self._screen_name.capitalize()}", markup=False, classes="help-title")
            yield Static(self._table(), markup=False)
            yield Static(
                "Every key can be changed in the settings, section [keys]. esc leads back.",
                markup=False,
                classes="help-foot",
            )

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 3))
        for action in actions_of(self._screen_name):
            keys = self._keys[action.name]
            if keys:
                table.add_row("  " + "  ".join(map(shown_key, keys)), action.help)
        return table

    def action_leave(self) -> None:
        """Back to the screen."""
        self.dismiss()
