"""A library with something to decide in Duplicates."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from dofisac_tui.library.database import Library, create_library
from tests.cli.conftest import call_main


@pytest.fixture(scope="session")
def versions(clustered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library with smaller versions of two photos, so that there is something to decide."""
    folder = tmp_path_factory.mktemp("versions")
    shutil.copytree(clustered, folder / "library")
    (folder / "small").mkdir()
    for name, sizes in (("coffee.png", (300, 240, 200)), ("rocket.jpg", (320,))):
        with Image.open(clustered.parent / "photos" / name) as image:
            for size in sizes:
                smaller = image.convert("RGB").resize((size, size * image.height // image.width))
                smaller.save(folder / "small" / f"{name[:-4]} [red]{size}.jpg", quality=85)
    with pytest.MonkeyPatch.context() as patch:
        assert call_main(patch, ("--library", folder / "library", "index", folder / "small")) == 0
        assert call_main(patch, ("--library", folder / "library", "cluster", "duplicates")) == 0
    return folder / "library"


@pytest.fixture
def folder(versions: Path, tmp_path: Path) -> Path:
    """A copy of that library, to be changed."""
    return Path(shutil.copytree(versions, tmp_path / "versions"))


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    """The same library as another process sees it."""
    library = create_library(folder)
    yield library
    library.close()
