"""The ledger: append-only, undo and redo as rows, and in an order that no clock changes."""

import sqlite3
import time

import pytest

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.errors import LibraryError, QueryError
from dofisac_tui.library import voting
from dofisac_tui.library.database import Library, open_library
from dofisac_tui.library.embedding_spaces import ensure_space
from dofisac_tui.library.face_keys import FaceKey, keys_of_faces, locate, overlap
from dofisac_tui.library.ledger import Evidence, all_votes, one_act, standing_votes
from dofisac_tui.library.photos import store_faces, store_photo
from tests.library.helpers import face, photo
from tests.processes import start_python


@pytest.fixture
def faces(library: Library, spaces: tuple[EmbeddingSpace, EmbeddingSpace]) -> list[int]:
    """Six faces in three photos, two in each, far apart."""
    for number in range(3):
        with library.write() as connection:
            photo_id = store_photo(connection, photo(b"/%d" % number, f"content {number}"))
            store_faces(connection, photo_id, spaces[0], [face(100 * number), face(100 * number + 50)])
    return [row[0] for row in library.rows("SELECT face_id FROM faces ORDER BY face_id")]


def held(library: Library) -> list[tuple[int, str]]:
    return [(vote.vote_id, vote.answer) for vote in standing_votes(library)]


def test_a_match_vote_names_contents_and_boxes_and_keeps_the_evidence(library: Library, faces: list[int]) -> None:
    evidence = Evidence("test faces", 0.25, 0.75)
    vote = voting.vote_match(library, faces[0], faces[2], "yes", "test", evidence)
    assert (vote.kind, vote.answer, vote.source) == ("match", "yes", "test")
    assert vote.face_a == FaceKey("content 0", "0.00,1.50,20.00,30.00")
    assert vote.face_b == FaceKey("content 1", "100.00,1.50,20.00,30.00")
    assert vote[-3:] == evidence and abs(vote.cast_at - time.time()) < 60
    assert all_votes(library) == [vote]


def test_rows_are_never_changed_nor_deleted(library: Library, faces: list[int]) -> None:
    voting.vote_match(library, faces[0], faces[2], "yes", "test")
    for statement in ("UPDATE votes SET answer = 'no'", "DELETE FROM votes"):
        with pytest.raises(sqlite3.IntegrityError), library.write() as connection:
            connection.execute(statement)


def test_the_newest_vote_on_a_pair_wins_whichever_way_it_is_named(library: Library, faces: list[int]) -> None:
    voting.vote_match(library, faces[0], faces[2], "yes", "test")
    voting.vote_match(library, faces[2], faces[0], "no", "test")
    assert held(library) == [(2, "no")]


def test_another_model_s_box_of_a_face_names_the_same_face(library: Library, faces: list[int]) -> None:
    voting.vote_match(library, faces[0], faces[2], "yes", "test")
    other = ensure_space(library, EmbeddingSpace("other faces", "face", 4, "euclidean"))
    for photo_id, x in library.rows("SELECT photo_id, MIN(x) FROM faces GROUP BY photo_id ORDER BY photo_id"):
        with library.write() as connection:
            store_faces(connection, photo_id, other, [face(x + 52), face(x + 2), face(x + 300)])
    rows = library.rows("SELECT face_id FROM faces WHERE space_id = ? ORDER BY photo_id, x", (other.space_id,))
    again = [row[0] for row in rows]
    vote = voting.vote_match(library, again[3], again[0], "no", "test")
    assert (vote.face_b, vote.face_a) == tuple(keys_of_faces(library, [faces[0], faces[2]]).values())
    assert held(library) == [(2, "no")]
    assert keys_of_faces(library, [again[1]])[again[1]] == FaceKey("content 0", "52.00,1.50,20.00,30.00")


def test_undo_and_redo_are_rows_and_walk_back_and_forth(library: Library, faces: list[int]) -> None:
    for other, answer in ((2, "yes"), (2, "no"), (3, "no")):
        voting.vote_match(library, faces[0], faces[other], answer, "test")  # type: ignore[arg-type]  # a literal
    states = [held(library)]
    for _ in range(3):
        voting.undo(library, "test")
        states.append(held(library))
    assert states == [[(2, "no"), (3, "no")], [(2, "no")], [(1, "yes")], []]
    with pytest.raises(LibraryError, match="no vote to undo"):
        voting.undo(library, "test")
    for state in reversed(states[:-1]):
        voting.redo(library, "test")
        assert held(library) == state
    with pytest.raises(LibraryError, match="no undo to take back"):
        voting.redo(library, "test")
    assert len(all_votes(library)) == 3 + 3 + 3
    voting.undo(library, "test")
    assert held(library) == [(2, "no")]


def test_a_decision_after_an_undo_ends_redoing(library: Library, faces: list[int]) -> None:
    voting.vote_match(library, faces[0], faces[2], "yes", "test")
    voting.undo(library, "test")
    voting.vote_face(library, faces[5], "no", "test")
    with pytest.raises(LibraryError):
        voting.redo(library, "test")
    assert held(library) == [(3, "no")]


def test_one_vote_can_be_undone_by_its_number_once(library: Library, faces: list[int]) -> None:
    for other in (2, 3, 4):
        voting.vote_match(library, faces[0], faces[other], "no", "test")
    (undone,) = voting.undo(library, "test", 2)
    assert undone.undoes == 2 and held(library) == [(1, "no"), (3, "no")]
    with pytest.raises(LibraryError):
        voting.undo(library, "test", 2)


def test_one_act_is_undone_and_redone_as_one(library: Library, faces: list[int]) -> None:
    voting.vote_match(library, faces[0], faces[2], "yes", "test")
    with one_act(library):
        voting.vote_match(library, faces[0], faces[3], "no", "test")
        voting.vote_face(library, faces[5], "no", "test")
    assert [vote.undoes for vote in voting.undo(library, "test")] == [3, 2]
    assert held(library) == [(1, "yes")]
    assert [vote.undoes for vote in voting.redo(library, "test")] == [5, 4]
    assert held(library) == [(1, "yes"), (2, "no"), (3, "no")]
    assert len(voting.undo(library, "test")) == 2
    assert len(voting.undo(library, "test")) == 1
    assert held(library) == []
    assert len(voting.redo(library, "test")) == 1
    assert len(voting.redo(library, "test")) == 2
    assert len(held(library)) == 3


def test_a_part_of_an_act_can_be_undone_by_its_number(library: Library, faces: list[int]) -> None:
    with one_act(library):
        for other in (2, 3, 4):
            voting.vote_match(library, faces[0], faces[other], "no", "test")
    voting.undo(library, "test", 2)
    assert held(library) == [(1, "no"), (3, "no")]
    assert [vote.undoes for vote in voting.undo(library, "test")] == [3, 1]


def test_an_act_that_fails_leaves_nothing(library: Library, faces: list[int]) -> None:
    with pytest.raises(QueryError), one_act(library):
        voting.vote_match(library, faces[0], faces[2], "yes", "test")
        voting.vote_match(library, faces[0], 99, "yes", "test")
    assert not all_votes(library)
    voting.vote_match(library, faces[0], faces[2], "yes", "test")
    voting.vote_match(library, faces[0], faces[3], "yes", "test")
    assert len(voting.undo(library, "test")) == 1


def test_undo_lasts_over_a_restart(library: Library, faces: list[int]) -> None:
    voting.vote_match(library, faces[0], faces[2], "no", "test")
    voting.undo(library, "test")
    with open_library(library.folder) as again:
        assert held(again) == []
        voting.redo(again, "test")
        assert held(again) == [(1, "no")]


def test_what_does_not_exist_cannot_be_voted_on(library: Library, faces: list[int]) -> None:
    with pytest.raises(QueryError, match="no face 99"):
        voting.vote_match(library, faces[0], 99, "yes", "test")
    with pytest.raises(QueryError, match="one and the same"):
        voting.vote_match(library, faces[0], faces[0], "yes", "test")
    with pytest.raises(QueryError, match="no photo 99"):
        voting.vote_photos(library, 1, 99, "unrelated", "test")
    with pytest.raises(QueryError, match="no cluster 1"):
        voting.vote_cluster(library, "people", 1, 6, "test")
    assert all_votes(library) == []


def test_photo_verdicts_and_excuses_are_remembered_by_content(library: Library, faces: list[int]) -> None:
    voting.vote_photos(library, 1, 2, "same-moment", "test")
    voting.vote_photos(library, 2, 1, "unrelated", "test")
    voting.excuse_photo(library, 3, "mirror", "test")
    found = [(vote.content_a, vote.content_b, vote.box_a, vote.answer) for vote in standing_votes(library)]
    assert found == [("content 1", "content 0", None, "unrelated"), ("content 2", None, None, "mirror")]


def test_keys_find_faces_again_in_copies_and_in_boxes_that_moved_a_little(
    library: Library, spaces: tuple[EmbeddingSpace, EmbeddingSpace], faces: list[int]
) -> None:
    key = keys_of_faces(library, faces[:1])[faces[0]]
    with library.write() as connection:
        copy = store_photo(connection, photo(b"/copy", "content 0"))
        store_faces(connection, copy, spaces[0], [face(400), face(4)])
    moved = library.value("SELECT face_id FROM faces WHERE photo_id = ? AND x = 4", (copy,))
    assert [each.face_id for each in locate(library, spaces[0], [key])[key]] == [faces[0], moved]
    gone = FaceKey("content 0", "500,500,20,30")
    assert locate(library, spaces[0], [gone, FaceKey("other", key.box)]) == {}


def test_overlap() -> None:
    assert overlap((0, 0, 2, 2), (0, 0, 2, 2)) == 1
    assert overlap((0, 0, 2, 2), (1, 0, 2, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 2, 2), (2, 0, 2, 2)) == overlap((0, 0, 0, 0), (0, 0, 0, 0)) == 0


def test_two_processes_that_vote_at_once_lose_and_misorder_nothing(library: Library, faces: list[int]) -> None:
    code = """
import sys
from pathlib import Path
from dofisac_tui.library import voting
from dofisac_tui.library.database import open_library
from tests.processes import meet
folder, name, a, b = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with open_library(folder) as library:
    meet(folder, "start")
    for number in range(100):
        voting.vote_match(library, a, b, "yes" if number % 2 else "no", f"{name} {number}")
"""
    voters = [
        start_python(code, library.folder, name, str(faces[0]), str(faces[other]))
        for name, other in (("first", 2), ("second", 3))
    ]
    for voter in voters:
        with voter:
            assert (voter.wait(120), voter.stderr.read() if voter.stderr else "") == (0, "")
    votes = all_votes(library)
    assert [vote.vote_id for vote in votes] == list(range(1, 201))
    for name in ("first", "second"):
        assert [v.source for v in votes if v.source.startswith(name)] == [f"{name} {n}" for n in range(100)]
    assert sorted(answer for _, answer in held(library)) == ["yes", "yes"]


def test_a_clock_that_was_put_back_reorders_nothing(
    library: Library, faces: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for answer, clock in (("yes", 2e9), ("no", 1e9), ("yes", 1e9), ("no", 3e9)):
        monkeypatch.setattr(time, "time", lambda clock=clock: clock)
        voting.vote_match(library, faces[0], faces[2], answer, "test")  # type: ignore[arg-type]  # a literal
    times = [vote.cast_at for vote in all_votes(library)]
    assert times == sorted(set(times)) and times[0] == 2e9 and times[-1] == 3e9
    assert held(library) == [(4, "no")]
    voting.undo(library, "test")
    assert held(library) == [(3, "yes")]
