"""A library of its own for each test, and the bundled engines once for all of them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dofisac_tui.config import Indexing, Settings
from dofisac_tui.engines.packs import Engines
from dofisac_tui.indexing.indexer import Indexer
from dofisac_tui.indexing.inference import Inference
from dofisac_tui.indexing.report import IndexReport
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.roots import add_root, all_roots

SETTINGS = Settings(indexing=Indexing(workers=1, threads=1))

Run = Callable[..., IndexReport]


class Recorder:
    """A listener that remembers what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.steps: list[bytes] = []
        self.total = 0

    def on_warning(self, message: str) -> None:
        self.notes.append(message)

    def on_start(self, total: int) -> None:
        self.total = total

    def on_file_done(self, path: bytes) -> None:
        self.steps.append(path)


@pytest.fixture(scope="session")
def inference(models_folder: Path) -> Iterator[Inference]:
    engines = Engines("bundled", SETTINGS)
    with Inference(engines.faces(), engines.scenes(), threads=2) as both:
        yield both


@pytest.fixture
def root(tmp_path: Path, sample_photos: Path) -> Path:
    """A folder of three photos: six faces, one face, none."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("t1.jpg", "Tom_Hanks_54745.png", "coffee.png"):
        shutil.copy2(sample_photos / name, folder / name)
    return folder


@pytest.fixture
def library(tmp_path: Path, root: Path) -> Iterator[Library]:
    with create_library(tmp_path / "library") as opened:
        add_root(opened, bytes(root))
        yield opened


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def run(library: Library, inference: Inference, recorder: Recorder) -> Run:
    """Bring the library up to date once."""

    def once(force: frozenset[bytes] = frozenset(), settings: Settings = SETTINGS) -> IndexReport:
        return Indexer(library, settings, inference, recorder).run(all_roots(library), force)

    return once
