"""Fixtures that every test may use: photos that ship in installed packages, and the shared ones where they exist."""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True)
settings.register_profile("explore")
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))  # "explore" tries other examples each time

SHARED = (Path(__file__).resolve().parents[2] / "shared").resolve()


def package_folder(name: str) -> Path:
    """Where an installed package is, without importing it."""
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations)))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared material beside the project; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs the shared photos beside the project")
    return SHARED


@pytest.fixture(scope="session")
def shared_photos(shared: Path) -> Path:
    """Real photos with known answers."""
    return shared / "photos"


@pytest.fixture(scope="session")
def t1() -> Path:
    """A photo of six people, shipped by insightface."""
    return package_folder("insightface") / "data" / "images" / "t1.jpg"


@pytest.fixture(scope="session")
def sample_photos(tmp_path_factory: pytest.TempPathFactory, t1: Path) -> Path:
    """A folder of small real photos from installed packages; do not write into it."""
    folder = tmp_path_factory.mktemp("sample_photos")
    pictures = package_folder("skimage") / "data"
    for name in ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "camera.png", "coins.png", "moon.png"):
        shutil.copy(pictures / name, folder / name)
    shutil.copy(t1, folder / "t1.jpg")
    shutil.copy(t1.with_name("Tom_Hanks_54745.png"), folder / "Tom_Hanks_54745.png")
    return folder


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """The commands narrow the umask of their process, which here is that of every later test, too."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(scope="session", autouse=True)
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Converted models are made once for a session, and never in the user's own folder."""
    kept = os.environ.get("DOFISAC_TEST_MODELS")
    folder = Path(kept) if kept else tmp_path_factory.getbasetemp().parent / "dofisac-test-models"
    folder.mkdir(parents=True, exist_ok=True)
    before = os.environ.get("DOFISAC_MODELS")
    os.environ["DOFISAC_MODELS"] = str(folder)
    yield folder
    if before is None:
        del os.environ["DOFISAC_MODELS"]
    else:
        os.environ["DOFISAC_MODELS"] = before
