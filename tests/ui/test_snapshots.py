"""Whole screens as text, without pictures: what stands where, compared with how it stood before.

After a change that is meant, write them anew with DOFISAC_WRITE_SNAPSHOTS=1 and look at the difference.
"""

import os
from pathlib import Path

import pytest

from dofisac_tui.library.database import open_library
from dofisac_tui.library.decisions import vote_cluster
from dofisac_tui.library.people import name_person
from dofisac_tui.ui.images.terminal import Protocol
from dofisac_tui.ui.screens.help import HelpScreen
from tests.ui.conftest import MakeApp
from tests.ui.helpers import shown, until
from tests.ui.people_shown import ANNA, BEN, Opening

FRAMES = Path(__file__).parent / "snapshots"


def compare(name: str, screen: str) -> None:
    """Compare a screen with the one that is kept, or keep it."""
    text = "".join(f"{line.rstrip()}\n" for line in screen.splitlines())
    frame = FRAMES / f"{name}.txt"
    if os.environ.get("DOFISAC_WRITE_SNAPSHOTS"):
        frame.write_text(text, encoding="utf-8")
    assert text == frame.read_text(encoding="utf-8")


@pytest.fixture
def named(people_folder: Path) -> Path:
    """Anna with a score, and Ben with a long name."""
    with open_library(people_folder) as library:
        name_person(library, ANNA, "Anna", "test")
        name_person(library, BEN, "Benedict of the Long Name", "test")
        vote_cluster(library, "people", ANNA, 5, "test")
    return people_folder


async def test_search(make_app: MakeApp, named: Path) -> None:
    app = make_app(Protocol.NONE, folder=named)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "18 photos, newest first" in shown(app) and "page 1 of" in shown(app))
        await until(pilot, lambda: "○ 18 photos" in shown(app))
        compare("search", shown(app))


async def test_people(opened_people: Opening, named: Path) -> None:
    async with opened_people() as people:
        await people.until(lambda: "Nobody else looks" in shown(people.app) and "18 photos" in shown(people.app))
        compare("people", shown(people.app))


async def test_a_person(opened_people: Opening, named: Path) -> None:
    async with opened_people((80, 24)) as people:
        await people.open_person()
        await people.until(lambda: "to the others" in shown(people.app) and "18 photos" in shown(people.app))
        compare("person", shown(people.app))


async def test_help(opened_people: Opening, named: Path) -> None:
    async with opened_people((100, 45)) as people:
        await people.press("question_mark")
        await people.until(lambda: isinstance(people.app.screen, HelpScreen) and "leads back" in shown(people.app))
        compare("help", shown(people.app))
