"""The embedding space of a model: what its vectors are, and how two of them are compared."""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["face", "scene"]
Metric = Literal["euclidean", "cosine", "inner_product"]


@dataclass(frozen=True)
class EmbeddingSpace:
    """The vectors of one model. Vectors of two spaces are never compared.

    Attributes:
        name: Stable id, changed whenever the vectors would change (weights, alignment, preprocessing).
        kind: What is embedded.
        dimensions: Length of a vector.
        metric: How two vectors are compared. Distance is the Euclidean one for `euclidean`, and one minus the inner
            product for `cosine` (unit vectors) and `inner_product` (vectors that need not have unit length).
        space_id: Its row in the library; 0 until it is stored there.
    """

    name: str
    kind: Kind
    dimensions: int
    metric: Metric
    space_id: int = field(default=0, compare=False)
