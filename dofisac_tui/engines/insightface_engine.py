"""Faces by InsightFace: any of its packs by name, or a folder that holds one.

Guo, Deng et al., https://github.com/deepinsight/insightface. Its code is MIT; the weights of its packs are for
non-commercial research only. Nothing is ever downloaded but by `fetch`.
"""

import contextlib
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui import config
from dofisac_tui.config import Models
from dofisac_tui.display import display_text
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.engines.protocols import DetectedFace, Frame
from dofisac_tui.engines.quality import frontality, sharpness
from dofisac_tui.engines.runtime import CPU, session_options, usable_providers
from dofisac_tui.engines.weights import sha256_of
from dofisac_tui.errors import EngineError
from dofisac_tui.geometry import Vectors

FETCH = "Run: dofisac-tui models fetch full"
MOST_ELONGATED = 64
"""Long side over short side beyond which InsightFace's resizing would leave no pixels."""


class InsightFaces:
    """Finds and embeds faces with one InsightFace pack. Models load when they are first used.

    Args:
        pack: Name of a pack that was fetched, or a folder with its ONNX files.
        threads: Threads of one model run.
        providers: ONNX Runtime execution providers, most wanted first.
    """

    def __init__(self, pack: str | Path, threads: int = 2, providers: Sequence[str] = (CPU,)) -> None:
        self._pack = pack
        self._threads = threads
        self._providers = providers

    @cached_property
    def space(self) -> EmbeddingSpace:
        """The pack's own space, named by the content of its recognition model.

        Raises:
            EngineError: the pack is missing, incomplete or cannot be loaded.
        """
        recognition = self._models["recognition"]
        digest = sha256_of(Path(recognition.model_file))
        name = f"insightface:{Path(self._pack).name}:{digest[:12]}"
        return EmbeddingSpace(name, "face", int(recognition.output_shape[-1]), "cosine")

    def find_faces(self, frames: Sequence[Frame]) -> list[list[DetectedFace]]:
        """All faces of each frame, largest first.

        Raises:
            EngineError: the pack is missing, incomplete, cannot be loaded or fails.
        """
        models = self._models
        with _as_engine_error("InsightFace failed"):
            return [_faces(models, frame) for frame in frames]

    @cached_property
    def _models(self) -> dict[str, Any]:
        """The detection and the recognition model."""
        folder = pack_folder(self._pack)
        if not any(folder.glob("*.onnx")):
            raise EngineError(f"The InsightFace pack {display_text(str(self._pack))} is not on this machine", FETCH)
        app = import_face_analysis()
        with _as_engine_error(f"The InsightFace pack in {display_text(str(folder))} cannot be loaded"):
            analysis = app.FaceAnalysis(
                name=str(folder),
                allowed_modules=["detection", "recognition"],
                providers=usable_providers(self._providers),
                sess_options=session_options(self._threads),
            )
            analysis.prepare(ctx_id=0)
        models: dict[str, Any] = analysis.models
        if "recognition" not in models:
            raise EngineError(
                f"The InsightFace pack in {display_text(str(folder))} is incomplete: it has no recognition model",
                f"Remove the folder. {FETCH}",
            )
        return models


def pack_folder(pack: str | Path) -> Path:
    """Where a pack is, or will be once it is fetched: a folder as given, or one of the models folder."""
    given = Path(pack).expanduser()
    return given if given.is_dir() else config.models_folder() / "insightface" / given.name


def fetch(pack: str) -> Path:
    """Download a pack by InsightFace's own loader, try it, and only then put it in its place.

    Raises:
        EngineError: it cannot be downloaded, or what came cannot be loaded.
    """
    folder = pack_folder(pack)
    if folder.is_dir():
        return folder
    import_face_analysis()
    from insightface.utils import ensure_available

    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetching-") as root:
            with contextlib.redirect_stdout(sys.stderr):  # the loader prints, and stdout is for data
                fetched = _unnested(Path(ensure_available("models", folder.name, root=root)))
            _check(fetched)
            fetched.rename(folder)
    except (OSError, RuntimeError, zipfile.BadZipFile) as error:
        raise EngineError(
            f"The InsightFace pack {display_text(pack)} could not be fetched: {display_text(str(error))}",
            "Check the name and the network, or name a folder that holds the pack in the settings.",
        ) from error
    return folder


def _check(folder: Path) -> None:
    InsightFaces(folder).find_faces([np.zeros((128, 128, 3), np.uint8)])


def _unnested(folder: Path) -> Path:
    """Some packs hold a folder of their own name inside their archive."""
    inner = [entry for entry in folder.iterdir() if entry.is_dir()]
    return inner[0] if len(inner) == 1 and not any(folder.glob("*.onnx")) else folder


def import_face_analysis() -> Any:
    """The module `insightface.app`.

    Raises:
        EngineError: it cannot be imported, most often since a system library of OpenCV is missing.
    """
    try:
        from insightface import app
    except ImportError as error:
        raise EngineError(
            f"InsightFace cannot start: {error}",
            "Where libGL or libgthread is missing, install the system packages libgl1 and libglib2.0-0 (Debian, "
            "Ubuntu) or mesa-libGL and glib2 (Fedora). Otherwise: pip install --force-reinstall --no-deps "
            "opencv-python. The bundled pack needs neither.",
        ) from error
    # its alignment calls a scikit-image function that warns on every start, into the middle of a terminal screen
    warnings.filterwarnings("ignore", category=FutureWarning, module="insightface")
    return app


@contextlib.contextmanager
def _as_engine_error(title: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # InsightFace, OpenCV and ONNX Runtime raise what they like, asserts included
        raise EngineError(
            f"{title}: {error or type(error).__name__}", f"Remove the pack if this stays. {FETCH}"
        ) from error


def _faces(models: dict[str, Any], frame: Frame) -> list[DetectedFace]:
    from insightface.utils import face_align

    recognition = models["recognition"]
    bgr = np.ascontiguousarray(_not_too_thin(frame)[:, :, ::-1])
    boxes, landmarks = models["detection"].detect(bgr)
    sizes = (boxes[:, 2:4] - boxes[:, :2]).prod(axis=1)
    order = np.argsort(-sizes, kind="stable")
    chips = [face_align.norm_crop(bgr, landmarks[n], recognition.input_size[0]) for n in order]
    embeddings = _embed(recognition, chips)
    return [
        _face(boxes[n], landmarks[n], chip[:, :, ::-1], embedding)
        for n, chip, embedding in zip(order, chips, embeddings, strict=True)
    ]


def _not_too_thin(frame: Frame) -> Frame:
    """The frame, with black added at the right or bottom where it is extremely narrow."""
    least = -(-max(frame.shape[:2]) // MOST_ELONGATED)
    more = [(0, max(0, least - side)) for side in frame.shape[:2]]
    return np.pad(frame, [*more, (0, 0)])


def _embed(recognition: Any, chips: list[NDArray[np.uint8]]) -> Vectors:
    """Unit vectors, (n, dimensions); in one run where the model takes a batch."""
    if not chips:
        return np.empty((0, int(recognition.output_shape[-1])), np.float32)
    batch = len(chips) if not isinstance(recognition.input_shape[0], int) else recognition.input_shape[0]
    vectors = np.concatenate(
        [recognition.get_feat(chips[start : start + batch]) for start in range(0, len(chips), batch)]
    )
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def _face(
    box: NDArray[np.float32], landmarks: NDArray[np.float32], chip: NDArray[np.uint8], embedding: NDArray[np.float32]
) -> DetectedFace:
    left, top, right, bottom, score = (float(value) for value in box)
    return DetectedFace(
        box=(left, top, right - left, bottom - top),
        landmarks=landmarks.astype(np.float32),
        score=min(1.0, score),
        sharpness=sharpness(chip),
        frontality=frontality(landmarks),
        embedding=embedding.astype(np.float32),
    )


def open_engine(models: Models, threads: int) -> InsightFaces:
    """Open the engine with the settings of the section `models`."""
    return InsightFaces(models.insightface, threads, models.providers)


def fetch_weights(models: Models) -> None:
    """Download the InsightFace pack that the settings name."""
    fetch(models.insightface)
