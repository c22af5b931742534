"""What every command works with: the library's folder, the settings, and the engines of its pack."""

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dofisac_tui.config import Settings, default_library, load_settings

if TYPE_CHECKING:
    from dofisac_tui.engines.packs import Engines
    from dofisac_tui.engines.protocols import FaceEngine, SceneEngine
    from dofisac_tui.library.database import Library


class Context:
    """Handed to each command by click.

    Args:
        library: What `--library` says, or None.
    """

    def __init__(self, library: Path | None) -> None:
        self.folder = Path(os.path.expanduser(library)).absolute() if library else default_library().absolute()

    @cached_property
    def settings(self) -> "Settings":
        """The user's settings."""
        return load_settings()

    def open_library(self, read_only: bool = True) -> "Library":
        """The library, which must exist."""
        from dofisac_tui.library.database import open_library

        return open_library(self.folder, read_only)

    def create_library(self) -> "Library":
        """The library, made where there is none."""
        from dofisac_tui.library.database import create_library

        return create_library(self.folder)

    def existing_library(self) -> "Library | None":
        """The library, or None where there is none yet, for commands that can do without."""
        from dofisac_tui.library.database import FILE_NAME

        return self.open_library() if (self.folder / FILE_NAME).exists() else None

    def engines(self, library: "Library | None") -> "Engines":
        """The engines of the library's pack: what new photos are indexed with."""
        from dofisac_tui.engines.packs import Engines
        from dofisac_tui.library import meta

        return Engines(meta.get(library, meta.PACK) if library else None, self.settings)

    def searching_faces(self, library: "Library") -> "FaceEngine":
        """The face engine that the library is searched with."""
        from dofisac_tui.search.photo_search import searching_faces

        return searching_faces(library, self.settings)

    def searching_scenes(self, library: "Library") -> "SceneEngine":
        """The scene engine that the library is searched with."""
        from dofisac_tui.search.photo_search import searching_scenes

        return searching_scenes(library, self.settings)


pass_context = click.make_pass_decorator(Context)
