"""Search a library for photos: by an example, by words, by persons, and by filters."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.config import Settings
from dofisac_tui.display import display_text
from dofisac_tui.embedding import EmbeddingSpace, Kind
from dofisac_tui.engines.packs import Engines, faces_of_space, scenes_of_space
from dofisac_tui.engines.protocols import FaceEngine, SceneEngine
from dofisac_tui.errors import EngineError, QueryError
from dofisac_tui.geometry import Vectors, spread
from dofisac_tui.library import meta
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.people import faces_of_person, person_called
from dofisac_tui.library.vectors import face_vectors, scene_vectors
from dofisac_tui.matching.calibration import Calibration
from dofisac_tui.matching.current_curve import match_curve
from dofisac_tui.search.query import Query
from dofisac_tui.search.ranking import Cut, Ranked, Term, add_functions, nearest_photos, newest_photos
from dofisac_tui.search.vector_index import VectorIndex

EMPTY_QUERY = Query()


@dataclass(frozen=True)
class Hit:
    """One photo of an answer.

    Attributes:
        rank: 1 for the best.
        path: Bytes.
        face_id: The best face of the photo, where faces were compared.
        match: Probability that it is what was searched for, 0 to 100.
        distance: Raw distance to the face, photo or words searched for; 0 where only filters were given.
        box: x, y, width, height of that face in upright pixels of the original.
    """

    rank: int
    path: bytes
    photo_id: int
    face_id: int | None
    match: float
    distance: float
    box: tuple[float, float, float, float] | None


@dataclass(frozen=True)
class SearchExample:
    """A face or a photo to search for.

    Attributes:
        space: Of the engine that made the embedding, which is of a face or of a photo as its kind says.
        embedding: (dimensions,) float32.
    """

    space: EmbeddingSpace
    embedding: NDArray[np.float32]


def searching_faces(library: Library, settings: Settings) -> FaceEngine:
    """Return the face engine that a library is searched with.

    After a change of packs these are the old models until every photo has the vectors of the new ones, so it goes by
    the embedding space and not by the pack.
    """
    space, pack = searched_space(library, "face"), Engines(meta.get(library, meta.PACK), settings)
    return faces_of_space(space.name if space else "", pack, settings)


def searching_scenes(library: Library, settings: Settings) -> SceneEngine:
    """Return the scene engine that a library is searched with, as `searching_faces`."""
    space, pack = searched_space(library, "scene"), Engines(meta.get(library, meta.PACK), settings)
    return scenes_of_space(space.name if space else "", pack, settings)


class PhotoSearch:
    """Search one library, keeping its vectors in memory from one search to the next.

    Every search sees what was committed before it. Use it in the thread of its library.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._indexes: dict[str, VectorIndex] = {}
        add_functions(library.connection)

    def find(
        self,
        example: SearchExample | None = None,
        query: Query = EMPTY_QUERY,
        scenes: SceneEngine | None = None,
        limit: int = 50,
        cut_off: float = 50.0,
    ) -> list[Hit]:
        """Return the photos that match, best first, ties by photo id.

        All conditions must hold: Match is P(example) * P(person) for each person * P(words) * the product of 1 - P
        over the texts and persons to be left out, and filters leave out what does not pass. The Distance is that to
        the example, or else to the first person or the words. Without any of these, photos come newest first and the
        Distance is 0. The photo an example comes from is an answer like any other. Where the library holds no
        embeddings yet, nothing matches.

        Args:
            example: A face or photo to search for.
            query: Words, persons and filters.
            scenes: Embeds the words; needed only where `query.needs_words`.
            limit: Photos at most, 1 or more.
            cut_off: The least Match, in percent, unless the query says; 0 keeps everything.

        Raises:
            EngineError: an embedding is of another space than the one the library is searched in, or not a vector of
                it; or the model failed.
            LibraryError: the library cannot be read, or no person has a name that is searched for.
            QueryError: a person has no face in the library now.
            ValueError: the query needs words, and there is no scene engine.
        """
        terms = self._terms(example, query, scenes)
        if terms is None:
            return []
        cut = Cut(limit, cut_off if query.likelihood is None else 100 * query.likelihood)
        if terms and terms[0].wanted:
            index = self._index(terms[0].space)
            return self._hits(nearest_photos(self._library, index, terms, query, cut))
        return self._hits(newest_photos(self._library, terms, query, cut))

    def indexed_face(self, face_id: int) -> SearchExample:
        """Return a face of the library, to search for.

        Raises:
            QueryError: there is no such face, or the models in use did not find it.
        """
        example = _stored(self._library, "face", face_vectors, face_id)
        if example is None:
            raise QueryError(f"There is no face {face_id}", "See the faces of a photo with: dofisac-tui faces FILE")
        return example

    def indexed_photo(self, photo_id: int) -> SearchExample:
        """Return a photo of the library, to search for photos like it.

        Raises:
            QueryError: there is no such photo, or the models in use have not seen it yet.
        """
        example = _stored(self._library, "scene", scene_vectors, photo_id)
        if example is None:
            raise QueryError(f"There is no photo {photo_id} to compare with", "See them with: dofisac-tui photos")
        return example

    def save(self) -> None:
        """Write the vectors to disk for the next process, where enough has changed.

        It writes as much as the vectors take in memory, so call it when no answer is waited for.
        """
        for index in self._indexes.values():
            index.save()

    def _terms(self, example: SearchExample | None, query: Query, scenes: SceneEngine | None) -> list[Term] | None:
        """Return what to compare photos with, the wanted first; None where the library has no embeddings for it."""
        terms = []
        if example:
            space = self._searched(example.space)
            if space is None:
                return None
            terms.append(Term(space, _checked(example), match_curve(self._library, space)))
        terms += [self._person_term(name) for name in query.people]
        if query.needs_words:
            if scenes is None:
                raise ValueError("words can only be searched with a scene engine")
            space = self._searched(scenes.space)
            if space is None:
                return None
            terms += _word_terms(match_curve(self._library, space, "text"), space, scenes, query)
        return terms + [self._person_term(name, wanted=False) for name in query.without_people]

    def _person_term(self, name: str, wanted: bool = True) -> Term:
        """Return the mean of a person's faces.

        The spread makes Match go by the mean distance to all of them, since a mean is nearer to every face than another
        face is.
        """
        person = person_called(self._library, name)
        space = searched_space(self._library, "face")
        members = faces_of_person(self._library, person) if space else []
        if space is None or not len(vectors := face_vectors(self._library, space, members)[1]):
            raise QueryError(f"{display_text(name)} has no face in the library now", "Search for another person.")
        curve = match_curve(self._library, space, person=person)
        return Term(space, vectors.mean(axis=0), curve, wanted, spread(vectors, space.metric))

    def _searched(self, asked: EmbeddingSpace) -> EmbeddingSpace | None:
        """Return the library's own space, which must be the one asked for."""
        space = searched_space(self._library, asked.kind)
        if space and space.name != asked.name:
            raise EngineError(
                f"The library is searched with {display_text(space.name)}, not with {display_text(asked.name)}",
                "Choose the models it was indexed with: dofisac-tui models use PACK",
            )
        return space

    def _index(self, space: EmbeddingSpace) -> VectorIndex:
        index = self._indexes.get(space.kind)
        if index is None or index.space != space:
            index = self._indexes[space.kind] = VectorIndex(self._library, space)
        else:
            index.refresh()
        return index

    def _hits(self, ranked: Sequence[Ranked]) -> list[Hit]:
        rows = self._library.rows(
            "SELECT photos.photo_id, photos.path, x, y, w, h FROM json_each(?) AS answer"
            " CROSS JOIN photos ON photos.photo_id = json_extract(answer.value, '$[0]')"
            " LEFT JOIN faces ON faces.face_id = json_extract(answer.value, '$[1]')",
            (json.dumps([(each.photo_id, each.face_id) for each in ranked]),),
        )
        found = {row["photo_id"]: row for row in rows}
        there = [each for each in ranked if each.photo_id in found]  # a photo may have been removed meanwhile
        return [_hit(rank, each, found[each.photo_id]) for rank, each in enumerate(there, start=1)]


def _hit(rank: int, ranked: Ranked, row: sqlite3.Row) -> Hit:
    box = None if row["x"] is None else (row["x"], row["y"], row["w"], row["h"])
    distance = max(ranked.distance, 0.0)  # which rounding takes below 0 for one and the same photo
    return Hit(rank, row["path"], ranked.photo_id, ranked.face_id, ranked.match, distance, box)


def _stored(library: Library, kind: Kind, read: Callable[..., tuple[Any, Vectors]], item: int) -> SearchExample | None:
    space = searched_space(library, kind)
    if space is None or not len(vectors := read(library, space, [item])[1]):
        return None
    return SearchExample(space, vectors[0])


def _word_terms(calibration: Calibration, space: EmbeddingSpace, scenes: SceneEngine, query: Query) -> list[Term]:
    texts = [(query.text, True)] if query.text else []
    texts += [(text, False) for text in query.without]
    vectors = scenes.embed_texts([text for text, _ in texts])
    return [Term(space, vector, calibration, wanted) for vector, (_, wanted) in zip(vectors, texts, strict=True)]


def _checked(example: SearchExample) -> NDArray[np.float32]:
    vector = np.asarray(example.embedding, np.float32)
    if vector.shape != (example.space.dimensions,) or not np.isfinite(vector).all():
        raise EngineError(
            f"The model {display_text(example.space.name)} gave something that is not a vector of its space"
        )
    return vector
