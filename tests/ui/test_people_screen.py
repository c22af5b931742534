"""People and the faces of one person: each action by what it leaves in the library."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from dofisac_tui.clustering.run import cluster
from dofisac_tui.learning.resemblance import Resemblance, faces_by_doubt
from dofisac_tui.library.database import Library, open_library
from dofisac_tui.library.lock import clustering_lock
from dofisac_tui.library.people import faces_of_person, merge_people, name_person, person_called, split_person
from dofisac_tui.library.people_pages import PersonRow, gather_faces, present_faces, read_people, unsorted_faces
from dofisac_tui.library.votes import Vote, standing_votes
from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.images.terminal import Protocol
from dofisac_tui.ui.screens.changes import ChangesScreen
from dofisac_tui.ui.screens.people import PeopleScreen
from dofisac_tui.ui.screens.person import PersonScreen
from dofisac_tui.ui.screens.photo import PhotoScreen
from dofisac_tui.ui.screens.search import SearchScreen
from dofisac_tui.ui.widgets.line import Line
from dofisac_tui.ui.widgets.person_panel import PersonPanel
from dofisac_tui.ui.widgets.status_line import StatusLine
from tests.clustering.people_library import people_library
from tests.ui.conftest import MakeApp
from tests.ui.helpers import until

ANNA, BEN, CARLA = 1, 2, 3
"""In the order of their faces: 7, 5 and 4."""


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
        prompt = self.app.screen.query_one("#prompt")
        await self.until(lambda: prompt.query_one(Input).has_focus and label in _text(prompt.query_one(Line)))
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
        return _text(self.app.screen.query_one(StatusLine))


def _text(line: Line) -> str:
    return str(line.render())


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three persons, whose clusters are 1 to 3, and two unsorted faces that look like the first."""
    made = people_library(tmp_path_factory.mktemp("people"))
    for who, photos in ((ANNA, 7), (BEN, 5), (CARLA, 4)):
        for _ in range(photos):
            made.put([who])
    cluster(made.library, "people")
    made.put([ANNA])
    made.put([ANNA])
    made.library.close()
    return made.library.folder


Opening = Callable[..., AbstractAsyncContextManager[Shown]]


@pytest.fixture
def opened(make_app: MakeApp, folder: Path) -> Opening:
    """Opens the app on that library, at the People screen."""

    @asynccontextmanager
    async def opening(size: tuple[int, int] = (120, 35), protocol: Protocol = Protocol.NONE) -> AsyncIterator[Shown]:
        app = make_app(protocol, folder=folder)
        with open_library(folder) as library:
            async with app.run_test(size=size) as pilot:
                await pilot.press("f3")
                shown = Shown(app, pilot, library)
                await shown.until(lambda: isinstance(app.screen, PeopleScreen) and app.screen.person is not None)
                yield shown

    return opening


async def test_everybody_is_there_and_the_unsorted_faces_are_last(opened: Opening) -> None:
    async with opened() as shown:
        census = shown.people.query_one("#census", Line)
        await shown.until(lambda: _text(census) == "3 people · 0 named · 2 faces unsorted")
        assert [row.faces for row in shown.people._rows] == [7, 5, 4]
        assert shown.people.grid.count == 4
        await shown.press("G")
        assert shown.people.person is None
        await shown.press("i")
        await shown.until(lambda: "nobody's yet" in shown.said())
        assert not standing_votes(shown.library)


async def test_a_name_is_given_and_the_person_stays_under_the_cursor(opened: Opening) -> None:
    async with opened() as shown:
        await shown.press("right", "r")
        await shown.answer("Ben", "Who is ·2?")
        await shown.until(lambda: shown.people.person and shown.people.person.name == "Ben")
        assert shown.people.grid.cursor == 1
        assert shown.row(BEN).name == "Ben"
        await shown.press("u")
        await shown.until(lambda: shown.people.person and shown.people.person.name is None)
        await shown.press("U")
        await shown.until(lambda: shown.row(BEN).name == "Ben")


async def test_naming_like_somebody_else_offers_to_merge(opened: Opening, folder: Path) -> None:
    with open_library(folder) as library:
        name_person(library, BEN, "Ben", "test")
    async with opened() as shown:
        assert shown.people.person and shown.people.person.person_id == BEN  # named ones first
        await shown.press("G", "left", "r")
        await shown.answer("ben", "Who is ·3?")
        await shown.answer("no", "Ben is known, 5 faces")
        await shown.until(lambda: "Nothing was changed" in shown.said())
        assert not shown.votes("merge")
        await shown.press("r")
        await shown.answer("ben", "Who is ·3?")
        await shown.answer("yes", "Ben is known, 5 faces")
        await shown.until(lambda: len(shown.people._rows) == 2)
        assert shown.row(BEN).faces == 9


async def test_marked_persons_are_merged_into_the_one_that_is_named(opened: Opening) -> None:
    async with opened() as shown:
        await shown.press("right", "space", "space", "g", "m")
        await shown.answer("·1", "Merge 9 faces of ·2, ·3 with")
        await shown.until(lambda: len(shown.people._rows) == 1)
        assert shown.row(ANNA).faces == 16
        assert len(shown.votes("merge")) == 2
        assert not shown.people.grid.marks


async def test_nobody_is_merged_with_a_name_that_nobody_has(opened: Opening) -> None:
    async with opened() as shown:
        await shown.press("m")
        await shown.answer("Zoe", "Merge 7 faces of ·1 with")
        await shown.until(lambda: "Nobody is called Zoe" in shown.said())
        assert not shown.votes("merge")


async def test_scores_are_given_and_taken_back(opened: Opening) -> None:
    async with opened() as shown:
        await shown.press("5")
        await shown.until(lambda: shown.people.grid.cursor == 1)
        assert [vote.answer for vote in shown.votes("cluster")] == ["5"]
        await shown.press("left", "0")
        await shown.until(lambda: [vote.answer for vote in shown.votes("cluster")] == ["0"])


async def test_an_ignored_stranger_is_hidden_until_asked_for(opened: Opening) -> None:
    async with opened() as shown:
        await shown.press("i")
        await shown.until(lambda: len(shown.people._rows) == 2)
        assert shown.row(ANNA).ignored
        await shown.press("I")
        await shown.until(lambda: len(shown.people._rows) == 3)
        assert "1 ignored" in _text(shown.people.query_one("#census", Line))
        await shown.until(lambda: shown.people.person and shown.people.person.person_id != ANNA)
        places = [row.person_id for row in shown.people._rows]
        shown.people.grid.go(places.index(ANNA))
        await shown.press("i")
        await shown.until(lambda: not shown.row(ANNA).ignored)


async def test_who_may_be_the_same_person_is_asked_once(opened: Opening, folder: Path) -> None:
    with open_library(folder) as library:
        newcomer = gather_faces(library, [face for face, _ in unsorted_faces(library)])
    async with opened() as shown:
        await shown.until(lambda: shown.people.panel.lookalikes)
        assert [each.person_id for each in shown.people.panel.lookalikes] == [newcomer]
        question = shown.people.query_one("#person-question", Line)
        await shown.until(lambda: _text(question).startswith("The same person?"))
        await shown.press("y")
        await shown.until(lambda: shown.votes("match"))
        (vote,) = shown.votes("match")
        assert vote.answer == "yes" and vote.probability is not None and vote.probability > 0.5
        await shown.until(lambda: "Nobody else" in _text(shown.people.query_one("#person-evidence", Line)))
        assert not Resemblance().lookalikes(shown.library, ANNA)
        await shown.press("u")
        await shown.until(lambda: shown.people.panel.lookalikes)
        await shown.press("n")
        await shown.until(lambda: [vote.answer for vote in shown.votes("match")] == ["no"])


async def test_what_was_split_is_not_suggested_as_one(folder: Path) -> None:
    with open_library(folder) as library:
        faces = [face for face, _ in present_faces(library, ANNA)]
        split_person(library, ANNA, faces[:3], "test")
        assert not Resemblance().lookalikes(library, ANNA)


async def test_all_photos_of_a_person_are_searched(opened: Opening, folder: Path) -> None:
    with open_library(folder) as library:
        name_person(library, ANNA, "Anna Maria", "test")
    async with opened() as shown:
        await shown.press("p")
        await shown.until(lambda: isinstance(shown.app.screen, SearchScreen) and shown.app.screen.grid.count >= 7)
        assert isinstance(shown.app.screen, SearchScreen)
        assert shown.app.screen._question.query.people == ("Anna Maria",)


async def test_the_face_that_is_shown_is_searched(opened: Opening) -> None:
    async with opened() as shown:
        await shown.until(lambda: shown.people.face_id)
        face_id = shown.people.face_id
        await shown.press("w")
        await shown.until(lambda: isinstance(shown.app.screen, SearchScreen))
        assert isinstance(shown.app.screen, SearchScreen)
        like = shown.app.screen._question.like
        assert like and (like.kind, like.id) == ("face", face_id)


async def test_the_probably_worst_come_first_on_a_key(opened: Opening) -> None:
    async with opened() as shown:
        await shown.press("comma")
        order = shown.people.query_one("#people-sort", Line)
        await shown.until(lambda: "worst first" in _text(order))
        guesses = [(shown.people._predicted or {})[row.person_id] for row in shown.people._rows]
        assert guesses == sorted(guesses) and len(guesses) == 3
        await shown.press("comma")
        await shown.until(lambda: [row.faces for row in shown.people._rows] == [7, 5, 4])


async def test_clustering_now_sorts_the_new_faces(opened: Opening) -> None:
    async with opened() as shown:
        await shown.press("C")
        await shown.until(lambda: shown.row(ANNA).faces == 9)
        await shown.until(lambda: shown.people.grid.count == 3)


async def test_a_clustering_of_somebody_else_is_told(opened: Opening, folder: Path) -> None:
    async with opened() as shown:
        with clustering_lock(folder, "nightly"):
            await shown.press("C")
            await shown.until(lambda: "nightly" in shown.said())


async def test_held_changes_are_counted_and_shown(opened: Opening, folder: Path) -> None:
    async with opened() as shown:
        cluster(shown.library, "people", propose=True)
        await shown.until(lambda: "2 held faces from today (c)" in _text(shown.people.query_one("#census", Line)))
        await shown.press("c")
        await shown.until(lambda: isinstance(shown.app.screen, ChangesScreen))


async def test_a_library_that_changes_underneath_keeps_the_cursor(opened: Opening) -> None:
    async with opened() as shown:
        await shown.press("right", "right")
        merge_people(shown.library, ANNA, BEN, "elsewhere")
        await shown.until(lambda: len(shown.people._rows) == 2)
        assert shown.people.person and shown.people.person.person_id == CARLA


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 55)])
async def test_it_fits_any_terminal(opened: Opening, size: tuple[int, int]) -> None:
    async with opened(size, Protocol.HALFBLOCKS) as shown:
        await shown.until(lambda: "7 faces" in shown.said())
        assert shown.people.query_one(PersonPanel).display == (size[0] >= 100)
        await shown.open_person()
        await shown.until(lambda: "to the others" in shown.said())


async def test_nobody_yet_says_what_to_do(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> None:
    made = people_library(tmp_path_factory.mktemp("nobody"))
    made.put([ANNA])
    made.library.close()
    app = make_app(Protocol.NONE, folder=made.library.folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, PeopleScreen) and app.screen.query_one(".empty").display)
        assert "1 face, not yet sorted into people" in _text(app.screen.query_one(".empty", Line))


# one person


async def test_the_least_sure_face_comes_first_and_opens_its_photo(opened: Opening) -> None:
    async with opened() as shown:
        person = await shown.open_person()
        assert [each.face_id for each in person._faces] == [
            each.face_id for each in faces_by_doubt(shown.library, ANNA)
        ]
        chances = [each.match for each in person._faces if each.match is not None]
        assert chances == sorted(chances) and len(chances) == 7
        await shown.until(lambda: person.current)
        face_id = person.face_id
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, PhotoScreen))
        photo = shown.app.screen
        assert isinstance(photo, PhotoScreen)
        await shown.until(lambda: photo.face and photo.face.face_id == face_id)
        await shown.press("escape")
        await shown.press("escape")
        await shown.until(lambda: isinstance(shown.app.screen, PeopleScreen))


async def test_a_face_is_removed_and_comes_back(opened: Opening) -> None:
    async with opened() as shown:
        person = await shown.open_person()
        face_id = person.face_id
        await shown.press("x")
        await shown.until(lambda: person.grid.count == 6)
        assert face_id in dict(unsorted_faces(shown.library))
        await shown.press("u")
        await shown.until(lambda: person.grid.count == 7)
        assert face_id in dict(present_faces(shown.library, ANNA))


async def test_marked_faces_are_no_faces(opened: Opening) -> None:
    async with opened() as shown:
        person = await shown.open_person()
        await shown.press("space", "space", "X")
        await shown.until(lambda: person.grid.count == 5)
        assert len(shown.votes("face")) == 2
        assert len(unsorted_faces(shown.library)) == 2  # what is no face is not unsorted either


async def test_marked_faces_are_split_off_and_named(opened: Opening) -> None:
    async with opened() as shown:
        person = await shown.open_person()
        split = {each.face_id for each in person._faces[:3]}
        await shown.press("space", "space", "space", "S")
        await shown.answer("Dora", "if you know")
        await shown.until(lambda: any(row.name == "Dora" for row in read_people(shown.library).rows))
        await shown.until(lambda: person.grid.count == 4)
        cluster(shown.library, "people")
        assert split <= set(faces_of_person(shown.library, person_called(shown.library, "Dora")))
        assert not split & set(faces_of_person(shown.library, ANNA))


async def test_marked_faces_are_moved_to_somebody_for_good(opened: Opening, folder: Path) -> None:
    with open_library(folder) as library:
        name_person(library, BEN, "Ben", "test")
    async with opened() as shown:
        await shown.press("right")
        person = await shown.open_person()
        moved = [each.face_id for each in person._faces[:2]]
        await shown.press("space", "space", "v")
        await shown.answer("ben", "Whose are these 2 faces?")
        await shown.until(lambda: shown.row(BEN).faces == 7)
        cluster(shown.library, "people")
        assert set(moved) <= set(dict(present_faces(shown.library, BEN)))


async def test_a_face_is_confirmed(opened: Opening) -> None:
    async with opened() as shown:
        person = await shown.open_person()
        face_id = person.face_id
        await shown.press("y")
        await shown.until(lambda: person._confirmed)
        assert face_id in person._confirmed
        assert [vote.answer for vote in shown.votes("match")] == ["yes"]
        assert person.grid.cursor == 1


async def test_unsorted_faces_are_taken_to_whom_they_are_like(opened: Opening) -> None:
    async with opened() as shown:
        await shown.press("G")
        unsorted = await shown.open_person()
        await shown.until(lambda: len(unsorted._guesses) == 2)
        await shown.press("n")
        await shown.until(lambda: [vote.answer for vote in shown.votes("match")] == ["no"])
        await shown.until(lambda: len(unsorted._guesses) == 1 and unsorted.grid.cursor == 1)
        await shown.press("y")
        await shown.until(lambda: shown.row(ANNA).faces == 8)
        await shown.until(lambda: unsorted.grid.count == 1)


async def test_unsorted_faces_become_somebody_new(opened: Opening) -> None:
    async with opened() as shown:
        await shown.press("G")
        unsorted = await shown.open_person()
        given = {each.face_id for each in unsorted._faces}
        await shown.press("space", "space", "r")
        await shown.answer("Emil", "Whose are these 2 faces?")
        await shown.until(lambda: unsorted.grid.count == 0 and unsorted.query_one(".empty").display)
        cluster(shown.library, "people")
        assert given <= set(faces_of_person(shown.library, person_called(shown.library, "Emil")))


async def test_a_name_that_cannot_be_one_leaves_faces_unsorted(opened: Opening) -> None:
    async with opened() as shown:
        await shown.press("G")
        unsorted = await shown.open_person()
        await shown.press("r")
        await shown.answer("x" * 201, "Whose face is this?")
        await shown.until(lambda: "1 to 200 characters" in shown.said())
        assert unsorted.grid.count == 2 and len(read_people(shown.library).rows) == 3


async def test_splitting_from_the_overview_asks_for_faces_first(opened: Opening) -> None:
    async with opened() as shown:
        await shown.press("S")
        await shown.until(lambda: isinstance(shown.app.screen, PersonScreen))
        await shown.until(lambda: "press S again" in shown.said())
        await shown.press("f3")
        await shown.until(lambda: isinstance(shown.app.screen, PeopleScreen))
        await shown.press("x")
        await shown.until(lambda: isinstance(shown.app.screen, PersonScreen) and "press x again" in shown.said())
        assert not standing_votes(shown.library)


async def test_hostile_names_are_shown_harmlessly(opened: Opening, folder: Path) -> None:
    with open_library(folder) as library:
        name_person(library, ANNA, "[bold]anna[/nothing]", "test")
    async with opened() as shown:
        head = shown.people.query_one("#person-head", Line)
        await shown.until(lambda: _text(head).startswith("[bold]anna[/nothing]"))
        await shown.open_person()
        await shown.until(lambda: "[bold]anna" in _text(shown.person.query_one("#census", Line)))
