"""What reading one photo yields."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Capture:
    """What EXIF says of when, with what and where a photo was taken.

    Attributes:
        taken_at: ISO 8601 local time with what precision the file has, e.g. `2019-07-14T16:02:11.250+02:00`; the
            offset is left out where the file has none. None where no believable date stands in the file.
        camera: Maker and model, as printed on the camera; None where unknown.
        latitude: Degrees north; None where unknown.
        longitude: Degrees east; None where unknown.
    """

    taken_at: str | None = None
    camera: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class ReadPhoto:
    """One decoded photo. All pixels are upright RGB.

    Attributes:
        content_hash: SHA-256 of the file, hex.
        size: Bytes of the file that was read.
        mtime_ns: Modification time of the file that was read.
        format: Name of the format, e.g. `JPEG`, `HEIF`, `RAW`.
        width, height: Upright size of the original in pixels.
        fingerprint: 64-bit perceptual hash (imagehash.phash), unsigned.
        capture: Date, camera and place.
        frame: (h, w, 3) uint8, the reduced photo that the face engine sees.
        frame_scale: Pixels of the frame for one pixel of the original.
        scene_crop: (size, size, 3) uint8, cut as the scene engine asks.
        thumbnail: The thumbnail as an encoded file (JPEG).
    """

    content_hash: str
    size: int
    mtime_ns: int
    format: str
    width: int
    height: int
    fingerprint: int
    capture: Capture
    frame: NDArray[np.uint8]
    frame_scale: float
    scene_crop: NDArray[np.uint8]
    thumbnail: bytes
