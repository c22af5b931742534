"""The report on what still agrees with the votes."""

from pathlib import Path

import numpy as np
import pytest

from dofisac_tui.clustering.run import cluster
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.learning.agreement import Tally, agreements
from dofisac_tui.library import people, voting
from dofisac_tui.library.embedding_spaces import ensure_space, search_in
from dofisac_tui.library.photos import FaceRecord, mark_absent, move_photo, store_faces
from dofisac_tui.matching.evidence import cast_match
from tests.clustering.people_library import PeopleLibrary, people_library


@pytest.fixture
def filling(tmp_path: Path) -> PeopleLibrary:
    """Two persons, four photos of each."""
    made = people_library(tmp_path)
    for who in (0, 0, 0, 0, 1, 1, 1, 1):
        made.put([who])
    return made


def see_with_another_model(filling: PeopleLibrary, known: int, offset: float) -> None:
    """Let a model that tells the persons apart as well find the faces of the first `known` photos."""
    space = ensure_space(filling.library, EmbeddingSpace("another", "face", 2, "cosine"))
    for photo_id, x, y, w, h in filling.library.rows("SELECT photo_id, x, y, w, h FROM faces"):
        if photo_id <= known:
            vector = np.array([1, 0] if photo_id <= 4 else [0, 1], np.float32)
            found = FaceRecord((x + offset, y, w, h), np.zeros((5, 2), np.float32), 0.9, 0.8, vector)
            with filling.library.write() as connection:
                store_faces(connection, photo_id, space, [found])
    search_in(filling.library, space)


def test_right_votes_agree_and_wrong_ones_are_named(filling: PeopleLibrary) -> None:
    library = filling.library
    cast_match(library, 1, 2, "yes", "test")
    cast_match(library, 1, 5, "no", "test")
    wrong = cast_match(library, 3, 6, "yes", "test")
    also_wrong = cast_match(library, 3, 4, "no", "test")
    (report,) = agreements(library)
    assert (report.space, report.searched, report.lost) == (filling.space.name, True, [])
    assert report.tallies == {"match yes": Tally(2, 2, 1), "match no": Tally(2, 2, 1)}
    assert report.against == [wrong, also_wrong]


def test_persons_clusters_and_photos_are_counted_too(filling: PeopleLibrary) -> None:
    library = filling.library
    cluster(library, "people")
    first, second = (each.person_id for each in people.list_people(library))
    people.name_person(library, first, "Anna", "test")
    voting.vote_cluster(library, "people", first, 6, "test")
    people.merge_people(library, first, second, "test")
    voting.vote_photos(library, 1, 2, "same-moment", "test")
    voting.excuse_photo(library, 3, "mirror", "test")
    (report,) = agreements(library)
    assert report.tallies == {
        "name": Tally(1, 1, 1),
        "cluster": Tally(1, 1, None),
        "merge": Tally(1, 1, 0),
        "photos": Tally(1, 1, None),
        "excuse": Tally(1, 1, None),
    }
    assert [vote.kind for vote in report.against] == ["merge"]


def test_after_another_model_took_over_both_are_reported_and_what_is_lost_with_the_reason(
    filling: PeopleLibrary,
) -> None:
    library = filling.library
    for a, b, answer in ((1, 2, "yes"), (1, 5, "no"), (2, 8, "no")):
        cast_match(library, a, b, answer, "test")  # type: ignore[arg-type]  # a literal
    see_with_another_model(filling, known=7, offset=8)
    new, old = agreements(library)
    assert (new.space, new.searched, old.searched) == ("another", True, False)
    assert old.tallies == {"match yes": Tally(1, 1, 1), "match no": Tally(2, 2, 2)}
    assert new.tallies == {"match yes": Tally(1, 1, 1), "match no": Tally(2, 1, 1)}
    assert [(vote.vote_id, reason) for vote, reason in new.lost] == [(3, "these models find no face there")]


def test_boxes_that_moved_too_far_are_other_faces(filling: PeopleLibrary) -> None:
    cast_match(filling.library, 1, 2, "yes", "test")
    see_with_another_model(filling, known=8, offset=25)
    assert agreements(filling.library)[0].tallies == {"match yes": Tally(1, 0, 0)}


def test_moved_and_absent_photos_lose_nothing_and_removed_ones_are_told(filling: PeopleLibrary) -> None:
    library = filling.library
    cast_match(library, 1, 2, "yes", "test")
    cast_match(library, 1, 5, "no", "test")
    with library.write() as connection:
        move_photo(connection, 1, filling.root_id, b"/photos/elsewhere.jpg", 1, 1)
        mark_absent(connection, [2])
    assert agreements(library)[0].lost == []
    with library.write() as connection:
        connection.execute("DELETE FROM photos WHERE photo_id = 5")
    (report,) = agreements(library)
    assert report.tallies == {"match yes": Tally(1, 1, 1), "match no": Tally(1, 0, 0)}
    assert [(vote.vote_id, reason) for vote, reason in report.lost] == [(2, "its photo is not in the library")]


def test_nothing_decided(filling: PeopleLibrary) -> None:
    assert [report.tallies for report in agreements(filling.library)] == [{}]
