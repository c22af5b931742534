"""Which two faces a vote on an answer compares."""

from pathlib import Path

import pytest

from dofisac_tui.errors import QueryError
from dofisac_tui.library.database import open_library
from dofisac_tui.library.people import name_person
from dofisac_tui.library.people_views import gather_faces
from dofisac_tui.search.query import Query, parse_query
from dofisac_tui.ui.background.search_service import Like, SearchRequest
from dofisac_tui.ui.search.match_votes import said_of, vote_on

COPIES = """SELECT MIN(face_id) AS one, MAX(face_id) AS other FROM faces JOIN photos USING (photo_id)
GROUP BY content_hash, x, y, w, h HAVING COUNT(*) = 2"""
"""The two rows of a face that is on two copies of one photo."""


def test_a_face_on_a_copy_of_the_photo_is_the_very_face(library_folder: Path) -> None:
    with open_library(library_folder) as library:
        copy = library.rows(COPIES)[0]
        with pytest.raises(QueryError, match="No other face to compare"):
            vote_on(library, SearchRequest(Query(), Like("face", copy["one"])), [copy["other"]], "yes")


def test_copies_among_the_faces_of_a_person_are_passed_over(library_folder: Path) -> None:
    with open_library(library_folder) as library:
        copy, another = library.rows(COPIES)[:2]
        anna = gather_faces(library, [*copy, *another])
        assert anna is not None
        name_person(library, anna, "Anna", "test")
        question = SearchRequest(parse_query("@Anna"))
        vote_on(library, question, [copy["other"]], "yes")
        assert library.value("SELECT COUNT(*) FROM votes WHERE kind = 'match'") == 1
        assert said_of(library, question, [copy["other"]]) == {copy["other"]: "yes"}


def test_what_was_said_before_is_not_said_again(library_folder: Path) -> None:
    with open_library(library_folder) as library:
        copy, another = library.rows(COPIES)[:2]
        question = SearchRequest(Query(), Like("face", copy["one"]))
        assert len(vote_on(library, question, [another["one"], copy["other"]], "yes")) == 1  # one is the very face
        assert not vote_on(library, question, [another["one"]], "yes")
        assert len(vote_on(library, question, [another["one"]], "no")) == 1
        assert said_of(library, question, [another["one"]]) == {another["one"]: "no"}
