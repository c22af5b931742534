"""Persons: the identities of the current people run, and what the ledger says of them.

Names, merges and strangers to be ignored are read from the ledger into the table `people` after each decision, so
that undoing one is reading it again. In a people run the id of a cluster is that of its person.
"""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

from dofisac_tui.display import display_text
from dofisac_tui.errors import LibraryError
from dofisac_tui.library.applied_votes import apply_to_current
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.face_keys import FaceKey, keys_of_faces
from dofisac_tui.library.ledger import Vote, append, standing_votes

ANCHORS = 16
"""Faces by which a decision on a person knows that person again: those nearest to the middle."""

LONGEST_NAME = 200
_LOOKED_AT = 2000  # faces of a person among which the anchors are chosen


@dataclass(frozen=True)
class Person:
    """One identity.

    Attributes:
        person_id: Survives every run.
        name: None until one is given.
        faces, photos: Numbers of present ones in the current run.
        ignored: A stranger, not to be shown.
    """

    person_id: int
    name: str | None
    faces: int
    photos: int
    ignored: bool


def list_people(library: Library) -> list[Person]:
    """Return all persons of the current run or with a name; named ones first, then the most photographed."""
    rows = library.rows(
        "SELECT people.person_id, name, COUNT(shown.face_id) AS faces, COUNT(DISTINCT shown.photo_id) AS photos,"
        " ignored FROM people LEFT JOIN (SELECT person_id, face_id, photo_id FROM current_people"
        "  JOIN photos USING (photo_id) WHERE absent_since IS NULL) AS shown USING (person_id)"
        " WHERE merged_into IS NULL GROUP BY people.person_id HAVING faces > 0 OR name IS NOT NULL"
        " ORDER BY name IS NULL, faces DESC, people.person_id"
    )
    return [Person(**{**dict(row), "ignored": bool(row["ignored"])}) for row in rows]


def find_person(library: Library, person_id: int) -> int:
    """Return the id of a person, or of the one that it was merged into.

    Raises:
        LibraryError: there is no such person.
    """
    found = library.value(
        "SELECT COALESCE(merged_into, person_id) FROM people WHERE person_id = ?"
        " AND (name IS NOT NULL OR merged_into IS NOT NULL OR EXISTS"
        " (SELECT 1 FROM clusters JOIN cluster_runs USING (run_id) WHERE clusters.person_id = people.person_id"
        "  AND state = 'current'))",
        (person_id,),
    )
    if found is None:
        raise LibraryError(f"There is no person {person_id}", "See them with: dofisac-tui people")
    return int(found)


def person_called(library: Library, name: str) -> int:
    """Return the person of that name, in any case.

    Raises:
        LibraryError: no person has that name.
    """
    known = library.rows("SELECT person_id, name FROM people WHERE name IS NOT NULL AND merged_into IS NULL")
    for person_id, each in known:
        if _same_name(each, name):
            return int(person_id)
    near = next((each for _, each in known if name and name.casefold() in each.casefold()), None)
    hint = (
        f"Did you mean {display_text(near)}?"
        if near
        else "Give that name on the People screen, or list the known ones: dofisac-tui people"
    )
    raise LibraryError(f'No person named "{display_text(name)}"', hint)


def faces_of_person(library: Library, person_id: int) -> list[int]:
    """Return the faces of a person in the current run, absent photos' too."""
    rows = library.rows("SELECT face_id FROM current_people WHERE person_id = ? ORDER BY face_id", (person_id,))
    return [row[0] for row in rows]


def name_person(library: Library, person_id: int, name: str, source: str) -> Vote:
    """Name a person, or rename.

    Raises:
        LibraryError: there is no such person, the name is not one, or another person has it.
    """
    name = _checked(name)
    with library.write(durable=True) as connection:
        person_id = find_person(library, person_id)
        for other in list_people(library):
            if other.name and _same_name(other.name, name) and other.person_id != person_id:
                raise LibraryError(
                    f"Person {other.person_id} is called {display_text(other.name)} already",
                    f"If they are one person: dofisac-tui people merge {other.person_id} {person_id};"
                    " otherwise choose another name.",
                )
        vote = append(connection, source, "name", name, subject=_subject(library, person_id))
        follow_ledger(library)
    return vote


def ignore_person(library: Library, person_id: int, ignored: bool, source: str) -> Vote:
    """Ignore a person as a stranger, in every later run too; or no longer.

    Raises:
        LibraryError: there is no such person.
    """
    with library.write(durable=True) as connection:
        person_id = find_person(library, person_id)
        subject = _subject(library, person_id)
        vote = append(connection, source, "ignore", "yes" if ignored else "no", subject=subject)
        follow_ledger(library)
    return vote


def merge_people(library: Library, person_id: int, other_id: int, source: str) -> Vote:
    """Say that two persons are one, who keeps the id of the first, and its name where it has one.

    Raises:
        LibraryError: one does not exist, or they are one already.
    """
    with library.write(durable=True) as connection:
        person_id, other_id = find_person(library, person_id), find_person(library, other_id)
        if person_id == other_id:
            raise LibraryError(f"Person {person_id} cannot be merged with itself", "Name two persons.")
        subject = {
            **_subject(library, person_id),
            "other": other_id,
            "other_faces": _anchors(library, faces_of_person(library, other_id)),
        }
        vote = append(connection, source, "merge", "yes", subject=subject)
        follow_ledger(library)
    return vote


def split_person(library: Library, person_id: int, face_ids: Sequence[int], source: str) -> Vote:
    """Say that some faces of a person are another, who becomes a person of their own at once.

    Raises:
        LibraryError: there is no such person, a face is not of that person, or no face would be left.
    """
    with library.write(durable=True) as connection:
        person_id = find_person(library, person_id)
        rest = _rest(library, person_id, face_ids)
        into = new_people(connection, 1)[0]
        faces = list(keys_of_faces(library, face_ids).values())
        subject = {"person": person_id, "into": into, "faces": faces, "rest": _anchors(library, rest)}
        vote = append(connection, source, "split", "yes", subject=subject)
        apply_to_current(library, connection, vote, holds=True)
    return vote


def remove_face(library: Library, person_id: int, face_id: int, source: str) -> Vote:
    """Say that a face is not of this person; the face becomes unassigned.

    Raises:
        LibraryError: as `split_person`.
    """
    with library.write(durable=True) as connection:
        person_id = find_person(library, person_id)
        rest = _anchors(library, _rest(library, person_id, [face_id]))
        key = keys_of_faces(library, [face_id])[face_id]
        vote = append(connection, source, "remove", "yes", key, subject={"person": person_id, "rest": rest})
        apply_to_current(library, connection, vote, holds=True)
    return vote


def new_people(connection: sqlite3.Connection, count: int) -> list[int]:
    """Make persons without a name, and return their ids, which follow each other."""
    now = time.time()
    connection.executemany("INSERT INTO people (created_at) VALUES (?)", [(now,)] * count)
    last = int(connection.execute("SELECT last_insert_rowid()").fetchone()[0])
    return list(range(last - count + 1, last + 1))


def follow_ledger(library: Library) -> None:
    """Bring names, merges and ignored strangers in the table `people` up to what the ledger says, inside a write
    transaction."""
    connection = library.connection
    votes = standing_votes(library, ("name", "merge", "ignore"))
    roots = merged_people(votes)
    names: dict[int, str] = {}
    for vote in votes:
        if vote.kind == "name":
            person = vote.about["person"]
            names[person] = vote.answer
            names.setdefault(roots.get(person, person), vote.answer)
    ignored = {vote.about["person"] for vote in votes if vote.kind == "ignore" and vote.answer == "yes"}
    connection.execute("UPDATE people SET name = NULL WHERE name IS NOT NULL")
    connection.execute("UPDATE people SET merged_into = NULL WHERE merged_into IS NOT NULL")
    connection.execute("UPDATE people SET ignored = 0 WHERE ignored")
    set_by_id = "UPDATE people SET {} = ? WHERE person_id = ?"
    connection.executemany(set_by_id.format("name"), [(name, person) for person, name in names.items()])
    connection.executemany(set_by_id.format("merged_into"), [(root, person) for person, root in roots.items()])
    connection.executemany(set_by_id.format("ignored"), [(1, person) for person in ignored])


def merged_into(library: Library) -> dict[int, int]:
    """Return the persons of the table that were merged, with the one that each is now."""
    rows = library.rows("SELECT person_id, merged_into FROM people WHERE merged_into IS NOT NULL")
    return dict(map(tuple, rows))


def merged_people(votes: Sequence[Vote]) -> dict[int, int]:
    """Return every person that was merged, with the one that all of them became."""
    roots: dict[int, int] = {}
    for vote in votes:
        if vote.kind == "merge":
            kept, gone = (roots.get(vote.about[part], vote.about[part]) for part in ("person", "other"))
            if kept != gone:
                roots = {each: kept if root == gone else root for each, root in roots.items()} | {gone: kept}
    return roots


def _rest(library: Library, person_id: int, leaving: Sequence[int]) -> list[int]:
    faces = faces_of_person(library, person_id)
    if strangers := sorted(set(leaving) - set(faces)):
        raise LibraryError(f"Face {strangers[0]} is not one of person {person_id}", "See: dofisac-tui clusters people")
    rest = sorted(set(faces) - set(leaving))
    if not rest:
        raise LibraryError(f"No face of person {person_id} would be left", "Leave at least one.")
    return rest


def _subject(library: Library, person_id: int) -> dict[str, object]:
    return {"person": person_id, "faces": _anchors(library, faces_of_person(library, person_id))}


def _anchors(library: Library, face_ids: Sequence[int]) -> list[FaceKey]:
    """Return the keys of the faces nearest to the middle of them all."""
    space = searched_space(library, "face")
    if not space:
        return []
    import numpy as np  # only here, so that looking at people starts without it

    from dofisac_tui.library.vectors import face_vectors

    ids, vectors = face_vectors(library, space, sorted(face_ids[:: max(1, len(face_ids) // _LOOKED_AT)]))
    if not len(vectors):
        return []
    far = np.linalg.norm(vectors - vectors.mean(axis=0), axis=1)
    return list(keys_of_faces(library, ids[np.argsort(far, kind="stable")[:ANCHORS]].tolist()).values())


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise LibraryError(f"A name has 1 to {LONGEST_NAME} characters", "Give another name.")
    if display_text(name) != name or not any(
        map(str.isprintable, name)
    ):  # control characters, and bytes that are not text
        raise LibraryError(f"{display_text(name)} cannot be a name", "Leave out control characters.")
    return name


def _same_name(a: str, b: str) -> bool:
    return a.casefold() == " ".join(b.split()).casefold()
