"""The app's way to the library: three threads, each with a connection of its own.

The quick one reads pages and writes votes, and nothing on it takes long. The slow one searches and loads models. The
long one clusters and learns, beside which all else goes on. None holds a read transaction from one call to the next.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from dofisac_tui.errors import LibraryBusyError
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.ui.background.executor import DaemonExecutor

P = ParamSpec("P")
T = TypeVar("T")


class LibraryWorker:
    """Runs functions that take the library as their first argument.

    Args:
        folder: The library's folder; the library is made there when it is first needed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._quick = _Thread(folder, "library")
        self._slow = _Thread(folder, "search")
        self._long = _Thread(folder, "clustering")
        self._at_work = ""

    async def quick(self, work: Callable[Concatenate[Library, P], T], *arguments: P.args, **named: P.kwargs) -> T:
        """For pages and votes: milliseconds."""
        return await self._quick.do(work, *arguments, **named)

    async def slow(self, work: Callable[Concatenate[Library, P], T], *arguments: P.args, **named: P.kwargs) -> T:
        """For searches and models: seconds."""
        return await self._slow.do(work, *arguments, **named)

    async def long(self, work: Callable[Concatenate[Library, P], T], *arguments: P.args, **named: P.kwargs) -> T:
        """For clustering and learning: as long as it takes."""
        return await self._long.do(work, *arguments, **named)

    @contextmanager
    def working(self, words: str) -> Iterator[None]:
        """One long piece of work, which is not begun a second time while it or another goes on.

        Args:
            words: The work, such as "finding people".

        Raises:
            LibraryBusyError: something is done already.
        """
        if self._at_work:
            raise LibraryBusyError(f"Already {self._at_work}", "Wait until it is done; all else works meanwhile.")
        self._at_work = words
        try:
            yield
        finally:
            self._at_work = ""


class _Thread:
    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._stage = DaemonExecutor(name)
        self._library: Library | None = None

    async def do(self, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        return await self._stage.run(self._with_library, work, arguments, named)

    def _with_library(self, work: Callable[..., T], arguments: tuple[Any, ...], named: dict[str, Any]) -> T:
        if self._library is None:
            self._library = create_library(self._folder)
        return work(self._library, *arguments, **named)
