"""Best photos first, exactly: candidates from the vector index, ranked by the stored vectors.

A photo's Match is the product of its Match with each term of a search. The nearest vectors of the first term are
fetched, more and more of them, until none that is missing could stand before the last photo of the answer (the
threshold algorithm of Fagin, Lotem and Naor, 2001).
"""

import functools
import json
import math
import os
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.geometry import distances_to
from dofisac_tui.library.database import Library
from dofisac_tui.library.vectors import face_vectors, scene_vectors, vectors_by_id
from dofisac_tui.matching.calibration import Calibration
from dofisac_tui.search.query import Query
from dofisac_tui.search.vector_index import VectorIndex


def where_clause(query: Query) -> tuple[str, list[Any]]:
    """Return a condition on the table `photos`, and its parameters. Needs `add_functions`.

    Dates are compared as text, which ISO 8601 allows for; a photo without a date fits no date.
    """
    conditions, parameters = ["photos.absent_since IS NULL"], list[Any]()
    if query.after:
        conditions.append("photos.taken_at >= ?")
        parameters.append(query.after)
    if query.before:
        conditions.append("photos.taken_at < ?")
        parameters.append(query.before)
    for folder in query.folders:
        conditions.append("in_folder(photos.path, ?)")
        parameters.append(_folded(folder))
    return " AND ".join(conditions), parameters


def add_functions(connection: sqlite3.Connection) -> None:
    """Add the SQL functions that `where_clause` uses to a connection."""
    connection.create_function("in_folder", 2, _in_folder, deterministic=True)


def _in_folder(path: bytes, wanted: bytes) -> bool:
    return wanted in _folded_folder(os.path.dirname(path))


@functools.lru_cache(maxsize=1024)
def _folded_folder(folder: bytes) -> bytes:
    return _folded(os.fsdecode(folder) + "/")


def _folded(text: str) -> bytes:
    """Return text without case, and with accents in one form: some systems store them as separate signs."""
    return unicodedata.normalize("NFC", text.casefold()).encode("utf-8", "surrogatepass")


_BATCH = 2000
_GROWTH = 4

_CANDIDATES = {
    "face": "SELECT face_id AS vector_id, face_id, photo_id FROM json_each(?) AS wanted"
    " CROSS JOIN faces ON face_id = wanted.value CROSS JOIN photos USING (photo_id)",
    "scene": "SELECT vector_id, NULL AS face_id, photo_id FROM json_each(?) AS wanted"
    " CROSS JOIN scene_vectors ON vector_id = wanted.value CROSS JOIN photos USING (photo_id)",
}  # CROSS keeps the order: a few candidates are looked up, no table is read through


@dataclass(frozen=True)
class Term:
    """One thing that photos are compared with.

    Attributes:
        vector: (dimensions,) float32 in `space`.
        calibration: From a distance to it to its Match.
        wanted: False for what a photo should not be like.
        spread: `geometry.spread` of the vectors whose mean it is, so that their mean distance counts; 0 for one vector.
    """

    space: EmbeddingSpace
    vector: NDArray[np.float32]
    calibration: Calibration
    wanted: bool = True
    spread: float = 0.0

    def share(self, distance: float) -> float:
        """Return its factor of a photo's Match, 0 to 1."""
        probability = self.calibration.probability(math.hypot(distance, math.sqrt(self.spread)))
        return probability if self.wanted else 1 - probability


@dataclass(frozen=True)
class Ranked:
    """One photo of an answer.

    Attributes:
        face_id: The best face of the photo, where faces were compared.
        match: 0 to 100.
        distance: To the first term; 0 where nothing is wanted but what the filters pass.
    """

    photo_id: int
    face_id: int | None
    match: float
    distance: float

    @property
    def place(self) -> tuple[float, float, int, int]:
        """Sort key: the best first; ties by photo id."""
        return (-self.match, self.distance, self.photo_id, self.face_id or 0)


@dataclass(frozen=True)
class Cut:
    """Limits of an answer.

    Attributes:
        limit: Photos at most; at least 1.
        match: The least Match, 0 to 100.
    """

    limit: int
    match: float


def nearest_photos(library: Library, index: VectorIndex, terms: Sequence[Term], query: Query, cut: Cut) -> list[Ranked]:
    """Return present photos that pass the filters of `query`, the best first, each with its nearest face.

    Args:
        index: Of the space of the first term, up to date.
        terms: The first is wanted. A photo without a scene embedding is left out where one of the others is of a
            scene; of faces, each photo's nearest counts.
    """
    lead, others = terms[0], terms[1:]
    best: list[Ranked] = []
    seen: set[int] = set()
    count = 2 * cut.limit + 64
    while True:
        ids, bound = index.nearest(lead.vector, count)
        fresh = [each for each in ids.tolist() if each not in seen]
        for batch in _batches(fresh):
            found = _rank(library, batch, lead, others, query)
            best = _best([*best, *(each for each in found if each.match >= cut.match)], cut.limit)
        seen.update(fresh)
        promise = 100 * lead.share(bound)
        full = len(best) == cut.limit and best[-1].place < (-promise, bound)
        if full or promise < cut.match or bound == math.inf:
            return best
        count *= _GROWTH


def newest_photos(library: Library, others: Sequence[Term], query: Query, cut: Cut) -> list[Ranked]:
    """Return present photos that pass the filters of `query` and the unwanted terms, the newest first.

    Those without a date come last. Distance is 0, Match is 100 less what the terms take away.
    """
    where, parameters = where_clause(query)
    rows = library.rows(
        f"SELECT photo_id FROM photos WHERE {where} ORDER BY taken_at DESC, photo_id LIMIT ?",  # noqa: S608
        (*parameters, -1 if others else cut.limit),
    )
    answer: list[Ranked] = []
    for batch in _batches([row[0] for row in rows]):
        shares = _shares(library, others, batch)
        photos = (Ranked(photo_id, None, 100 * shares.get(photo_id, 0.0), 0.0) for photo_id in batch)
        answer += [photo for photo in photos if photo.match >= cut.match]
        if len(answer) >= cut.limit:
            break
    return answer[: cut.limit]


def _rank(
    library: Library, vector_ids: Sequence[int], lead: Term, others: Sequence[Term], query: Query
) -> Iterator[Ranked]:
    where, parameters = where_clause(query)
    rows = library.rows(
        f"{_CANDIDATES[lead.space.kind]} WHERE space_id = ? AND {where}",
        (json.dumps(vector_ids), lead.space.space_id, *parameters),
    )
    found = {row["vector_id"]: row for row in rows}
    ids, vectors = vectors_by_id(library, lead.space, list(found))
    distances = distances_to(lead.vector, vectors, lead.space.metric)
    shares = _shares(library, others, [row["photo_id"] for row in rows])
    for row, distance in zip(map(found.__getitem__, ids.tolist()), distances.tolist(), strict=True):
        share = shares.get(row["photo_id"])
        if share is not None:
            yield Ranked(row["photo_id"], row["face_id"], 100 * lead.share(distance) * share, distance)


def _shares(library: Library, terms: Sequence[Term], photo_ids: Sequence[int]) -> dict[int, float]:
    """Return the product of the terms' shares for each photo, if it has a scene embedding where scenes are compared."""
    shares = dict.fromkeys(photo_ids, 1.0)
    for kind, parts in (("face", _face_shares), ("scene", _scene_shares)):
        if of_kind := [term for term in terms if term.space.kind == kind]:
            found = parts(library, of_kind, list(shares))
            shares = {photo_id: shares[photo_id] * share for photo_id, share in found.items()}
    return shares


def _scene_shares(library: Library, terms: Sequence[Term], photo_ids: Sequence[int]) -> dict[int, float]:
    space = terms[0].space
    ids, vectors = scene_vectors(library, space, photo_ids)
    distances = np.array([distances_to(term.vector, vectors, space.metric) for term in terms])
    return {
        photo_id: math.prod(term.share(each) for term, each in zip(terms, column, strict=True))
        for photo_id, column in zip(ids.tolist(), distances.T.tolist(), strict=True)
    }


def _face_shares(library: Library, terms: Sequence[Term], photo_ids: Sequence[int]) -> dict[int, float]:
    """Return shares by the nearest face of each photo; a photo without a face is infinitely far away."""
    space = terms[0].space
    rows = library.rows(
        "SELECT face_id, photo_id FROM faces WHERE photo_id IN (SELECT value FROM json_each(?)) AND space_id = ?",
        (json.dumps(photo_ids), space.space_id),
    )
    photo_of = dict(map(tuple, rows))
    ids, vectors = face_vectors(library, space, list(photo_of))
    photos = [photo_of[face_id] for face_id in ids.tolist()]
    shares = dict.fromkeys(photo_ids, 1.0)
    for term in terms:
        nearest = dict.fromkeys(photo_ids, math.inf)
        for photo_id, distance in zip(photos, distances_to(term.vector, vectors, space.metric).tolist(), strict=True):
            nearest[photo_id] = min(nearest[photo_id], distance)
        for photo_id, distance in nearest.items():
            shares[photo_id] *= term.share(distance)
    return shares


def _best(photos: Iterable[Ranked], limit: int) -> list[Ranked]:
    """Return each photo once, with its best face."""
    once: dict[int, Ranked] = {}
    for photo in sorted(photos, key=lambda photo: photo.place):
        once.setdefault(photo.photo_id, photo)
    return list(once.values())[:limit]


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))
