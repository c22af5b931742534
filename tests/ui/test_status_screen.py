"""Status: what it says, and what its keys change in the library."""

import os
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from dofisac_tui.clustering.run import cluster
from dofisac_tui.library.database import create_library
from dofisac_tui.library.lock import indexing_lock
from dofisac_tui.library.roots import all_roots, mark_missing
from dofisac_tui.library.runs import RUN_KINDS, RunKind, current_run, proposed_run
from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.changes.changes_screen import ChangesScreen
from dofisac_tui.ui.pictures.terminal import Protocol
from dofisac_tui.ui.status.status_screen import StatusScreen
from dofisac_tui.ui.widgets.key_bar import KeyBar
from dofisac_tui.ui.widgets.text_line import TextLine
from tests.ui.conftest import MakeApp
from tests.ui.helpers import until, words

SIZE = (120, 40)


async def opened(app: DofisacApp, pilot: Pilot[Any]) -> StatusScreen:
    await until(pilot, lambda: app.overview is not None)
    await pilot.press("f8")
    await until(pilot, lambda: isinstance(app.screen, StatusScreen) and app.screen.rows._count)
    screen = app.screen
    assert isinstance(screen, StatusScreen)
    return screen


def shown(screen: StatusScreen) -> str:
    return "\n".join(screen.rows.render_line(row).text.rstrip() for row in range(screen.rows.size.height))


def held(folder: Path, kind: RunKind) -> int | None:
    with create_library(folder) as library:
        run = proposed_run(library, kind)
        return run.run_id if run else None


@pytest.fixture
def proposed(library_folder: Path) -> int:
    """The near-duplicates hold a run back, which is the second row."""
    with create_library(library_folder) as library:
        return cluster(library, "duplicates", propose=True).run


async def test_it_says_what_the_library_holds_and_follows_it(make_app: MakeApp, library_folder: Path) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        text = shown(screen)
        for words in (
            "not running",
            "11 photos",
            "16 · 0 named people",
            "dlib-resnet-v1-128 · 11 of 11 photos",
            "GB free",
        ):
            assert words in text
        with create_library(library_folder) as library:
            mark_missing(library, all_roots(library)[0])
            with indexing_lock(library_folder, "index"):
                await app.check_library()
                await until(pilot, lambda: "not found" in shown(screen))
                assert f"the command index · process {os.getpid()}" in shown(screen)
                await pilot.press("w")
                await until(
                    pilot, lambda: "Already indexing" in str(screen.query_one("#status-line", TextLine).render())
                )
                assert not app.daemon_process.running


async def test_what_waits_is_accepted(make_app: MakeApp, library_folder: Path, proposed: int) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        assert screen._chosen and screen._chosen.run == "duplicates"
        await pilot.press("a")
        await until(pilot, lambda: held(library_folder, "duplicates") is None)
        with create_library(library_folder) as library:
            run = current_run(library, "duplicates")
            assert run and run.run_id == proposed
        await until(pilot, lambda: "changes waiting" not in shown(screen))
        assert screen.rows.cursor == -1  # a row on which nothing can be done is not selected
        await pilot.press("a")
        await until(pilot, lambda: "No changes waiting" in str(screen.query_one("#status-line", TextLine).render()))


async def test_what_waits_is_refused(make_app: MakeApp, library_folder: Path, proposed: int) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        await until(pilot, lambda: "waiting: " in str(screen.query_one("#status-line", TextLine).render()))
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ChangesScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("d")
        await until(pilot, lambda: held(library_folder, "duplicates") is None)
        with create_library(library_folder) as library:
            run = current_run(library, "duplicates")
            assert run and run.run_id != proposed


async def test_everything_is_found_anew(make_app: MakeApp, library_folder: Path) -> None:
    def runs() -> list[int]:
        with create_library(library_folder) as library:
            return [run.run_id for kind in RUN_KINDS if (run := current_run(library, kind))]

    app = make_app(Protocol.NONE)
    before = runs()
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("C")
        await until(pilot, lambda: len(runs()) == 4 and min(runs()) > max(before))
        await until(pilot, lambda: f"(run {runs()[0]})" in shown(screen))


async def test_a_folder_is_added(make_app: MakeApp, library_folder: Path, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    app = make_app(Protocol.NONE)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("plus")
        await until(pilot, lambda: screen.focused is not None)
        await pilot.press("ctrl+u", *str(more), "enter")
        await until(pilot, lambda: str(more) in shown(screen))
        with create_library(library_folder) as library:
            assert all_roots(library)[-1].path == bytes(more)


async def test_the_watcher_starts_and_stops(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("w")
        assert (app.daemon_process.running, app.daemon_process.wanted) == (True, True)
        await until(pilot, lambda: app.overview and app.overview.heartbeat)
        await until(pilot, lambda: "run by            this app" in shown(screen))
        await until(pilot, lambda: "w stop watching" in words(screen.query_one(KeyBar)))
        await pilot.press("w")
        assert (app.daemon_process.running, app.daemon_process.wanted) == (False, False)
        await until(pilot, lambda: app.overview and not app.overview.holder)
        await until(pilot, lambda: "not running" in shown(screen))
        assert "w watch" in words(screen.query_one(KeyBar))


async def test_the_lines_beyond_a_small_terminal_can_be_reached(make_app: MakeApp) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=(40, 12)) as pilot:
        screen = await opened(app, pilot)
        assert "Indexing" in shown(screen) and "Models" not in shown(screen)
        await pilot.press("G")
        await until(pilot, lambda: "dlib" in shown(screen))
        screen.rows.fill(screen.rows._count, screen.rows._source, screen.rows._stops, screen.rows.cursor)
        await pilot.pause(0.1)
        assert "dlib" in shown(screen)  # as it is when the times on it change
        await pilot.press("g")
        await until(pilot, lambda: "Indexing" in shown(screen))
        await pilot.press("pagedown", "pagedown", "pagedown")
        await until(pilot, lambda: "dlib" in shown(screen))
