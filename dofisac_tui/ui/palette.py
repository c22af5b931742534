"""What the palette offers: the actions of the screen below it, found by what they are called or do."""

from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any, cast

from rich.text import Text
from textual.command import DiscoveryHit, Hit, Hits, Provider

from dofisac_tui.ui.base.library_screen import LibraryScreen
from dofisac_tui.ui.keys.actions import Action, actions_of, shown_key
from dofisac_tui.ui.session import Session

_KEY_WIDTH = 10  # of the longest, shift+tab, and a space


class ActionCommands(Provider):
    """Moving about is left to the keys."""

    async def discover(self) -> Hits:
        """All of them, in the order of the help."""
        for action in self._actions():
            yield DiscoveryHit(self._line(action), self._run(action), _title(action))

    async def search(self, query: str) -> Hits:
        """Those that hold every word."""
        for number, action in enumerate(self._actions()):
            score = _score(action, query.casefold())
            if score:
                yield Hit(score - number / 1000, self._line(action), self._run(action), _title(action))

    def _actions(self) -> Iterator[Action]:
        if isinstance(self.screen, LibraryScreen):
            for action in actions_of(self.screen.NAME):
                if action.name != "app.palette" and not action.name.startswith("move."):
                    yield action

    def _run(self, action: Action) -> Callable[[], Coroutine[Any, Any, None]]:
        return partial(self.screen.run_action, action.method)

    def _line(self, action: Action) -> Text:
        keys = cast(Session, self.app).keys[action.name]
        colours = self.app.theme_variables
        key = shown_key(keys[0]) if keys else ""
        return Text.assemble((f"{key:<{_KEY_WIDTH}}", colours["accent"]), _title(action), no_wrap=True)


def _title(action: Action) -> str:
    return f"{action.label}: {action.help.rstrip('.')}"


def _score(action: Action, typed: str) -> float:
    """How well an action fits what was typed: what it is called goes before what is said of it."""
    where = f"{_title(action)} {action.name}".casefold()
    if not all(word in where for word in typed.split()):
        return 0.0
    label = action.label.casefold()
    return 4.0 if label == typed else 3.0 if label.startswith(typed) else 2.0 if typed in label else 1.0
