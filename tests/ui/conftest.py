"""The app without a terminal, on a library of sample photos that each test has to itself."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dofisac_tui.config import Settings
from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.images.terminal import Protocol, Terminal
from tests.cli.conftest import call_main

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
def make_app(library_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[MakeApp]:
    """An app on that library; its pictures are half-blocks unless another protocol is asked for."""
    for name in ("NO_COLOR", "COLORTERM", "DOFISAC_VIEWER", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def make(
        protocol: Protocol = Protocol.HALFBLOCKS, settings: Settings | None = None, folder: Path = library_folder
    ) -> DofisacApp:
        return DofisacApp(folder, settings or Settings(), Terminal(protocol, (10, 20)))

    yield make
    os.environ.pop("TEXTUAL_COLOR_SYSTEM", None)
