"""Small and poor terminals, hostile names, and a library that others change meanwhile."""

import os
import shutil
from pathlib import Path

import pytest

from dofisac_tui.library.database import open_library
from dofisac_tui.library.heartbeat import Heartbeat
from dofisac_tui.library.lock import Holder
from dofisac_tui.library.status_report import Overview
from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.base.folders import meant, no_photos
from dofisac_tui.ui.keys.actions import SCREENS
from dofisac_tui.ui.pictures.terminal import Protocol
from dofisac_tui.ui.search.search_screen import SearchScreen
from dofisac_tui.ui.status.welcome_screen import WelcomeScreen
from dofisac_tui.ui.widgets.top_bar import TopBar
from dofisac_tui.wording.fitting import fitted
from tests.cli.conftest import call_main
from tests.ui.conftest import MakeApp
from tests.ui.helpers import searching, shown, until, words

HOSTILE = (
    b"photo[bold]x[@click=app.bell].jpg",
    b"[red]red[].jpg",
    b"\x1b]0;owned\x07\x1b[2J.jpg",
    b"\xff\xfe not text.jpg",
    "gnp.\u202egpj".encode(),
    b"line\nbreak.jpg",
)


async def visit(app: DofisacApp) -> None:
    """Look at every screen, and move about on it."""
    async with app.run_test(size=(80, 24)) as pilot:
        for name in SCREENS:
            await app.go_to(name)
            await pilot.pause(0.1)
            await pilot.press("j", "l", "pagedown", "k", "g", "G", "escape")
            assert app.current_mode == name


@pytest.mark.parametrize("protocol", Protocol)
async def test_every_screen_with_every_kind_of_picture(
    make_app: MakeApp, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    if protocol is Protocol.NONE:
        monkeypatch.setenv("NO_COLOR", "1")
    await visit(make_app(protocol))


@pytest.mark.parametrize("size", [(40, 12), (20, 5), (300, 90)])
async def test_every_screen_in_every_size(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        for name in SCREENS:
            await app.go_to(name)
            await pilot.pause(0.05)
            await pilot.press("j", "l")
            assert app.current_mode == name


async def test_a_storm_of_resizes_ends_with_the_right_page(make_app: MakeApp) -> None:
    async with searching(make_app()) as (pilot, screen):
        await pilot.press("right", "right")
        before = screen.current
        for step in range(20):
            await pilot.resize_terminal(40 + 7 * step, 12 + 2 * step)
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: screen.current == before)
        assert screen.grid.page_size > 1


async def test_names_cannot_speak_to_the_terminal(make_app: MakeApp, tmp_path: Path, sample_photos: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in HOSTILE:
        shutil.copy(bytes(sample_photos / "coffee.png"), os.fsencode(photos) + b"/" + name)
    folder = tmp_path / "hostile"
    with pytest.MonkeyPatch.context() as patch:
        assert call_main(patch, ("--library", folder, "index", photos)) == 0
    app = make_app(Protocol.NONE, folder=folder)
    async with searching(app) as (pilot, _):
        text = ""
        for _ in HOSTILE:
            await pilot.pause(0.2)
            text += shown(app)
            assert not any(sign in text for sign in ("\x1b", "\x07", "\u202e", "\udcff"))
            await pilot.press("right")
        assert "photo[bold]x[@click=app.bell].jpg" in text
        assert "\\x1b" in text


async def test_photos_that_others_add_and_take_away_are_seen(make_app: MakeApp, library_folder: Path) -> None:
    async with searching(make_app()) as (pilot, screen):
        await until(pilot, lambda: screen.grid.count == 11)
        with open_library(library_folder) as library, library.write() as connection:
            connection.execute("UPDATE photos SET absent_since = 1 WHERE photo_id % 2")
            present = connection.execute("SELECT COUNT(*) FROM photos WHERE absent_since IS NULL").fetchone()[0]
        await until(pilot, lambda: screen.grid.count == present)
        with open_library(library_folder) as library, library.write() as connection:
            connection.execute("UPDATE photos SET absent_since = NULL")
        await until(pilot, lambda: screen.grid.count == 11)


async def test_a_library_without_folders_asks_for_one(make_app: MakeApp, tmp_path: Path, sample_photos: Path) -> None:
    folder = tmp_path / "new"
    app = make_app(folder=folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, WelcomeScreen))
        await pilot.press("enter", "ctrl+u", *str(sample_photos)[:-3])
        await pilot.pause(0.2)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
    with open_library(folder) as library:
        assert library.value("SELECT path FROM roots") == bytes(sample_photos)


async def test_a_folder_that_is_none_is_told_and_can_be_mended(
    make_app: MakeApp, tmp_path: Path, sample_photos: Path
) -> None:
    app = make_app(folder=tmp_path / "new")
    async with app.run_test(size=(100, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, WelcomeScreen))
        top = shown(app).splitlines()[0]
        assert "DoFISaC" in top and "Search" not in top
        await pilot.press("enter", *f"{sample_photos}s", "enter")  # behind the folder that is offered
        await until(pilot, lambda: f"{sample_photos.name}s is not a folder" in shown(app))
        await pilot.press("backspace", "enter")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        await until(pilot, lambda: f"Indexing {sample_photos}: photos appear" in shown(app))
        assert "choose a folder" not in shown(app)
    with open_library(tmp_path / "new") as library:
        assert library.value("SELECT path FROM roots") == bytes(sample_photos)


@pytest.mark.parametrize(
    ("line", "folder"),
    [("~/", "~/"), ("~//srv/x", "/srv/x"), ("~/~/a", "~/a"), ("~/a//b", "~/a//b"), ("/a", "/a"), ("", "")],
)
def test_a_whole_path_behind_the_folder_that_is_offered_is_meant(line: str, folder: str) -> None:
    assert meant(line, "~/") == folder


def test_what_is_said_of_no_photos_fits_what_is_done_about_it() -> None:
    nobody = Overview(0, 1, 0, 0, None, None)
    beat = Heartbeat(1, 0.0, 0.0)
    done = Heartbeat(1, 0.0, 0.0, reconciled_at=1.0)
    said = [
        no_photos(Overview(0, 0, 0, 0, None, None), True, str),
        no_photos(nobody, True, str),
        no_photos(nobody, False, str),
        no_photos(nobody._replace(heartbeat=beat), True, str),
        no_photos(nobody._replace(heartbeat=done), True, str),
    ]
    for said_there, part in zip(
        said, ("to add a folder", "in a moment", "not being indexed", "in a moment", "in your folders"), strict=True
    ):
        assert part in said_there


async def test_a_damaged_library_is_told_in_words(make_app: MakeApp, library_folder: Path) -> None:
    (library_folder / "library.db").write_bytes(b"not a database at all" * 1000)
    for name in ("library.db-wal", "library.db-shm"):
        (library_folder / name).unlink(missing_ok=True)
    app = make_app()
    async with app.run_test(size=(120, 24)) as pilot:
        await until(pilot, lambda: "library" in shown(app) and "damaged" in shown(app))


@pytest.mark.parametrize(
    ("text", "width", "kept"),
    [
        ("abc", 5, "abc"),
        ("abcdefghij", 7, "ab…ghij"),
        ("abcdef", 3, "abc"),
        ("東京タワー.jpg", 10, "東…ー.jpg"),
        ("東京", 3, "東"),
    ],
)
def test_the_middle_of_long_names_is_left_out(text: str, width: int, kept: str) -> None:
    assert fitted(text, width) == kept


async def test_the_screens_keep_their_names_while_indexing_on_80_columns(make_app: MakeApp) -> None:
    async with make_app(Protocol.NONE).run_test(size=(80, 24)) as pilot:
        bar = pilot.app.screen.query_one(TopBar)
        beat = Heartbeat(pid=1, started_at=0, beat_at=0, state="", queue=1204, seconds_left=360)
        holder = Holder(1, "here", "watch", 0)
        bar.tell(Overview(84211, 1, 3, 0, beat, holder))
        line = words(bar)
        assert "Duplicates" in line and "Failures 3" in line and "1,204 left" in line
