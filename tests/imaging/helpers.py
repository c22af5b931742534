"""Pictures made for the tests, from a photo of the coffee cup that ships with scikit-image."""

import struct
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
from PIL import ExifTags, Image

from dofisac_tui.engines.protocols import SceneCrop
from dofisac_tui.imaging.photo import ReadLimits
from tests.conftest import package_folder

pillow_heif.register_heif_opener()

LIMITS = ReadLimits(max_megapixels=200, max_megabytes=512, seconds_per_photo=30.0, memory_megabytes=2048)
CROP = SceneCrop(resize=256, size=224)

DATE = b"2021:05:06 07:08:09\0"

TURNED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture is stored under each EXIF orientation."""


@cache
def coffee(size: tuple[int, int] = (600, 400)) -> Image.Image:
    """The photo, RGB, of no symmetry."""
    with Image.open(package_folder("skimage") / "data" / "coffee.png") as image:
        return image.convert("RGB").resize(size)


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    if kind == "PNG":
        options.setdefault("compress_level", 1)
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def turned(image: Image.Image, orientation: int) -> Image.Image:
    how = TURNED[orientation]
    return image if how is None else image.transpose(how)


def exif_of(**tags: Any) -> Image.Exif:
    exif = Image.Exif()
    for name, value in tags.items():
        exif[ExifTags.Base[name]] = value
    return exif


def difference(a: Image.Image, b: Image.Image) -> float:
    """Mean absolute difference of two pictures seen from afar, 0 to 255."""
    small = [np.asarray(image.convert("RGB").resize((48, 48)), dtype=float) for image in (a, b)]
    return float(np.abs(small[0] - small[1]).mean())


def dng(image: Image.Image, orientation: int = 1, preview: bytes = b"") -> bytes:
    """A raw file (DNG 1.4, 16-bit Bayer mosaic) of a picture as its sensor saw it, with an embedded JPEG or none."""
    pixels = ((np.asarray(image) / 255) ** 2.2 * 65535).astype(np.uint16)
    mosaic = pixels[:, :, 1].copy()
    mosaic[0::2, 0::2] = pixels[0::2, 0::2, 0]
    mosaic[1::2, 1::2] = pixels[1::2, 1::2, 2]
    identity = [(value, 1) for value in (1, 0, 0, 0, 1, 0, 0, 0, 1)]
    sensor: list[tuple[int, str, Any]] = [
        (254, "I", [0]), (256, "I", [image.width]), (257, "I", [image.height]), (258, "H", [16]), (259, "H", [1]),
        (262, "H", [32803]), (273, "I", ["pixels"]), (277, "H", [1]), (278, "I", [image.height]),
        (279, "I", [mosaic.nbytes]), (33421, "H", [2, 2]), (33422, "B", [0, 1, 1, 2]), (50717, "H", [65535]),
    ]  # fmt: skip
    camera: list[tuple[int, str, Any]] = [
        (271, "s", b"Acme\0"), (272, "s", b"Acme Raw 1\0"), (274, "H", [orientation]), (306, "s", DATE),
        (50706, "B", [1, 4, 0, 0]), (50708, "s", b"Acme Raw 1\0"), (50721, "i", identity), (50778, "H", [21]),
    ]  # fmt: skip
    if not preview:
        return _tiff([sorted(sensor + camera)], {"pixels": mosaic.tobytes()})
    with Image.open(BytesIO(preview)) as jpeg:
        width, height = jpeg.size
    shown: list[tuple[int, str, Any]] = [
        (254, "I", [1]), (256, "I", [width]), (257, "I", [height]), (258, "H", [8, 8, 8]), (259, "H", [7]),
        (262, "H", [6]), (273, "I", ["preview"]), (277, "H", [3]), (278, "I", [height]), (279, "I", [len(preview)]),
        (330, "I", ["ifd 1"]),
    ]  # fmt: skip
    return _tiff([sorted(shown + camera), sensor], {"pixels": mosaic.tobytes(), "preview": preview})


def _tiff(ifds: list[list[tuple[int, str, Any]]], blocks: dict[str, bytes]) -> bytes:
    """A little-endian TIFF file; a name among the values stands for the offset of that block or directory."""
    places, at = {}, 8
    for number, ifd in enumerate(ifds):
        places[f"ifd {number}"] = at
        at += 6 + 12 * len(ifd) + sum(len(_packed(kind, values, {})) + 4 for _, kind, values in ifd)
    for name, block in blocks.items():
        places[name] = at
        at += len(block)
    file = bytearray(struct.pack("<2sHI", b"II", 42, 8))
    for number, ifd in enumerate(ifds):
        begin = places[f"ifd {number}"]
        file.extend(bytes(begin - len(file)))
        entries, extra = struct.pack("<H", len(ifd)), b""
        for tag, kind, values in ifd:
            packed = _packed(kind, values, places)
            if len(packed) > 4:
                far, extra = begin + 6 + 12 * len(ifd) + len(extra), extra + packed
                packed = struct.pack("<I", far)
            code = {"B": 1, "s": 2, "H": 3, "I": 4, "i": 10}[kind]
            entries += struct.pack("<HHI4s", tag, code, len(values), packed.ljust(4, b"\0"))
        file += entries + bytes(4) + extra
    first = min(places[name] for name in blocks)
    return bytes(file.ljust(first, b"\0")) + b"".join(blocks.values())


def _packed(kind: str, values: Any, places: dict[str, int]) -> bytes:
    if kind == "s":
        return bytes(values)
    numbers = [places.get(value, 0) if isinstance(value, str) else value for value in values]
    if kind == "i":
        return b"".join(struct.pack("<ii", over, under) for over, under in values)
    return b"".join(struct.pack(f"<{kind}", number) for number in numbers)
