"""Opening a photo in another program: whatever goes wrong, the app has its terminal back and says so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ui.conftest import MakeApp
from tests.ui.helpers import said, searching, until


@pytest.mark.parametrize(
    ("viewer", "words"),
    [
        ("nosuchthing", "nosuchthing cannot be run: No such file"),
        ("chafa 'half", "Close its quotes"),
        ("false", "false failed with status 1"),
    ],
)
async def test_a_viewer_in_the_terminal_that_fails_is_told(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, viewer: str, words: str
) -> None:
    app = make_app()
    away: list[bool] = []

    @contextmanager
    def suspend() -> Iterator[None]:
        """As Textual has it: nothing is put back where something was raised."""
        away.append(True)
        yield
        away.pop()

    monkeypatch.setattr(app, "suspend", suspend)
    async with searching(app) as (pilot, _):
        monkeypatch.setenv("DOFISAC_VIEWER", viewer)
        await pilot.press("o")
        await until(pilot, lambda: words in said(app))
        assert not away


async def test_a_viewer_of_the_desktop_that_fails_is_told(
    make_app: MakeApp, opened_files: Callable[[], list[str]], tmp_path: Path
) -> None:
    (tmp_path / "bin" / "xdg-open").write_text("#!/bin/sh\nexit 3\n")
    app = make_app()
    async with searching(app) as (pilot, _):
        await pilot.press("o")
        await until(pilot, lambda: "xdg-open failed with status 3" in said(app))
