"""One photo in full size: what its keys do, and what they leave alone."""

from pathlib import Path

from textual.pilot import Pilot

from dofisac_tui.library.database import open_library
from dofisac_tui.library.people import faces_of_person, name_person, person_called
from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.photo.photo_screen import PhotoScreen
from dofisac_tui.ui.pictures.terminal import Protocol
from dofisac_tui.ui.search.search_screen import SearchScreen
from dofisac_tui.ui.session import Album
from dofisac_tui.ui.widgets.key_bar import KeyBar
from tests.ui.conftest import MakeApp
from tests.ui.helpers import said, searching, until, words
from tests.ui.people_shown import ANNA, BEN, Opening, Shown


async def opened_photo(shown: Shown) -> PhotoScreen:
    """The photo of the face under the cursor of a person's screen, once its face is marked."""
    await shown.until(lambda: shown.person.current)
    await shown.press("enter")
    await shown.until(lambda: isinstance(shown.app.screen, PhotoScreen))
    photo = shown.app.screen
    assert isinstance(photo, PhotoScreen)
    await shown.until(lambda: photo.face)
    return photo


async def album_of(app: DofisacApp, pilot: Pilot[str], *photo_ids: int) -> PhotoScreen:
    """These photos in full size, once the first is shown."""
    screen = PhotoScreen(Album(photo_ids))
    app.push_screen(screen)
    await until(pilot, lambda: app.screen is screen and screen._card)
    return screen


async def test_a_photo_that_left_the_library_leaves_nothing_to_act_on(make_app: MakeApp, opened_files: object) -> None:
    app = make_app(Protocol.NONE)
    async with searching(app) as (pilot, search):
        assert search.current
        photo = await album_of(app, pilot, search.current.photo_id, 999)
        await pilot.press("l")
        await until(pilot, lambda: "no longer in the library" in said(app))
        assert photo._card is None and photo.face is None
        await pilot.press("Y", "m", "f", "r")
        await until(pilot, lambda: "No photo here" in said(app))
        assert app.clipboard == "" and app.screen is photo


async def test_the_path_is_copied_by_one_key_everywhere(make_app: MakeApp) -> None:
    app = make_app(Protocol.NONE)
    async with searching(app) as (pilot, search):
        assert search.current
        await album_of(app, pilot, search.current.photo_id)
        await pilot.press("y", "n")
        assert app.clipboard == ""
        await pilot.press("Y")
        await until(pilot, lambda: app.clipboard)


async def test_a_face_that_stands_alone_becomes_somebody_new(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.press("G")
        await shown.open_person()
        photo = await opened_photo(shown)
        assert photo.face and photo.face.person_id is None
        face_id = photo.face.face_id
        await shown.press("r")
        await shown.answer("Emil", "Who is this?")
        await shown.until(lambda: photo.face and photo.face.name == "Emil")
        assert faces_of_person(shown.library, person_called(shown.library, "Emil")) == [face_id]
        await shown.press("u")
        await shown.until(lambda: photo.face and photo.face.name is None)


async def test_a_name_that_is_known_joins_two_persons_if_they_are_one(
    opened_people: Opening, people_folder: Path
) -> None:
    with open_library(people_folder) as library:
        name_person(library, ANNA, "Anna", "test")
    async with opened_people() as shown:
        await shown.press("right")
        await shown.open_person()
        photo = await opened_photo(shown)
        assert photo.face and photo.face.person_id == BEN
        await shown.press("r")
        await shown.answer("anna", "Who is")
        await shown.answer("yes", "Merge them?")
        await shown.until(lambda: photo.face and photo.face.name == "Anna")
        assert shown.row(ANNA).faces == 12


async def test_keys_for_faces_are_shown_where_there_are_some(make_app: MakeApp, library_folder: Path) -> None:
    with open_library(library_folder) as library:
        with_face = library.value("SELECT photo_id FROM faces")
        without = library.value("SELECT photo_id FROM photos WHERE photo_id NOT IN (SELECT photo_id FROM faces)")
    app = make_app(Protocol.NONE)
    async with searching(app) as (pilot, _):
        photo = await album_of(app, pilot, with_face, without)
        await until(pilot, lambda: "next face" in words(photo.query_one(KeyBar)))
        await pilot.press("l")
        await until(pilot, lambda: photo._card and photo._card.photo_id == without)
        line = words(photo.query_one(KeyBar))
        assert "next face" not in line and "who is this" not in line and "name" not in line


async def test_an_overlay_that_was_left_takes_nothing_else_away(make_app: MakeApp) -> None:
    app = make_app(Protocol.NONE)
    async with searching(app) as (pilot, search):
        assert search.current
        first = await album_of(app, pilot, search.current.photo_id)
        await album_of(app, pilot, search.current.photo_id)
        first.action_app_back()
        first.action_app_back()
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
