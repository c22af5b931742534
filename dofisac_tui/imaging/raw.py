"""Camera raw files: the preview that the camera embedded, or a half-size development where there is none."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ExifTags import Base

from dofisac_tui.errors import PhotoError
from dofisac_tui.imaging.metadata import read_tiff_exif
from dofisac_tui.imaging.photo import ReadLimits

LEAST_PREVIEW = 1024
"""Long side, in pixels, below which an embedded preview is too small to find faces in."""

COLOUR_FILTER_ARRAY = 32803
"""Photometric interpretation of a sensor's own values (TIFF/EP)."""

_TIFF = (b"II*\0", b"MM\0*")
_RAW_ONLY = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0")
_EXIF_ORIENTATION = {3: 3, 5: 8, 6: 6}


@dataclass(frozen=True)
class RawPicture:
    """What a raw file holds.

    Attributes:
        width, height: Upright size of the developed picture in pixels.
        orientation: The EXIF orientation that turns what the sensor saw upright.
        picture: The embedded JPEG file, or where there is none of use (h, w, 3) uint8, upright, at half size.
    """

    width: int
    height: int
    orientation: int
    picture: bytes | NDArray[np.uint8]


def may_be_raw(data: bytes) -> bool:
    """Whether LibRaw should look at the file.

    Most raw files are TIFF files too, which Pillow would open as the stamp-sized picture that comes first, while
    LibRaw would develop a scan of 16-bit grey as if it came from a sensor. The tags tell them apart.
    """
    if not data.startswith(_TIFF):
        return _is_raw_only(data)
    tags = read_tiff_exif(data)
    return (
        data[8:10] == b"CR"  # Canon CR2
        or Base.DNGVersion in tags
        or tags.get(Base.PhotometricInterpretation) == COLOUR_FILTER_ARRAY
        or (Base.Make in tags and Base.SubIFDs in tags)
    )


def read_raw(data: bytes, limits: ReadLimits) -> RawPicture | None:
    """Read a raw file with LibRaw; None where LibRaw says that it is none.

    Raises:
        PhotoError: the picture is too large.
        rawpy.LibRawError: the file is damaged.
    """
    try:
        import rawpy
    except ImportError:
        if _is_raw_only(data):
            raise PhotoError("unsupported", "Camera raw files need rawpy", "Install rawpy, then retry.") from None
        return None
    try:
        raw = rawpy.imread(BytesIO(data))
    except rawpy.LibRawFileUnsupportedError:
        return None
    with raw:
        sizes = raw.sizes
        limits.check_pixels(sizes.width, sizes.height)
        across = sizes.flip in (5, 6)
        return RawPicture(
            width=sizes.height if across else sizes.width,
            height=sizes.width if across else sizes.height,
            orientation=_EXIF_ORIENTATION.get(sizes.flip, 1),
            picture=_preview(raw) or raw.postprocess(half_size=True, use_camera_wb=True),
        )


def _is_raw_only(data: bytes) -> bool:
    return data.startswith(_RAW_ONLY) or data[4:12] == b"ftypcrx "


def _preview(raw: Any) -> bytes | None:
    import rawpy

    try:
        preview = raw.extract_thumb()
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
        return None
    if preview.format != rawpy.ThumbFormat.JPEG:
        return None
    with Image.open(BytesIO(preview.data), formats=["JPEG"]) as picture:
        return bytes(preview.data) if max(picture.size) >= LEAST_PREVIEW else None
