"""After any sequence of changes, a search answers as brute force does."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from numpy.typing import NDArray

from dofisac_tui.search import vector_index
from dofisac_tui.search.photo_search import PhotoSearch, SearchExample
from tests.search.filling import FACES, new_filling

# few numbers, so that distances are often equal; powers of two, so that they are so to the last bit
faces = st.lists(st.sampled_from([-0.25, 0.0, 0.125, 0.25]), min_size=8, max_size=8).map(
    lambda values: np.array(values, np.float32)
)
paths = st.sampled_from([b"a", b"b", b"c", b"d", b"e", b"\xff"])


class SearchMachine(RuleBasedStateMachine):
    """Photos come, change, go and come back, while processes open and close."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.filling = new_filling(Path(self.folder.name))
        self.search = PhotoSearch(self.filling.library)
        self.usual = vector_index._WORTH_WRITING
        vector_index._WORTH_WRITING = 1

    def teardown(self) -> None:
        vector_index._WORTH_WRITING = self.usual
        self.filling.library.close()
        self.folder.cleanup()

    @rule(path=paths, found=st.lists(faces, max_size=6))
    def put(self, path: bytes, found: list[NDArray[np.float32]]) -> None:
        self.filling.put(path, found)

    @rule(path=paths)
    def lose(self, path: bytes) -> None:
        if path in self.filling.photos:
            self.filling.lose(path)

    @rule(path=paths)
    def remove(self, path: bytes) -> None:
        if path in self.filling.photos:
            self.filling.remove(path)

    @rule()
    def save(self) -> None:
        self.search.save()

    @rule()
    def reopen(self) -> None:
        self.search.save()
        self.search = PhotoSearch(self.filling.library)

    @rule(query=faces, limit=st.integers(1, 8), cut_off=st.sampled_from([0.0, 20.0, 50.0]))
    def find(self, query: NDArray[np.float32], limit: int, cut_off: float) -> None:
        hits = self.search.find(SearchExample(FACES, query), limit=limit, cut_off=cut_off)
        right = self.filling.right_answer(query, limit, cut_off)
        assert [hit.photo_id for hit in hits] == [photo_id for photo_id, _ in right]
        np.testing.assert_allclose([hit.distance for hit in hits], [each for _, each in right], atol=1e-12)

    @invariant()
    def one_file_at_most(self) -> None:
        folder = self.filling.library.folder / "index"
        assert not folder.exists() or len(list(folder.iterdir())) == 1


SearchMachine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestSearch = SearchMachine.TestCase
