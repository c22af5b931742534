"""Opening the engines of a pack, as the settings say."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from dofisac_tui.config import Settings
from dofisac_tui.engines.catalogue import PACKS
from dofisac_tui.engines.protocols import FaceEngine, SceneEngine
from dofisac_tui.errors import EngineError

Engine = TypeVar("Engine", FaceEngine, SceneEngine)


class Engines:
    """The engines of one pack. Their models load on first use.

    Args:
        pack: Name of the pack; None for the one that needs no download.
        threads: Threads of one model run.

    Raises:
        EngineError: there is no such pack.
    """

    def __init__(self, pack: str | None, settings: Settings, threads: int = 1) -> None:
        pack = pack or "bundled"
        if pack not in PACKS:
            raise EngineError(f"There is no model pack called {pack!r}", f"There are: {', '.join(PACKS)}.")
        self.pack = pack
        self._models = settings.models
        self._threads = threads

    def faces(self) -> FaceEngine:
        """The face engine.

        Raises:
            EngineError: its weights are not on this machine.
        """
        if self.pack == "bundled":
            from dofisac_tui.engines.dlib_faces import BundledFaces

            return BundledFaces(threads=self._threads, providers=self._models.providers)
        from dofisac_tui.engines.insightface_engine import InsightFaces

        return InsightFaces(self._models.insightface, threads=self._threads, providers=self._models.providers)

    def scenes(self) -> SceneEngine:
        """The scene engine.

        Raises:
            EngineError: its weights are not on this machine.
        """
        if self.pack == "bundled":
            from dofisac_tui.engines.bundled_scenes import BundledScenes

            return BundledScenes(threads=self._threads, providers=self._models.providers)
        from dofisac_tui.engines.open_clip_engine import OpenClipScenes

        names = (self._models.open_clip, self._models.open_clip_weights)
        return OpenClipScenes(*names, threads=self._threads, providers=self._models.providers)


def faces_of_space(name: str, chosen: Engines, settings: Settings) -> FaceEngine:
    """The face engine whose vectors are of the space called `name`; that of `chosen` where none here is.

    Raises:
        EngineError: the weights of `chosen` are not on this machine.
    """
    return _of_space(name, [engines.faces for engines in _chosen_first(chosen, settings)])


def scenes_of_space(name: str, chosen: Engines, settings: Settings) -> SceneEngine:
    """The scene engine whose vectors are of the space called `name`; that of `chosen` where none here is.

    Raises:
        EngineError: the weights of `chosen` are not on this machine.
    """
    return _of_space(name, [engines.scenes for engines in _chosen_first(chosen, settings)])


def _chosen_first(chosen: Engines, settings: Settings) -> list[Engines]:
    return [chosen, *(Engines(pack, settings) for pack in PACKS if pack != chosen.pack)]


def _of_space(name: str, opening: Sequence[Callable[[], Engine]]) -> Engine:
    for open_engine in opening:
        try:
            engine = open_engine()
            if engine.space.name == name:
                return engine
        except EngineError:
            continue  # not on this machine, so not what the library was indexed with here
    return opening[0]()
