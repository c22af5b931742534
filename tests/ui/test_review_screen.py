"""Review: what an answer writes, that none is given unseen, and the way back."""

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from dofisac_tui.clustering.run import cluster
from dofisac_tui.library.database import create_library, open_library
from dofisac_tui.library.face_keys import keys_of_faces
from dofisac_tui.library.people import faces_of_person
from dofisac_tui.library.vectors import pack, unpack
from dofisac_tui.library.views import PhotoView, pair_view
from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.photo.photo_screen import PhotoScreen
from dofisac_tui.ui.pictures.picture import Picture
from dofisac_tui.ui.pictures.terminal import Protocol
from dofisac_tui.ui.review.review_screen import ReviewScreen
from dofisac_tui.ui.search.search_screen import SearchScreen
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.wording.pairs import asked, time_between
from tests.clustering.people_library import people_library
from tests.ui.conftest import MakeApp
from tests.ui.helpers import said, until, words
from tests.ui.people_shown import ANNA

SIZE = (120, 35)


@pytest.fixture
def library_folder(library_folder: Path) -> Path:
    """The copies in it are taken for other photos of the same people, so that there is something to ask."""
    with create_library(library_folder) as library, library.write() as connection:
        for number, name in enumerate(("again.jpg", "astronaut copy.png")):
            connection.execute(
                "UPDATE photos SET content_hash = ? WHERE CAST(path AS TEXT) LIKE ?", (f"{number:064}", f"%/{name}")
            )
    return library_folder


@pytest.fixture
def halved_folder(tmp_path: Path) -> Path:
    """Four made-up persons, two of them in two parts each that may be one; their photos are not there."""
    made = people_library(tmp_path / "made")
    for number in range(32):
        made.put([number % 4], noise=0.2)
    for number in range(12):
        (face,) = made.put([number % 2], noise=0.2)
        (row,) = made.library.rows("SELECT vector FROM face_vectors WHERE face_id = ?", (face,))
        vector = unpack(made.space, [row["vector"]])[0]
        vector[60] += 0.5
        with made.library.write() as connection:
            connection.execute("UPDATE face_vectors SET vector = ? WHERE face_id = ?", (pack(made.space, vector), face))
    cluster(made.library, "people")
    made.library.close()
    return tmp_path / "made" / "library"


async def opened(app: DofisacApp, pilot: Pilot[Any]) -> ReviewScreen:
    await until(pilot, lambda: app.overview is not None)
    await pilot.press("f6")
    await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
    screen = app.screen
    assert isinstance(screen, ReviewScreen)
    await until(pilot, screen.is_answerable)
    return screen


def votes(folder: Path) -> list[dict[str, Any]]:
    """The ledger as another process sees it."""
    connection = sqlite3.connect(folder / "library.db")
    connection.row_factory = sqlite3.Row
    with connection:
        return [dict(row) for row in connection.execute("SELECT * FROM votes ORDER BY vote_id")]


@pytest.mark.parametrize(("key", "answer"), [("y", "yes"), ("n", "no")])
async def test_an_answer_is_on_the_disk_before_the_next_question(
    make_app: MakeApp, library_folder: Path, key: str, answer: str
) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        first = screen.question
        assert first and first.reason == "random"
        await pilot.press(key)
        await until(pilot, lambda: screen.question != first)
        (vote,) = votes(library_folder)
        assert (vote["kind"], vote["answer"], vote["source"]) == ("match", answer, "review-random")
        with create_library(library_folder) as library:
            keys = keys_of_faces(library, first.faces)
        assert {vote["box_a"], vote["box_b"]} == {key.box for key in keys.values()}
        assert vote["distance"] == pytest.approx(first.distance, abs=1e-4)
        await until(pilot, lambda: "1 answer" in words(screen.query_one("#review-estimate", TextLine)))


async def test_keys_typed_ahead_answer_only_what_was_seen(make_app: MakeApp, library_folder: Path) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        first = screen.question
        for _ in range(5):
            app.post_message(events.Key("y", "y"))
        await until(pilot, lambda: screen.question != first and screen.is_answerable())
        assert len(votes(library_folder)) == 1


async def test_undo_leads_back_to_the_question_and_redo_on(make_app: MakeApp, library_folder: Path) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        first = screen.question
        await pilot.press("y")
        await until(pilot, lambda: screen.question != first and screen.is_answerable())
        second = screen.question
        await pilot.press("n")
        await until(pilot, lambda: screen.question != second and screen.is_answerable())
        await pilot.press("u")
        await until(pilot, lambda: screen.question == second)
        await pilot.press("u")
        await until(pilot, lambda: screen.question == first)
        await pilot.press("U")
        await until(pilot, lambda: screen.question == second)
        kinds = [vote["kind"] for vote in votes(library_folder)]
        assert kinds == ["match", "match", "undo", "undo", "redo"]


async def test_a_skipped_question_is_left_open(make_app: MakeApp, library_folder: Path) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        first = screen.question
        await pilot.press("s")
        await until(pilot, lambda: screen.question != first and screen.is_answerable())
        assert votes(library_folder) == []


@pytest.mark.parametrize(("key", "side"), [("x", "face_a"), ("X", "face_b")])
async def test_what_is_no_face_is_not_asked_about_again(
    make_app: MakeApp, library_folder: Path, key: str, side: str
) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        first = screen.question
        assert first
        face = getattr(first, side)
        await pilot.press(key)
        await until(pilot, lambda: screen.question != first and screen.is_answerable())
        (vote,) = votes(library_folder)
        with create_library(library_folder) as library:
            wanted = keys_of_faces(library, [face])[face]
        assert (vote["kind"], vote["answer"]) == ("face", "no")
        assert (vote["content_a"], vote["box_a"]) == wanted
        assert screen.question and face not in screen.question.faces
        await pilot.press("u")
        await until(pilot, lambda: screen.question == first)


async def test_both_photos_open_each_with_its_face_marked_and_lead_back(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        question = screen.question
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PhotoScreen) and app.screen.face)
        photo = app.screen
        assert question and isinstance(photo, PhotoScreen) and photo.face
        assert photo.face.face_id == question.face_a and "photo 1 of 2" in said(app)
        await pilot.press("right")
        await until(pilot, lambda: photo.face and photo.face.face_id == question.face_b)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen and screen.is_answerable())
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))


async def test_the_viewer_gets_both_photos(make_app: MakeApp, opened_files: Callable[[], list[str]]) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=SIZE) as pilot:
        await opened(app, pilot)
        await pilot.press("o")
        await until(pilot, lambda: len(opened_files()) == 2)


async def test_a_face_is_made_anew_when_its_place_alone_gets_another_size(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        faces = list(screen.query(".face-large").results(Picture))
        await until(pilot, lambda: all(face.encoded for face in faces))
        width = faces[0].size.width - 4
        for face in faces:
            face.styles.width = width
        await until(pilot, lambda: all(face.encoded and face.size.width == width for face in faces))


async def test_without_pictures_the_words_suffice(make_app: MakeApp, halved_folder: Path) -> None:
    app = make_app(Protocol.NONE, folder=halved_folder)
    async with app.run_test(size=(40, 12)) as pilot:
        screen = await opened(app, pilot)
        question = screen.question
        assert question and question.reason == "bridge"
        assert f"d {question.distance:.2f}" in words(screen.query_one("#review-between", TextLine))
        assert "same folder" in words(screen.query_one("#status-line", TextLine))
        for side in ("#review-left", "#review-right"):
            assert "faces" in words(screen.query_one(f"{side} .face-words", TextLine))
        await pilot.press("y")
        await until(pilot, lambda: screen.question != question)
        assert [vote["source"] for vote in votes(halved_folder)] == ["review"]


async def test_when_nothing_is_left_it_says_what_brings_more(make_app: MakeApp, tmp_path: Path) -> None:
    made = people_library(tmp_path / "few")
    for _ in range(3):
        made.put([0])
    made.library.close()
    folder = tmp_path / "few" / "library"
    app = make_app(Protocol.NONE, folder=folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("f6")
        await until(pilot, lambda: "No people yet" in words(app.screen.query_one(".empty", TextLine)))
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        await pilot.press("C")
        await until(pilot, screen.is_answerable)
        while screen.question:
            before = screen.question
            await until(pilot, screen.is_answerable)
            await pilot.press("y")
            await until(pilot, partial(_went_on, screen, before))
        await until(pilot, lambda: "No questions left" in words(screen.query_one(".empty", TextLine)))
        assert {vote["kind"] for vote in votes(folder)} == {"match"}
        await until(pilot, lambda: "precision" in words(screen.query_one("#review-estimate", TextLine)))


def _went_on(screen: ReviewScreen, before: object) -> bool:
    return screen.question != before


async def test_learning_tells_what_came_of_it(make_app: MakeApp, halved_folder: Path) -> None:
    app = make_app(Protocol.NONE, folder=halved_folder)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("L")
        await until(pilot, lambda: "too few to learn from" in words(screen.query_one("#status-line", TextLine)))


async def test_a_face_that_left_the_library_is_not_asked_about(make_app: MakeApp, library_folder: Path) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        question = screen.question
        assert question
        with create_library(library_folder) as library, library.write() as connection:
            connection.execute(
                "DELETE FROM photos WHERE photo_id = (SELECT photo_id FROM faces WHERE face_id = ?)", (question.face_a,)
            )
        await app.check_library()
        await until(pilot, lambda: screen.question != question)
        assert screen.question is None or question.face_a not in screen.question.faces


async def test_people_found_by_another_process_bring_other_questions(make_app: MakeApp, halved_folder: Path) -> None:
    app = make_app(Protocol.NONE, folder=halved_folder)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        run = screen.run_id
        with create_library(halved_folder) as library:
            cluster(library, "people")
        await app.check_library()
        await until(pilot, lambda: screen.run_id != run)
        await until(pilot, screen.is_answerable)


def test_the_time_between_two_photos_is_told_as_people_tell_it() -> None:
    def card(taken_at: str | None) -> PhotoView:
        return PhotoView(1, b"/a.jpg", "", 1, 1, 1, "JPEG", taken_at, None, absent=False)

    first = card("2019-07-14T16:02:11")
    for other, told in (
        ("2019-07-14T16:02:30", "same minute"),
        ("2019-07-14T16:32:11", "30 min apart"),
        ("2019-07-14T10:02:11+02:00", "6 h apart"),
        ("2019-07-20T16:02:11", "6 days apart"),
        ("2022-07-14T16:02:11", "3 years apart"),
        (None, ""),
        ("once upon a time", ""),
    ):
        assert time_between(first, card(other)) == told


async def test_answers_can_be_applied(make_app: MakeApp, library_folder: Path) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        estimate = screen.query_one("#review-estimate", TextLine)
        assert "apply" not in words(estimate)
        await pilot.press("y")
        await until(pilot, lambda: words(estimate).startswith("C: apply your answers"))
        await pilot.press("u")
        await until(pilot, lambda: "apply" not in words(estimate))


def test_two_faces_of_one_person_share_the_others(people_folder: Path) -> None:
    with open_library(people_folder) as library:
        left, right, *others = faces_of_person(library, ANNA)
        pair = pair_view(library, left, right, 6)
        assert pair and pair.is_one_group
        assert asked(pair) == f"Both in ·{ANNA}: correct?"
        shown = [card.face_id for side in (pair.left, pair.right) for card in side.more]
        assert sorted(shown) == sorted(others)
