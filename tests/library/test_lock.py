"""One process indexes at a time, and everybody can see which."""

import os
import socket
import threading
from pathlib import Path

import pytest

from dofisac_tui.errors import LibraryBusyError, LibraryError
from dofisac_tui.library.lock import LOCK_NAME, current_holder, indexing_lock
from tests.processes import as_nobody, start_python

HOLD = (
    "import signal, sys; from pathlib import Path; from dofisac_tui.library.lock import indexing_lock\n"
    "with indexing_lock(Path(sys.argv[1]), 'watch'):\n"
    "    print('held', flush=True)\n"
    "    signal.pause()\n"
)


def test_a_second_holder_is_told_who_the_first_is_and_a_kill_frees_the_lock(tmp_path: Path) -> None:
    with start_python(HOLD, tmp_path) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        with pytest.raises(LibraryBusyError) as refusal, indexing_lock(tmp_path, "index"):
            pass
        holder = current_holder(tmp_path)
        process.kill()
    assert f"process {process.pid} on {socket.gethostname()} (watch, since " in str(refusal.value)
    assert holder is not None and (holder.pid, holder.command) == (process.pid, "watch")
    assert current_holder(tmp_path) is None
    with indexing_lock(tmp_path, "index"):
        mine = current_holder(tmp_path)
    assert mine is not None and (mine.pid, mine.command) == (os.getpid(), "index")


def test_nobody_holds_a_lock_that_was_never_taken_or_was_given_back(tmp_path: Path) -> None:
    assert current_holder(tmp_path) is None
    with pytest.raises(ValueError, match="stop"), indexing_lock(tmp_path, "index"):
        raise ValueError("stop")
    assert current_holder(tmp_path) is None
    assert (tmp_path / LOCK_NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("garbage", [b"", b"\xff\x00", b"[1, 2]", b'{"pid": 1}', b"null", b'"text"', os.urandom(5000)])
def test_garbage_in_the_lock_file_is_no_name(tmp_path: Path, garbage: bytes) -> None:
    lock = tmp_path / LOCK_NAME
    lock.write_bytes(garbage)
    assert current_holder(tmp_path) is None
    with indexing_lock(tmp_path, "index"):
        assert current_holder(tmp_path) is not None
        lock.write_bytes(garbage)
        assert current_holder(tmp_path) is None
        with pytest.raises(LibraryBusyError, match="by another process"), indexing_lock(tmp_path, "index"):
            pass


def test_who_only_asks_is_never_taken_for_a_holder(tmp_path: Path) -> None:
    with indexing_lock(tmp_path, "index"):
        pass
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            current_holder(tmp_path)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(200):
            with indexing_lock(tmp_path, "index"):
                pass
    finally:
        done.set()
        asking.join()


def test_a_folder_that_cannot_be_written(public_folder: Path) -> None:
    def hold() -> None:
        with indexing_lock(public_folder, "index"):
            pass

    assert "LibraryError: The library folder" in as_nobody(hold)
    with pytest.raises(LibraryError, match="cannot be written"), indexing_lock(public_folder / "missing", "index"):
        pass
