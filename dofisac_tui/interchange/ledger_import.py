"""Merge the ledger of another library into this one's.

Votes keep the time they were cast, so that of two on one subject the later one counts, whichever library it comes from.
Content hashes and boxes mean the same everywhere; ids of rows and of persons are translated.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dofisac_tui.interchange.ledger_file import SHAPES
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.face_keys import FaceKey, locate
from dofisac_tui.library.ledger import Vote, insert, newest, votes_after
from dofisac_tui.library.people import follow_ledger, new_people
from dofisac_tui.library.voting import replay


class ImportedVotes(NamedTuple):
    """Result of an import.

    Attributes:
        added: New votes.
        known: Votes that were in the ledger already.
    """

    added: int
    known: int


def import_votes(library: Library, votes: Sequence[Vote]) -> ImportedVotes:
    """Add the votes of another library, all or none; skip those that are in this ledger already.

    A person of the other library becomes the person here who has the same name; else the one without a name who has
    most of the same faces; else a new one.

    Args:
        votes: As `read_ledger` gives them.
    """
    with library.write(durable=True) as connection:
        here = votes_after(connection, 0)
        mapping = _IdMapping(library)
        new = mapping.new_votes(votes, here)
        mapping.map_persons(connection, votes, new)
        for vote in new:
            mapping.rows[vote.vote_id] = insert(connection, mapping.translated(vote)).vote_id
        follow_ledger(library)
        replay(library, connection, here[-1].vote_id if here else 0)
    return ImportedVotes(len(new), len(votes) - len(new))


@dataclass
class _IdMapping:
    """Mapping of ids of the other library to ids of this one.

    Attributes:
        rows: Of rows of the ledger.
        persons: Of persons in the votes.
    """

    library: Library
    rows: dict[int, int] = field(default_factory=dict)
    persons: dict[int, int] = field(default_factory=dict)

    def new_votes(self, votes: Iterable[Vote], here: Iterable[Vote]) -> list[Vote]:
        """Return the votes that are not here yet, and map the ids of the others."""
        same = {_identity(vote, vote.undoes): vote for vote in here}
        new = []
        for vote in votes:
            known = same.get(_identity(vote, self.rows.get(vote.undoes or 0)))
            if known is None:
                new.append(vote)
                continue
            self.rows[vote.vote_id] = known.vote_id
            self.persons.update((vote.about[part], known.about[part]) for part, _ in SHAPES[vote.kind].persons)
        return new

    def map_persons(self, connection: sqlite3.Connection, votes: Sequence[Vote], new: Iterable[Vote]) -> None:
        """Map the persons in new votes by name, then by faces, and create those that remain."""
        faces: dict[int, list[FaceKey]] = defaultdict(list)
        for vote in new:
            for person, part in SHAPES[vote.kind].persons:
                faces[vote.about[person]] += vote.about[part]
        self._map(self._by_name(faces, votes))
        self._map(self._by_faces(faces))
        unknown = [person for person in faces if person not in self.persons]
        self.persons.update(zip(unknown, new_people(connection, len(unknown)), strict=True))

    def translated(self, vote: Vote) -> Vote:
        """Return a vote of the other library with ids of this one."""
        undoes = None if vote.undoes is None else self.rows[vote.undoes]
        if not SHAPES[vote.kind].persons:
            return vote._replace(undoes=undoes)
        persons = {part: self.persons[vote.about[part]] for part, _ in SHAPES[vote.kind].persons}
        return vote._replace(subject=json.dumps({**vote.about, **persons}))

    def _map(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Map pairs of a person there and one here, the best first, each person once."""
        taken = set(self.persons.values())
        for there, here in pairs:
            if there not in self.persons and here not in taken:
                self.persons[there] = here
                taken.add(here)

    def _by_name(self, wanted: Iterable[int], votes: Sequence[Vote]) -> Iterator[tuple[int, int]]:
        named = "SELECT name, person_id FROM people WHERE name IS NOT NULL AND merged_into IS NULL"
        here = {row["name"].casefold(): row["person_id"] for row in self.library.rows(named)}
        names = {vote.about["person"]: vote.answer for vote in newest(_not_undone(votes)) if vote.kind == "name"}
        for person in wanted:
            if person in names and names[person].casefold() in here:
                yield person, here[names[person].casefold()]

    def _by_faces(self, faces: Mapping[int, Sequence[FaceKey]]) -> list[tuple[int, int]]:
        """Return pairs of a person there and the unnamed person here with most, and more than half, of its faces."""
        space = searched_space(self.library, "face")
        located = locate(self.library, space, {key for keys in faces.values() for key in keys}) if space else {}
        unnamed = "SELECT face_id, person_id FROM current_people JOIN people USING (person_id) WHERE name IS NULL"
        person_of = dict(map(tuple, self.library.rows(f"{unnamed} AND NOT ignored")))
        pairs = []
        for there, keys in faces.items():
            found = [located[key][0].face_id for key in set(keys) if key in located]
            owners = Counter(person_of[face_id] for face_id in found if face_id in person_of)
            pairs += [(n, there, here) for here, n in owners.most_common(1) if 2 * n > len(found)]
        return [(there, here) for _, there, here in sorted(pairs, reverse=True)]


def _identity(vote: Vote, undoes: int | None) -> tuple[object, ...]:
    """Return what identifies a vote in any library: everything but the ids of rows and persons."""
    sides = (vote.content_a, vote.box_a, vote.content_b, vote.box_b)
    subject = json.loads(vote.subject) if vote.subject else {}
    rest = sorted((part, json.dumps(value)) for part, value in subject.items() if not isinstance(value, int))
    return (vote.cast_at, vote.source, vote.kind, vote.answer, *sides, undoes, *rest)


def _not_undone(votes: Sequence[Vote]) -> list[Vote]:
    """Return the decisions of a ledger outside the library without those that were undone, in order."""
    redone = {vote.undoes for vote in votes if vote.kind == "redo"}
    undone = {vote.undoes for vote in votes if vote.kind == "undo" and vote.vote_id not in redone}
    return [vote for vote in votes if vote.undoes is None and vote.vote_id not in undone]
