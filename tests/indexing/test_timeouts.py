"""Questions that are never answered, and walks that stand still."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dofisac_tui.engines.protocols import SceneCrop
from dofisac_tui.errors import PhotoError
from dofisac_tui.imaging.photo import KnownPhoto, ReadLimits, ReadPhoto
from dofisac_tui.imaging.reader_pool import ReaderPool
from dofisac_tui.indexing.indexer import Indexer
from dofisac_tui.indexing.inference import Inference
from dofisac_tui.indexing.timeouts import call_with_timeout, iterate_with_timeout
from dofisac_tui.library.database import Library
from dofisac_tui.library.failures import all_failures
from dofisac_tui.library.roots import all_roots
from tests.indexing.conftest import SETTINGS, Recorder


def test_an_answer_and_an_error_are_passed_on() -> None:
    assert call_with_timeout(b"/here", lambda: threading.current_thread() is threading.main_thread()) is False
    with pytest.raises(FileNotFoundError):
        call_with_timeout(b"/here", lambda: os.stat("/nowhere"))


def test_who_owes_an_answer_is_asked_nothing_more_until_it_comes() -> None:
    answer = threading.Event()
    with pytest.raises(TimeoutError):
        call_with_timeout(b"/far", answer.wait, seconds=0.1)
    began, threads = time.monotonic(), threading.active_count()
    for _ in range(20):
        with pytest.raises(TimeoutError):
            call_with_timeout(b"/far", lambda: 1)
    assert time.monotonic() - began < 1 and threading.active_count() == threads
    assert call_with_timeout(b"/near", lambda: 2) == 2
    answer.set()
    while threading.active_count() == threads:
        time.sleep(0.01)
    assert call_with_timeout(b"/far", lambda: 3) == 3


def test_a_walk_is_taken_in_order_and_given_up_when_it_stands_still() -> None:
    still = threading.Event()

    def items() -> Iterator[int]:
        yield from range(1000)
        still.wait()

    assert list(iterate_with_timeout(b"/a", lambda: iter(range(1000)), 1)) == list(range(1000))
    found = []
    with pytest.raises(TimeoutError):
        for number in iterate_with_timeout(b"/b", items, 0.2):
            found.append(number)  # noqa: PERF402  # what came before the error counts
    still.set()
    assert found == list(range(len(found))) and len(found) > 900


def test_a_walk_that_finds_nothing_for_long_may_go_on_while_it_gets_ahead() -> None:
    listed = 0

    def items() -> Iterator[str]:
        nonlocal listed
        for _ in range(20):
            time.sleep(0.05)
            listed += 1
        yield "found"

    assert list(iterate_with_timeout(b"/slow", items, 0.2, lambda: listed)) == ["found"]


def test_a_walk_that_nobody_wants_any_more_ends() -> None:
    threads = threading.active_count()
    found = iterate_with_timeout(b"/long", lambda: iter(range(10**9)), 1)
    assert next(found) == 0
    found.close()  # type: ignore[attr-defined]
    while threading.active_count() > threads:
        time.sleep(0.01)


def unplugging_reader(
    path: bytes, limits: ReadLimits, crop: SceneCrop, known_hashes: frozenset[str]
) -> ReadPhoto | KnownPhoto:
    """Takes the folder of the photos away instead of reading them."""
    folder = Path(os.fsdecode(path)).parent
    if folder.is_dir():
        folder.rename(f"{folder}.away")
    raise PhotoError("unreadable", "The file is gone")


def test_a_root_that_goes_while_it_is_read_is_missing_and_its_files_have_not_failed(
    library: Library, inference: Inference, recorder: Recorder
) -> None:
    (root,) = all_roots(library)
    with ReaderPool(1, ReadLimits.of(SETTINGS.indexing), inference.scenes.crop, reader=unplugging_reader) as pool:
        report = Indexer(library, SETTINGS, inference, recorder, pool).run([root])
    assert (report.failed, all_failures(library)) == (0, [])
    assert all_roots(library)[0].missing_since is not None and len(recorder.notes) == 1
    Path(os.fsdecode(root.path) + ".away").rename(os.fsdecode(root.path))
    assert Indexer(library, SETTINGS, inference, recorder).run(all_roots(library)).indexed == 3
