"""Real photos through the real engines: what one run after another makes of a folder that changes."""

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from dofisac_tui.engines.protocols import DetectedFace, Frame
from dofisac_tui.errors import EngineError
from dofisac_tui.imaging.fingerprint import hamming
from dofisac_tui.imaging.photo import ReadPhoto
from dofisac_tui.indexing.indexer import Indexer
from dofisac_tui.indexing.inference import Inference, Inferred
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.failures import all_failures
from dofisac_tui.library.photos import list_photos
from dofisac_tui.library.roots import add_root, all_roots
from dofisac_tui.library.thumbnails import thumbnail_path
from tests.imaging.helpers import TURNED
from tests.indexing.conftest import SETTINGS, Recorder, Run


class CountingInference(Inference):
    """The real engines, counting the photos they see."""

    def __init__(self, real: Inference) -> None:
        super().__init__(real.faces, real.scenes)
        self.seen = 0

    def submit(self, photo: ReadPhoto) -> Future[Inferred]:
        self.seen += 1
        return super().submit(photo)


def faces_by_name(library: Library) -> dict[str, int]:
    return {
        Path(os.fsdecode(row["path"])).name: row["faces"]
        for row in list_photos(library, searched_space(library, "face"), absent=False)
    }


def face_ids(library: Library) -> list[int]:
    return [row[0] for row in library.rows("SELECT face_id FROM faces ORDER BY face_id")]


def test_first_run_stores_every_face_and_no_face_is_a_result(library: Library, run: Run, recorder: Recorder) -> None:
    report = run()
    assert (report.photos, report.indexed, report.failed, report.faces) == (3, 3, 0, 7)
    assert faces_by_name(library) == {"t1.jpg": 6, "Tom_Hanks_54745.png": 1, "coffee.png": 0}
    assert recorder.total == 3 and len(recorder.steps) == 3
    for row in library.rows("SELECT content_hash FROM photos"):
        with Image.open(thumbnail_path(library.folder, row[0])) as thumbnail:
            assert max(thumbnail.size) <= 384


def test_a_second_run_runs_no_model_and_reads_no_file(library: Library, run: Run, inference: Inference) -> None:
    run()
    counting, recorder = CountingInference(inference), Recorder()
    report = Indexer(library, SETTINGS, counting, recorder).run(all_roots(library))
    assert (report.photos, report.indexed, report.unchanged, report.faces) == (3, 0, 3, 0)
    assert counting.seen == 0 and recorder.total == 0


def test_a_touched_file_is_hashed_and_no_more(library: Library, root: Path, run: Run, inference: Inference) -> None:
    run()
    before = face_ids(library)
    os.utime(root / "t1.jpg", (1, 1))
    counting = CountingInference(inference)
    report = Indexer(library, SETTINGS, counting, Recorder()).run(all_roots(library))
    assert (report.indexed, report.unchanged, counting.seen) == (0, 3, 0)
    assert face_ids(library) == before
    assert run().unchanged == 3


def test_a_moved_file_keeps_its_faces_with_no_model_run(
    library: Library, root: Path, run: Run, inference: Inference
) -> None:
    run()
    before, photo_id = (
        face_ids(library),
        library.value("SELECT photo_id FROM photos WHERE CAST(path AS TEXT) LIKE '%t1.jpg'"),
    )
    (root / "deeper").mkdir()
    (root / "t1.jpg").rename(root / "deeper" / "six people.jpg")
    counting = CountingInference(inference)
    report = Indexer(library, SETTINGS, counting, Recorder()).run(all_roots(library))
    assert (report.moved, report.absent, report.indexed, counting.seen, report.photos) == (1, 0, 0, 0, 3)
    assert face_ids(library) == before
    assert library.value("SELECT photo_id FROM photos WHERE CAST(path AS TEXT) LIKE '%six people.jpg'") == photo_id


def test_a_copy_is_a_photo_of_its_own_with_no_model_run(
    library: Library, root: Path, run: Run, inference: Inference
) -> None:
    run()
    shutil.copy(root / "t1.jpg", root / "copy.jpg")
    counting = CountingInference(inference)
    report = Indexer(library, SETTINGS, counting, Recorder()).run(all_roots(library))
    assert (report.indexed, report.moved, report.photos, report.faces, counting.seen) == (1, 0, 4, 6, 0)
    assert faces_by_name(library)["copy.jpg"] == 6
    assert library.value("SELECT COUNT(*) FROM face_vectors") == 13


def test_swapped_names_and_a_file_moved_over_another(library: Library, root: Path, run: Run) -> None:
    run()
    (root / "t1.jpg").rename(root / "swap")
    (root / "coffee.png").rename(root / "t1.jpg")
    (root / "swap").rename(root / "coffee.png")
    report = run()
    assert (report.failed, report.photos) == (0, 3)
    assert faces_by_name(library) == {"t1.jpg": 0, "Tom_Hanks_54745.png": 1, "coffee.png": 6}
    (root / "coffee.png").rename(root / "t1.jpg")
    report = run()
    assert (report.moved, report.photos) == (1, 2)
    assert faces_by_name(library) == {"t1.jpg": 6, "Tom_Hanks_54745.png": 1}


def test_a_changed_file_is_read_anew(library: Library, root: Path, sample_photos: Path, run: Run) -> None:
    run()
    shutil.copy(sample_photos / "astronaut.png", root / "coffee.png")
    report = run()
    assert (report.indexed, report.unchanged, report.photos) == (1, 2, 3)
    assert faces_by_name(library)["coffee.png"] == 1


def test_a_deleted_file_is_absent_and_comes_back_whole(
    library: Library, root: Path, run: Run, inference: Inference
) -> None:
    run()
    before = face_ids(library)
    (root / "t1.jpg").rename(root.parent / "kept.jpg")
    report = run()
    assert (report.absent, report.photos, report.unchanged) == (1, 2, 2)
    assert len(list_photos(library, searched_space(library, "face"), absent=True)) == 1
    assert run().absent == 0
    (root.parent / "kept.jpg").rename(root / "elsewhere.jpg")
    counting = CountingInference(inference)
    report = Indexer(library, SETTINGS, counting, Recorder()).run(all_roots(library))
    assert (report.moved, report.photos, counting.seen) == (1, 3, 0)
    assert face_ids(library) == before


@pytest.mark.parametrize("how", ["removed", "empty"])
def test_a_root_that_vanishes_as_a_whole_loses_nothing(
    library: Library, root: Path, run: Run, recorder: Recorder, how: str
) -> None:
    run()
    away = root.rename(root.parent / "unplugged")
    if how == "empty":
        root.mkdir()
    report = run()
    assert (report.photos, report.absent) == (3, 0)
    assert any("cannot be found" in note for note in recorder.notes)
    assert all_roots(library)[0].missing_since is not None
    if how == "empty":
        root.rmdir()
    away.rename(root)
    assert run().unchanged == 3
    assert all_roots(library)[0].missing_since is None


def test_a_failure_is_a_row_waits_its_turn_and_is_cleared(
    library: Library, root: Path, sample_photos: Path, run: Run
) -> None:
    whole = (sample_photos / "rocket.jpg").read_bytes()
    (root / "half.jpg").write_bytes(whole[: len(whole) // 2])
    (root / "empty.jpg").touch()
    assert run().failed == 2
    assert {f.failure_class for f in all_failures(library)} == {"unreadable"}
    assert all(f.attempts == 1 and f.next_try for f in all_failures(library))
    assert run().failed == 0, "not due yet"
    forced = frozenset(failure.path for failure in all_failures(library))
    assert run(forced).failed == 2
    assert all(failure.attempts == 2 for failure in all_failures(library))
    (root / "half.jpg").write_bytes(whole)
    (root / "empty.jpg").unlink()
    report = run()
    assert (report.indexed, report.failed) == (1, 0)
    assert all_failures(library) == []


def test_a_failed_try_loses_nothing_that_an_earlier_one_stored(library: Library, root: Path, run: Run) -> None:
    run()
    (root / "t1.jpg").write_bytes(b"not a picture any more")
    assert run().failed == 1
    assert faces_by_name(library)["t1.jpg"] == 6


def test_a_photo_that_the_model_fails_on_fails_alone(library: Library, root: Path, inference: Inference) -> None:
    class Picky:
        """The real face engine, but for one photo."""

        space = inference.faces.space

        def find_faces(self, frames: Sequence[Frame]) -> list[list[DetectedFace]]:
            if any(frame.shape[0] == 400 and frame.shape[1] == 600 for frame in frames):  # coffee.png
                raise EngineError("The model choked")
            return inference.faces.find_faces(frames)

    report = Indexer(library, SETTINGS, Inference(Picky(), inference.scenes), Recorder()).run(all_roots(library))
    assert (report.indexed, report.failed, report.photos) == (2, 1, 2)
    (failure,) = all_failures(library)
    assert (failure.stage, failure.failure_class) == ("models", "engine failed")


def test_a_model_that_does_not_run_at_all_stops_the_run_and_blames_no_photo(
    library: Library, inference: Inference
) -> None:
    class Broken:
        space = inference.faces.space

        def find_faces(self, frames: Sequence[Frame]) -> list[list[DetectedFace]]:
            raise EngineError("The model is missing", "Reinstall it.")

    with pytest.raises(EngineError, match="missing"):
        Indexer(library, SETTINGS, Inference(Broken(), inference.scenes), Recorder()).run(all_roots(library))
    assert all_failures(library) == []


def test_a_new_face_model_fills_its_space_and_then_takes_over(library: Library, run: Run, inference: Inference) -> None:
    run()

    class Renamed:
        """The same engine under another space, as another model would be."""

        space = type(inference.faces.space)("another", "face", 128, "euclidean")

        def find_faces(self, frames: Sequence[Frame]) -> list[list[DetectedFace]]:
            return inference.faces.find_faces(frames)

    other = Inference(Renamed(), inference.scenes)
    report = Indexer(library, SETTINGS, other, Recorder()).run(all_roots(library))
    assert (report.indexed, report.faces, report.photos) == (3, 7, 3)
    assert (space := searched_space(library, "face")) and space.name == "another"
    assert library.value("SELECT COUNT(*) FROM faces") == 14, "the old space stays"
    assert Indexer(library, SETTINGS, other, Recorder()).run(all_roots(library)).unchanged == 3


def test_the_eight_orientations_of_a_group_have_the_same_boxes_in_pixels_of_the_upright_original(
    library: Library, root: Path, t1: Path, run: Run
) -> None:
    with Image.open(t1) as group:
        upright = group.convert("RGB").resize((3840, 2658))  # so that frames are reduced
        for orientation, turn in TURNED.items():
            exif = Image.Exif()
            exif[0x0112] = orientation
            stored = upright if turn is None else upright.transpose(turn)
            stored.save(root / f"turned-{orientation}.jpg", exif=exif, quality=92)
    run()
    rows = library.rows(
        "SELECT path, width, height, fingerprint, x, y, w, h FROM faces JOIN photos USING (photo_id)"
        " WHERE CAST(path AS TEXT) LIKE '%turned%' ORDER BY path, x"
    )
    assert len(rows) == 48 and {(row["width"], row["height"]) for row in rows} == {(3840, 2658)}
    boxes = np.array([tuple(row)[4:] for row in rows]).reshape(8, 6, 4)
    for other in boxes[1:]:
        assert all(overlap(a, b) > 0.9 for a, b in zip(boxes[0], other, strict=True))
    prints = {row["fingerprint"] for row in rows}
    assert all(hamming(a % 2**64, b % 2**64) <= 4 for a in prints for b in prints)


def overlap(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Intersection over union of two boxes x, y, w, h."""
    sides = np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - np.maximum(a[:2], b[:2])
    shared = float(np.clip(sides, 0, None).prod())
    return shared / float(a[2:].prod() + b[2:].prod() - shared)


def test_two_roots_and_a_file_that_moves_between_them(library: Library, root: Path, run: Run) -> None:
    second = root.parent / "more"
    second.mkdir()
    (second / ".keep").touch()
    add_root(library, bytes(second))
    run()
    (root / "t1.jpg").rename(second / "t1.jpg")
    report = run()
    assert (report.moved, report.absent, report.photos) == (1, 0, 3)
