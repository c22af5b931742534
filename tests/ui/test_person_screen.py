"""The faces of one person, and those that are nobody's: each action by what it leaves in the library."""

from pathlib import Path

from dofisac_tui.clustering.run import cluster
from dofisac_tui.learning.membership_confidence import least_certain_faces
from dofisac_tui.library.database import open_library
from dofisac_tui.library.ledger import standing_votes
from dofisac_tui.library.people import faces_of_person, name_person, person_called
from dofisac_tui.library.people_views import present_faces, read_people, unsorted_faces
from dofisac_tui.ui.people.people_screen import PeopleScreen
from dofisac_tui.ui.people.person_screen import PersonScreen
from dofisac_tui.ui.photo.photo_screen import PhotoScreen
from dofisac_tui.ui.widgets.text_line import TextLine
from tests.ui.helpers import words
from tests.ui.people_shown import ANNA, BEN, Opening


async def test_the_least_sure_face_comes_first_and_opens_its_photo(opened_people: Opening) -> None:
    async with opened_people() as shown:
        person = await shown.open_person()
        assert [each.face_id for each in person._faces] == [
            each.face_id for each in least_certain_faces(shown.library, ANNA)
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


async def test_a_face_is_removed_and_comes_back(opened_people: Opening) -> None:
    async with opened_people() as shown:
        person = await shown.open_person()
        face_id = person.face_id
        await shown.press("x")
        await shown.until(lambda: person.grid.count == 6)
        assert face_id in dict(unsorted_faces(shown.library))
        await shown.press("u")
        await shown.until(lambda: person.grid.count == 7)
        assert face_id in dict(present_faces(shown.library, ANNA))


async def test_marked_faces_are_no_faces(opened_people: Opening) -> None:
    async with opened_people() as shown:
        person = await shown.open_person()
        await shown.press("space", "space", "X")
        await shown.until(lambda: person.grid.count == 5)
        assert len(shown.votes("face")) == 2
        assert len(unsorted_faces(shown.library)) == 2  # what is no face is not unsorted either


async def test_marked_faces_are_split_off_and_named(opened_people: Opening) -> None:
    async with opened_people() as shown:
        person = await shown.open_person()
        split = {each.face_id for each in person._faces[:3]}
        await shown.press("space", "space", "space", "S")
        await shown.answer("Dora", "optional")
        await shown.until(lambda: any(row.name == "Dora" for row in read_people(shown.library).rows))
        await shown.until(lambda: person.grid.count == 4)
        cluster(shown.library, "people")
        assert split <= set(faces_of_person(shown.library, person_called(shown.library, "Dora")))
        assert not split & set(faces_of_person(shown.library, ANNA))


async def test_marked_faces_are_moved_to_somebody_for_good(opened_people: Opening, people_folder: Path) -> None:
    with open_library(people_folder) as library:
        name_person(library, BEN, "Ben", "test")
    async with opened_people() as shown:
        await shown.press("right")
        person = await shown.open_person()
        moved = [each.face_id for each in person._faces[:2]]
        await shown.press("space", "space", "v")
        await shown.answer("ben", "Who are these 2 faces?")
        await shown.until(lambda: shown.row(BEN).faces == 7)
        cluster(shown.library, "people")
        assert set(moved) <= set(dict(present_faces(shown.library, BEN)))


async def test_a_face_is_confirmed(opened_people: Opening) -> None:
    async with opened_people() as shown:
        person = await shown.open_person()
        face_id = person.face_id
        await shown.press("y")
        await shown.until(lambda: person._confirmed)
        assert face_id in person._confirmed
        assert [vote.answer for vote in shown.votes("match")] == ["yes"]
        assert person.grid.cursor == 1


async def test_unsorted_faces_are_taken_to_whom_they_are_like(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.press("G")
        unsorted = await shown.open_person()
        await shown.until(lambda: len(unsorted._suggestions) == 2)
        await shown.press("n")
        await shown.until(lambda: [vote.answer for vote in shown.votes("match")] == ["no"])
        await shown.until(lambda: len(unsorted._suggestions) == 1 and unsorted.grid.cursor == 1)
        await shown.press("y")
        await shown.until(lambda: shown.row(ANNA).faces == 8)
        await shown.until(lambda: unsorted.grid.count == 1)


async def test_unsorted_faces_become_somebody_new(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.press("G")
        unsorted = await shown.open_person()
        given = {each.face_id for each in unsorted._faces}
        await shown.press("space", "space", "r")
        await shown.answer("Emil", "Who are these 2 faces?")
        await shown.until(lambda: unsorted.grid.count == 0 and unsorted.query_one(".empty").display)
        cluster(shown.library, "people")
        assert given <= set(faces_of_person(shown.library, person_called(shown.library, "Emil")))


async def test_a_name_that_cannot_be_one_leaves_faces_unsorted(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.press("G")
        unsorted = await shown.open_person()
        await shown.press("r")
        await shown.answer("x" * 201, "Who is this?")
        await shown.until(lambda: "1 to 200 characters" in shown.said())
        assert unsorted.grid.count == 2 and len(read_people(shown.library).rows) == 3


async def test_splitting_from_the_overview_asks_for_faces_first(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.press("S")
        await shown.until(lambda: isinstance(shown.app.screen, PersonScreen))
        await shown.until(lambda: "press S again" in shown.said())
        await shown.press("f3")
        await shown.until(lambda: isinstance(shown.app.screen, PeopleScreen))
        await shown.press("x")
        await shown.until(lambda: isinstance(shown.app.screen, PersonScreen) and "press x again" in shown.said())
        assert not standing_votes(shown.library)


async def test_hostile_names_are_shown_harmlessly(opened_people: Opening, people_folder: Path) -> None:
    with open_library(people_folder) as library:
        name_person(library, ANNA, "[bold]anna[/nothing]", "test")
    async with opened_people() as shown:
        head = shown.people.query_one("#person-head", TextLine)
        await shown.until(lambda: words(head).startswith("[bold]anna[/nothing]"))
        await shown.open_person()
        await shown.until(lambda: "[bold]anna" in words(shown.person.query_one("#census", TextLine)))
