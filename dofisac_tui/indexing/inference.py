"""Photos through both models, several at a time; a photo that a model fails on fails alone."""

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np

from dofisac_tui.config import Indexing, cores
from dofisac_tui.engines.protocols import FaceEngine, SceneEngine
from dofisac_tui.errors import EngineError, PhotoError
from dofisac_tui.imaging.photo import ReadLimits, ReadPhoto
from dofisac_tui.imaging.reader_pool import ReaderPool
from dofisac_tui.indexing.write_results import InferenceResult

Inferred = InferenceResult | PhotoError


class Inference:
    """Both engines as one step, used as a context manager.

    Small models share one photo badly between cores, so each thread takes a photo of its own, and the engines are
    best opened with one thread each. What is found in a photo then does not depend on its neighbours either.

    Args:
        faces: Finds and embeds faces.
        scenes: Embeds whole photos.
        threads: How many photos at a time.
    """

    def __init__(self, faces: FaceEngine, scenes: SceneEngine, threads: int = 1) -> None:
        self.faces = faces
        self.scenes = scenes
        self.threads = threads
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="inference")
        self._loading: Future[None] | None = None

    def __enter__(self) -> "Inference":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(cancel_futures=True)

    def start_loading(self) -> None:
        """Start loading both models, for photos that are about to come."""
        if self._loading is None:
            self._loading = self._executor.submit(self._load_models)

    def submit(self, photo: ReadPhoto) -> Future[Inferred]:
        """Start on a photo; the result is an error where a model cannot cope with it.

        Raises:
            EngineError: a model does not run at all, which no photo is to blame for.
        """
        self.start_loading()
        if self._loading:
            self._loading.result()
        return self._executor.submit(self._infer, photo)

    def _load_models(self) -> None:
        """Load both models, before several threads ask for them at once, and see that they run."""
        side = self.scenes.crop.size
        self.scenes.embed_photos(np.zeros((1, side, side, 3), np.uint8))
        self.faces.find_faces([np.zeros((64, 64, 3), np.uint8)])

    def _infer(self, photo: ReadPhoto) -> Inferred:
        try:
            (scene,) = self.scenes.embed_photos(photo.scene_crop[None])
            (faces,) = self.faces.find_faces([photo.frame])
        except EngineError as error:
            return PhotoError("engine failed", error.title, error.hint)
        return InferenceResult(faces, scene)


def open_pool(settings: Indexing, inference: Inference, nice: int = 0) -> ReaderPool:
    """Decoder processes that read photos as these engines need them."""
    return ReaderPool(cores(settings.workers), ReadLimits.of(settings), inference.scenes.crop, nice)
