"""People: each action by what it leaves in the library."""

import json
from contextlib import nullcontext
from pathlib import Path

import pytest
from textual import events

from dofisac_tui.clustering.run import cluster
from dofisac_tui.errors import LibraryError
from dofisac_tui.learning.merge_candidates import PersonMatcher
from dofisac_tui.library.database import open_library
from dofisac_tui.library.ledger import standing_votes
from dofisac_tui.library.lock import clustering_lock
from dofisac_tui.library.people import merge_people, name_person, split_person
from dofisac_tui.library.people_views import gather_faces, present_faces, unsorted_faces
from dofisac_tui.ui.changes.changes_screen import ChangesScreen
from dofisac_tui.ui.people.people_screen import PeopleScreen
from dofisac_tui.ui.people.person_panel import PersonPanel
from dofisac_tui.ui.pictures.terminal import Protocol
from dofisac_tui.ui.search.search_screen import SearchScreen
from dofisac_tui.ui.widgets.text_line import TextLine
from tests.clustering.people_library import people_library
from tests.ui.conftest import MakeApp
from tests.ui.helpers import until, words
from tests.ui.people_shown import ANNA, BEN, CARLA, Opening


async def test_everybody_is_there_and_the_unsorted_faces_are_last(opened_people: Opening) -> None:
    async with opened_people() as shown:
        census = shown.people.query_one("#census", TextLine)
        await shown.until(lambda: words(census) == "3 people · 0 named · 2 unassigned faces")
        assert [row.faces for row in shown.people._rows] == [7, 5, 4]
        assert shown.people.grid.count == 4
        await shown.press("G")
        assert shown.people.person is None
        await shown.press("i")
        await shown.until(lambda: "no person yet" in shown.said())
        assert not standing_votes(shown.library)


async def test_a_name_is_given_and_the_person_stays_under_the_cursor(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.press("right", "r")
        await shown.answer("Ben", "Who is ·2?")
        await shown.until(lambda: shown.people.person and shown.people.person.name == "Ben")
        assert shown.people.grid.cursor == 1
        assert shown.row(BEN).name == "Ben"
        await shown.press("u")
        await shown.until(lambda: shown.people.person and shown.people.person.name is None)
        await shown.press("U")
        await shown.until(lambda: shown.row(BEN).name == "Ben")


async def test_naming_like_somebody_else_offers_to_merge(opened_people: Opening, people_folder: Path) -> None:
    with open_library(people_folder) as library:
        name_person(library, BEN, "Ben", "test")
    async with opened_people() as shown:
        assert shown.people.person and shown.people.person.person_id == BEN  # named ones first
        await shown.press("G", "left", "r")
        await shown.answer("ben", "Who is ·3?")
        await shown.answer("no", "Ben exists (5 faces)")
        await shown.until(lambda: "Nothing changed" in shown.said())
        assert not shown.votes("merge")
        await shown.press("r")
        await shown.answer("ben", "Who is ·3?")
        await shown.answer("yes", "Ben exists (5 faces)")
        await shown.until(lambda: len(shown.people._rows) == 2)
        assert shown.row(BEN).faces == 9


async def test_marked_persons_are_merged_into_the_one_that_is_named(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.press("right", "space", "space", "g", "m")
        await shown.answer("·1", "Merge ·2, ·3 (9 faces) into")
        await shown.until(lambda: len(shown.people._rows) == 1)
        assert shown.row(ANNA).faces == 16
        assert len(shown.votes("merge")) == 2
        assert not shown.people.grid.marks


async def test_nobody_is_merged_with_a_name_that_nobody_has(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.press("m")
        await shown.answer("Zoe", "Merge ·1 (7 faces) into")
        await shown.until(lambda: 'No person named "Zoe"' in shown.said())
        assert not shown.votes("merge")


async def test_scores_are_given_and_taken_back(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.press("5")
        await shown.until(lambda: shown.people.grid.cursor == 1)
        assert [vote.answer for vote in shown.votes("cluster")] == ["5"]
        await shown.press("left", "0")
        await shown.until(lambda: [vote.answer for vote in shown.votes("cluster")] == ["0"])


async def test_an_ignored_stranger_is_hidden_until_asked_for(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.press("i")
        await shown.until(lambda: len(shown.people._rows) == 2)
        assert shown.row(ANNA).ignored
        await shown.press("I")
        await shown.until(lambda: len(shown.people._rows) == 3)
        assert "1 ignored" in words(shown.people.query_one("#census", TextLine))
        await shown.until(lambda: shown.people.person and shown.people.person.person_id != ANNA)
        places = [row.person_id for row in shown.people._rows]
        shown.people.grid.go(places.index(ANNA))
        await shown.press("i")
        await shown.until(lambda: not shown.row(ANNA).ignored)


async def test_who_may_be_the_same_person_is_asked_once(opened_people: Opening, people_folder: Path) -> None:
    with open_library(people_folder) as library:
        newcomer = gather_faces(library, [face for face, _ in unsorted_faces(library)])
    async with opened_people() as shown:
        await shown.until(lambda: shown.people.panel.merge_candidates)
        assert [each.person_id for each in shown.people.panel.merge_candidates] == [newcomer]
        question = shown.people.query_one("#person-question", TextLine)
        await shown.until(lambda: words(question).startswith("Same person?"))
        await shown.until(shown.people.panel.reaction.accepts_answer)
        await shown.press("y", "y", "y")  # in one go: there was one question
        await shown.until(lambda: shown.votes("match"))
        (vote,) = shown.votes("match")
        assert vote.answer == "yes" and vote.probability is not None and vote.probability > 0.5
        await shown.until(lambda: "No similar people" in words(shown.people.query_one("#person-evidence", TextLine)))
        assert not PersonMatcher().merge_candidates(shown.library, ANNA)
        await shown.press("u")
        await shown.until(lambda: shown.people.panel.merge_candidates)
        await shown.until(shown.people.panel.reaction.accepts_answer)
        await shown.press("n")
        await shown.until(lambda: [vote.answer for vote in shown.votes("match")] == ["no"])


async def test_what_was_split_is_not_suggested_as_one(people_folder: Path) -> None:
    with open_library(people_folder) as library:
        faces = [face for face, _ in present_faces(library, ANNA)]
        split_person(library, ANNA, faces[:3], "test")
        assert not PersonMatcher().merge_candidates(library, ANNA)


async def test_all_photos_of_a_person_are_searched(opened_people: Opening, people_folder: Path) -> None:
    with open_library(people_folder) as library:
        name_person(library, ANNA, "Anna Maria", "test")
    async with opened_people() as shown:
        await shown.press("p")
        await shown.until(lambda: isinstance(shown.app.screen, SearchScreen) and shown.app.screen.grid.count >= 7)
        assert isinstance(shown.app.screen, SearchScreen)
        assert shown.app.screen._request.query.people == ("Anna Maria",)


async def test_the_face_that_is_shown_is_searched(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.until(lambda: shown.people.face_id)
        face_id = shown.people.face_id
        await shown.press("w")
        await shown.until(lambda: isinstance(shown.app.screen, SearchScreen))
        assert isinstance(shown.app.screen, SearchScreen)
        like = shown.app.screen._request.like
        assert like and (like.kind, like.id) == ("face", face_id)


async def test_the_probably_worst_come_first_on_a_key(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.press("comma")
        order = shown.people.query_one("#people-sort", TextLine)
        await shown.until(lambda: "worst first" in words(order))
        guesses = [(shown.people._predicted or {})[row.person_id] for row in shown.people._rows]
        assert guesses == sorted(guesses) and len(guesses) == 3
        await shown.press("comma")
        await shown.until(lambda: [row.faces for row in shown.people._rows] == [7, 5, 4])


async def test_clustering_now_sorts_the_new_faces(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.press("C")
        await shown.until(lambda: shown.row(ANNA).faces == 9)
        await shown.until(lambda: shown.people.grid.count == 3)


async def test_a_clustering_of_somebody_else_is_told(opened_people: Opening, people_folder: Path) -> None:
    async with opened_people() as shown:
        with clustering_lock(people_folder, "nightly"):
            await shown.press("C")
            await shown.until(lambda: "nightly" in shown.said())


async def test_held_changes_are_counted_and_shown(opened_people: Opening, people_folder: Path) -> None:
    async with opened_people() as shown:
        cluster(shown.library, "people", propose=True)
        await shown.until(
            lambda: "2 face changes waiting since today (c: show)" in words(shown.people.query_one("#census", TextLine))
        )
        await shown.press("c")
        await shown.until(lambda: isinstance(shown.app.screen, ChangesScreen))


async def test_a_library_that_changes_underneath_keeps_the_cursor(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.press("right", "right")
        merge_people(shown.library, ANNA, BEN, "elsewhere")
        await shown.until(lambda: len(shown.people._rows) == 2)
        assert shown.people.person and shown.people.person.person_id == CARLA


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 55)])
async def test_it_fits_any_terminal(opened_people: Opening, size: tuple[int, int]) -> None:
    async with opened_people(size, Protocol.HALFBLOCKS) as shown:
        await shown.until(lambda: "7 faces" in shown.said())
        assert shown.people.query_one(PersonPanel).display == (size[0] >= 100)
        await shown.open_person()
        await shown.until(lambda: "to the others" in shown.said())


async def test_nobody_yet_says_what_to_do(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> None:
    made = people_library(tmp_path_factory.mktemp("nobody"))
    made.put([ANNA])
    made.library.close()
    app = make_app(Protocol.NONE, folder=made.library.folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, PeopleScreen) and app.screen.query_one(".empty").display)
        assert "1 unassigned face" in words(app.screen.query_one(".empty", TextLine))


async def test_scores_that_come_in_one_go_are_of_one_person_each(opened_people: Opening) -> None:
    async with opened_people() as shown:
        await shown.until(lambda: shown.people.grid.is_shown and len(shown.people._rows) > 2)
        for key in "54":
            shown.app.post_message(events.Key(key, key))
        await shown.until(lambda: len(shown.votes("cluster")) == 2)
        about = {vote.answer: json.dumps(vote.about) for vote in shown.votes("cluster")}
        assert sorted(about) == ["4", "5"] and about["4"] != about["5"]


@pytest.mark.parametrize(
    ("name", "fits"), [("می\u200cرو", True), ("\u200d", False), ("a\u202eb", False), ("a\x1bb", False)]
)
def test_names_may_hold_the_joiners_of_their_script(people_folder: Path, name: str, fits: bool) -> None:
    with open_library(people_folder) as library, nullcontext() if fits else pytest.raises(LibraryError):
        assert name_person(library, ANNA, name, "test").answer == name
