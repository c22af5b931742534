"""What the whole chain makes of photos with known answers: people, orientations, formats."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from dofisac_tui.imaging.fingerprint import hamming
from dofisac_tui.indexing.indexer import Indexer
from dofisac_tui.indexing.inference import Inference
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.photos import record_of
from dofisac_tui.library.roots import add_root, all_roots
from dofisac_tui.search.photo_search import PhotoSearch
from tests.indexing.conftest import SETTINGS, Recorder

Box = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, shared_photos: Path, inference: Inference) -> Iterator[Library]:
    with create_library(tmp_path_factory.mktemp("shared") / "library") as opened:
        for folder in ("faces", "orientation", "formats"):
            add_root(opened, bytes(shared_photos / folder))
        report = Indexer(opened, SETTINGS, inference, Recorder()).run(all_roots(opened))
        assert report.failed == 0
        yield opened


def paths(library: Library, folder: Path) -> dict[int, Path]:
    rows = library.rows("SELECT photo_id, path FROM photos ORDER BY path")
    found = {row["photo_id"]: Path(os.fsdecode(row["path"])) for row in rows}
    return {photo_id: path for photo_id, path in found.items() if folder in path.parents}


def faces(library: Library, photo_id: int) -> list[tuple[int, Box]]:
    rows = library.rows("SELECT face_id, x, y, w, h FROM faces WHERE photo_id = ? ORDER BY number", (photo_id,))
    return [(row[0], (row[1], row[2], row[3], row[4])) for row in rows]


def test_every_format_is_read(library: Library, shared_photos: Path) -> None:
    assert len(paths(library, shared_photos / "formats")) == len(list((shared_photos / "formats").iterdir()))


def test_the_eight_orientations_are_one_photo(library: Library, shared_photos: Path) -> None:
    photo_ids = paths(library, shared_photos / "orientation")
    assert len(photo_ids) == 8
    records = [record_of(library, photo_id) for photo_id in photo_ids]
    assert len({(record.width, record.height) for record in records}) == 1
    assert {len(faces(library, photo_id)) for photo_id in photo_ids} == {0}  # a person seen from behind
    for a, b in itertools.combinations(records, 2):
        assert hamming(a.fingerprint, b.fingerprint) <= 4


def central_faces(library: Library, folder: Path) -> tuple[list[int], list[str]]:
    """The face nearest the centre of each photo, and whose it is."""
    ids, people = [], []
    for photo_id, path in paths(library, folder).items():
        face_id, _ = min(
            faces(library, photo_id),
            key=lambda face: np.hypot(face[1][0] + face[1][2] / 2 - 125, face[1][1] + face[1][3] / 2 - 125),
        )
        ids.append(face_id)
        people.append(path.parent.name)
    return ids, people


def test_the_nearest_photo_is_of_the_same_person(library: Library, shared_photos: Path) -> None:
    face_ids, people = central_faces(library, shared_photos / "faces")
    searching = PhotoSearch(library)
    right = 0
    for face_id, person in zip(face_ids, people, strict=True):
        itself, nearest = searching.find(searching.indexed_face(face_id), limit=2, cut_off=0)
        assert itself.face_id == face_id and itself.distance == pytest.approx(0, abs=1e-6)
        right += Path(os.fsdecode(nearest.path)).parent.name == person
    assert right >= 99


def test_pairs_are_told_apart_and_match_is_worth_its_name(library: Library, shared_photos: Path) -> None:
    face_ids, people = central_faces(library, shared_photos / "faces")
    searching = PhotoSearch(library)
    vectors = np.stack([searching.indexed_face(face_id).embedding for face_id in face_ids])
    apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    same = np.array(people)[:, None] == np.array(people)[None]
    upper = np.triu(np.ones_like(same), 1)
    strangers = np.sort(apart[upper & ~same])
    threshold = strangers[int(0.001 * len(strangers))]
    assert (apart[upper & same] < threshold).mean() >= 0.97
    listed, wrong = 0, 0
    for face_id, person in zip(face_ids, people, strict=True):
        for hit in searching.find(searching.indexed_face(face_id), limit=20, cut_off=90):
            path = Path(os.fsdecode(hit.path))
            if (shared_photos / "faces") in path.parents and hit.face_id in face_ids:
                listed += 1
                wrong += path.parent.name != person
    assert listed > 500 and wrong / listed < 0.02
