"""Search: looking, moving, voting, and what stands on the lines."""

from textual.widgets import Input

from dofisac_tui.ui.screens.photo import PhotoScreen
from dofisac_tui.ui.screens.search import SearchScreen
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
