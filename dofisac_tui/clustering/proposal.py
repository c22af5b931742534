"""What a clustering of one kind found, before it is kept."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.stable_ids import Ids
from dofisac_tui.library.runs import Note


@dataclass(frozen=True)
class Proposal:
    """Clusters of faces or photos.

    Attributes:
        items, photos: (n,) what was clustered, and the photo of each; where they are the same, photos were.
        found: (n,) the cluster of each as it was found.
        safe: (n,) the same without what would take a face from a person with a name.
        parameters: What it was made with.
        notes: What is said of clusters of `found`.
        last_item: Newer items were not looked at.
        ledger_end: The newest decision that it holds to.
    """

    items: NDArray[np.int64]
    photos: NDArray[np.int64]
    found: Ids
    safe: Ids
    parameters: dict[str, Any]
    notes: dict[int, Note] = field(default_factory=dict)
    last_item: int = 0
    ledger_end: int = 0


_NOTHING = np.empty(0, np.int64)
NOTHING = Proposal(_NOTHING, _NOTHING, _NOTHING, _NOTHING, {"reason": "nothing is indexed yet"})
