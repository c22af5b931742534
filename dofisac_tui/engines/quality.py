"""How much a face's embedding can be trusted, from its size, sharpness and pose."""

import numpy as np
from numpy.typing import NDArray

HALF_SHARP = 50.0
"""Variance of the Laplacian that counts as half sharp; the median face of LFW has three times as much."""

FULL_SIZE = 112.0
"""Pixels from which a face is large enough: the input of ArcFace networks."""

FRONTAL_EYES = 0.8
"""Distance between the eyes over that from eyes to mouth, from which a face counts as frontal; profiles have less."""


def sharpness(chip: NDArray[np.uint8]) -> float:
    """Sharpness of an aligned face, 0 (blurred) to 1 (crisp), by the variance of its Laplacian.

    Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000.

    Args:
        chip: (h, w, 3) RGB, at least 3 x 3, with about 35 pixels between the eyes.
    """
    grey = chip.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    inner = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    variance = float(laplacian.var())
    return variance / (variance + HALF_SHARP)


def frontality(landmarks: NDArray[np.float32]) -> float:
    """How far a face looks at the camera, 0 (profile) to 1 (frontal), whatever its tilt.

    It falls as the nose leaves the middle between the eyes, and as the eyes close up on each other.

    Args:
        landmarks: (5, 2): eye, eye, nose, mouth corner, mouth corner, from the image's left.
    """
    left, right, nose = landmarks[:3].astype(float)
    eyes, mouth = (left + right) / 2, landmarks[3:].astype(float).mean(axis=0)
    between = right - left
    span = float(np.hypot(*between))
    length = float(np.hypot(*(mouth - eyes)))
    if span == 0 or length == 0:
        return 0.0
    offset = abs(float((nose - eyes) @ between)) / span**2
    return max(0.0, 1 - 2 * offset) * min(1.0, span / length / FRONTAL_EYES)


def face_quality(width_px: float, height_px: float, sharpness: float, frontality: float) -> float:
    """Quality of a face, 0 to 1: the geometric mean of size, sharpness and frontality.

    Args:
        width_px, height_px: Size of the face in pixels of the original photo.
        sharpness, frontality: As this module measures them.
    """
    size = min(1.0, min(width_px, height_px) / FULL_SIZE)
    return float((size * sharpness * frontality) ** (1 / 3))
