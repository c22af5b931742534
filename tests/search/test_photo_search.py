"""Answers: by face, by photo, by words, by filters and by all of them."""

import itertools
import multiprocessing
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.errors import EngineError, QueryError
from dofisac_tui.library.database import create_library, open_library
from dofisac_tui.library.embedding_spaces import search_in
from dofisac_tui.matching.calibration import shipped_curve
from dofisac_tui.search.photo_search import Hit, PhotoSearch, SearchExample
from dofisac_tui.search.query import Query, parse_query
from tests.search.filling import FACES, SCENES, ColourScenes, Filling, unit_vectors

ENGINE = ColourScenes()


def face(first: float) -> NDArray[np.float32]:
    return np.array([first, *[0] * 7], np.float32)


def scene(**words: float) -> NDArray[np.float32]:
    return np.array([words.get(word, 0) for word in ENGINE.words], np.float32)


def names(hits: list[Hit]) -> list[str]:
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    return [hit.path.decode() for hit in hits]


def asked(filling: Filling, line: str, limit: int = 50) -> list[str]:
    return names(PhotoSearch(filling.library).find(query=parse_query(line), scenes=ENGINE, limit=limit))


def test_each_photo_comes_once_with_its_best_face(filling: Filling) -> None:
    filling.put("two", [face(0.4), face(0.1)])
    filling.put("one", [face(0.2)])
    hits = PhotoSearch(filling.library).find(SearchExample(FACES, face(0)))
    assert names(hits) == ["two", "one"]
    assert [hit.face_id for hit in hits] == [2, 3]
    assert hits[0].box == pytest.approx((1, 2, 3, 4))
    assert [hit.distance for hit in hits] == pytest.approx([0.1, 0.2])
    expected = [100 * shipped_curve(FACES).probability(each) for each in (0.1, 0.2)]
    assert [hit.match for hit in hits] == pytest.approx(expected)


def test_the_cut_off_the_limit_and_everything(filling: Filling) -> None:
    for number in range(20):
        filling.put(f"{number:02}", [face(number / 10)])
    search, example = PhotoSearch(filling.library), SearchExample(FACES, face(0))
    assert len(search.find(example)) == 6  # uncalibrated: half at a distance of one half
    assert names(search.find(example, limit=3)) == ["00", "01", "02"]
    assert len(search.find(example, cut_off=0)) == 20
    assert names(search.find(example, Query(likelihood=0.9), cut_off=0)) == ["00", "01", "02"]


def test_crowds_absent_and_replaced_photos_take_no_place(filling: Filling) -> None:
    filling.put("crowd", [face(0)] * 700)
    for number in range(300):
        filling.put(f"absent {number}", [face(0.01)])
        filling.lose(b"absent %d" % number)
    for number in range(10):
        filling.put(f"there {number}", [face(0.1)])
    search, example = PhotoSearch(filling.library), SearchExample(FACES, face(0))
    expected = ["crowd", *(f"there {number}" for number in range(10))]
    assert names(search.find(example, limit=11)) == expected
    filling.put("crowd", [face(0.02)])
    for number in range(9, 0, -1):
        filling.put(f"there {number}", [face(0.1)])
    assert names(search.find(example, limit=11)) == expected
    filling.remove(b"crowd")
    filling.put("absent 7", [face(0.01)])
    assert names(search.find(example, limit=2)) == ["absent 7", "there 0"]


def test_ties_come_by_photo_id_however_many(filling: Filling) -> None:
    for number in range(900):
        filling.put(f"{number:03}", [face(0.1)])
    hits = PhotoSearch(filling.library).find(SearchExample(FACES, face(0)), limit=5)
    assert names(hits) == ["000", "001", "002", "003", "004"]


def test_an_indexed_face_finds_its_own_photo_first(filling: Filling) -> None:
    faces = unit_vectors(20)
    for number, each in enumerate(faces):
        filling.put(f"{number}", [each])
    search = PhotoSearch(filling.library)
    hit = search.find(search.indexed_face(13))[0]
    assert (hit.path, hit.face_id, hit.distance) == (b"12", 13, 0)
    with pytest.raises(QueryError, match="no face 99"):
        search.indexed_face(99)


def test_like_an_indexed_photo(filling: Filling) -> None:
    filling.put("beach", scene=scene(beach=1))
    filling.put("nearly", scene=scene(beach=0.9, snow=0.3))
    filling.put("forest", scene=scene(forest=1))
    no_scene = filling.put("no scene")
    search = PhotoSearch(filling.library)
    hits = search.find(search.indexed_photo(1))
    assert names(hits) == ["beach", "nearly"]
    assert (hits[0].face_id, hits[0].box) == (None, None)
    assert hits[1].distance == pytest.approx(0.1, abs=1e-3)  # stored in half precision
    with pytest.raises(QueryError, match=f"no photo {no_scene} "):
        search.indexed_photo(no_scene)


def test_words_and_words_to_leave_out(filling: Filling) -> None:
    filling.put("beach", scene=scene(beach=0.9))
    filling.put("beach at sunset", scene=scene(beach=1, sunset=0.8))
    filling.put("beach at dusk", scene=scene(beach=1, sunset=0.5))
    filling.put("forest", scene=scene(forest=1))
    assert asked(filling, "beach") == ["beach at sunset", "beach at dusk", "beach"]
    assert asked(filling, "beach -sunset") == ["beach"]
    everything = PhotoSearch(filling.library).find(query=parse_query("beach -sunset"), scenes=ENGINE, cut_off=0)
    assert names(everything) == ["beach", "beach at dusk", "beach at sunset", "forest"]
    probability = shipped_curve(SCENES, "text").probability
    assert everything[1].match == pytest.approx(100 * probability(0) * (1 - probability(0.5)), rel=1e-3)
    assert everything[1].distance == pytest.approx(0)


def test_what_a_minus_takes_away_makes_room(filling: Filling) -> None:
    for number in range(1000):
        filling.put(f"sunset {number}", scene=scene(beach=1, sunset=1))
    filling.put("beach", scene=scene(beach=0.8))
    assert asked(filling, "beach -sunset", limit=1) == ["beach"]


def test_only_words_to_leave_out(filling: Filling) -> None:
    filling.put("old", scene=scene(beach=1), taken_at="2001-01-01T00:00:00")
    filling.put("sunset", scene=scene(sunset=1), taken_at="2003-01-01T00:00:00")
    filling.put("new", scene=scene(snow=1), taken_at="2002-01-01T00:00:00")
    filling.put("not seen yet", taken_at="2004-01-01T00:00:00")
    assert asked(filling, "-sunset") == ["new", "old"]
    assert asked(filling, "-sunset", limit=1) == ["new"]


def test_filters_alone_list_the_newest_first(filling: Filling) -> None:
    filling.put("no date")
    for year in (2017, 2019, 2018):
        filling.put(f"{year}", taken_at=f"{year}-07-14T16:02:11+02:00")
    filling.put("gone", taken_at="2019-08-01T00:00:00")
    filling.lose(b"gone")
    hits = PhotoSearch(filling.library).find(query=parse_query("after:2018"))
    assert names(hits) == ["2019", "2018"]
    assert {(hit.match, hit.distance, hit.face_id) for hit in hits} == {(100, 0, None)}
    assert asked(filling, "before:2019-07-15") == ["2019", "2018", "2017"]
    assert asked(filling, "before:2019-07-14") == ["2018", "2017"]
    assert asked(filling, "before:2019-07 after:2018") == ["2018"]
    assert names(PhotoSearch(filling.library).find(limit=4)) == ["2019", "2018", "2017", "no date"]


def test_folders(filling: Filling) -> None:
    for path in ("/p/Holidays 2019/a", "/p/work/holidays", "/p/HOLIDAYS/b/c", "/p/cafe\u0301/d"):
        filling.put(path)
    filling.put(b"/p/na\xefve \xff/e")
    assert asked(filling, "in:holidays") == ["/p/Holidays 2019/a", "/p/HOLIDAYS/b/c"]
    assert asked(filling, "in:holidays/") == ["/p/HOLIDAYS/b/c"]
    assert asked(filling, "in:holidays in:2019") == ["/p/Holidays 2019/a"]
    assert asked(filling, "in:CAF\u00c9") == ["/p/cafe\u0301/d"]
    assert asked(filling, "in:%") == []
    hits = PhotoSearch(filling.library).find(query=parse_query("in:NA\udcefVE"))
    assert [hit.path for hit in hits] == [b"/p/na\xefve \xff/e"]


def test_a_face_with_words_and_filters(filling: Filling) -> None:
    filling.put("/x/1", [face(0)], scene(beach=1), "2019-01-01T00:00:00")
    filling.put("/x/2", [face(0)], scene(forest=1), "2019-01-01T00:00:00")
    filling.put("/x/3", [face(0)], scene(beach=1), "2021-01-01T00:00:00")
    filling.put("/y/4", [face(0)], scene(beach=1), "2019-01-01T00:00:00")
    filling.put("/x/5", [face(2)], scene(beach=1), "2019-01-01T00:00:00")
    filling.put("/x/6", [face(0)], None, "2019-01-01T00:00:00")
    query = parse_query("beach before:2020 in:/x/")
    hits = PhotoSearch(filling.library).find(SearchExample(FACES, face(0)), query, ENGINE)
    assert names(hits) == ["/x/1"]
    assert hits[0].face_id == 1
    assert hits[0].match == pytest.approx(
        100 * shipped_curve(FACES).probability(0) * shipped_curve(SCENES, "text").probability(0)
    )


def test_filters_are_sought_until_found(filling: Filling) -> None:
    for number in range(1500):
        filling.put(f"/many/{number}", [face(0.1)])
    filling.put("/one/here", [face(0.3)])
    hits = PhotoSearch(filling.library).find(SearchExample(FACES, face(0)), parse_query("in:one"))
    assert names(hits) == ["/one/here"]


def test_a_library_without_embeddings_answers_nothing(tmp_path: Path) -> None:
    with create_library(tmp_path) as library:
        search = PhotoSearch(library)
        assert search.find(SearchExample(FACES, face(0))) == []
        assert search.find(query=parse_query("beach -sunset"), scenes=ENGINE) == []
        assert search.find(query=parse_query("after:2019")) == []
        with pytest.raises(QueryError):
            search.indexed_face(1)
        with pytest.raises(QueryError):
            search.indexed_photo(1)


def test_another_embedding_space_is_refused(filling: Filling) -> None:
    filling.put("a", [face(0)])
    other = EmbeddingSpace("other-faces", "face", 8, "euclidean")
    with pytest.raises(EngineError, match=r"searched with made-up-faces, not with other-faces\. Choose"):
        PhotoSearch(filling.library).find(SearchExample(other, face(0)))


@pytest.mark.parametrize("wrong", [np.zeros(7, np.float32), np.full(8, np.nan, np.float32)])
def test_what_is_not_a_vector_of_the_space_is_refused(filling: Filling, wrong: NDArray[np.float32]) -> None:
    filling.put("a", [face(0)])
    with pytest.raises(EngineError, match="not a vector of its space"):
        PhotoSearch(filling.library).find(SearchExample(FACES, wrong))


def test_a_search_follows_the_space_that_is_searched(filling: Filling) -> None:
    filling.put("old", [face(0)])
    search = PhotoSearch(filling.library)
    assert names(search.find(SearchExample(FACES, face(0)))) == ["old"]
    other = EmbeddingSpace("other-faces", "face", 4, "cosine")
    newer = Filling(filling.library, other)
    newer.put("new", [np.array([1, 0, 0, 0], np.float32)])
    assert names(search.find(SearchExample(FACES, face(0)))) == ["old"]
    search_in(filling.library, newer.faces)
    assert names(search.find(SearchExample(other, np.array([1, 0, 0, 0], np.float32)))) == ["new"]


def put_for_ever(folder: Path) -> None:
    with open_library(folder) as library:
        writing = Filling(library)
        for number in itertools.count():
            writing.put(f"{number}", [face(0.1)])


def test_what_was_committed_before_a_search_is_found(filling: Filling) -> None:
    search = PhotoSearch(filling.library)
    writer = multiprocessing.get_context("spawn").Process(target=put_for_ever, args=(filling.library.folder,))
    writer.start()
    until = time.monotonic() + 4
    found = 0
    while time.monotonic() < until:
        committed = filling.library.value("SELECT COUNT(*) FROM photos")
        hits = search.find(SearchExample(FACES, face(0)), limit=100_000)
        found = len(set(names(hits)))
        assert found == len(hits) >= committed
    writer.kill()
    writer.join()
    assert found > 100
