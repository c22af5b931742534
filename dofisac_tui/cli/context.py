"""What every command works with: the library's folder, the settings, and the engines of its pack."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dofisac_tui.config import Settings, default_library, load_settings

if TYPE_CHECKING:
    from dofisac_tui.engines.protocols import FaceEngine, SceneEngine
    from dofisac_tui.library.database import Library


class Context:
    """Handed to each command by click.

    Args:
        library: What `--library` says, or None.
    """

    def __init__(self, library: Path | None) -> None:
        self.folder = (library or default_library()).expanduser().absolute()

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

    def face_engine(self, library: "Library | None") -> "FaceEngine":
        """The face engine of the library's pack."""
        from dofisac_tui.engines.packs import open_faces

        return open_faces(self.pack(library), self.settings)

    def scene_engine(self, library: "Library | None") -> "SceneEngine":
        """The scene engine of the library's pack."""
        from dofisac_tui.engines.packs import open_scenes

        return open_scenes(self.pack(library), self.settings)

    def pack(self, library: "Library | None") -> str:
        """The name of the library's pack."""
        from dofisac_tui.library import meta

        return (library and meta.get(library, meta.PACK)) or "bundled"


pass_context = click.make_pass_decorator(Context)
