"""KEYS.md: all actions and their usual keys, made from the registry."""

from collections.abc import Iterator

from dofisac_tui.ui.keys.actions import PRESETS, SCREENS, Action, actions_of, shown_key
from dofisac_tui.ui.keys.keymap import Keymap, keymap

_HEAD = """\
# Keys

Every key can be changed in the settings, section `[keys]`, by the name of the action: a key, several keys in a list,
or `""` for none. A mistake is told when the app starts. `?` shows the keys of the screen you are on, and
`dofisac-tui keys` all of them as they are in force.

```toml
[keys]
preset = "culler"            # or "default"
"vote.yes" = ["y", "plus"]
"app.leave" = "ctrl+q"
```
"""


def key_document(keys: Keymap) -> str:
    """Markdown: one table a screen, and the presets."""
    parts = [_HEAD]
    shared = _shared()
    parts.append(_section("Everywhere", shared, keys))
    for screen in (*SCREENS, "person", "group", "changes", "photo", "welcome"):
        own = [action for action in actions_of(screen) if action not in shared]
        parts.append(_section(screen.capitalize(), own, keys))
    parts.extend(_presets())
    return "\n".join(parts)


def _shared() -> list[Action]:
    return [action for action in actions_of(SCREENS[0]) if set(SCREENS) <= set(action.where)]


def _section(title: str, actions: list[Action], keys: Keymap) -> str:
    rows = [f"## {title}\n", "| keys | action | what it does |", "| --- | --- | --- |"]
    for action in actions:
        shown = " ".join(f"`{shown_key(key)}`" for key in keys[action.name]) or "none"
        rows.append(f"| {shown} | `{action.name}` | {action.help} |")
    return "\n".join(rows) + "\n"


def _presets() -> Iterator[str]:
    for name, changes in PRESETS.items():
        if changes:
            keys = keymap({"preset": name})
            rows = [f"## The preset {name}\n", "| keys | action |", "| --- | --- |"]
            rows += [
                f"| {' '.join(f'`{shown_key(key)}`' for key in keys[each])} | `{each}` |"
                for each in changes
                if keys[each]
            ]
            yield "\n".join(rows) + "\n"
