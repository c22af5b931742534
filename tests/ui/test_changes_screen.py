"""Changes: what a clustering holds back, in sentences, accepted and refused."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from textual.pilot import Pilot

from dofisac_tui.clustering.run_diff import ProposedRun, proposed_runs
from dofisac_tui.library import runs
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.ledger import all_votes
from dofisac_tui.library.people import faces_of_person, name_person, new_people
from dofisac_tui.library.runs import Members, current_run
from dofisac_tui.library.voting import vote_face, vote_match
from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.changes.changes_screen import ChangesScreen
from dofisac_tui.ui.duplicates.duplicates_screen import DuplicatesScreen
from dofisac_tui.ui.photo.photo_screen import PhotoScreen
from dofisac_tui.ui.widgets.picture_rows import PictureRows
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.wording.changes import held_in_words, move_in_words
from tests.ui.conftest import MakeApp
from tests.ui.helpers import said, until


@pytest.fixture
def library(library_folder: Path) -> Iterator[Library]:
    """Two persons, anna with a name and five faces, and a proposal that takes two of them away."""
    library = create_library(library_folder)
    faces = by_path(library)
    with library.write() as connection:
        anna, other, new = new_people(connection, 3)
    _store(library, faces, [anna] * 5 + [other] * 3 + [0] * 4, "current")
    name_person(library, anna, "Anna [red]", "test")
    vote_match(library, faces[0][0], faces[4][0], "yes", "test")
    _store(library, faces, [anna] * 3 + [other] * 5 + [new] * 3 + [0], "proposed")
    yield library
    library.close()


def by_path(library: Library) -> list[tuple[int, ...]]:
    """Faces with their photos; their ids follow whichever worker read the photo first."""
    of_path = "SELECT face_id, photo_id FROM faces JOIN photos USING (photo_id) ORDER BY path, number LIMIT 12"
    return [tuple(row) for row in library.rows(of_path)]


def _store(library: Library, faces: list[tuple[int, ...]], persons: list[int], state: str) -> None:
    run = runs.begin_run(library, "people", None, {"items": len(faces), "last_item": faces[-1][0]})
    kept = [(person, photo, face) for (face, photo), person in zip(faces, persons, strict=True) if person]
    columns = (np.array(column, np.int64) for column in zip(*sorted(kept), strict=True))
    runs.fill_run(library, run, Members(*columns), {}, people=True)
    with library.write() as connection:
        (runs.make_current if state == "current" else runs.make_proposed)(connection, "people", run)


def held(library: Library) -> ProposedRun:
    (found,) = proposed_runs(library)
    return found


async def opened(app: DofisacApp, pilot: Pilot[str]) -> ChangesScreen:
    await pilot.press("f4")
    await until(pilot, lambda: isinstance(app.screen, DuplicatesScreen) and app.screen.current)
    await pilot.press("c")
    await until(
        pilot, lambda: isinstance(app.screen, ChangesScreen) and app.screen.query_one("#summary", TextLine).display
    )
    assert isinstance(app.screen, ChangesScreen)
    return app.screen


def headings(screen: ChangesScreen) -> str:
    return "\n".join(str(line.render()) for line in screen.query_one(PictureRows).query(TextLine))


def test_every_move_is_a_sentence(library: Library) -> None:
    found = held(library)
    new = found.moves[1].target
    assert [move_in_words(move) for move in found.moves] == [
        f"2 of 5 faces would move from Anna [red] to ·{found.moves[0].target} · 1 of them in pairs you decided",
        f"New: ·{new}, 3 faces",
    ]
    assert {each.face_id for each in found.moves[0].moving} == {face for face, _ in by_path(library)[3:5]}
    assert len(found.moves[0].beside) == 3
    assert held_in_words(found).startswith("People: 1 split, 1 group added, 2 faces moved, 3 faces joining")


async def test_the_moves_are_rows_of_faces(make_app: MakeApp, library: Library) -> None:
    app = make_app()
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        await until(pilot, lambda: "2 of 5 faces would move from Anna [red]" in headings(screen))
        await pilot.press("l", "enter")
        await until(pilot, lambda: isinstance(app.screen, PhotoScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("j")
        await until(pilot, lambda: screen.rows.row == 1)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, DuplicatesScreen))


@pytest.mark.parametrize(("key", "faces", "undone"), [("a", 3, "the changes"), ("d", 5, "the refusal")])
async def test_an_answer_settles_it(make_app: MakeApp, library: Library, key: str, faces: int, undone: str) -> None:
    anna = held(library).moves[0].source or 0
    app = make_app()
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        await until(pilot, lambda: screen.current)
        await pilot.press(key)
        await until(pilot, lambda: screen.query_one(".empty").display)
        assert "(u: undo)" in said(app)
        assert not proposed_runs(library)
        assert len(faces_of_person(library, anna)) == faces
        await pilot.press("u")
        await until(pilot, lambda: f"Undid {undone}" in said(app))
        assert len(faces_of_person(library, anna)) == 5
        assert bool(proposed_runs(library)) == (key == "d")
        assert [vote.kind for vote in all_votes(library)] == ["name", "match"]
        await pilot.press("u")
        await until(pilot, lambda: "Undid vote: same person" in said(app))


async def test_a_decision_after_an_answer_is_undone_first(make_app: MakeApp, library: Library) -> None:
    app = make_app()
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        await until(pilot, lambda: screen.current)
        await pilot.press("a")
        await until(pilot, lambda: "(u: undo)" in said(app))
        vote_face(library, by_path(library)[11][0], "no", "test")
        await pilot.press("u")
        await until(pilot, lambda: "Undid vote: not a face" in said(app))
        assert not proposed_runs(library)


async def test_only_what_was_seen_is_accepted(
    make_app: MakeApp, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ChangesScreen, "overview_changed", lambda *_: None)
    before = current_run(library, "people")
    app = make_app()
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        await until(pilot, lambda: "2 of 5 faces would move from Anna [red]" in headings(screen))
        seen = held(library)
        _store(library, by_path(library), [(seen.moves[0].source or 0)] * 12, "proposed")
        await pilot.press("a")
        await until(pilot, lambda: "Other changes are waiting now" in said(app))
        assert current_run(library, "people") == before
        assert held(library).run.run_id > seen.run.run_id
        await until(pilot, lambda: "Anna [red]" in headings(screen) and "2 of 5" not in headings(screen))
        await pilot.press("a")
        await until(pilot, lambda: not proposed_runs(library))


async def test_another_proposal_is_shown_at_once(make_app: MakeApp, library: Library) -> None:
    app = make_app()
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await opened(app, pilot)
        await until(pilot, lambda: "2 of 5 faces would move from Anna [red]" in headings(screen))
        _store(library, by_path(library), [(held(library).moves[0].source or 0)] * 12, "proposed")
        await until(pilot, lambda: "2 of 5" not in headings(screen))


async def test_without_changes_it_says_so(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(40, 12)) as pilot:
        screen = await opened(app, pilot)
        await until(pilot, lambda: "No changes waiting" in str(screen.query_one(".empty", TextLine).render()))
        await pilot.press("a", "d", "enter", "q")
        await until(pilot, lambda: isinstance(app.screen, DuplicatesScreen))
