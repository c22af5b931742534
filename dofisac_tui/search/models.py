"""The models that a library is searched with.

After a change of packs a library is searched with the old models until every photo has the vectors of the new ones, so
what a search opens goes by the embedding space and not by the pack.
"""

from dofisac_tui.config import Settings
from dofisac_tui.engines.packs import Engines, faces_of_space, scenes_of_space
from dofisac_tui.engines.protocols import FaceEngine, SceneEngine
from dofisac_tui.library import meta
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space

DEFAULT_PACK = "bundled"


def pack_engines(library: Library | None, settings: Settings) -> Engines:
    """The engines of the library's pack: what new photos are indexed with."""
    return Engines((library and meta.get(library, meta.PACK)) or DEFAULT_PACK, settings)


def searching_faces(library: Library, settings: Settings) -> FaceEngine:
    """The face engine that the library is searched with."""
    space = searched_space(library, "face")
    return faces_of_space(space.name if space else "", pack_engines(library, settings), settings)


def searching_scenes(library: Library, settings: Settings) -> SceneEngine:
    """The scene engine that the library is searched with."""
    space = searched_space(library, "scene")
    return scenes_of_space(space.name if space else "", pack_engines(library, settings), settings)
