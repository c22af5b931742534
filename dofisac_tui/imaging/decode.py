"""Bytes of a file to upright RGB pixels, at the smallest size that serves everything made from them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image, JpegImagePlugin, UnidentifiedImageError

from dofisac_tui.display import display_text
from dofisac_tui.errors import PhotoError
from dofisac_tui.imaging.formats import claims_to_be_picture, pillow_formats
from dofisac_tui.imaging.metadata import read_exif, read_tiff_exif
from dofisac_tui.imaging.photo import ReadLimits
from dofisac_tui.imaging.raw import RawPicture, may_be_raw, read_raw

FRAME_SIDE = 1600
"""The long side of a frame is at least this many pixels where the photo has them, and less than twice as many."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

warnings.simplefilter("error", Image.DecompressionBombWarning)


@dataclass(frozen=True)
class DecodedPhoto:
    """A decoded photo.

    Attributes:
        frame: Reduced, upright, RGB, without metadata.
        width, height: Upright size of the original in pixels.
        format: Pillow's name of the format, or `RAW`.
        exif: What EXIF the file holds, empty where it holds none that can be read.
        icc_profile: The colour profile of the pixels; None where there is none.
    """

    frame: Image.Image
    width: int
    height: int
    format: str
    exif: Image.Exif
    icc_profile: bytes | None


def decode(data: bytes, limits: ReadLimits) -> DecodedPhoto:
    """Decode a photo; what the bytes are decides, not what the file is called.

    Raises:
        PhotoError: `unreadable`, `unsupported` or `too large`.
    """
    if not data:
        raise PhotoError("unreadable", "The file is empty")
    with _plain_words():
        raw = read_raw(data, limits) if may_be_raw(data) else None
        return _decode_raw(raw, data, limits) if raw else _decode_picture(data, limits)


def _decode_picture(data: bytes, limits: ReadLimits) -> DecodedPhoto:
    # Pillow warns above its own limit and would refuse large scans below ours
    Image.MAX_IMAGE_PIXELS = int(limits.max_megapixels * 1e6)
    with _open(data) as image:
        width, height = image.size
        limits.check_pixels(width, height)
        frame = _reduced_rgb(image)
        # after the pixels, for a PNG may have it behind them, and TIFF and HEIF turn the pixels and then say so here
        exif = read_exif(image)
        orientation = exif.get(ExifTags.Base.Orientation)
        if image.format == "JXL" and not getattr(image, "jpeg", False):
            orientation = 1  # ISO 18181 has its own, which is applied, and only a JPEG packed inside keeps that of EXIF
        if orientation in (5, 6, 7, 8):
            width, height = height, width
        return DecodedPhoto(
            frame=_upright(frame, orientation),
            width=width,
            height=height,
            format=image.format or "",
            exif=exif,
            icc_profile=image.info.get("icc_profile"),
        )


def _decode_raw(raw: RawPicture, data: bytes, limits: ReadLimits) -> DecodedPhoto:
    exif = read_tiff_exif(data)
    if not isinstance(raw.picture, bytes):
        frame = _reduced_rgb(Image.fromarray(raw.picture))
        return DecodedPhoto(frame, raw.width, raw.height, "RAW", exif, None)
    preview = _decode_picture(raw.picture, limits)
    frame = preview.frame
    if (frame.width < frame.height) != (raw.width < raw.height):  # the preview does not say that it lies on its side
        frame = _upright(frame, raw.orientation)
    return replace(preview, frame=frame, width=raw.width, height=raw.height, format="RAW", exif=exif or preview.exif)


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(data), formats=pillow_formats())
    except UnidentifiedImageError:
        if claims_to_be_picture(data):
            raise PhotoError("unreadable", "The file is damaged, or ends early") from None
        raise PhotoError("unsupported", "unsupported format") from None


def _reduced_rgb(image: Image.Image) -> Image.Image:
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        _draft(image)
    image = _reducible(image)
    factor = max(image.size) // FRAME_SIDE
    if factor > 1:
        image = image.reduce(factor)
    if image.mode in ("I", "F"):
        image = _eight_bit(image)
    elif image.mode == "RGBA":
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    image = image.convert("RGB")  # a copy even of RGB, for the caller still reads what the file says of itself
    image.info.clear()
    return image


def _draft(image: JpegImagePlugin.JpegImageFile) -> None:
    """Let libjpeg decode at 1/2, 1/4 or 1/8 (the box must have the picture's shape, else Pillow asks for less)."""
    width, height = image.size
    scale = next((scale for scale in (8, 4, 2) if max(width, height) >= scale * FRAME_SIDE), 1)
    image.draft(None, (max(1, width // scale), max(1, height // scale)))


def _reducible(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be averaged: L, RGB, RGBA, I or F."""
    if image.mode.startswith("I;16"):
        return image.convert("I")
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode in ("L", "RGB", "I", "F"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _eight_bit(image: Image.Image) -> Image.Image:
    """16-bit grey is cut to its upper byte; other numbers have no agreed white, so they are stretched from their
    least to their greatest."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if image.mode == "I" and low >= 0 and high <= 65535:
        low, high = 0, 65535
    scaled = (values - low) * (255 / max(high - low, 1e-12))
    return Image.fromarray(scaled.astype(np.uint8))


def _upright(frame: Image.Image, orientation: object) -> Image.Image:
    turn = _UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return frame if turn is None else frame.transpose(turn)


@contextmanager
def _plain_words() -> Iterator[None]:
    """Turn whatever a decoder raises into a PhotoError."""
    try:
        yield
    except PhotoError:
        raise
    except MemoryError:
        raise PhotoError(
            "too large",
            "The picture needs more memory than one photo may have",
            "Raise memory_megabytes in the settings to read it.",
        ) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoError(
            "too large",
            "The picture has far more megapixels than are read",
            "Raise max_megapixels in the settings to read it.",
        ) from None
    except Exception as error:  # on damaged bytes decoders raise what they like, from KeyError to struct.error
        said = error.args[0] if error.args and isinstance(error.args[0], bytes) else str(error)
        detail = display_text(said, 200)
        if isinstance(error, EOFError) or "truncated" in detail.lower():
            raise PhotoError("unreadable", "The file ends early") from error
        raise PhotoError("unreadable", f"The file is damaged ({detail})") from error
