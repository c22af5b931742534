"""An empty library that reads one folder and knows a face space and a scene space."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.embedding_spaces import ensure_space
from dofisac_tui.library.roots import add_root
from tests.processes import folder_open_to_all


@pytest.fixture
def photos_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def library(tmp_path: Path, photos_folder: Path) -> Iterator[Library]:
    with create_library(tmp_path / "library") as opened:
        add_root(opened, bytes(photos_folder))
        yield opened


@pytest.fixture
def spaces(library: Library) -> tuple[EmbeddingSpace, EmbeddingSpace]:
    """A face space and a scene space of four dimensions."""
    return (
        ensure_space(library, EmbeddingSpace("test faces", "face", 4, "euclidean")),
        ensure_space(library, EmbeddingSpace("test scenes", "scene", 4, "inner_product")),
    )


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A temporary folder that every user of the machine may enter."""
    with folder_open_to_all() as folder:
        yield folder
