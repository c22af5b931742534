"""Whole screens as text, without pictures: what stands where, compared with how it stood before.

After a change that is meant, write them anew with DOFISAC_WRITE_SNAPSHOTS=1 and look at the difference.
"""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from dofisac_tui.library.database import open_library
from dofisac_tui.library.people import name_person
from dofisac_tui.library.voting import vote_cluster
from dofisac_tui.ui.pictures.terminal import Protocol
from tests.ui.conftest import MakeApp
from tests.ui.helpers import searching, shown, until
from tests.ui.people_shown import ANNA, BEN, Opening

FRAMES = Path(__file__).parent / "snapshots"


async def compare(pilot: Pilot[Any], name: str) -> None:
    """Wait until the screen is the one that is kept, or keep it as it is when it rests."""
    kept = FRAMES / f"{name}.txt"
    if os.environ.get("DOFISAC_WRITE_SNAPSHOTS"):
        await asyncio.sleep(2)
        kept.write_text(frame(pilot.app), encoding="utf-8")
    expected = kept.read_text(encoding="utf-8")
    with contextlib.suppress(AssertionError):  # the one below tells what is different
        await until(pilot, lambda: frame(pilot.app) == expected)
    assert frame(pilot.app) == expected


def frame(app: App[Any]) -> str:
    """What stands on the screen, without the spaces at the ends of lines."""
    return "".join(f"{line.rstrip()}\n" for line in shown(app).splitlines())


@pytest.fixture
def named(people_folder: Path) -> Path:
    """Anna with a score, and Ben with a long name."""
    with open_library(people_folder) as library:
        name_person(library, ANNA, "Anna", "test")
        name_person(library, BEN, "Benedict of the Long Name", "test")
        vote_cluster(library, "people", ANNA, 5, "test")
    return people_folder


async def test_search(make_app: MakeApp, named: Path) -> None:
    async with searching(make_app(Protocol.NONE, folder=named), (80, 24)) as (pilot, _):
        await compare(pilot, "search")


async def test_people(opened_people: Opening, named: Path) -> None:
    async with opened_people() as people:
        await compare(people.pilot, "people")


async def test_a_person(opened_people: Opening, named: Path) -> None:
    async with opened_people((80, 24)) as people:
        await people.open_person()
        await compare(people.pilot, "person")


async def test_help(opened_people: Opening, named: Path) -> None:
    async with opened_people((100, 45)) as people:
        await people.press("question_mark")
        await compare(people.pilot, "help")
