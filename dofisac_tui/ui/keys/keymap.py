"""Keys as the settings want them, with every mistake found before the app starts."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from textual.keys import KEY_NAME_REPLACEMENTS, Keys, _character_to_key

from dofisac_tui.display import display_text
from dofisac_tui.errors import ConfigError
from dofisac_tui.ui.keys.actions import ACTIONS, BY_NAME, PRESETS, actions_of

_MODIFIERS = {"ctrl", "shift", "alt", "super", "hyper", "meta"}
_NAMED = (
    {key.value for key in Keys if not key.value.startswith("<")}
    | set(KEY_NAME_REPLACEMENTS.values())
    | {"space", "plus", "minus"}
)
_SAME_BYTES = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+j": "enter",
    "ctrl+h": "backspace",
    "ctrl+left_square_bracket": "escape",
}

Keymap = dict[str, Sequence[str]]


def keymap(settings: Mapping[str, Any]) -> Keymap:
    """The keys of every action.

    Args:
        settings: The section `[keys]`: `preset`, and for any action a key, several in a list, or `""` for none.

    Raises:
        ConfigError: it names an action or a key that does not exist, or one key means two things on one screen; all
            mistakes are told at once.
    """
    mistakes: list[str] = []
    preset = settings.get("preset", "default")
    chosen: dict[str, Any] = dict(PRESETS.get(preset, {})) if isinstance(preset, str) else {}
    if not isinstance(preset, str) or preset not in PRESETS:
        mistakes.append(f"there is no preset {_shown(preset)}, only {' and '.join(PRESETS)}")
    chosen.update({name: value for name, value in settings.items() if name != "preset"})
    keys: Keymap = {action.name: action.keys for action in ACTIONS}
    for name, value in chosen.items():
        if name in BY_NAME:
            keys[name] = _keys(name, value, mistakes)
        else:
            near = difflib.get_close_matches(name, BY_NAME, n=1)
            mistakes.append(f"there is no action {_shown(name)}" + (f" (did you mean {near[0]}?)" if near else ""))
    mistakes += _clashes(keys)
    if mistakes:
        raise ConfigError(
            f"The keys in the settings have {'a mistake' if len(mistakes) == 1 else 'mistakes'}: {'; '.join(mistakes)}",
            "All names are in KEYS.md, and in: dofisac-tui keys",
        )
    return keys


def _keys(name: str, value: object, mistakes: list[str]) -> Sequence[str]:
    wanted = [value] if isinstance(value, str) else value
    if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
        mistakes.append(f"{name} must be a key or a list of keys")
        return ()
    return tuple(key for key in (_key(name, each, mistakes) for each in wanted if each) if key)


def _key(name: str, text: str, mistakes: list[str]) -> str | None:
    """A key by the name that Textual has for it; a character stands for itself."""
    *modifiers, last = [text] if len(text) == 1 else text.split("+")
    key = _character_to_key(last) if len(last) == 1 else KEY_NAME_REPLACEMENTS.get(last, last)
    if not set(modifiers) <= _MODIFIERS or (len(last) != 1 and key not in _NAMED):
        mistakes.append(f"{name} cannot be {_shown(text)}, which is not a key")
        return None
    capital = last.upper() if len(last) == 1 else last
    if len(last) == 1 and last.isalpha() and ("shift" in modifiers or (modifiers and last != last.lower())):
        others = [each for each in modifiers if each != "shift"]
        instead = "+".join([*others, last.lower()]) if others else capital
        mistakes.append(f"{name} cannot be {_shown(text)}, which no terminal sends: say {_shown(instead)}")
        return None
    whole = "+".join([*modifiers, key])
    if whole in _SAME_BYTES:
        mistakes.append(f"{name} cannot be {whole}, which terminals send as {_SAME_BYTES[whole]}")
        return None
    return whole


def _clashes(keys: Keymap) -> list[str]:
    found: dict[str, None] = {}
    for screen in {each: None for action in ACTIONS for each in action.where}:
        taken: dict[str, str] = {}
        for action in actions_of(screen):
            for key in keys[action.name]:
                other = taken.setdefault(key, action.name)
                if other != action.name:
                    found[f"{key} means both {other} and {action.name}"] = None
    return list(found)


def _shown(value: object) -> str:
    return display_text(repr(value), 60)
