"""A library of three persons, and the app that shows them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from dofisac_tui.clustering.run import cluster
from dofisac_tui.library.database import Library, open_library
from dofisac_tui.library.ledger import Vote, standing_votes
from dofisac_tui.library.people_views import PersonRow, read_people
from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.people.people_screen import PeopleScreen
from dofisac_tui.ui.people.person_screen import PersonScreen
from dofisac_tui.ui.widgets.text_line import TextLine
from tests.clustering.people_library import people_library
from tests.ui.helpers import said, until, words

ANNA, BEN, CARLA = 1, 2, 3
"""In the order of their faces: 7, 5 and 4."""


def three_people(folder: Path) -> Path:
    """Three persons, whose clusters are 1 to 3, and two unsorted faces that look like the first."""
    made = people_library(folder)
    for who, photos in ((ANNA, 7), (BEN, 5), (CARLA, 4)):
        for _ in range(photos):
            made.put([who])
    cluster(made.library, "people")
    made.put([ANNA])
    made.put([ANNA])
    made.library.close()
    return made.library.folder


@dataclass
class Shown:
    """The app with the People screen in front, and the library behind it."""

    app: DofisacApp
    pilot: Pilot[Any]
    library: Library

    @property
    def people(self) -> PeopleScreen:
        """The screen of all people."""
        assert isinstance(self.app.screen, PeopleScreen)
        return self.app.screen

    @property
    def person(self) -> PersonScreen:
        """The screen of one person."""
        assert isinstance(self.app.screen, PersonScreen)
        return self.app.screen

    def votes(self, kind: str) -> list[Vote]:
        """What holds now."""
        return [vote for vote in standing_votes(self.library) if vote.kind == kind]

    def row(self, person_id: int) -> PersonRow:
        """A person, who must exist."""
        return next(row for row in read_people(self.library).rows if row.person_id == person_id)

    async def press(self, *keys: str) -> None:
        """One key after the other."""
        await self.pilot.press(*keys)

    async def answer(self, text: str, label: str = "") -> None:
        """Wait for the question, and answer it."""
        await self.until(lambda: self.app.screen.query("#prompt Input"))
        prompt = self.app.screen.query_one("#prompt")
        await self.until(lambda: prompt.query_one(Input).has_focus and label in words(prompt.query_one(TextLine)))
        prompt.query_one(Input).value = text
        await self.press("enter")

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for it."""
        await until(self.pilot, condition)

    async def open_person(self) -> PersonScreen:
        """The faces of whoever is under the cursor."""
        await self.press("enter")
        await self.until(lambda: isinstance(self.app.screen, PersonScreen) and self.app.screen.grid.count)
        return self.person

    def said(self) -> str:
        """The line above the keys."""
        return said(self.app)


Opening = Callable[..., AbstractAsyncContextManager[Shown]]


@asynccontextmanager
async def people_opened(app: DofisacApp, folder: Path, size: tuple[int, int]) -> AsyncIterator[Shown]:
    """The app at the People screen, and the library behind it."""
    with open_library(folder) as library:
        async with app.run_test(size=size) as pilot:
            await pilot.press("f3")
            shown = Shown(app, pilot, library)
            await shown.until(lambda: isinstance(app.screen, PeopleScreen) and app.screen.person is not None)
            yield shown
