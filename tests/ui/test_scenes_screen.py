"""Scenes: groups named by words, scored, opened; and people in scenes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from dofisac_tui.library import runs
from dofisac_tui.library.clusters import current_clusters
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.ledger import standing_votes
from dofisac_tui.library.runs import Members, Note
from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.clusters.cluster_screen import ClusterScreen
from dofisac_tui.ui.photo.photo_screen import PhotoScreen
from dofisac_tui.ui.scenes.scenes_screen import ScenesScreen
from dofisac_tui.ui.search.search_screen import SearchScreen
from dofisac_tui.ui.widgets.picture_rows import PictureRows
from dofisac_tui.ui.widgets.text_line import TextLine
from tests.ui.conftest import MakeApp
from tests.ui.helpers import until


@pytest.fixture
def library(library_folder: Path) -> Iterator[Library]:
    """The library, with two scenes, since the few photos of it make none."""
    library = create_library(library_folder)
    photos = [row[0] for row in library.rows("SELECT photo_id FROM photos ORDER BY photo_id")]
    with library.write() as connection:
        first, second = runs.new_cluster_ids(connection, 2)
        connection.execute("UPDATE photos SET taken_at = '2019-07-14T16:02:00' WHERE photo_id = ?", (photos[0],))
    run = runs.begin_run(library, "scenes", None, {"items": len(photos)})
    clusters = [first] * 8 + [second] * (len(photos) - 8)
    notes = {first: Note(label="beach, \x1b[31m[red]sky")}
    runs.fill_run(library, run, _members(clusters, photos), notes, people=False)
    with library.write() as connection:
        runs.make_current(connection, "scenes", run)
    yield library
    library.close()


def _members(clusters: list[int], photos: list[int]) -> Members:
    import numpy as np

    return Members(np.array(clusters), np.array(photos), np.zeros(len(photos), np.int64))


async def opened(app: DofisacApp, pilot: Pilot[str]) -> ScenesScreen:
    await pilot.press("f5")
    await until(pilot, lambda: isinstance(app.screen, ScenesScreen) and app.screen.current)
    assert isinstance(app.screen, ScenesScreen)
    return app.screen


def headings(screen: ScenesScreen) -> str:
    return "\n".join(str(line.render()) for line in screen.query_one(PictureRows).query(TextLine))


async def test_a_scene_is_named_counted_and_dated(make_app: MakeApp, library: Library) -> None:
    app = make_app()
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        assert "beach, \\x1b[31m[red]sky · 8 photos · 2019-07" in headings(screen)
        assert "+3 more" in headings(screen)
        await pilot.press(*["l"] * 6)
        await until(pilot, lambda: "6-8 of 8" in headings(screen))
        await pilot.press("t")
        await until(pilot, lambda: screen.kind == "combined" and "12 faces" in headings(screen))
        await pilot.press("t")
        await until(pilot, lambda: "8 photos" in headings(screen))


async def test_scores_are_kept_and_taken_away(make_app: MakeApp, library: Library) -> None:
    app = make_app()
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("6")
        await until(pilot, lambda: "★★★★★★ 6" in headings(screen))
        assert screen.rows.row == 1
        await pilot.press("2")
        await until(pilot, lambda: "★★☆☆☆☆ 2" in headings(screen))
        assert [each.score for each in current_clusters(library, "scenes")] == [6, 2]
        await pilot.press("u")
        await until(pilot, lambda: "★★☆☆☆☆ 2" not in headings(screen))
        await pilot.press("U")
        await until(pilot, lambda: "★★☆☆☆☆ 2" in headings(screen))
        await pilot.press("g", "0")
        await until(pilot, lambda: "★★★★★★ 6" not in headings(screen))
        assert [vote.answer for vote in standing_votes(library) if vote.kind == "cluster"] == ["2", "0"]


async def test_a_scene_opens_as_a_grid(make_app: MakeApp, library: Library) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, ClusterScreen) and app.screen.current)
        group = app.screen
        assert isinstance(group, ClusterScreen)
        assert group.grid.count == 8
        await until(pilot, lambda: "photo 1 of 8" in str(group.query_one(".summary", TextLine).render()))
        await pilot.press("G", "enter")
        await until(pilot, lambda: isinstance(app.screen, PhotoScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is group)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, ClusterScreen) and app.screen.current)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))


async def test_where_there_are_none_it_is_said_what_to_do(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, ScenesScreen) and app.screen.query_one(".empty").display)
        empty = app.screen.query_one(".empty", TextLine)
        assert "No scenes (checked " in str(empty.render()) and "C  find scenes" in str(empty.render())
        await pilot.press("enter", "p", "1", "m", "o", "Y", "l", "G")
        assert isinstance(app.screen, ScenesScreen)
        await pilot.press("C")
        status = app.screen.query_one("#status-line", TextLine)
        await until(pilot, lambda: "Found 0 scenes" in str(status.render()))
