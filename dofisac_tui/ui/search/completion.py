"""Complete the query line: names behind an @, filters, earlier queries."""

from collections.abc import Sequence

from dofisac_tui.search.query import FILTERS, Query, quoted
from dofisac_tui.ui.background.library_worker import LibraryWorker
from dofisac_tui.ui.widgets.name_matching import MOST, complete_name, matching_names

_REMEMBERED = 50


class Completion:
    """Completes queries with the names of the library and the queries of this session."""

    def __init__(self, worker: LibraryWorker) -> None:
        self._worker = worker
        self._history: list[str] = []

    def remember(self, line: str) -> None:
        """Add a query to the history."""
        line = line.strip()
        if line:
            self._history = [line, *(each for each in self._history if each != line)][:_REMEMBERED]

    async def suggest(self, line: str) -> Sequence[str]:
        """Return whole lines that complete this one."""
        before, last = _last_word(line)
        sign = "-" if last.startswith("-") else ""
        word = last.removeprefix("-")
        if word.startswith("@"):
            names = await self.names(word[1:].strip('"'))
            return [f"{before}{sign}@{name if ' ' not in name else quoted(name)} " for name in names]
        filters = [f"{before}{name}:" for name in FILTERS if word and name.startswith(word)]
        history = [each for each in self._history if line and line in each]
        return [*history, *filters][:MOST] if line else self._history[:MOST]

    async def names(self, typed: str) -> list[str]:
        """Return the names of persons that match, the best first."""
        return matching_names(typed, await self._known())

    async def meant(self, query: Query) -> Query:
        """Return the query with its names completed, where only one known name matches."""
        if not query.people and not query.without_people:
            return query
        known = await self._known()
        people, without = (
            tuple(complete_name(name, known) for name in each) for each in (query.people, query.without_people)
        )
        return query._replace(people=people, without_people=without)

    async def _known(self) -> list[str]:
        from dofisac_tui.library.people_views import names_of_people  # not needed before

        return list(await self._worker.quick(names_of_people))


def _last_word(line: str) -> tuple[str, str]:
    """Split a line into its last word and the text before; quotes hold words together."""
    start, open_quote = 0, False
    for position, character in enumerate(line):
        if character == '"':
            open_quote = not open_quote
        elif character == " " and not open_quote:
            start = position + 1
    return line[:start], line[start:]
