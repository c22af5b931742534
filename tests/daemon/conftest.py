"""A daemon in a thread of its own, with the real engines, on a library and a root in temporary folders."""

import atexit
import contextlib
import functools
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from dofisac_daemon.engine_pool import EnginePool, Opener
from dofisac_daemon.service import Daemon

from dofisac_tui.config import Indexing, Settings
from dofisac_tui.engines.packs import Engines
from dofisac_tui.engines.protocols import FaceEngine, SceneCrop, SceneEngine
from dofisac_tui.imaging.photo import ReadLimits
from dofisac_tui.imaging.reader_pool import ReaderPool
from dofisac_tui.imaging.reader_process import Reader
from dofisac_tui.library.database import Library, create_library, open_library
from dofisac_tui.library.roots import add_root
from tests.conftest import package_folder

SETTINGS = Settings(indexing=Indexing(workers=1, threads=1))
SAMPLES = package_folder("skimage") / "data"


def eventually(condition: Callable[[], Any], seconds: float = 90.0) -> Any:
    """Wait until a condition holds, and return what it says; a slow machine only makes it wait longer."""
    give_up = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < give_up, "it never came true"
        time.sleep(0.05)
    return answer


def put(name: str, target: Path) -> Path:
    """Put a sample photo somewhere, so old that nobody can still be writing it."""
    shutil.copyfile(SAMPLES / name, target)
    os.utime(target, (1e9, 1e9))
    return target


def odd_decoders(reader: Reader) -> Opener:
    """Decoder processes that read by another function."""

    def open_decoders(settings: Settings, inference: Any) -> ReaderPool:
        limits = ReadLimits.of(settings.indexing)
        return ReaderPool(1, limits, inference.scenes.crop, reader=reader)

    return open_decoders


class KeptDecoder(ReaderPool):
    """A decoder process for all daemons of a test run, which use it one after another."""

    def __exit__(self, *_: object) -> None:
        pass


@functools.cache
def _kept_decoder(crop: SceneCrop) -> KeptDecoder:
    pool = KeptDecoder(1, ReadLimits.of(SETTINGS.indexing), crop)
    atexit.register(pool.close)
    return pool


def kept_decoders(settings: Settings, inference: Any) -> ReaderPool:
    """The decoder process that is kept."""
    assert settings.indexing == SETTINGS.indexing
    return _kept_decoder(inference.scenes.crop)


@dataclass
class Running:
    """A daemon at work, and a second connection to look at its library."""

    root: Path
    library: Library
    daemon: Any = None
    errors: list[BaseException] = field(default_factory=list)

    def photos(self) -> dict[str, int]:
        """Ids of the present photos by their paths in the root."""
        rows = self.library.rows("SELECT path, photo_id FROM photos WHERE absent_since IS NULL")
        return {os.path.relpath(os.fsdecode(row["path"]), self.root): row["photo_id"] for row in rows}

    def names(self, folder: str = "") -> set[str]:
        """The present photos in a folder of the root."""
        return {name for name in self.photos() if name.startswith(folder)}

    def failures(self) -> dict[str, tuple[str, int]]:
        """Class and attempts of the failures, by file name."""
        rows = self.library.rows("SELECT path, class, attempts FROM failures")
        return {Path(os.fsdecode(row["path"])).name: (row["class"], row["attempts"]) for row in rows}

    def state(self) -> str:
        """What the daemon says it is doing."""
        return str(self.library.value("SELECT state FROM heartbeat") or "")

    def rests(self) -> bool:
        """Whether the daemon has nothing left to do."""
        return self.state().startswith("watching")


@contextlib.contextmanager
def running_daemon(
    folder: Path, root: Path, settings: Settings = SETTINGS, open_decoders: Opener | None = None
) -> Iterator[Running]:
    """Run a daemon in a thread until the block ends."""
    with create_library(folder) as library:
        add_root(library, bytes(root))
    with open_library(folder) as library:
        running = Running(root, library)
        started = threading.Event()

        def serve() -> None:
            try:
                with open_library(folder) as own, EnginePool(own, settings, open_decoders or kept_decoders) as engines:
                    running.daemon = Daemon(own, settings, engines, tick_seconds=0.2)
                    started.set()
                    running.daemon.serve()
            except BaseException as error:
                running.errors.append(error)
                started.set()

        thread = threading.Thread(target=serve)
        thread.start()
        started.wait()
        try:
            eventually(running.rests)
            yield running
        finally:
            if running.daemon:
                running.daemon.stop()
            thread.join(30)
        assert not running.errors, running.errors
        assert not thread.is_alive()


class KeptEngines(Engines):
    """Engines whose models are loaded once for all daemons of a test run."""

    @functools.cache  # noqa: B019  # there is one of these
    def faces(self) -> FaceEngine:
        return super().faces()

    @functools.cache  # noqa: B019
    def scenes(self) -> SceneEngine:
        return super().scenes()


@pytest.fixture(scope="session", autouse=True)
def quick() -> Iterator[None]:
    """Tests need not wait as long as slow writers deserve."""
    kept = KeptEngines("bundled", SETTINGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dofisac_daemon.engine_pool.Engines", lambda pack, settings: kept)
        patch.setattr("dofisac_daemon.pending_paths.QUIET_SECONDS", 0.7)
        patch.setattr("dofisac_daemon.service.SETTLE_SECONDS", 0.1)
        patch.setattr("dofisac_daemon.service.FRESH_SECONDS", 0.4)
        yield


@pytest.fixture(scope="module")
def shared_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One daemon for the tests of a module, each of which works in a folder of its own."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "photos").mkdir()
    put("coffee.png", folder / "photos" / "first.png")
    with running_daemon(folder / "library", folder / "photos", replace(SETTINGS)) as running:
        yield running
