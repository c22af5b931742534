"""Libraries of made-up vectors."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.search.filling import Filling, new_filling


@pytest.fixture
def filling(tmp_path: Path) -> Iterator[Filling]:
    """An empty library to put photos into."""
    filled = new_filling(tmp_path)
    yield filled
    filled.library.close()
