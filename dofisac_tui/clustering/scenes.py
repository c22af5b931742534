"""Comparison of scenes, vectors of faces in scenes, and names of scene clusters."""

import logging

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.duplicates import Agreement
from dofisac_tui.clustering.found_clusters import Ids
from dofisac_tui.config import load_settings
from dofisac_tui.display import display_text
from dofisac_tui.embedding import EmbeddingSpace, Metric
from dofisac_tui.engines.imagenet_classes import ImageNetClasses, load_imagenet_classes
from dofisac_tui.engines.packs import Engines, scenes_of_space
from dofisac_tui.errors import EngineError
from dofisac_tui.geometry import Vectors, distances_to, euclidean_distance_at
from dofisac_tui.library import meta
from dofisac_tui.library.database import Library

log = logging.getLogger(__name__)

WORDS = 3
_CLASS_SPACE = "efficientnet-lite0-imagenet"  # the space in which a dimension is the root of a class's probability
_WORTH = 0.25  # of the strongest word, that another must reach
_TEMPERATURE = 0.01  # of CLIP's similarities (Radford et al., "Learning transferable visual models", 2021)

Strengths = NDArray[np.float64]


def combined_vectors(
    faces: Vectors, scenes: Vectors, metrics: tuple[Metric, Metric], radii: tuple[float, float]
) -> Vectors:
    """Join face and scene, each in units of its own radius, to vectors, (n, d + e), for `euclidean` and a radius of 1.

    A squared distance is the mean of the two squared distances over their squared radii, so that neither outweighs
    the other for having longer vectors or more dimensions. One minus an inner product of unit vectors is half their
    squared Euclidean distance.

    Args:
        faces, scenes: (n, d) and (n, e): of each face, and of its photo.
        metrics: Of the two spaces.
        radii: Of the two, by their calibrations at one probability.
    """
    combined = np.hstack([faces, scenes])
    halves = combined[:, : faces.shape[1]], combined[:, faces.shape[1] :]
    for half, metric, radius in zip(halves, metrics, radii, strict=True):
        half /= np.float32(np.sqrt(2) * euclidean_distance_at(radius, metric))
    return combined


def scene_agreement(vectors: Vectors, metric: Metric, radius: float) -> Agreement:
    """Return the agreement of scenes within a radius; a photo without a vector has NaN, and agrees with none.

    Args:
        vectors: (n, d) by the position of the photo.
    """

    def agrees(position: int, others: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray(distances_to(vectors[position], vectors[others], metric) <= radius)

    return agrees


def scene_words(library: Library, space: EmbeddingSpace, vectors: Vectors, clusters: Ids) -> dict[int, str]:
    """Return up to three words for each cluster: what is frequent in it and rare in the library comes first.

    Words are names of the ImageNet classes and of wider groups of them; where the space does not have these classes,
    names of the groups, embedded by its own engine. Without that engine there are none, and the log says why.

    Args:
        vectors: (n, dimensions) scene embeddings.
        clusters: (n,) the cluster of each, 0 for none.
    """
    if not clusters.any():
        return {}
    ids, number = np.unique(clusters, return_inverse=True)
    classes = load_imagenet_classes()
    member = _membership(classes)
    if space.name.startswith(_CLASS_SPACE):
        words = np.arange(classes.named)
        present = _means(np.square(vectors), number) @ member
    else:
        words = np.flatnonzero(member.sum(axis=0) > 1)
        try:
            similarity = _means(vectors, number) @ _embedded(library, space, [classes.names[word] for word in words]).T
        except EngineError as error:
            log.warning("Scenes get no words: %s", display_text(str(error)))
            return {}
        present = np.exp((similarity - similarity.max(axis=1, keepdims=True)) / _TEMPERATURE)
        present /= present.sum(axis=1, keepdims=True)
    everywhere = np.bincount(number) @ present / len(number)
    # how much a word adds to telling this cluster from the library: its part of the Kullback-Leibler divergence
    telling = present * np.log((present + 1e-9) / (everywhere + 1e-9))
    labels = {}
    for cluster, row in zip(ids.tolist(), telling, strict=True):
        labels[cluster] = ", ".join(classes.names[words[at]] for at in _strongest(row, member[:, words]))
    return {cluster: label for cluster, label in labels.items() if cluster and label}


def _strongest(telling: Strengths, member: Strengths) -> list[int]:
    """Return the most telling words, no two of which share a class."""
    chosen: list[int] = []
    least = max(telling.max() * _WORTH, 1e-6)
    for word in np.argsort(-telling, kind="stable")[: 20 * WORDS].tolist():
        if telling[word] < least or len(chosen) == WORDS:
            break
        if not any(member[:, word] @ member[:, other] for other in chosen):
            chosen.append(word)
    return chosen


def _means(vectors: Vectors, number: NDArray[np.intp]) -> Strengths:
    """Return the mean of the vectors of each cluster, (clusters, dimensions)."""
    from scipy.sparse import csr_array

    sizes = np.bincount(number)
    adding = csr_array((np.ones(len(number)), (number, np.arange(len(number)))), (len(sizes), len(number)))
    means: Strengths = (adding @ vectors) / sizes[:, None]
    return means


def _membership(classes: ImageNetClasses) -> Strengths:
    """Return which classes each name stands for, (1000, names), 0 or 1."""
    starts = classes.start_of_class
    counts = np.diff(starts, append=len(classes.name_of_pair))
    member = np.zeros((len(starts), classes.named))
    member[np.repeat(np.arange(len(starts)), counts), classes.name_of_pair] = 1
    return member


def _embedded(library: Library, space: EmbeddingSpace, words: list[str]) -> Vectors:
    settings = load_settings()
    engines = Engines(meta.get(library, meta.PACK), settings)
    return scenes_of_space(space.name, engines, settings).embed_texts(words)
