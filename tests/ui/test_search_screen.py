"""Search: looking, moving, voting, and what stands on the lines."""

import os
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from dofisac_tui.library.database import open_library
from dofisac_tui.library.face_keys import keys_of_faces
from dofisac_tui.library.people import name_person
from dofisac_tui.library.people_views import gather_faces
from dofisac_tui.search.query import Query
from dofisac_tui.ui.background.search_service import Like, SearchRequest
from dofisac_tui.ui.duplicates.duplicates_screen import DuplicatesScreen
from dofisac_tui.ui.photo.photo_screen import PhotoScreen
from dofisac_tui.ui.pictures.terminal import Protocol
from dofisac_tui.ui.search.search_screen import SearchScreen
from dofisac_tui.ui.widgets.key_bar import KeyBar
from dofisac_tui.ui.widgets.prompt import Prompt
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.wording.numbers import percent
from tests.ui.conftest import MakeApp
from tests.ui.helpers import said, searching, shown, until, words


async def test_all_photos_are_there_and_the_cursor_moves(make_app: MakeApp) -> None:
    async with searching(make_app()) as (pilot, screen):
        first = screen.current
        await pilot.press("right")
        await until(pilot, lambda: screen.current is not None and screen.current != first)
        await pilot.press("G")
        assert screen.grid.cursor == screen.grid.count - 1 == 10
        await pilot.press("g")
        assert screen.grid.cursor == 0


async def test_words_are_searched_as_they_are_typed(make_app: MakeApp) -> None:
    async with searching(make_app()) as (pilot, screen):
        await pilot.press("slash", *"cat")
        await until(pilot, lambda: screen.current is not None and screen.current.path.endswith(b"chelsea.png"))
        assert screen.query_one("#query Input", Input).has_focus
        await pilot.press("enter")
        assert screen.focused is None


async def test_enter_opens_the_photo_and_leads_back(make_app: MakeApp) -> None:
    async with searching(make_app(), (80, 24)) as (pilot, screen):
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(screen.app.screen, PhotoScreen))
        await pilot.press("escape")
        await until(pilot, lambda: screen.app.screen is screen)


async def test_a_name_that_is_half_written_is_no_trouble_until_it_is_entered(make_app: MakeApp) -> None:
    async with searching(make_app()) as (pilot, screen):
        answer = screen.query_one("#answer", TextLine)
        await pilot.press("slash", *"@nob")
        await until(pilot, lambda: screen._request.query.people and words(answer) == "")
        assert "No person" not in said(screen.app)
        await pilot.press("enter")
        await until(pilot, lambda: 'No person named "nob"' in said(screen.app))
        await pilot.press("slash", "ctrl+u", *"cat", "enter")
        await until(pilot, lambda: "No person" not in said(screen.app))


async def test_votes_on_an_answer_compare_with_the_face_looked_for(make_app: MakeApp, library_folder: Path) -> None:
    async with searching(make_app()) as (pilot, screen):
        await until(pilot, lambda: screen.grid.count == 11)
        while screen.current is None or b"again" not in screen.current.path:
            await pilot.press("right")
            await pilot.pause(0.05)
        await pilot.press("w")
        await until(pilot, lambda: screen.grid.count == 2)
        await pilot.press("y")  # the very face that is looked for
        await until(pilot, lambda: "No other face to compare" in said(screen.app))
        await pilot.press("a")
        await until(pilot, lambda: screen.grid.count > 2)
        await pilot.press("right", "right", "n")  # behind the two copies of one photo
        with open_library(library_folder) as library:
            await until(pilot, lambda: library.value("SELECT COUNT(*) FROM votes") == 1)
            row = library.rows("SELECT answer, source, distance, probability FROM votes")[0]
            assert (row["answer"], row["source"]) == ("no", "search")
            assert row["distance"] > 0.5 and row["probability"] < 0.5
        await pilot.press("u")
        await until(pilot, lambda: "Undid" in said(screen.app))
        await pilot.press("U")
        await until(pilot, lambda: "Redid" in said(screen.app))


async def test_the_beginning_of_a_name_is_enough_and_marked_faces_are_voted_on_together(
    make_app: MakeApp, library_folder: Path
) -> None:
    with open_library(library_folder) as library:
        faces = [row[0] for row in library.rows("SELECT face_id FROM faces JOIN photos USING (photo_id) ORDER BY path")]
        anna = gather_faces(library, [faces[0], faces[-1]])
        assert anna is not None
        name_person(library, anna, "Anna Berg", "test")
    async with searching(make_app()) as (pilot, screen):
        assert "y yes" not in words(screen.query_one(KeyBar))
        await pilot.press("slash", *"@be", "enter")
        query = screen.query_one("#query", Prompt)
        await until(pilot, lambda: query.value == '@"Anna Berg"')
        await pilot.press("a")
        await until(pilot, lambda: "y yes" in words(screen.query_one(KeyBar)))
        await pilot.press("space", "space", "space")  # the first two are on copies of one photo
        await until(pilot, lambda: said(screen.app).strip().startswith("3 marked"))
        await pilot.press("n")
        await until(pilot, lambda: not screen.grid.marks)
        with open_library(library_folder) as library:
            await until(pilot, lambda: library.value("SELECT COUNT(*) FROM votes WHERE kind = 'match'") == 2)


async def test_on_a_narrow_terminal_the_pictures_fill_the_width(make_app: MakeApp) -> None:
    async with searching(make_app(), (80, 24)) as (pilot, screen):
        await until(pilot, lambda: len({tile.region.x for tile in screen.grid.tiles}) == 4)


async def test_letters_typed_behind_the_key_of_the_query_are_its_words(make_app: MakeApp, library_folder: Path) -> None:
    app = make_app()
    async with app.run_test(size=(120, 35)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await app.go_to("duplicates")
        await until(pilot, lambda: isinstance(app.screen, DuplicatesScreen) and app.screen.rows.count)
        for key in ("slash", *"beyn"):  # in one block, as over a slow line
            app.post_message(events.Key(key, key if len(key) == 1 else "/"))
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        query = app.screen.query_one("#query", Prompt)
        await until(pilot, lambda: query.value == "beyn")
        with open_library(library_folder) as library:
            assert library.value("SELECT COUNT(*) FROM votes") == 0


async def test_each_key_votes_on_a_photo_of_its_own_and_leaving_loses_none(
    make_app: MakeApp, library_folder: Path
) -> None:
    app = make_app()
    with open_library(library_folder) as library:
        face = library.value(
            "SELECT MIN(face_id) FROM faces JOIN photos USING (photo_id) WHERE CAST(path AS TEXT) LIKE '%astronaut%'"
        )
    async with searching(app) as (pilot, screen):
        screen.search(SearchRequest(Query(), Like("face", face), everything=True))
        await until(pilot, lambda: len(screen._results.hits) > 3 and screen.grid.is_shown)
        faces = [hit.face_id for hit in screen._results.hits[2:] if hit.face_id]
        screen.grid.go(2)  # behind the two copies of the photo that the face is on
        for key in (*"n" * len(faces), "q"):
            app.post_message(events.Key(key, key))
        await until(pilot, lambda: app._exit)
    with open_library(library_folder) as library:
        rows = library.rows("SELECT content_a, box_a FROM votes WHERE kind = 'match' ORDER BY vote_id")
        keys = keys_of_faces(library, faces)
        meant = list(dict.fromkeys((keys[face].content, keys[face].box) for face in faces))  # two are copies
        assert len(meant) > 1
        assert [(row["content_a"], row["box_a"]) for row in rows] == meant


async def test_a_new_query_forgets_the_face_that_was_looked_for_and_a_narrowed_one_does_not(make_app: MakeApp) -> None:
    async with searching(make_app()) as (pilot, screen):
        await pilot.press("m")
        await until(pilot, lambda: screen._request.like is not None)
        await pilot.press("f", *"after:2001", "enter")
        await until(pilot, lambda: screen._request.query.after == "2001")
        assert screen._request.like is not None
        await pilot.press("slash", "ctrl+u", *"after:2002", "enter")
        await until(pilot, lambda: screen._request.query.after == "2002")
        assert screen._request.like is None


@pytest.mark.parametrize(("protocol", "size"), [(Protocol.NONE, (120, 35)), (Protocol.HALFBLOCKS, (56, 24))])
async def test_without_room_for_pictures_there_is_a_list(
    make_app: MakeApp, protocol: Protocol, size: tuple[int, int]
) -> None:
    async with searching(make_app(protocol), size) as (pilot, screen):
        assert screen.current and screen.grid.page_size >= size[1] - 5
        name = os.path.basename(os.fsdecode(screen.current.path))
        lines = shown(screen.app).splitlines()
        assert next(line for line in lines if line.startswith("▸")).count(name) == 1
        await pilot.press("space")
        await until(pilot, lambda: said(screen.app).strip().startswith("1 marked"))
        lines = shown(screen.app).splitlines()
        assert [line[:2] for line in lines if line[:2] in (" ●", "▸ ")] == [" ●", "▸ "]


async def test_a_list_has_pictures_again_once_there_is_room(make_app: MakeApp) -> None:
    async with searching(make_app(), (56, 24)) as (pilot, screen):
        await pilot.resize_terminal(120, 35)
        await until(pilot, lambda: screen.grid.tiles[0].picture.encoded)
        await pilot.resize_terminal(56, 24)
        await until(pilot, lambda: not any(tile.picture.display for tile in screen.grid.tiles))


async def test_where_only_dates_and_folders_were_asked_for_no_match_is_told(make_app: MakeApp) -> None:
    async with searching(make_app(Protocol.NONE)) as (pilot, screen):
        await pilot.press("slash", *"in:photos", "enter")
        await until(pilot, lambda: "photos · " in words(screen.query_one("#answer", TextLine)))
        assert "%" not in shown(screen.app)


async def test_the_way_out_of_a_photo_is_shown_on_a_narrow_terminal(make_app: MakeApp) -> None:
    async with searching(make_app(Protocol.NONE), (80, 24)) as (pilot, screen):
        await pilot.press("enter")
        await until(pilot, lambda: screen.app.screen is not screen)
        await until(
            pilot, lambda: words(screen.app.screen.query_one("#key-bar", TextLine)).endswith("esc back  ? keys")
        )


@pytest.mark.parametrize(
    ("share", "told"),
    [(1, "100 %"), (0.9996, ">99 %"), (0.994, "99 %"), (0.5, "50 %"), (0.004, "<1 %"), (0, "0 %")],
)
def test_no_match_is_rounded_to_certainty(share: float, told: str) -> None:
    assert percent(share) == told
