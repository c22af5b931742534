"""Report which votes still find their faces, and which the models agree with, after moves, imports or new models."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.geometry import Vectors, distance_matrix
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space, spaces_of_kind
from dofisac_tui.library.face_keys import FaceKey, LocatedFace, locate
from dofisac_tui.library.ledger import Vote, standing_votes
from dofisac_tui.library.people import ANCHORS
from dofisac_tui.library.vectors import face_vectors
from dofisac_tui.matching.current_curve import match_curve

SAME_FROM = 0.5
"""Probability from which the models say "one person"."""

_TOGETHER = ("match yes", "name", "merge")
_APART = ("match no", "split", "remove")
_BATCH = 2000  # votes whose vectors are in memory at once

_NO_PHOTO = "its photo is not in the library"
_NO_FACE = "these models find no face there"


@dataclass
class Tally:
    """Standing votes of one kind.

    Attributes:
        found: Number of those that find at least one face or photo of each person or side.
        agree: Number of found ones that the models agree with, by the mean distance of their faces; None for other
            kinds.
    """

    votes: int = 0
    found: int = 0
    agree: int | None = None


@dataclass(frozen=True)
class Agreement:
    """Agreement of the faces of one space with the standing votes.

    Attributes:
        searched: True if searches and clusters use this space.
        tallies: By kind; match votes also by answer.
        against: Votes that the models disagree with.
        lost: Votes that find nothing now, each with the reason. They count again when their photos are back.
    """

    space: str
    searched: bool
    tallies: dict[str, Tally] = field(default_factory=dict)
    against: list[Vote] = field(default_factory=list)
    lost: list[tuple[Vote, str]] = field(default_factory=list)


def agreements(library: Library) -> list[Agreement]:
    """Return the agreement with the standing votes of each face space of the library, the searched one first."""
    votes, searched = standing_votes(library), searched_space(library, "face")
    spaces = sorted(spaces_of_kind(library, "face"), key=lambda space: space != searched)
    return [_agreement(library, space, votes, space == searched) for space in spaces]


def _agreement(library: Library, space: EmbeddingSpace, votes: Sequence[Vote], searched: bool) -> Agreement:
    result = Agreement(space.name, searched)
    here = _LocatedVotes.read(library, space, votes)
    found = []
    for vote in votes:
        tally = result.tallies.setdefault(_kind(vote), Tally(agree=0 if _kind(vote) in _TOGETHER + _APART else None))
        tally.votes += 1
        if reason := here.missing(vote):
            result.lost.append((vote, reason))
            continue
        tally.found += 1
        if tally.agree is not None:
            found.append((vote, here.faces(vote)))
    for vote, probability in _probabilities(library, space, found):
        if (probability >= SAME_FROM) == (_kind(vote) in _TOGETHER):
            tally = result.tallies[_kind(vote)]
            tally.agree = (tally.agree or 0) + 1
        else:
            result.against.append(vote)
    return result


@dataclass(frozen=True)
class _LocatedVotes:
    """Faces of one space and photos that votes refer to."""

    located: Mapping[FaceKey, list[LocatedFace]]
    contents: set[str]

    @classmethod
    def read(cls, library: Library, space: EmbeddingSpace, votes: Sequence[Vote]) -> "_LocatedVotes":
        keys = {key for vote in votes for side in _sides(vote) for key in side}
        wanted = json.dumps(list({key.content for key in keys}))
        rows = library.rows(
            "SELECT DISTINCT content_hash FROM json_each(?) AS wanted JOIN photos ON content_hash = wanted.value",
            (wanted,),
        )
        return cls(locate(library, space, {key for key in keys if key.box}), {row[0] for row in rows})

    def missing(self, vote: Vote) -> str:
        """Return why a vote finds nothing; an empty string when it does."""
        for side in _sides(vote):
            if not any(key in self.located if key.box else key.content in self.contents for key in side):
                return _NO_FACE if any(key.content in self.contents for key in side) else _NO_PHOTO
        return ""

    def faces(self, vote: Vote) -> list[list[int]]:
        """Return the ids of the faces on each side."""
        return [
            [self.located[key][0].face_id for key in side if key in self.located][:ANCHORS] for side in _sides(vote)
        ]


def _kind(vote: Vote) -> str:
    return f"match {vote.answer}" if vote.kind == "match" else vote.kind


def _sides(vote: Vote) -> list[list[FaceKey]]:
    """Return the faces of a vote, a list for each person or cluster; those without a box are whole photos."""
    sides = [[FaceKey(vote.content_a, vote.box_a or "")]] if vote.content_a else []
    sides += [[FaceKey(vote.content_b, vote.box_b or "")]] if vote.content_b else []
    about = vote.about
    return sides + [about[part] for part in ("faces", "other_faces", "rest", "members") if about.get(part)]


def _probabilities(
    library: Library, space: EmbeddingSpace, asked: Sequence[tuple[Vote, list[list[int]]]]
) -> list[tuple[Vote, float]]:
    """Return the probability that each vote's faces are one person, by the mean distance between its sides."""
    curve = match_curve(library, space)
    probabilities = []
    for start in range(0, len(asked), _BATCH):
        batch = asked[start : start + _BATCH]
        wanted = {face_id for _, sides in batch for side in sides for face_id in side}
        ids, found = face_vectors(library, space, list(wanted))
        vectors = dict(zip(ids.tolist(), found, strict=True))
        for vote, sides in batch:
            groups = [np.stack([vectors[face_id] for face_id in side]) for side in sides]
            probabilities.append((vote, curve.probability(_mean_distance(space, groups))))
    return probabilities


def _mean_distance(space: EmbeddingSpace, groups: Sequence[Vectors]) -> float:
    """Return the mean distance between two groups of faces, or within the only one."""
    left, right = groups[0].astype(np.float64), groups[-1].astype(np.float64)
    distances = distance_matrix(left, right, space.metric)
    if len(groups) > 1:
        return float(distances.mean())
    between = ~np.eye(len(left), dtype=bool)
    return float(distances[between].mean()) if len(left) > 1 else 0.0
