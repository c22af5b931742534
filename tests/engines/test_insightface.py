"""InsightFace: from a folder, never from the network, and refused with a hint where it cannot run."""

import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from dofisac_tui.engines.insightface_engine import InsightFaces, fetch
from dofisac_tui.errors import EngineError
from tests.engines.test_faces import by_person, pixels


@pytest.fixture
def pack(shared: Path) -> Path:
    return shared / "models" / "insightface-pack"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOFISAC_MODELS", str(tmp_path / "models"))
    return tmp_path / "models" / "insightface"


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every attempt to reach a network fails, and is recorded."""
    attempts: list[object] = []

    def refuse(*address: object, **_: object) -> None:
        attempts.append(address)
        raise OSError("the network is not reachable")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return attempts


def test_the_six_faces_of_the_group_photo(pack: Path, t1: Path) -> None:
    (faces,) = InsightFaces(pack).find_faces([pixels(t1)])
    assert len(faces) == 6
    vectors = np.array([face.embedding for face in faces])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors @ vectors.T)[np.triu_indices(6, 1)].max() < 0.4
    areas = [face.box[2] * face.box[3] for face in faces]
    assert areas == sorted(areas, reverse=True)
    assert all(0 <= value <= 1 for face in faces for value in (face.score, face.sharpness, face.frontality))


def test_answers_are_those_of_insightface_itself(pack: Path, t1: Path) -> None:
    from insightface.app import FaceAnalysis

    analysis = FaceAnalysis(name=str(pack), providers=["CPUExecutionProvider"])
    analysis.prepare(ctx_id=0)
    theirs = sorted(analysis.get(pixels(t1)[:, :, ::-1]), key=lambda face: float(face.bbox[0]))
    (found,) = InsightFaces(pack).find_faces([pixels(t1)])
    ours = sorted(found, key=lambda face: face.box[0])
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine.embedding, other.normed_embedding, atol=1e-5)
        np.testing.assert_allclose(mine.box[:2], other.bbox[:2], atol=1e-3)


def test_lfw_photos_are_told_apart(pack: Path, shared_photos: Path) -> None:
    people, vectors = by_person(InsightFaces(pack), shared_photos / "faces")
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -1)
    assert (people[likeness.argmax(axis=1)] == people).mean() >= 0.99


def test_space_names_the_recognition_weights(pack: Path, tmp_path: Path) -> None:
    space = InsightFaces(pack).space
    assert space.name == "insightface:insightface-pack:87aacdfe5751"
    assert (space.dimensions, space.metric, space.kind) == (512, "cosine", "face")


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (2, 3)])
def test_odd_frames(pack: Path, shape: tuple[int, int]) -> None:
    assert InsightFaces(pack).find_faces([np.full((*shape, 3), 90, np.uint8)]) == [[]]


def test_a_missing_pack_is_never_downloaded(models: Path, offline: list[object]) -> None:
    with pytest.raises(EngineError, match="not on this machine") as refused:
        InsightFaces("buffalo_l").find_faces([])
    assert "models fetch full" in refused.value.hint
    assert not offline


def test_fetching_without_a_network_leaves_nothing_behind(models: Path, offline: list[object]) -> None:
    with pytest.raises(EngineError, match="could not be fetched"):
        fetch("buffalo_l")
    assert offline
    assert list(models.iterdir()) == []


def _loader(monkeypatch: pytest.MonkeyPatch, content: Path) -> None:
    """Stand in for the network alone: the loader's download hands over a local archive."""
    from insightface.utils import storage

    def copy(url: str, path: str, overwrite: bool) -> None:
        assert url.endswith("/some_pack.zip") and overwrite
        Path(path).parent.mkdir(parents=True)
        shutil.copy(content, path)

    monkeypatch.setattr(storage, "download_file", copy)


def test_a_fetched_pack_is_tried_and_put_in_place(
    models: Path,
    pack: Path,
    tmp_path: Path,
    t1: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    nested = tmp_path / "packing"
    shutil.copytree(pack, nested / "some_pack")
    _loader(monkeypatch, Path(shutil.make_archive(str(tmp_path / "archive"), "zip", nested)))
    folder = fetch("some_pack")
    assert folder == fetch("some_pack") == models / "some_pack"
    assert list(models.iterdir()) == [folder]
    assert capsys.readouterr().out == ""
    assert len(InsightFaces("some_pack").find_faces([pixels(t1)])[0]) == 6


def test_a_damaged_download_is_refused(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.zip").write_bytes(b"not an archive")
    _loader(monkeypatch, tmp_path / "bad.zip")
    with pytest.raises(EngineError, match="could not be fetched"):
        fetch("some_pack")
    assert list(models.iterdir()) == []


def test_incomplete_and_damaged_packs_are_refused(pack: Path, tmp_path: Path) -> None:
    half = tmp_path / "half"
    shutil.copytree(pack, half)
    (half / "rec_mobilefacenet.onnx").unlink()
    with pytest.raises(EngineError, match="no recognition model"):
        InsightFaces(half).find_faces([])
    (half / "rec_mobilefacenet.onnx").write_bytes((pack / "rec_mobilefacenet.onnx").read_bytes()[:50_000])
    with pytest.raises(EngineError, match="cannot be loaded") as refused:
        InsightFaces(half).find_faces([])
    assert refused.value.hint


def test_a_folder_without_a_detector_is_refused(tmp_path: Path) -> None:
    (tmp_path / "noise.onnx").write_bytes(b"noise")
    with pytest.raises(EngineError, match="cannot be loaded"):
        InsightFaces(tmp_path).find_faces([])
