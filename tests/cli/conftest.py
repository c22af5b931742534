"""The command line in this process, and a small library that the tests only look at."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageEnhance

from dofisac_tui.cli import main


@dataclass(frozen=True)
class Done:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """stdout as JSON; it must be nothing else."""
        return json.loads(self.out)


Dofisac = Callable[..., Done]


def call_main(patch: pytest.MonkeyPatch, arguments: tuple[object, ...]) -> int:
    """Run the command line in this process, and undo what it does to the process."""
    patch.setattr(sys, "argv", ["dofisac-tui", *map(str, arguments)])
    mask, on_terminate = os.umask(0o022), signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        os.umask(mask)
        signal.signal(signal.SIGTERM, on_terminate)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def dofisac(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Dofisac:
    """Run `dofisac-tui` with these arguments."""
    monkeypatch.setenv("DOFISAC_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(*arguments: object) -> Done:
        code = call_main(monkeypatch, arguments)
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return Done(code, out, err)

    return run


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory, sample_photos: Path) -> tuple[Path, Path]:
    """A library of the sample photos and one broken file, and their folder; do not change them."""
    folder = tmp_path_factory.mktemp("cli")
    photos = folder / "photos"
    shutil.copytree(sample_photos, photos)
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not much of a picture")
    with pytest.MonkeyPatch.context() as patch:
        assert call_main(patch, ("--library", folder / "library", "index", photos)) == 0
    return folder / "library", photos


@pytest.fixture(scope="session")
def crowd(tmp_path_factory: pytest.TempPathFactory, sample_photos: Path) -> tuple[Path, Path]:
    """A library of five pictures each of an astronaut and an actor, and of other things; and its photos."""
    folder = tmp_path_factory.mktemp("crowd")
    photos = folder / "photos"
    shutil.copytree(sample_photos, photos)
    for name in ("astronaut.png", "Tom_Hanks_54745.png"):
        with Image.open(sample_photos / name) as picture:
            whole = picture.convert("RGB")
        for number, light in enumerate((0.7, 0.85, 1.15, 1.3)):
            inner = whole.crop((3 * number, 2 * number, whole.width - 5 * number, whole.height - 4 * number))
            ImageEnhance.Brightness(inner).enhance(light).save(photos / f"{name[:3]}{number}.jpg", quality=88)
    odd = os.fsencode(photos) + b"/odd-\xff-name.jpg"
    shutil.copy(photos / "ast1.jpg", os.fsdecode(odd))
    with pytest.MonkeyPatch.context() as patch:
        assert call_main(patch, ("--library", folder / "library", "index", photos)) == 0
    return folder / "library", photos
