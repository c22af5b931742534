"""The app without a terminal, on a library of sample photos that each test has to itself."""

import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from dofisac_tui.config import Settings
from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.pictures.terminal import Protocol, Terminal
from tests.cli.conftest import call_main
from tests.ui.people_shown import Opening, Shown, people_opened, three_people

MakeApp = Callable[..., DofisacApp]


@pytest.fixture(scope="session")
def clustered(tmp_path_factory: pytest.TempPathFactory, sample_photos: Path) -> Path:
    """A library of the sample photos, two copies of one and a broken file, with people, duplicates and scenes found."""
    folder = tmp_path_factory.mktemp("ui")
    photos = folder / "photos"
    shutil.copytree(sample_photos, photos)
    shutil.copy(photos / "astronaut.png", photos / "astronaut copy.png")
    shutil.copy(photos / "t1.jpg", photos / "again.jpg")
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not much of a picture")
    with pytest.MonkeyPatch.context() as patch:
        assert call_main(patch, ("--library", folder / "library", "index", photos)) == 0
        assert call_main(patch, ("--library", folder / "library", "cluster", "all")) == 0
    return folder / "library"


@pytest.fixture
def library_folder(clustered: Path, tmp_path: Path) -> Path:
    """A copy of that library, to be changed."""
    shutil.copytree(clustered, tmp_path / "library")
    return tmp_path / "library"


@pytest.fixture
def make_app(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MakeApp:
    """An app on that library, or on another; its pictures are half-blocks unless another protocol is asked for."""
    for name in ("NO_COLOR", "COLORTERM", "DOFISAC_VIEWER", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def make(
        protocol: Protocol = Protocol.HALFBLOCKS, settings: Settings | None = None, folder: Path | None = None
    ) -> DofisacApp:
        shown = folder or request.getfixturevalue("library_folder")  # which is not made where nobody wants it
        return DofisacApp(shown, settings or Settings(), Terminal(protocol, (10, 20)))

    return make


@pytest.fixture(scope="session")
def made_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of three persons; do not write into it."""
    return three_people(tmp_path_factory.mktemp("people"))


@pytest.fixture
def people_folder(made_people: Path, tmp_path: Path) -> Path:
    """A copy of that library, to be changed."""
    return Path(shutil.copytree(made_people, tmp_path / "people"))


@pytest.fixture
def opened_people(make_app: MakeApp, people_folder: Path) -> Opening:
    """Opens the app on that library, at the People screen."""

    def opening(
        size: tuple[int, int] = (120, 35), protocol: Protocol = Protocol.NONE
    ) -> AbstractAsyncContextManager[Shown]:
        return people_opened(make_app(protocol, folder=people_folder), people_folder, size)

    return opening


@pytest.fixture
def opened_files(tmp_path: Path, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """A desktop that opens files with a program which notes them; tells what it has noted."""
    program, noted = tmp_path / "bin" / "xdg-open", tmp_path / "noted"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$1" >> {noted}\n')
    program.chmod(0o755)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return lambda: noted.read_text().splitlines() if noted.exists() else []
