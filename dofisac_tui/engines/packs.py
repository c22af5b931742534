"""The model packs: one table, from which engines are opened, fetched and listed.

To add an engine, write a file with a class that has the methods of `FaceEngine` or `SceneEngine` (`protocols.py`) and a
function that opens it, `open_engine(models, threads)`. Then add a row to `PACKS` that names the function.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any, TypeVar

from dofisac_tui.config import DEFAULT_PACK, Models, Settings
from dofisac_tui.engines.catalogue import BUNDLED_WEIGHTS
from dofisac_tui.engines.protocols import FaceEngine, SceneEngine
from dofisac_tui.errors import EngineError

Engine = TypeVar("Engine", FaceEngine, SceneEngine)


@dataclass(frozen=True)
class Pack:
    """A face engine and a scene engine that are used together.

    Functions are named as `module:function`, with modules of this package, so that only the chosen one is imported.

    Attributes:
        name: Its name in the settings and on the command line.
        faces, scenes: Its models, in words; `{setting}` stands for a setting of the section `models`.
        licence: What its weights may be used for.
        size: Bytes of weights; approximate if they are downloaded.
        open_faces, open_scenes: Functions that open the engines, `(models, threads)`.
        fetch_faces, fetch_scenes: Functions that download the weights, `(models)`; empty if packages hold them.
    """

    name: str
    faces: str
    scenes: str
    licence: str
    size: int
    open_faces: str
    open_scenes: str
    fetch_faces: str = ""
    fetch_scenes: str = ""

    @property
    def download(self) -> bool:
        """True if `models fetch` must run before the pack can be used."""
        return bool(self.fetch_faces or self.fetch_scenes)

    def describe(self, models: Models) -> tuple[str, str]:
        """Return the names of the face models and of the scene models with these settings."""
        names = asdict(models)
        return self.faces.format(**names), self.scenes.format(**names)

    def fetch(self, models: Models) -> None:
        """Download the weights.

        Raises:
            EngineError: they cannot be downloaded, or are not what was asked for.
        """
        for function in filter(None, (self.fetch_faces, self.fetch_scenes)):
            _function(function)(models)


PACKS = {
    pack.name: pack
    for pack in (
        Pack(
            name=DEFAULT_PACK,
            faces="YuNet, dlib ResNet (128-d)",
            scenes="EfficientNet-Lite0 with a sentence encoder of 16 languages",
            licence="free for any use (MIT, CC0, Apache-2.0)",
            size=sum(weight.size for weight in BUNDLED_WEIGHTS),
            open_faces="dlib_faces:open_engine",
            open_scenes="bundled_scenes:open_engine",
        ),
        Pack(
            name="full",
            faces="InsightFace {insightface}",
            scenes="open_clip {open_clip} {open_clip_weights}",
            licence="faces: non-commercial research only; scenes: MIT",
            size=946_000_000,
            open_faces="insightface_engine:open_engine",
            open_scenes="open_clip_engine:open_engine",
            fetch_faces="insightface_engine:fetch_weights",
            fetch_scenes="open_clip_export:fetch_weights",
        ),
    )
}


class Engines:
    """The engines of one pack. Their models load on first use.

    Args:
        pack: Name of the pack; None for the default.
        threads: Threads of one model run.

    Raises:
        EngineError: there is no such pack.
    """

    def __init__(self, pack: str | None, settings: Settings, threads: int = 1) -> None:
        pack = pack or DEFAULT_PACK
        if pack not in PACKS:
            raise EngineError(f"There is no model pack called {pack!r}", f"There are: {', '.join(PACKS)}.")
        self.pack = pack
        self._models = settings.models
        self._threads = threads

    def faces(self) -> FaceEngine:
        """Open the face engine.

        Raises:
            EngineError: its weights are not on this machine.
        """
        engine: FaceEngine = _function(PACKS[self.pack].open_faces)(self._models, self._threads)
        return engine

    def scenes(self) -> SceneEngine:
        """Open the scene engine.

        Raises:
            EngineError: its weights are not on this machine.
        """
        engine: SceneEngine = _function(PACKS[self.pack].open_scenes)(self._models, self._threads)
        return engine


def _function(name: str) -> Callable[..., Any]:
    module, function = name.split(":")
    found: Callable[..., Any] = getattr(import_module(f"{__package__}.{module}"), function)
    return found


def faces_of_space(name: str, chosen: Engines, settings: Settings) -> FaceEngine:
    """Open the face engine of the space called `name`, or that of `chosen` if no pack on this machine has it.

    Raises:
        EngineError: the weights of `chosen` are not on this machine.
    """
    return _of_space(name, [engines.faces for engines in _chosen_first(chosen, settings)])


def scenes_of_space(name: str, chosen: Engines, settings: Settings) -> SceneEngine:
    """Open the scene engine of the space called `name`, or that of `chosen` if no pack on this machine has it.

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
