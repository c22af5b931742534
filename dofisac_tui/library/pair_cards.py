"""What screens show of two faces that may be one person."""

import json
from dataclasses import dataclass

from dofisac_tui.library.cards import FaceCard, face_cards
from dofisac_tui.library.database import Library

_FACES_OF_PERSON = (
    "FROM cluster_runs JOIN cluster_members AS members USING (run_id) JOIN photos USING (photo_id)"
    " JOIN faces USING (face_id) WHERE cluster_runs.kind = 'people' AND cluster_runs.state = 'current'"
    " AND absent_since IS NULL AND members.cluster_id IN"
    " (SELECT person_id FROM people WHERE ? IN (person_id, merged_into))"
)


@dataclass(frozen=True)
class Side:
    """One of the two.

    Attributes:
        face: The face that is asked about.
        faces: Present faces of its person; 1 where it stands alone.
        more: Other faces of that person, the best visible first, each of another photo.
    """

    face: FaceCard
    faces: int
    more: list[FaceCard]


@dataclass(frozen=True)
class PairCard:
    """Two faces.

    Attributes:
        companions: Names of those who are on both photos.
    """

    left: Side
    right: Side
    companions: list[str]


def pair_card(library: Library, left: int, right: int, more: int) -> PairCard | None:
    """Two faces by their ids, each with at most so many others.

    Returns:
        None where the library has lost one of them, or where both are one face in two copies of a file.
    """
    cards = face_cards(library, (left, right))
    if len({(card.photo.content_hash, card.box) for card in cards.values()}) < 2:
        return None
    return PairCard(
        _side(library, cards[left], more), _side(library, cards[right], more), _companions(library, *cards.values())
    )


def _side(library: Library, face: FaceCard, more: int) -> Side:
    if face.person_id is None:
        return Side(face, 1, [])
    count = int(library.value(f"SELECT COUNT(*) {_FACES_OF_PERSON}", (face.person_id,)))
    rows = library.rows(
        f"SELECT faces.face_id, MAX(quality) AS best {_FACES_OF_PERSON} AND content_hash != ?"
        " GROUP BY content_hash ORDER BY best DESC, faces.face_id LIMIT ?",
        (face.person_id, face.photo.content_hash, more),
    )
    others = face_cards(library, [row["face_id"] for row in rows])
    return Side(face, count, [others[row["face_id"]] for row in rows if row["face_id"] in others])


def _companions(library: Library, a: FaceCard, b: FaceCard) -> list[str]:
    rows = library.rows(
        "SELECT people.name FROM json_each(?) AS wanted"
        " JOIN cluster_members AS members ON members.photo_id = wanted.value"
        " JOIN cluster_runs USING (run_id) JOIN people AS found ON found.person_id = members.cluster_id"
        " JOIN people ON people.person_id = COALESCE(found.merged_into, found.person_id)"
        " WHERE cluster_runs.kind = 'people' AND cluster_runs.state = 'current' AND people.name IS NOT NULL"
        " AND people.person_id NOT IN (?, ?) GROUP BY people.name HAVING COUNT(DISTINCT members.photo_id) = 2",
        (json.dumps([a.photo.photo_id, b.photo.photo_id]), a.person_id or 0, b.person_id or 0),
    )
    return [row["name"] for row in rows]
