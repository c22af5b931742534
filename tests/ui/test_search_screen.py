"""Search: looking, moving, voting, and what stands on the lines."""

from pathlib import Path

from textual.widgets import Input

from dofisac_tui.library.database import open_library
from dofisac_tui.ui.screens.photo import PhotoScreen
from dofisac_tui.ui.screens.search import SearchScreen
from dofisac_tui.ui.widgets.line import Line
from dofisac_tui.ui.widgets.status_line import StatusLine
from tests.ui.conftest import MakeApp
from tests.ui.helpers import until


async def test_all_photos_are_there_and_the_cursor_moves(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 35)) as pilot:
        screen = app.screen
        assert isinstance(screen, SearchScreen)
        await until(pilot, lambda: screen.current is not None)
        first = screen.current
        await pilot.press("right")
        await until(pilot, lambda: screen.current is not None and screen.current != first)
        await pilot.press("G")
        assert screen.grid.cursor == screen.grid.count - 1 == 10
        await pilot.press("g")
        assert screen.grid.cursor == 0


async def test_words_are_searched_as_they_are_typed(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 35)) as pilot:
        screen = app.screen
        assert isinstance(screen, SearchScreen)
        await pilot.press("slash", *"cat")
        await until(pilot, lambda: screen.current is not None and screen.current.path.endswith(b"chelsea.png"))
        assert screen.query_one("#query Input", Input).has_focus
        await pilot.press("enter")
        assert screen.focused is None


async def test_enter_opens_the_photo_and_leads_back(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        assert isinstance(screen, SearchScreen)
        await until(pilot, lambda: screen.current is not None)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PhotoScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)


async def test_a_name_that_is_half_written_is_no_trouble_until_it_is_entered(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 35)) as pilot:
        screen = app.screen
        assert isinstance(screen, SearchScreen)
        answer, status = screen.query_one("#answer", Line), screen.query_one(StatusLine)
        await pilot.press("slash", *"@nob")
        await until(pilot, lambda: "Nobody is called nob" in str(answer.content))
        assert "Nobody" not in str(status.content)
        await pilot.press("enter")
        await until(pilot, lambda: "Nobody is called nob" in str(status.content))
        await pilot.press("slash", "ctrl+u", *"cat", "enter")
        await until(pilot, lambda: "Nobody" not in str(status.content))


async def test_votes_on_an_answer_compare_with_the_face_looked_for(make_app: MakeApp, library_folder: Path) -> None:
    app = make_app()
    async with app.run_test(size=(120, 35)) as pilot:
        screen = app.screen
        assert isinstance(screen, SearchScreen)
        await until(pilot, lambda: screen.grid.count == 11)
        while screen.current is None or b"again" not in screen.current.path:
            await pilot.press("right")
            await pilot.pause(0.05)
        await pilot.press("w")
        await until(pilot, lambda: screen.grid.count == 2)
        await pilot.press("y")  # the very face that is looked for
        await until(pilot, lambda: "no face to compare" in str(screen.query_one(StatusLine).content))
        await pilot.press("a")
        await until(pilot, lambda: screen.grid.count > 2)
        await pilot.press("right", "right", "n")  # behind the two copies of one photo
        with open_library(library_folder) as library:
            await until(pilot, lambda: library.value("SELECT COUNT(*) FROM votes") == 1)
            row = library.rows("SELECT answer, source, distance, probability FROM votes")[0]
            assert (row["answer"], row["source"]) == ("no", "search")
            assert row["distance"] > 0.5 and row["probability"] < 0.5
        await pilot.press("u")
        await until(pilot, lambda: "Undone" in str(screen.query_one(StatusLine).content))
        await pilot.press("U")
        await until(pilot, lambda: "Decided again" in str(screen.query_one(StatusLine).content))
