"""Duplicates: rows of groups, and verdicts that the ledger holds."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dofisac_tui.clustering.run import RunReport
from dofisac_tui.library.database import Library
from dofisac_tui.library.duplicate_export import duplicate_copies
from dofisac_tui.library.failures import all_failures
from dofisac_tui.library.ledger import all_votes, standing_votes
from dofisac_tui.library.runs import RunKind
from dofisac_tui.library.views import photo_views
from dofisac_tui.ui.base import reclustering
from dofisac_tui.ui.changes.changes_screen import ChangesScreen
from dofisac_tui.ui.clusters.cluster_screen import ClusterScreen
from dofisac_tui.ui.photo.photo_screen import PhotoScreen
from dofisac_tui.ui.pictures.picture import Picture
from dofisac_tui.ui.pictures.terminal import Protocol
from dofisac_tui.ui.search.search_screen import SearchScreen
from dofisac_tui.ui.widgets.text_line import TextLine
from tests.ui.conftest import MakeApp
from tests.ui.duplicates.shown import headings, here, opened, verdicts
from tests.ui.helpers import said, until


async def test_the_keeper_stands_first_with_its_reasons(make_app: MakeApp, folder: Path) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        assert screen.rows.count == 4
        assert here(screen).size == 4
        assert screen.current and screen.current.path.endswith(b"coffee.png")
        assert "keep: 600×400" in headings(screen)
        assert "3 others" in headings(screen)


async def test_a_click_on_the_picture_under_the_cursor_opens_it_once(make_app: MakeApp, folder: Path) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        await pilot.click(screen.query(Picture).first(), offset=(3, 3))
        await until(pilot, lambda: app.screen is not screen)
        await pilot.pause(0.2)
        assert len(app.screen_stack) == 2


async def test_the_cursor_goes_through_rows_pictures_and_pages(make_app: MakeApp, folder: Path) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot)
        rows = screen.rows
        assert rows.pages == 2
        await pilot.press("l", "l", "l")
        await until(pilot, lambda: screen.current and b"coffee [red]" in screen.current.path)
        assert rows.column == 3
        await pilot.press("l")
        assert rows.column == 3
        await pilot.press("j")
        await until(pilot, lambda: rows.row == 1 and rows.column < here(screen).size)
        await pilot.press("pagedown")
        await until(pilot, lambda: rows.page == 1 and screen.group is not None)
        await pilot.press("g")
        await until(pilot, lambda: rows.row == 0)
        await pilot.press("G")
        await until(pilot, lambda: rows.row == 3)
        await pilot.press("k", "pageup", "h")
        await until(pilot, lambda: rows.page == 0)


async def test_a_verdict_goes_to_the_whole_group_and_then_on_to_the_next(
    make_app: MakeApp, folder: Path, library: Library
) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        first = here(screen)
        await pilot.press("equals_sign")
        await until(pilot, lambda: screen.group and here(screen).cluster_id != first.cluster_id)
        decided = verdicts(library)
        assert [vote.answer for vote in decided] == ["same-picture"] * 3
        assert {vote.content_b for vote in decided} == {each.content_hash for each in first.members[1:]}
        assert {vote.content_a for vote in decided} == {first.members[0].content_hash}
        assert screen.current and screen.current.path.endswith(b"rocket.jpg")  # exact copies are passed over
        await pilot.press("g")
        await until(pilot, lambda: "same picture ✓" in headings(screen))


async def test_a_verdict_goes_to_marked_pictures_only(make_app: MakeApp, folder: Path, library: Library) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        group = here(screen)
        await pilot.press("l", "l", "space")
        assert screen.rows.marks == {2}
        await pilot.press("n")
        await until(pilot, lambda: "1 unrelated ✗, 2 undecided" in headings(screen))
        assert [vote.content_b for vote in verdicts(library)] == [group.members[2].content_hash]
        assert screen.rows.row == 0
        await pilot.press("b")
        await until(pilot, lambda: len(verdicts(library)) == 3)
        assert sorted(vote.answer for vote in verdicts(library)) == ["same-moment", "same-moment", "unrelated"]


async def test_marks_can_be_taken_away(make_app: MakeApp, folder: Path) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("l", "space", "escape")
        assert not screen.rows.marks
        await pilot.press("space", "M")
        assert not screen.rows.marks


async def test_another_one_is_kept_for_good(make_app: MakeApp, folder: Path, library: Library) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        proposed, other = here(screen).members[:2]
        await pilot.press("K")
        await until(
            pilot, lambda: "already the one to keep" in str(screen.query_one("#status-line", TextLine).render())
        )
        await pilot.press("l", "K")
        await until(pilot, lambda: here(screen).members[0] == replace(other, bits=0, exact=True))
        await until(pilot, lambda: screen.rows.column == 0 and "keep: you chose it" in headings(screen))
        assert [(vote.kind, vote.content_a) for vote in standing_votes(library)] == [("keep", other.content_hash)]
        await pilot.press("u")
        await until(pilot, lambda: here(screen).members[0] == proposed)
        await pilot.press("U")
        await until(pilot, lambda: here(screen).members[0].photo_id == other.photo_id)
        exported = [choice.kept.photo_id for choice in duplicate_copies(library, "all")]
        assert other.photo_id in exported and proposed.photo_id not in exported


async def test_undo_and_redo_lead_back_to_the_group(make_app: MakeApp, folder: Path, library: Library) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        first = here(screen).cluster_id
        await pilot.press("equals_sign")
        await until(pilot, lambda: screen.group and here(screen).cluster_id != first)
        await pilot.press("u")
        await until(pilot, lambda: screen.group and here(screen).cluster_id == first)
        assert not verdicts(library)
        assert "Undid vote: same picture (3 times)" in said(app)
        await until(pilot, lambda: "same picture" not in headings(screen))
        await pilot.press("U")
        await until(pilot, lambda: len(verdicts(library)) == 3)


async def test_a_key_that_repeats_decides_each_group_once(make_app: MakeApp, folder: Path, library: Library) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 70)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("equals_sign", "equals_sign")
        assert screen.current and screen.current.path.endswith(b"rocket.jpg")  # gone to before the disk held the first
        await until(pilot, lambda: len(verdicts(library)) == 4)
        await pilot.press("equals_sign", "equals_sign")
        await until(pilot, lambda: "Nothing left to decide below" in said(app))
        assert len(all_votes(library)) == 4
        await pilot.press("4", "4", "4")
        await until(pilot, lambda: "★★★★☆☆ 4" in headings(screen))
        await pilot.press("G", "5", "5", "5")
        await until(pilot, lambda: "★★★★★☆ 5" in headings(screen))
        await pilot.press("5")
        await pilot.pause(0.2)
        assert [vote.answer for vote in all_votes(library)[4:]].count("5") == 1


async def test_nothing_is_decided_on_a_group_that_is_not_drawn_yet(
    make_app: MakeApp, folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 70)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("G")
        wanted, above = here(screen), screen.group_at(1)
        assert screen.rows.row == 3 and above
        quick, go_on = app.worker.quick, asyncio.Event()

        async def slow(work: Any, *arguments: Any, **named: Any) -> Any:
            if work is photo_views:
                await go_on.wait()
            return await quick(work, *arguments, **named)

        monkeypatch.setattr(app.worker, "quick", slow)
        with library.write() as connection:  # the group above goes, so that this one is another row
            connection.execute("UPDATE photos SET absent_since = 1 WHERE photo_id = ?", (above.members[0].photo_id,))
        await until(pilot, lambda: screen.rows.row == 2)
        assert screen.group is None and screen.current is None
        await pilot.press("equals_sign", "1", "K", "space")
        go_on.set()
        await until(pilot, lambda: screen.group is not None)
        assert here(screen).cluster_id == wanted.cluster_id
        assert not all_votes(library) and not screen.rows.marks


async def test_of_exact_copies_there_is_nothing_to_decide(make_app: MakeApp, folder: Path, library: Library) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("j")
        await until(pilot, lambda: screen.group and all(each.exact for each in here(screen).members))
        await pilot.press("equals_sign")
        await until(
            pilot, lambda: "exact copies of one file" in str(screen.query_one("#status-line", TextLine).render())
        )
        assert not all_votes(library)


async def test_a_group_is_scored(make_app: MakeApp, folder: Path, library: Library) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("5")
        await until(pilot, lambda: "★★★★★☆ 5" in headings(screen))
        assert [vote.answer for vote in standing_votes(library) if vote.kind == "cluster"] == ["5"]
        await pilot.press("g", "0")
        await until(pilot, lambda: "★" not in headings(screen))


async def test_what_is_under_the_cursor_opens(make_app: MakeApp, folder: Path) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PhotoScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, ClusterScreen) and app.screen.current)
        assert isinstance(app.screen, ClusterScreen)
        assert app.screen.grid.count == 4
        await pilot.press("q")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ChangesScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("Y")
        assert app.clipboard.endswith("coffee.png")
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))


async def test_clustering_now_shows_what_it_found(make_app: MakeApp, folder: Path, library: Library) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("l", "space", "n")
        await until(pilot, lambda: verdicts(library))
        await pilot.press("C")
        await until(pilot, lambda: here(screen).size == 3)
        assert "Found 4 groups of near-duplicates" in str(screen.query_one("#status-line", TextLine).render())


async def test_a_clustering_is_begun_once_and_holds_nothing_up(
    make_app: MakeApp, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, recluster = [], threading.Event(), reclustering._recluster

    def slow(library: Library, kind: RunKind) -> RunReport:
        begun.append(kind)
        go_on.wait(60)
        return recluster(library, kind)

    monkeypatch.setattr(reclustering, "_recluster", slow)
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 35)) as pilot:
        await opened(app, pilot)
        try:
            await pilot.press("C")
            await until(pilot, lambda: begun)
            await pilot.press("C")
            await until(pilot, lambda: "Already finding near-duplicates" in said(app))
            assert await app.worker.slow(all_failures)  # as searches do
            await pilot.press("f7")
            await until(pilot, lambda: getattr(app.screen, "current", None))
        finally:
            go_on.set()
        await pilot.press("f4")
        await until(pilot, lambda: "Found 4 groups of near-duplicates" in said(app))
    assert begun == ["duplicates"]


async def test_what_another_process_finds_is_shown(make_app: MakeApp, folder: Path, library: Library) -> None:
    app = make_app(folder=folder)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        before = here(screen).cluster_id
        with library.write() as connection:
            connection.execute("UPDATE photos SET absent_since = 1 WHERE CAST(path AS TEXT) LIKE '%coffee [red]2%'")
        await until(pilot, lambda: here(screen).cluster_id == before and here(screen).size == 2)
        with library.write() as connection:
            connection.execute("UPDATE cluster_runs SET state = 'past' WHERE kind = 'duplicates'")
        await until(pilot, lambda: screen.query_one(".empty").display)
        assert screen.group is None
        await pilot.press("enter", "equals_sign", "l", "j", "space", "p", "1")
        assert app.screen is screen


@pytest.mark.parametrize(("size", "protocol"), [((40, 12), Protocol.NONE), ((200, 55), Protocol.SIXEL)])
async def test_any_terminal_will_do(
    make_app: MakeApp, folder: Path, size: tuple[int, int], protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(protocol, folder=folder)
    async with app.run_test(size=size) as pilot:
        screen = await opened(app, pilot)
        await pilot.resize_terminal(120, 35)
        await pilot.resize_terminal(*size)
        await until(pilot, lambda: screen.current)
        await pilot.press("l", "j")
        await until(pilot, lambda: screen.rows.row == 1 and screen.current)
