"""What screens show of two faces that may be one person."""

import json
from dataclasses import dataclass

from dofisac_tui.library.cards import Box, FaceCard, face_cards, faces_of_photo
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
        beside: Where the other faces of the photo are.
    """

    face: FaceCard
    faces: int
    more: list[FaceCard]
    beside: list[Box]


@dataclass(frozen=True)
class PairCard:
    """Two faces.

    Attributes:
        companions: Names of those who are on both photos.
    """

    left: Side
    right: Side
    companions: list[str]

    @property
    def is_one_group(self) -> bool:
        """Whether both are taken for one person now; then each has another half of the other faces."""
        return self.left.face.person_id is not None and self.left.face.person_id == self.right.face.person_id


def pair_card(library: Library, left: int, right: int, more: int) -> PairCard | None:
    """Two faces by their ids, each with at most so many others.

    Returns:
        None where the library has lost one of them, or where both are one face in two copies of a file.
    """
    cards = face_cards(library, (left, right))
    if len({(card.photo.content_hash, card.box) for card in cards.values()}) < 2:
        return None
    hashes = [card.photo.content_hash for card in cards.values()]
    sides = [_side(library, cards[each], 2 * more, hashes) for each in (left, right)]
    pair = PairCard(sides[0], sides[1], _companions(library, *cards.values()))
    halves = (slice(0, None, 2), slice(1, None, 2)) if pair.is_one_group else (slice(more), slice(more))
    for side, half in zip(sides, halves, strict=True):
        side.more[:] = side.more[half]
    return pair


def _side(library: Library, face: FaceCard, more: int, shown: list[str]) -> Side:
    beside = [other.box for other in faces_of_photo(library, face.photo.photo_id) if other.face_id != face.face_id]
    if face.person_id is None:
        return Side(face, 1, [], beside)
    count = int(library.value(f"SELECT COUNT(*) {_FACES_OF_PERSON}", (face.person_id,)))
    rows = library.rows(
        f"SELECT faces.face_id, MAX(quality) AS best {_FACES_OF_PERSON} AND content_hash NOT IN (?, ?)"
        " GROUP BY content_hash ORDER BY best DESC, faces.face_id LIMIT ?",
        (face.person_id, *shown, more),
    )
    others = face_cards(library, [row["face_id"] for row in rows])
    return Side(face, count, [others[row["face_id"]] for row in rows if row["face_id"] in others], beside)


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
