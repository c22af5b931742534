"""Failed files: when each is tried again, and what resets the count."""

import time
from pathlib import Path

import pytest

from dofisac_tui.library.database import Library
from dofisac_tui.library.failures import (
    FAILURE_CLASSES,
    MOST_ATTEMPTS,
    Failure,
    all_failures,
    clear_failure,
    failures_of_root,
    next_try,
    record_failure,
)
from dofisac_tui.library.roots import add_root


def _fail(library: Library, path: bytes, stat: tuple[int, int] | None = (1, 2), kind: str = "unreadable") -> Failure:
    with library.write() as connection:
        record_failure(connection, path, 1, "read", kind, "Something is wrong.", stat)
    return failures_of_root(library, 1)[path]


def test_waits_grow_fivefold_with_a_tenth_of_jitter_and_end_in_quarantine() -> None:
    for attempts, minutes in ((1, 10), (2, 50), (3, 250), (4, 1250)):
        waits = [(next_try(attempts, 1000.0) or 0) - 1000.0 for _ in range(300)]
        assert minutes * 60 * 0.9 <= min(waits) < max(waits) <= minutes * 60 * 1.1
        assert max(waits) - min(waits) > minutes * 60 * 0.1
    assert [next_try(attempts, 1000.0) for attempts in (MOST_ATTEMPTS, 6, 100)] == [None] * 3


@pytest.mark.parametrize("stat", [(1, 2), None])
def test_attempts_are_counted_until_quarantine(library: Library, stat: tuple[int, int] | None) -> None:
    tries = [_fail(library, b"/a", stat) for _ in range(6)]
    assert [failure.attempts for failure in tries] == [1, 2, 3, 4, 5, 6]
    now = time.time()
    assert all(failure.next_try and failure.next_try > now for failure in tries[:4])
    assert [failure.next_try for failure in tries[4:]] == [None, None]
    assert (tries[-1].size, tries[-1].mtime_ns) == (stat or (None, None))


@pytest.mark.parametrize("changed", [(9, 2), (1, 9), None])
def test_a_file_that_changed_is_counted_anew(library: Library, changed: tuple[int, int] | None) -> None:
    for _ in range(5):
        _fail(library, b"/a")
    again = _fail(library, b"/a", changed, "timed out")
    assert (again.attempts, again.failure_class) == (1, "timed out")
    assert again.next_try is not None


def test_failures_are_listed_by_path_of_one_class_or_of_all(library: Library) -> None:
    for number, kind in enumerate(FAILURE_CLASSES):
        _fail(library, b"/%d" % (9 - number), kind=kind)
        assert [failure.failure_class for failure in all_failures(library, kind)] == [kind]
    assert [failure.path for failure in all_failures(library)] == [b"/4", b"/5", b"/6", b"/7", b"/8", b"/9"]
    assert all_failures(library, "no such class") == []


def test_clearing_and_the_failures_of_a_root(library: Library, tmp_path: Path) -> None:
    _fail(library, b"/a\xff")
    other = add_root(library, bytes(tmp_path / "library" / ".."))
    assert failures_of_root(library, 1) == {}
    assert list(failures_of_root(library, other.root_id)) == [b"/a\xff"]
    with library.write() as connection:
        clear_failure(connection, b"/a\xff")
        clear_failure(connection, b"/never failed")
    assert all_failures(library) == []
