"""What reading one photo may cost, and what it yields."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.config import Indexing
from dofisac_tui.errors import PhotoError


@dataclass(frozen=True)
class ReadLimits:
    """What one photo may cost; see `config.Indexing` for the meaning of each limit."""

    max_megapixels: float
    max_megabytes: float
    seconds_per_photo: float
    memory_megabytes: int

    @classmethod
    def of(cls, settings: Indexing) -> "ReadLimits":
        """The limits that the settings ask for."""
        return cls(
            settings.max_megapixels, settings.max_megabytes, settings.seconds_per_photo, settings.memory_megabytes
        )

    def check_pixels(self, width: int, height: int) -> None:
        """Refuse a picture by the size its header claims.

        Raises:
            PhotoError: `too large`.
        """
        megapixels = width * height / 1e6
        if megapixels > self.max_megapixels:
            raise PhotoError(
                "too large",
                f"The picture has {megapixels:.0f} megapixels, more than the {self.max_megapixels:g} that are read",
                "Raise max_megapixels in the settings to read it.",
            )

    def check_bytes(self, size: int) -> None:
        """Refuse a file by its size in bytes.

        Raises:
            PhotoError: `too large`.
        """
        megabytes = size / 1e6
        if megabytes > self.max_megabytes:
            raise PhotoError(
                "too large",
                f"The file has {megabytes:.0f} megabytes, more than the {self.max_megabytes:g} that are read",
                "Raise max_megabytes in the settings to read it.",
            )


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


@dataclass(frozen=True)
class KnownPhoto:
    """A file whose content is known already, so that it was hashed but not decoded.

    Attributes:
        content_hash: SHA-256 of the file, hex.
        size: Bytes of the file that was read.
        mtime_ns: Modification time of the file that was read.
    """

    content_hash: str
    size: int
    mtime_ns: int
