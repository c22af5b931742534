"""What the query line offers: names behind an @, filters, and what was asked before."""

from collections.abc import Sequence

from dofisac_tui.search.query import FILTERS, Query, quoted
from dofisac_tui.ui.background.library_worker import LibraryWorker

_MOST = 8
_REMEMBERED = 50


class Completion:
    """Knows the names of the library, and the queries of this session."""

    def __init__(self, desk: LibraryWorker) -> None:
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
        return fitting(typed, await self._known())

    async def meant(self, query: Query) -> Query:
        """The query with names made whole: the beginning of a name means whoever alone is called so."""
        if not query.people and not query.without_people:
            return query
        known = await self._known()
        people, without = (tuple(_whole(name, known) for name in each) for each in (query.people, query.without_people))
        return query._replace(people=people, without_people=without)

    async def _known(self) -> list[str]:
        from dofisac_tui.library.people import list_people  # not needed before

        return [person.name for person in await self._desk.quick(list_people) if person.name]


def fitting(typed: str, names: Sequence[str], most: int = _MOST) -> list[str]:
    """Names that begin with what was typed, then those with a word that does, then those that hold its letters."""
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


def _whole(typed: str, names: Sequence[str]) -> str:
    """The only name that has a word which begins like that; else what was typed."""
    key = typed.casefold()
    found = [name for name in names if _rank(key, name.casefold()) < 2]
    same = any(name.casefold() == key for name in found)
    return found[0] if len(found) == 1 and not same else typed


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
