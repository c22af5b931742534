"""Read people for their screens: all persons in a few rows, faces a page at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dofisac_tui.library.clusters import listed_clusters
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.face_keys import locate
from dofisac_tui.library.ledger import standing_votes
from dofisac_tui.library.people import new_people
from dofisac_tui.library.runs import current_run

_COVER_AMONG = 500  # faces of a person among which the best is searched


@dataclass(frozen=True)
class PersonRow:
    """One person of the current run.

    Attributes:
        faces: Present ones.
        ignored: A stranger, not to be shown.
    """

    person_id: int
    name: str | None
    faces: int
    ignored: bool


@dataclass(frozen=True)
class People:
    """All persons of the current run.

    Attributes:
        run_id: None before the first clustering.
        rows: Named ones first, then by faces.
        unsorted: Present faces that are unassigned, and were not voted to be no faces.
    """

    run_id: int | None
    rows: list[PersonRow]
    unsorted: int


@dataclass(frozen=True)
class PhotoYears:
    """Photos of a person, and their years.

    Attributes:
        photos: Present ones.
        first, last: Years; None where no photo has a date.
    """

    photos: int
    first: str | None
    last: str | None


_FACES = """
    FROM cluster_runs CROSS JOIN cluster_members AS members USING (run_id)
    CROSS JOIN photos ON photos.photo_id = members.photo_id
    WHERE kind = 'people' AND state = 'current' AND absent_since IS NULL
    AND cluster_id IN (SELECT ?1 UNION ALL SELECT person_id FROM people WHERE merged_into = ?1)
"""


def read_people(library: Library) -> People:
    """Return all persons, ignored strangers too."""
    run = current_run(library, "people")
    rows = listed_clusters(library, run) if run else []
    people = [PersonRow(row["shown"], row["person"], row["present"], bool(row["ignored"])) for row in rows]
    return People(run.run_id if run else None, people, len(unsorted_faces(library)))


def present_faces(library: Library, person_id: int) -> list[tuple[int, int]]:
    """Return face and photo ids of a person, without those of absent photos."""
    return [(row[0], row[1]) for row in library.rows(f"SELECT face_id, photos.photo_id {_FACES}", (person_id,))]


def cover_faces(library: Library, person_ids: Sequence[int]) -> dict[int, int]:
    """Return the best face of each person that has one."""
    best = (
        f"WITH some AS MATERIALIZED (SELECT face_id {_FACES} LIMIT {_COVER_AMONG})"  # noqa: S608
        " SELECT face_id FROM some CROSS JOIN faces USING (face_id) ORDER BY quality DESC, face_id LIMIT 1"
    )
    found = ((person_id, library.value(best, (person_id,))) for person_id in person_ids)
    return {person_id: face_id for person_id, face_id in found if face_id is not None}


def years_of_person(library: Library, person_id: int) -> PhotoYears:
    """In how many photos a person is, and from which years."""
    sql = f"SELECT COUNT(DISTINCT photos.photo_id), MIN(taken_at), MAX(taken_at) {_FACES}"
    row = library.rows(sql, (person_id,))[0]
    return PhotoYears(row[0], row[1][:4] if row[1] else None, row[2][:4] if row[2] else None)


def unsorted_faces(library: Library) -> list[tuple[int, int]]:
    """Return face and photo ids of present faces that are unassigned and not voted to be no face, newest first."""
    space = searched_space(library, "face")
    if space is None:
        return []
    rows = library.rows(
        "SELECT face_id, photo_id FROM faces CROSS JOIN photos USING (photo_id) WHERE space_id = ?"
        " AND absent_since IS NULL AND face_id NOT IN"
        " (SELECT face_id FROM cluster_runs JOIN cluster_members USING (run_id)"
        "  WHERE kind = 'people' AND state = 'current') ORDER BY face_id DESC",
        (space.space_id,),
    )
    refused = [vote.face_a for vote in standing_votes(library, ("face",)) if vote.answer == "no"]
    never = {face.face_id for faces in locate(library, space, refused).values() for face in faces}
    return [(row[0], row[1]) for row in rows if row[0] not in never]


def names_of_people(library: Library) -> list[str]:
    """Return all names, by the alphabet."""
    rows = library.rows("SELECT name FROM people WHERE name IS NOT NULL AND merged_into IS NULL")
    return sorted((row[0] for row in rows), key=str.casefold)


def gather_faces(library: Library, face_ids: Sequence[int]) -> int | None:
    """Make unsorted faces a person of the current run, who lasts only if a decision on that person follows.

    Returns:
        The new person's id, or None where there is no run yet or no face of these is still unsorted.
    """
    with library.write() as connection:
        run = current_run(library, "people")
        rows = library.rows(
            "SELECT face_id, photo_id FROM faces WHERE face_id IN (SELECT value FROM json_each(?))"
            " AND face_id NOT IN (SELECT face_id FROM current_people)",
            (json.dumps(list(face_ids)),),
        )
        if run is None or not rows:
            return None
        person_id = new_people(connection, 1)[0]
        connection.execute(
            "INSERT INTO clusters (run_id, cluster_id, person_id) VALUES (?, ?, ?)", (run.run_id, person_id, person_id)
        )
        connection.executemany(
            "INSERT INTO cluster_members (run_id, cluster_id, photo_id, face_id) VALUES (?, ?, ?, ?)",
            [(run.run_id, person_id, row["photo_id"], row["face_id"]) for row in rows],
        )
    return person_id


def person_row(library: Library, person_id: int) -> PersonRow | None:
    """Return a person, or the one that it was merged into; None where neither exists."""
    rows = library.rows(
        "SELECT root.person_id, root.name, root.ignored FROM people JOIN people AS root"
        " ON root.person_id = IFNULL(people.merged_into, people.person_id) WHERE people.person_id = ?",
        (person_id,),
    )
    if not rows:
        return None
    found, name, ignored = rows[0]
    return PersonRow(found, name, len(present_faces(library, found)), bool(ignored))
