"""Complete names that were typed in part."""

from collections.abc import Sequence

MOST_NAMES = 8


def matching_names(typed: str, names: Sequence[str], most: int = MOST_NAMES) -> list[str]:
    """Return names that start with the typed text, then those with such a word, then those with its letters."""
    ranked = sorted((_rank(typed.casefold(), name.casefold()), position, name) for position, name in enumerate(names))
    return [name for rank, _, name in ranked if rank < 4][:most]


def _rank(typed: str, name: str) -> int:
    if name.startswith(typed):
        return 0
    if any(word.startswith(typed) for word in name.split()):
        return 1
    if typed in name:
        return 2
    return 3 if _holds_in_order(name, typed) else 4


def complete_name(typed: str, names: Sequence[str]) -> str:
    """Return the only name with a word that starts like that; else the typed text."""
    key = typed.casefold()
    found = [name for name in names if _rank(key, name.casefold()) < 2]
    same = any(name.casefold() == key for name in found)
    return found[0] if len(found) == 1 and not same else typed


def _holds_in_order(text: str, letters: str) -> bool:
    remaining = iter(text)
    return all(letter in remaining for letter in letters)
