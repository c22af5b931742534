"""The list of copies that need not be kept."""

import json
import os
from pathlib import Path

import pytest

from dofisac_tui.errors import InterchangeError
from dofisac_tui.library.database import Library
from dofisac_tui.library.duplicate_export import duplicate_copies, export_copies
from dofisac_tui.ui.widgets.prompt import Prompt
from dofisac_tui.ui.widgets.text_line import TextLine
from tests.ui.conftest import MakeApp
from tests.ui.duplicates.shown import here, opened
from tests.ui.helpers import until


async def test_the_list_of_judged_copies(make_app: MakeApp, folder: Path, tmp_path: Path) -> None:
    app = make_app(folder=folder)
    target = tmp_path / "list.txt"
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        coffee, copies = here(screen).members[0].path, [each.path for each in here(screen).members[1:]]
        await pilot.press("equals_sign")
        await until(pilot, lambda: screen.rows.row > 0)
        height = screen.rows.size.height
        await pilot.press("e")
        await until(pilot, lambda: screen.query("#prompt Input:focus"))
        await until(pilot, lambda: screen.query_one("#prompt").size.height == 1)
        assert screen.rows.size.height == height  # the pictures stay as they are
        await pilot.press("enter")
        await until(pilot, lambda: "exports" in screen.query_one("#prompt", Prompt).value)
        screen.query_one("#prompt", Prompt).value = str(target)
        await pilot.press("enter")
        await until(pilot, target.exists)
        await until(pilot, lambda: "5 paths" in str(screen.query_one("#status-line", TextLine).render()))
    written = target.read_bytes().splitlines()
    assert len(written) == 5  # the three that were judged, and two exact copies
    assert set(copies) <= set(written)
    assert coffee not in written
    assert all(os.path.exists(each) for each in (coffee, *written))


async def test_the_list_of_all_near_duplicates(make_app: MakeApp, folder: Path) -> None:
    app = make_app(folder=folder)
    usual = folder / "exports" / "duplicates.txt"
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("e")
        await until(pilot, lambda: screen.query("#prompt Input:focus"))
        await pilot.press("ctrl+u", *"all", "enter", "enter")
        await until(pilot, usual.exists)
    assert len(usual.read_bytes().splitlines()) == 6


def test_the_formats_of_the_list(library: Library, tmp_path: Path) -> None:
    choices = list(duplicate_copies(library, "all"))
    assert [len(each.copies) for each in choices] == [3, 1, 1, 1]
    assert sum(len(each.copies) for each in duplicate_copies(library, "judged")) == 2
    assert export_copies(library, "all", tmp_path / "list.json") == 6
    entries = json.loads((tmp_path / "list.json").read_text("ascii"))
    assert [os.fsencode(each["keep"]) for each in entries] == [each.kept.path for each in choices]
    assert export_copies(library, "all", tmp_path / "list.csv") == 6
    lines = (tmp_path / "list.csv").read_bytes().splitlines()
    assert lines[:2] == [b"keep,copy", choices[0].kept.path + b"," + choices[0].copies[0].path]
    with pytest.raises(InterchangeError, match="ending"):
        export_copies(library, "all", tmp_path / "list.jpg")


def test_a_line_break_in_a_name_is_refused_where_lines_are_written(library: Library, tmp_path: Path) -> None:
    strange = b"/pictures/two\nlines \xff.jpg"
    copy = next(iter(duplicate_copies(library, "all"))).copies[0]
    with library.write() as connection:
        connection.execute("UPDATE photos SET path = ? WHERE path = ?", (strange, copy.path))
    with pytest.raises(InterchangeError, match="line break"):
        export_copies(library, "all", tmp_path / "list.txt")
    assert not (tmp_path / "list.txt").exists()
    assert export_copies(library, "all", tmp_path / "list.csv") == 6
    assert strange in (tmp_path / "list.csv").read_bytes()
