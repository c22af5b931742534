"""The keys of a screen, all of them."""

from collections.abc import Sequence

from rich.table import Table
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from dofisac_tui.ui.keys.actions import Action, actions_of, shown_key


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
            yield Static(f"{self._screen_name.capitalize()} keys · esc closes", markup=False, classes="help-title")
            yield Static(self._table(), markup=False)
            foot = "Every key can be changed in the settings, section [keys]."
            yield Static(foot, markup=False, classes="help-foot")

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 3))
        actions = [action for action in actions_of(self._screen_name) if self._keys[action.name]]
        for part in (_own, _moving, _everywhere):
            for action in filter(part, actions):
                table.add_row("  " + "  ".join(map(shown_key, self._keys[action.name])), action.help)
            table.add_row()
        return table

    def action_leave(self) -> None:
        """Back to the screen."""
        if self.is_active:
            self.dismiss()


def _moving(action: Action) -> bool:
    return action.name.startswith("move.")


def _everywhere(action: Action) -> bool:
    return action.name.startswith("app.")


def _own(action: Action) -> bool:
    return not _moving(action) and not _everywhere(action)
