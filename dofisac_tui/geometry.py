"""Distances between vectors of an embedding space, and mean distances between groups of them.

The distance of two vectors a and b follows from their inner product and squared lengths: for `euclidean` it is the root
of |a|² + |b|² - 2ab, for the other metrics 1 - ab. The term under the root, or 1 - ab, is the *dissimilarity*. Its mean
over all pairs of two groups follows from the mean vectors and mean squared lengths of the groups in the same way,
so no pair has to be looked at. The mean distance of two groups is meant as the distance at their mean dissimilarity:
for `euclidean` the root mean square.
"""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.embedding import Metric

Vectors = NDArray[np.float32]
"""Embeddings, (n, dimensions)."""

Exact = NDArray[np.float64]
AnyVectors = NDArray[np.floating[Any]]

_Float = TypeVar("_Float", bound=np.floating[Any])
_Value = TypeVar("_Value", float, Exact)


def dissimilarities(products: NDArray[_Float], left: NDArray[Any], right: NDArray[Any], metric: Metric) -> Exact:
    """Return dissimilarities from inner products, or from those of mean vectors, in their shape.

    Args:
        left, right: (Mean) squared lengths of both sides, which broadcast to that shape.
    """
    return np.asarray(left + right - 2 * products if metric == "euclidean" else 1 - products)


def distance_at(dissimilarity: NDArray[_Float], metric: Metric) -> NDArray[_Float]:
    """Return the distances at some dissimilarities; rounding below 0 counts as 0 under a root."""
    return np.sqrt(np.maximum(dissimilarity, 0)) if metric == "euclidean" else dissimilarity


def dissimilarity_at(distance: _Value, metric: Metric) -> _Value:
    """Return the dissimilarity at a distance, which is not negative for `euclidean`."""
    return distance**2 if metric == "euclidean" else distance


def mean_distances(products: NDArray[_Float], left: NDArray[Any], right: NDArray[Any], metric: Metric) -> Exact:
    """Return `distance_at` of `dissimilarities`."""
    return distance_at(dissimilarities(products, left, right, metric), metric)


def squared_lengths(vectors: AnyVectors) -> Exact:
    """Return the squared length of each vector, (n,), in double precision."""
    return np.asarray(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))


def distances(left: AnyVectors, right: AnyVectors, metric: Metric) -> Exact:
    """Return the distances of two lists of vectors, (n, dimensions) each, one by one, (n,), in double precision."""
    if metric == "euclidean":
        return np.asarray(np.sqrt(squared_lengths(np.subtract(left, right, dtype=np.float64))))
    return np.asarray(1 - np.einsum("ij,ij->i", left, right, dtype=np.float64))


def distances_to(vector: AnyVectors, vectors: AnyVectors, metric: Metric) -> Exact:
    """Return the distance of each of `vectors`, (n, dimensions), to one vector, (dimensions,).

    Equal vectors get equal distances, to the last bit.
    """
    # no matrix product: BLAS may sum a row differently depending on how many rows there are
    if metric == "euclidean":
        return np.asarray(np.sqrt(np.square(vectors - vector.astype(np.float64)).sum(axis=1)))
    return np.asarray(1 - (vectors * vector.astype(np.float64)).sum(axis=1))


def distance_matrix(left: Exact, right: Exact, metric: Metric) -> Exact:
    """Return the distances of all pairs of two lists of vectors, (n, m)."""
    lengths = np.square(left).sum(axis=1)[:, None], np.square(right).sum(axis=1)
    return mean_distances(left @ right.T, *lengths, metric)


def distances_to_others(vectors: AnyVectors, metric: Metric) -> Exact:
    """Return the mean distance of each vector to all others, (n,); infinite for a single one."""
    count = len(vectors)
    if count < 2:
        return np.full(count, np.inf)
    exact, own = centred(vectors, metric), squared_lengths(vectors)
    # the dissimilarity to itself, which is not counted, is 0 or 1 - aa
    if metric == "euclidean":
        squared = squared_lengths(exact)
        return np.asarray(np.sqrt((squared + squared.mean()) * count / (count - 1)))
    return np.asarray(1 - (count * (exact @ exact.mean(axis=0)) - own) / (count - 1))


def centred(vectors: AnyVectors, metric: Metric) -> Exact:
    """Return the vectors in double precision, moved to have their mean at the origin where that keeps all distances.

    Short vectors lose less to rounding when their squared lengths are subtracted.
    """
    exact = np.array(vectors, np.float64, order="C")
    if metric == "euclidean" and len(exact):
        exact -= exact.mean(axis=0)
    return exact


def spread(vectors: Vectors, metric: Metric) -> float:
    """Return what to add to the dissimilarity to the mean of some vectors, to get the mean dissimilarity to them."""
    return float(np.square(vectors - vectors.mean(axis=0)).sum(axis=1).mean()) if metric == "euclidean" else 0.0


def euclidean_distance_at(distance: float, metric: Metric) -> float:
    """Return the Euclidean distance of two vectors at a distance of their space; of unit vectors for `cosine`."""
    return distance if metric == "euclidean" else float(np.sqrt(2 * distance))


def score_offsets(squares: Exact, metric: Metric) -> Exact:
    """Return what to subtract from an inner product, once for each of both vectors, to get the score of a pair.

    Scores order pairs as distances do, the nearest highest, and come from one matrix product.

    Args:
        squares: (n,) squared lengths.
    """
    return squares / 2 if metric == "euclidean" else np.zeros(len(squares))


def score_at(dissimilarity: _Value, metric: Metric) -> _Value:
    """Return the score at a dissimilarity."""
    return -dissimilarity / 2 if metric == "euclidean" else 1 - dissimilarity


def distances_of_faiss(scores: Vectors, metric: Metric) -> Vectors:
    """Return distances from what FAISS gives: squared ones of an L2 index, and else inner products."""
    return distance_at(scores, metric) if metric == "euclidean" else 1 - scores


def rounding_error(relative: float, length: float, longest: float, metric: Metric) -> float:
    """Return by how much a distance may be off if the numbers of a vector are rounded.

    By the triangle inequality, and by that of Cauchy and Schwarz.

    Args:
        relative: Error of a number, as a part of it.
        length, longest: Of the one vector, and of the longest it is compared with.
    """
    return relative * (length + longest if metric == "euclidean" else length * longest)
