"""Convert upright pixels to the pixels as a file stores them, which XMP uses."""

import contextlib
from typing import BinaryIO

from PIL import ExifTags, Image

from dofisac_tui.imaging.formats import pillow_formats
from dofisac_tui.imaging.metadata import read_exif
from dofisac_tui.library.face_keys import Box

UPRIGHT = 1
_ALREADY_ROTATED = ("HEIF", "AVIF", "JXL")
_TRANSPOSED = (5, 6, 7, 8)


def stored_orientation(path: bytes, kind: str) -> int:
    """Return the EXIF orientation of a file, 1 to 8; 1 without one, and in formats whose decoders rotate.

    Args:
        kind: Its format in the library.

    Raises:
        OSError: it cannot be read.
    """
    if kind in _ALREADY_ROTATED:
        return UPRIGHT
    with open(path, "rb") as file:
        orientation = (_raw_exif(file) if kind == "RAW" else _exif(file)).get(ExifTags.Base.Orientation)
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else UPRIGHT


def _exif(file: BinaryIO) -> Image.Exif:
    Image.MAX_IMAGE_PIXELS = None  # only the head of the file is read
    try:
        with Image.open(file, formats=pillow_formats()) as image:
            return read_exif(image)
    except Exception as error:  # Pillow's parsers raise what they like
        raise OSError("it is not a picture any more") from error


def _raw_exif(file: BinaryIO) -> Image.Exif:
    """Read the EXIF of a raw file, which mostly is a TIFF file inside, without reading all of it."""
    exif = Image.Exif()
    with contextlib.suppress(Exception):  # Pillow's parser raises what it likes; the file then has none that is known
        exif.load_from_fp(file)
    return exif


def stored_region(box: Box, width: int, height: int, orientation: int) -> Box:
    """Return centre and size of a box in stored pixels, as shares of 0 to 1, from its place in upright ones.

    The box is clipped to the picture.

    Args:
        width, height: Upright size of the picture.
    """
    left, right = (min(max(edge / width, 0), 1) for edge in (box[0], box[0] + box[2]))
    top, bottom = (min(max(edge / height, 0), 1) for edge in (box[1], box[1] + box[3]))
    u, v, w, h = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
    x, y = {
        1: (u, v), 2: (1 - u, v), 3: (1 - u, 1 - v), 4: (u, 1 - v),
        5: (v, u), 6: (v, 1 - u), 7: (1 - v, 1 - u), 8: (1 - v, u),
    }[orientation]  # fmt: skip
    return (x, y, h, w) if orientation in _TRANSPOSED else (x, y, w, h)


def stored_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Return the stored width and height of a picture from the upright ones."""
    return (height, width) if orientation in _TRANSPOSED else (width, height)
