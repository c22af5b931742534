"""Correlation of thumbnails, which tells different pictures with similar fingerprints and scenes apart."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dofisac_tui.clustering.duplicates import Agreement
from dofisac_tui.library.thumbnails import thumbnail_path

SIDE = 32
CUTS = (0.015, 0.03, 0.05)
"""Shares of each side that may have been cut off one of two pictures."""

ALIKE = 0.9
"""Correlation from which two pictures are versions of one; chosen and measured by `benchmarks/duplicates.py`."""

Picture = NDArray[np.uint8]
"""(SIDE, SIDE), grey, whatever the shape of the photo."""


def small_picture(image: Image.Image) -> Picture:
    """Return an image as it is compared."""
    return np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX))


def correlations(one: Picture, others: list[Picture]) -> NDArray[np.float32]:
    """Return the correlation with each picture, (m,), with the best cut of either: 1 for equal pictures."""
    ours = _views(one)
    theirs = map(_views, others)
    return np.array([max((views @ ours[0]).max(), (ours @ views[0]).max()) for views in theirs], np.float32)


def thumbnail_agreement(folder: Path, contents: list[str]) -> Agreement:
    """Return the agreement of thumbnails of a library; a photo that has none agrees with all.

    Args:
        contents: The content hash of each photo, by position.
    """
    pictures: dict[str, Picture | None] = {}

    def picture(position: int) -> Picture | None:
        content = contents[position]
        if content not in pictures:
            pictures[content] = _read(thumbnail_path(folder, content))
        return pictures[content]

    def alike(position: int, others: NDArray[np.int64]) -> NDArray[np.bool_]:
        found, one = np.ones(len(others), bool), picture(position)
        known = [(at, each) for at, other in enumerate(others.tolist()) if (each := picture(other)) is not None]
        if one is not None and known:
            found[[at for at, _ in known]] = correlations(one, [each for _, each in known]) >= ALIKE
        return found

    return alike


def _read(path: Path) -> Picture | None:
    try:
        with Image.open(path, formats=["JPEG"]) as image:
            image.draft("L", (2 * SIDE, 2 * SIDE))
            return small_picture(image)
    except OSError:  # thumbnails are a cache, of which any may be missing
        return None


def _views(picture: Picture) -> NDArray[np.float32]:
    """Return the picture whole and cut, each as a unit vector around its mean, (1 + cuts, SIDE * SIDE)."""
    image = Image.fromarray(picture)
    boxes = [(SIDE * cut, SIDE * cut, SIDE - SIDE * cut, SIDE - SIDE * cut) for cut in CUTS]
    cut = [np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box)) for box in boxes]
    views = np.stack([picture, *cut]).reshape(len(CUTS) + 1, -1).astype(np.float32)
    views -= views.mean(axis=1, keepdims=True)
    views /= np.linalg.norm(views, axis=1, keepdims=True) + np.float32(1e-6)
    return views
