"""The cache file: whatever happens to it, answers stay right."""

import logging
import multiprocessing
import random
import resource
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.library.database import FILE_NAME, Library, open_library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.vectors import unpack
from dofisac_tui.search import vector_index
from dofisac_tui.search.vector_index import VectorIndex
from tests.search.filling import Filling, new_filling, unit_vectors

FILE = "face-1.index"
processes = multiprocessing.get_context("spawn")


@pytest.fixture
def filled(filling: Filling) -> Filling:
    """1,200 faces in a library, and the file of their index."""
    for number in range(60):
        filling.put(f"{number}", list(unit_vectors(20, seed=number)))
    VectorIndex(filling.library, filling.faces).save()
    assert cache_of(filling).exists()
    return filling


def cache_of(filling: Filling) -> Path:
    return filling.library.folder / "index" / FILE


def assert_right(filling: Filling) -> None:
    """The index names every vector that SQLite has, and the nearest ones as the nearest."""
    index = VectorIndex(filling.library, filling.faces)
    stored = filling.library.rows("SELECT face_id, vector FROM face_vectors ORDER BY face_id")
    known = unpack(filling.faces, [row["vector"] for row in stored])
    ids, _ = index.nearest(known[7], len(index))
    assert {row["face_id"] for row in stored} <= set(ids.tolist())
    assert ids[0] == stored[7]["face_id"]


def back_up(filling: Filling) -> Path:
    backup = filling.library.folder / "backup.db"
    filling.library.connection.execute("VACUUM INTO ?", (str(backup),))
    return backup


def put_back(backup: Path, filling: Filling) -> None:
    filling.library.close()
    backup.replace(filling.library.folder / FILE_NAME)
    filling.library = open_library(filling.library.folder)


def opens_quietly(filling: Filling, caplog: pytest.LogCaptureFixture) -> bool:
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        assert_right(filling)
    assert len(caplog.records) <= 1
    return not caplog.records


def test_the_file_is_used(filled: Filling, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what came after it is read from SQLite."""
    held = []
    refresh = VectorIndex.refresh

    def spy(index: VectorIndex) -> None:
        held.append(len(index))
        refresh(index)

    monkeypatch.setattr(VectorIndex, "refresh", spy)
    filled.put("later", list(unit_vectors(5, seed=99)))
    assert len(VectorIndex(filled.library, filled.faces)) == 1205
    assert held == [1200]


def test_a_flipped_bit_anywhere_is_noticed(filled: Filling, caplog: pytest.LogCaptureFixture) -> None:
    whole = cache_of(filled).read_bytes()
    chance = random.Random(0)
    places = [*range(0, 400, 23), *(chance.randrange(len(whole)) for _ in range(20)), len(whole) - 1]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chance.randrange(8)
        cache_of(filled).write_bytes(damaged)
        assert not opens_quietly(filled, caplog), place


def test_a_truncated_file_is_noticed(filled: Filling, caplog: pytest.LogCaptureFixture) -> None:
    whole = cache_of(filled).read_bytes()
    for length in (0, 1, 64, 65, 100, 400, len(whole) // 2, len(whole) - 1):
        cache_of(filled).write_bytes(whole[:length])
        assert not opens_quietly(filled, caplog), length


def test_another_librarys_file_is_not_used(filled: Filling, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "second").mkdir()
    other = new_filling(tmp_path / "second")
    for number in range(60):
        other.put(f"{number}", list(unit_vectors(20, seed=1000 + number)))
    cache_of(other).parent.mkdir()
    shutil.copy(cache_of(filled), cache_of(other))
    assert not opens_quietly(other, caplog)
    other.library.close()


@pytest.mark.parametrize("later_photos", [0, 10, 60])
def test_a_library_that_was_put_back_is_noticed(
    filled: Filling, later_photos: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ids that the file knows are given out a second time, for other vectors."""
    monkeypatch.setattr(vector_index, "_WORTH_WRITING", 0)
    backup = back_up(filled)
    for number in range(60, 120):
        filled.put(f"{number}", list(unit_vectors(20, seed=number)))
    VectorIndex(filled.library, filled.faces).save()
    put_back(backup, filled)
    for number in range(later_photos):
        filled.put(f"other {number}", list(unit_vectors(20, seed=500 + number)))
    assert not opens_quietly(filled, caplog)


def test_removals_before_a_library_was_put_back_are_noticed(
    filled: Filling, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file lacks vectors that are back again."""
    monkeypatch.setattr(vector_index, "_WORTH_WRITING", 0)
    backup = back_up(filled)
    for number in range(4):
        filled.remove(b"%d" % number)
    VectorIndex(filled.library, filled.faces).save()
    put_back(backup, filled)
    assert not opens_quietly(filled, caplog)


def test_a_file_from_before_removals_and_additions_is_still_used(
    filled: Filling, caplog: pytest.LogCaptureFixture
) -> None:
    filled.remove(b"59")
    filled.put("58", list(unit_vectors(3, seed=7)))
    filled.put("60", list(unit_vectors(3, seed=8)))
    filled.remove(b"60")
    assert opens_quietly(filled, caplog)


def save_for_ever(folder: Path) -> None:
    """Write the file again and again, until killed."""
    vector_index._WORTH_WRITING = 0
    with open_library(folder) as library:
        index = VectorIndex(library, face_space(library))
        while True:
            index._unsaved = len(index)
            index.save()


def face_space(library: Library) -> EmbeddingSpace:
    space = searched_space(library, "face")
    assert space
    return space


def test_killed_while_writing(filled: Filling, caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(1)
    for _ in range(12):
        writer = processes.Process(target=save_for_ever, args=(filled.library.folder,))
        before = cache_of(filled).stat().st_mtime_ns
        writer.start()
        while cache_of(filled).stat().st_mtime_ns == before:
            time.sleep(0.001)
        time.sleep(chance.random() * 0.02)
        writer.kill()
        writer.join()
        assert opens_quietly(filled, caplog)
    leftovers = list(cache_of(filled).parent.glob(f".*.{FILE}"))
    assert len(leftovers) <= 1  # what one killed process leaves, the next removes


def test_several_writers_and_a_reader(filled: Filling, caplog: pytest.LogCaptureFixture) -> None:
    writers = [processes.Process(target=save_for_ever, args=(filled.library.folder,)) for _ in range(2)]
    for writer in writers:
        writer.start()
    until = time.monotonic() + 5
    number = 0
    while time.monotonic() < until:
        filled.put(f"more {number}", list(unit_vectors(2, seed=3000 + number)))
        number += 1
        assert opens_quietly(filled, caplog)
    for writer in writers:
        writer.kill()
        writer.join()
        assert writer.exitcode == -signal.SIGKILL  # it was still writing, without an error
    assert opens_quietly(filled, caplog)


def save_with_a_full_disk(folder: Path) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open_library(folder, read_only=True) as library:
        index = VectorIndex(library, face_space(library))
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        vector_index._WORTH_WRITING = index._unsaved = 1
        index.save()
        assert len(index.nearest(unit_vectors(1)[0], 5)[0]) == 5


def test_a_full_disk_leaves_the_file_as_it_was(filled: Filling, caplog: pytest.LogCaptureFixture) -> None:
    before = cache_of(filled).read_bytes()
    writer = processes.Process(target=save_with_a_full_disk, args=(filled.library.folder,))
    writer.start()
    writer.join()
    assert writer.exitcode == 0
    assert cache_of(filled).read_bytes() == before
    assert [path.name for path in cache_of(filled).parent.iterdir()] == [FILE]


def test_largest_norm_outlives_the_process(filled: Filling) -> None:
    filled.put("long", [np.full(8, 9, np.float32), *unit_vectors(1100, seed=77)])
    VectorIndex(filled.library, filled.faces).save()
    reopened = VectorIndex(filled.library, filled.faces)
    assert reopened._covers.largest_norm == pytest.approx(9 * 8**0.5)
