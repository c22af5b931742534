"""Read from the library what the screens of people show."""

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
from dofisac_tui.wording.numbers import counted, percent
from dofisac_tui.wording.people import stars, summary, when


@dataclass(frozen=True)
class PersonSummary:
    """What the panel shows of a person.

    Attributes:
        score: 1 to 6; None if the person has no score.
        doubtful: Their least certain faces.
        least: The certainty of the first of these, in words.
    """

    span: PhotoYears
    score: int | None
    doubtful: list[TileContent]
    least: str


def read_summary(library: Library, person: PersonRow, room: int) -> PersonSummary:
    """Read a person with at most `room` faces."""
    doubts = least_certain_faces(library, person.person_id)
    shown = doubts[:room]
    cards = face_views(library, [each.face_id for each in shown])
    tiles = [face_tile(cards[each.face_id], certainty(each.match)) for each in shown if each.face_id in cards]
    least = doubts[0].match if doubts else None
    words = "single face" if least is None else f"Least certain first (lowest: {percent(least)})"
    return PersonSummary(years_of_person(library, person.person_id), _score(library, person), tiles, words)


def certainty(match: float | None) -> str:
    """Return the caption of a face: how certainly it is of its person."""
    return "only face" if match is None else percent(match)


def covers(library: Library, person_ids: Sequence[int]) -> dict[int, FaceView]:
    """Return the best face of each person."""
    found = cover_faces(library, person_ids)
    cards = face_views(library, found.values())
    return {person_id: cards[face_id] for person_id, face_id in found.items() if face_id in cards}


def newest_unassigned(library: Library) -> FaceView | None:
    """Return the newest unassigned face."""
    newest = [face_id for face_id, _ in unsorted_faces(library)[:1]]
    return next(iter(face_views(library, newest).values()), None)


def faces_of(library: Library, person_id: int | None) -> tuple[PersonRow | None, list[Membership]]:
    """Return a person, or the one they were merged into, with all faces, the least certain first.

    For None, return the unassigned faces, the newest first.
    """
    if person_id is None:
        return None, [Membership(*each, None, None) for each in unsorted_faces(library)]
    row = person_row(library, person_id)
    return row, least_certain_faces(library, row.person_id) if row else []


def heading(library: Library, person: PersonRow) -> str:
    """Return the faces, years, photos and score of a person."""
    return f"{summary(person, years_of_person(library, person.person_id))}  {stars(_score(library, person))}".rstrip()


def confirmed_faces(library: Library, face_ids: Sequence[int], others: Sequence[int]) -> set[int]:
    """Return the faces that were voted the same person as another one."""
    keys = keys_of_faces(library, [*face_ids, *others])
    answers = match_answers(library, {keys[face] for face in face_ids}, set(keys.values()))
    return {face for face in face_ids if answers.get(keys[face]) == "yes"}


def waiting_changes(library: Library) -> str:
    """Count the changes that the last clustering proposes; empty if there are none."""
    run = proposed_run(library, "people")
    if run is None:
        return ""
    change = diff_of_run(library, "people", run.run_id)
    groups = len(change.merges) + len(change.splits) + len(change.new) + len(change.vanished)
    single = len(change.moved) + change.joined + change.left
    what = counted(groups, "change") if groups else f"{single:,} face change{'s' * (single != 1)}"
    return f"{what} waiting since {when(run.started_at)}"


def _score(library: Library, person: PersonRow) -> int | None:
    return scores_of_clusters(library, "people", {person.person_id: person.faces}).get(person.person_id)
