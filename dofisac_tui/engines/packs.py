"""Opening the engines of a pack, as the settings say."""

from dofisac_tui.config import Settings, cores
from dofisac_tui.engines.catalogue import PACKS
from dofisac_tui.engines.protocols import FaceEngine, SceneEngine
from dofisac_tui.errors import EngineError


def open_faces(pack: str, settings: Settings) -> FaceEngine:
    """The face engine of a pack; its models load on first use.

    Raises:
        EngineError: there is no such pack, or its weights are not on this machine.
    """
    threads, providers = cores(settings.indexing.threads), settings.models.providers
    if _known(pack) == "bundled":
        from dofisac_tui.engines.dlib_faces import BundledFaces

        return BundledFaces(threads=threads, providers=providers)
    from dofisac_tui.engines.insightface_engine import InsightFaces

    return InsightFaces(settings.models.insightface, threads=threads, providers=providers)


def open_scenes(pack: str, settings: Settings) -> SceneEngine:
    """The scene engine of a pack; its models load on first use.

    Raises:
        EngineError: there is no such pack, or its weights are not on this machine.
    """
    threads, providers = cores(settings.indexing.threads), settings.models.providers
    if _known(pack) == "bundled":
        from dofisac_tui.engines.bundled_scenes import BundledScenes

        return BundledScenes(threads=threads, providers=providers)
    from dofisac_tui.engines.open_clip_engine import OpenClipScenes

    models = settings.models
    return OpenClipScenes(models.open_clip, models.open_clip_weights, threads=threads, providers=providers)


def _known(pack: str) -> str:
    if pack not in PACKS:
        raise EngineError(f"There is no model pack called {pack!r}", f"There are: {', '.join(PACKS)}.")
    return pack
