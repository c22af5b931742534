"""A match vote keeps what the models say, whoever casts it, and is quick."""

from pathlib import Path

import numpy as np
import pytest

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.errors import QueryError
from dofisac_tui.library.embedding_spaces import ensure_space, search_in
from dofisac_tui.library.face_keys import keys_of_faces
from dofisac_tui.library.ledger import all_votes
from dofisac_tui.library.vectors import unpack
from dofisac_tui.matching.calibration import shipped_curve
from dofisac_tui.matching.evidence import cast_match
from tests.clustering.people_library import people_library


def test_a_vote_keeps_space_distance_probability_and_source(tmp_path: Path) -> None:
    filling = people_library(tmp_path)
    with filling.library as library:
        a, b = filling.put([0])[0], filling.put([0])[0]
        vote = cast_match(library, a, b, "yes", "review")
        blobs = library.rows("SELECT vector FROM face_vectors ORDER BY face_id")
        vectors = unpack(filling.space, [row[0] for row in blobs])
        keys = keys_of_faces(library, [a, b])
        assert all_votes(library) == [vote]
    distance = float(np.linalg.norm(vectors[0] - vectors[1]))
    assert (vote.face_a, vote.face_b, vote.answer, vote.source) == (keys[a], keys[b], "yes", "review")
    assert vote.space == filling.space.name and vote.distance == pytest.approx(distance, abs=1e-6)
    assert vote.probability == pytest.approx(shipped_curve(filling.space).probability(distance), abs=1e-4)


def test_a_vote_on_faces_that_the_models_in_use_did_not_find_counts_without_figures(tmp_path: Path) -> None:
    filling = people_library(tmp_path)
    with filling.library as library:
        a, b = filling.put([0])[0], filling.put([1])[0]
        search_in(library, ensure_space(library, EmbeddingSpace("other", "face", 4, "cosine")))
        vote = cast_match(library, a, b, "no", "cli")
        assert (vote.answer, vote.space, vote.distance, vote.probability) == ("no", None, None, None)


def test_what_does_not_exist_is_refused(tmp_path: Path) -> None:
    filling = people_library(tmp_path)
    with filling.library as library:
        a = filling.put([0])[0]
        with pytest.raises(QueryError, match="no face 99"):
            cast_match(library, a, 99, "yes", "cli")
        with pytest.raises(QueryError, match="one and the same"):
            cast_match(library, a, a, "yes", "cli")
        assert all_votes(library) == []
