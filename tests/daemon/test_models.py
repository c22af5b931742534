"""What a change of models or decoders sets going, and how memory is given back."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from dofisac_tui.config import Daemon as DaemonSettings
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.engines.dlib_faces import BundledFaces
from dofisac_tui.library import meta
from dofisac_tui.library.embedding_spaces import searched_space
from tests.daemon.conftest import SAMPLES, SETTINGS, eventually, put, running_daemon


class OtherFaces(BundledFaces):
    """The same engine under another name, as another model would be."""

    @property
    def space(self) -> EmbeddingSpace:
        return EmbeddingSpace("another", "face", 128, "euclidean")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("astronaut.png", "coffee.png", "camera.png"):
        put(name, folder / name)
    return folder


def test_another_model_fills_its_space_and_search_switches_when_it_is_full(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_daemon(tmp_path / "library", root) as running:
        eventually(lambda: len(running.names()) == 3 and running.rests())
    monkeypatch.setattr("tests.daemon.conftest.KeptEngines.faces", lambda engines: OtherFaces())
    with running_daemon(tmp_path / "library", root) as running:
        eventually(lambda: getattr(searched_space(running.library, "face"), "name", "") == "another")
        analysed = "SELECT COUNT(*) FROM analyses JOIN spaces USING (space_id) WHERE name = ?"
        assert running.library.value(analysed, ("another",)) == 3
        assert running.library.value(analysed, ("dlib-resnet-v1-128",)) == 3


def test_failures_are_tried_again_when_the_decoders_have_changed(tmp_path: Path, root: Path) -> None:
    (root / "broken.png").write_bytes(b"no picture")
    with running_daemon(tmp_path / "library", root) as running:
        eventually(lambda: running.failures()["broken.png"][1] == 1)
        with running.library.write() as connection:
            connection.execute("UPDATE failures SET next_try = NULL")
            meta.put(connection, "decoders", "Pillow 1.0")
        eventually(lambda: running.failures()["broken.png"][1] == 2)


def test_models_and_decoders_leave_the_memory_when_idle_and_come_back(tmp_path: Path, root: Path) -> None:
    settings = replace(SETTINGS, daemon=DaemonSettings(idle_minutes=0.01))
    with running_daemon(tmp_path / "library", root, settings) as running:
        eventually(lambda: len(running.names()) == 3)
        eventually(lambda: not running.daemon._engines.is_open)
        shutil.copy(SAMPLES / "coins.png", root)
        eventually(lambda: len(running.names()) == 4)
