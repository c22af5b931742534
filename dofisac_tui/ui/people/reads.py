"""What the screens of people read of the library, each in one go."""

from collections.abc import Sequence
from dataclasses import dataclass

from dofisac_tui.clustering.run_diff import diff_of_run
from dofisac_tui.learning.membership_confidence import Membership, least_certain_faces
from dofisac_tui.library.clusters import scores_of_clusters
from dofisac_tui.library.database import Library
from dofisac_tui.library.face_keys import keys_of_faces
from dofisac_tui.library.ledger import match_answers
from dofisac_tui.library.people_views import (
    PersonRow,
    PhotoYears,
    cover_faces,
    person_row,
    unsorted_faces,
    years_of_person,
)
from dofisac_tui.library.runs import proposed_run
from dofisac_tui.library.views import FaceView, face_views
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.ui.widgets.tile_content import face_tile
from dofisac_tui.wording.numbers import percent
from dofisac_tui.wording.people import stars, summary, when


@dataclass(frozen=True)
class Seen:
    """A person at a glance.

    Attributes:
        score: 1 to 6, where somebody gave one.
        doubtful: The faces that are least surely theirs.
        least: How sure the first of these is, in words.
    """

    span: PhotoYears
    score: int | None
    doubtful: list[TileContent]
    least: str


def look_at(library: Library, person: PersonRow, room: int) -> Seen:
    """A person with as many faces as there is room for."""
    doubts = least_certain_faces(library, person.person_id)
    shown = doubts[:room]
    cards = face_views(library, [each.face_id for each in shown])
    tiles = [
        face_tile(cards[each.face_id], "alone" if each.match is None else percent(each.match))
        for each in shown
        if each.face_id in cards
    ]
    score = scores_of_clusters(library, "people", {person.person_id: person.faces}).get(person.person_id)
    least = doubts[0].match if doubts else None
    words = "a single face" if least is None else f"least sure first, from {percent(least)}"
    return Seen(years_of_person(library, person.person_id), score, tiles, words)


def covers(library: Library, person_ids: Sequence[int]) -> dict[int, FaceView]:
    """The best face of each person."""
    found = cover_faces(library, person_ids)
    cards = face_views(library, found.values())
    return {person_id: cards[face_id] for person_id, face_id in found.items() if face_id in cards}


def newest_unsorted(library: Library) -> FaceView | None:
    """The newest face that is nobody's."""
    newest = [face_id for face_id, _ in unsorted_faces(library)[:1]]
    return next(iter(face_views(library, newest).values()), None)


def faces_of(library: Library, person_id: int | None) -> tuple[PersonRow | None, list[Membership]]:
    """A person, or whom that one was merged into, with all faces, the least sure first; for None the faces that are
    nobody's, the newest first."""
    if person_id is None:
        return None, [Membership(*each, None, None) for each in unsorted_faces(library)]
    row = person_row(library, person_id)
    return row, least_certain_faces(library, row.person_id) if row else []


def heading(library: Library, person: PersonRow) -> str:
    """Faces, years, photos and score of a person."""
    score = scores_of_clusters(library, "people", {person.person_id: person.faces}).get(person.person_id)
    return f"{summary(person, years_of_person(library, person.person_id))}  {stars(score)}".rstrip()


def confirmed_faces(library: Library, face_ids: Sequence[int], others: Sequence[int]) -> set[int]:
    """Those of the faces of which somebody said that they are the same person as another one."""
    keys = keys_of_faces(library, [*face_ids, *others])
    answers = match_answers(library, {keys[face] for face in face_ids}, set(keys.values()))
    return {face for face in face_ids if answers.get(keys[face]) == "yes"}


def held_changes(library: Library) -> str:
    """What the last clustering proposes, in a few words; nothing where it holds nothing back."""
    run = proposed_run(library, "people")
    if run is None:
        return ""
    change = diff_of_run(library, "people", run.run_id)
    groups = len(change.merges) + len(change.splits) + len(change.new) + len(change.vanished)
    single = len(change.moved) + change.joined + change.left
    count, what = (groups, "held change") if groups else (single, "held face")
    return f"{count:,} {what}{'s' * (count != 1)} from {when(run.started_at)}"
