"""Failures: sentences, filters, and what trying again writes."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from dofisac_tui.library.database import create_library, open_library
from dofisac_tui.library.failures import Failure, all_failures, record_failure
from dofisac_tui.library.roots import all_roots
from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.failures.failures_screen import FailuresScreen
from dofisac_tui.ui.pictures.terminal import Protocol
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.wording.failures import sentence
from tests.ui.conftest import MakeApp
from tests.ui.helpers import said, until, words

CLASSES = ("unreadable", "unsupported", "too large")


@pytest.fixture
def failing(library_folder: Path) -> Path:
    """Many more failures than fit a page, one of them with a hostile name."""
    with create_library(library_folder) as library, library.write() as connection:
        root = all_roots(library)[0]
        for number in range(3000):
            path = root.path + (b"/\x1b[31m[bold]%04d.jpg" % number)
            record_failure(connection, path, root.root_id, "read", CLASSES[number % 3], "The file ends early", None)
    return library_folder


async def opened(app: DofisacApp, pilot: Pilot[Any]) -> FailuresScreen:
    await until(pilot, lambda: app.overview is not None)
    app.daemon_process.start = lambda: None  # type: ignore[method-assign]  # no second process in a test
    await pilot.press("f7")
    await until(pilot, lambda: isinstance(app.screen, FailuresScreen) and app.screen.current)
    screen = app.screen
    assert isinstance(screen, FailuresScreen)
    return screen


def due(folder: Path) -> list[Failure]:
    with open_library(folder) as library:
        return [each for each in all_failures(library) if each.next_try and each.next_try <= time.time()]


def test_a_failure_reads_like_a_sentence() -> None:
    failure = Failure(
        b"/a/IMG_0042.heic", 1, "read", "unreadable", "The file ends early", 2, 0, 0, time.time() + 2400, 1, 1
    )
    assert sentence(failure) == "IMG_0042.heic  ends early (2 tries, next in 40 min)"
    assert sentence(failure, 30) == "IMG_0042.heic  ends early"
    assert sentence(failure, 22) == "IMG_…42.heic  ends early"


async def test_moving_through_thousands_is_quick_and_skips_headings(make_app: MakeApp, failing: Path) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot)
        first = screen.current
        await pilot.press("j")
        second = screen.current
        assert first and second and second.path > first.path
        await pilot.press("k")
        assert screen.current == first
        await pilot.press("pagedown")
        assert screen.rows.cursor > 10
        await pilot.press("pageup", "G")
        assert screen.current and screen.current.failure_class == "too large"
        await pilot.press("k", "g")
        assert screen.current == first
        began = time.perf_counter()
        for _ in range(200):
            screen.rows.move(7)
        assert time.perf_counter() - began < 1
        shown = "".join(screen.rows.render_line(row).text for row in range(12))
        assert "\x1b" not in shown and "\\x1b[31m[bold]" in shown


async def test_the_filter_goes_through_the_classes(make_app: MakeApp, failing: Path) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        seen = []
        for _ in range(4):
            await pilot.press("f")
            assert screen.current
            seen.append((screen.current.failure_class, screen.rows.virtual_size.height))
        assert [name for name, _ in seen[:3]] == list(CLASSES)
        assert seen[3][1] > 3000 > seen[0][1]


async def test_one_a_class_or_all_are_tried_again(make_app: MakeApp, failing: Path) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("j", "j")
        chosen = screen.current
        assert chosen and due(failing) == []
        await pilot.press("t")
        await until(pilot, lambda: [each.path for each in due(failing)] == [chosen.path])
        assert screen.current and screen.current.path == chosen.path
        await pilot.press("T")
        await until(pilot, lambda: len(due(failing)) > 1)
        assert {each.failure_class for each in due(failing)} == {chosen.failure_class}
        await pilot.press("A")
        await until(pilot, lambda: len(due(failing)) == 3001)
        await until(pilot, lambda: "Retrying 3,001 files" in said(app))


async def test_the_path_is_copied_and_the_file_opened(make_app: MakeApp, opened_files: Callable[[], list[str]]) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        assert screen.current
        await pilot.press("Y", "o")
        path = screen.current.path.decode()
        await until(pilot, lambda: opened_files() == [path])
        assert app.clipboard == path
        details = words(screen.query_one("#failure-details", TextLine))
        assert path in details and "Fix: " in details
        await until(pilot, lambda: not any(each.name.startswith("child-") for each in threading.enumerate()))


async def test_it_follows_the_library_and_says_when_all_is_well(make_app: MakeApp, library_folder: Path) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        with create_library(library_folder) as library, library.write() as connection:
            connection.execute("DELETE FROM failures")
        await app.check_library()
        await until(pilot, lambda: screen.query_one(".empty").display)
        assert "No failures" in words(screen.query_one(".empty", TextLine))
        await pilot.press("t", "T", "Y", "o", "j", "G", "f")
        assert screen.current is None
