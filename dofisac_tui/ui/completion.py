"""What the query line offers: names behind an @, filters, and what was asked before."""

from collections.abc import Sequence

from dofisac_tui.library.people import list_people
from dofisac_tui.search.query import FILTERS, quoted
from dofisac_tui.ui.desk import Desk

_MOST = 8
_REMEMBERED = 50


class Completion:
    """Knows the names of the library, and the queries of this session."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._history: list[str] = []

    def remember(self, line: str) -> None:
        """A query that was entered."""
        line = line.strip()
        if line:
            self._history = [line, *(each for each in self._history if each != line)][:_REMEMBERED]

    async def suggest(self, line: str) -> Sequence[str]:
        """Whole lines that this one could become."""
        before, last = _last_word(line)
        sign = "-" if last.startswith("-") else ""
        word = last.removeprefix("-")
        if word.startswith("@"):
            names = await self.names(word[1:].strip('"'))
            return [f"{before}{sign}@{name if ' ' not in name else quoted(name)} " for name in names]
        filters = [f"{before}{name}:" for name in FILTERS if word and name.startswith(word)]
        history = [each for each in self._history if line and line in each]
        return [*history, *filters][:_MOST] if line else self._history[:_MOST]

    async def names(self, typed: str) -> list[str]:
        """Names of persons that fit, the best first."""
        people = await self._desk.quick(list_people)
        return fitting(typed, [person.name for person in people if person.name])


def fitting(typed: str, names: Sequence[str], most: int = _MOST) -> list[str]:
    """Names that begin with what was typed, then those with a word that does, then those that hold its letters."""
    key = typed.casefold()

    def rank(name: str) -> int:
        folded = name.casefold()
        if folded.startswith(key):
            return 0
        if any(word.startswith(key) for word in folded.split()):
            return 1
        if key in folded:
            return 2
        return 3 if _holds_in_order(folded, key) else 4

    ranked = sorted((rank(name), position, name) for position, name in enumerate(names))
    return [name for place, _, name in ranked if place < 4][:most]


def _holds_in_order(text: str, letters: str) -> bool:
    remaining = iter(text)
    return all(letter in remaining for letter in letters)


def _last_word(line: str) -> tuple[str, str]:
    """What stands before the word under way, and that word; a quote holds words together."""
    start, open_quote = 0, False
    for position, character in enumerate(line):
        if character == '"':
            open_quote = not open_quote
        elif character == " " and not open_quote:
            start = position + 1
    return line[:start], line[start:]
