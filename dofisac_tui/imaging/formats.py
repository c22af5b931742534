"""Which files count as photos, and which picture formats this machine can read."""

import importlib
import os
from dataclasses import dataclass
from functools import cache

from PIL import Image, features


@dataclass(frozen=True)
class PhotoFormat:
    """A picture format that is read.

    Attributes:
        name: Pillow's name of the format, or `RAW`.
        extensions: What its file names end with, lower case.
        package: The package that decodes it.
        module: The module of that package.
        feature: The part of Pillow that may be missing from a build, empty where there is none.
    """

    name: str
    extensions: tuple[str, ...]
    package: str = "Pillow"
    module: str = "PIL"
    feature: str = ""


FORMATS = (
    PhotoFormat("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"), feature="jpg"),
    PhotoFormat("PNG", (".png", ".apng"), feature="zlib"),
    PhotoFormat("WEBP", (".webp",), feature="webp"),
    PhotoFormat("GIF", (".gif",)),
    PhotoFormat("BMP", (".bmp", ".dib")),
    PhotoFormat("TIFF", (".tif", ".tiff"), feature="libtiff"),
    PhotoFormat("JPEG2000", (".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".jpc"), feature="jpg_2000"),
    PhotoFormat("PPM", (".ppm", ".pgm", ".pbm", ".pnm", ".pfm")),
    PhotoFormat("AVIF", (".avif", ".avifs"), feature="avif"),
    PhotoFormat("HEIF", (".heic", ".heif", ".heics", ".heifs", ".hif"), "pillow-heif", "pillow_heif"),
    PhotoFormat("JXL", (".jxl",), "pillow-jxl-plugin", "pillow_jxl"),
    PhotoFormat(
        "RAW",
        (".cr2", ".cr3", ".nef", ".nrw", ".arw", ".dng", ".orf", ".rw2", ".raf", ".pef", ".srw"),
        "rawpy",
        "rawpy",
    ),
)

_EXTENSIONS = frozenset(extension.encode() for kind in FORMATS for extension in kind.extensions)


def is_photo_name(name: bytes) -> bool:
    """Whether a file of this name is taken for a photo.

    `._name.jpg` files, in which macOS keeps what its own file system knew of a photo, are not.
    """
    base = os.path.basename(name)
    return os.path.splitext(base)[1].lower() in _EXTENSIONS and not base.startswith(b"._")


def format_problems() -> dict[str, str]:
    """Every format that may be met, with what to do where this machine cannot read it, and "" where it can."""
    return {kind.name: _problem(kind) for kind in FORMATS}


@cache
def pillow_formats() -> tuple[str, ...]:
    """Pillow's names of the formats that this machine reads, all of them ready to be opened.

    It is an allow-list: Pillow opens thirty more, most of them old, rarely tested and never photos.
    """
    Image.init()
    usable = tuple(kind.name for kind in FORMATS if kind.name != "RAW" and not _problem(kind))
    if "HEIF" in usable:
        import pillow_heif

        pillow_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)
    return usable


def claims_to_be_picture(data: bytes) -> bool:
    """Whether the first bytes are those of a format that is read."""
    openers = (Image.OPEN[name][1] for name in pillow_formats())
    return any(accept is not None and accept(data[:16]) is True for accept in openers)


@cache
def _problem(kind: PhotoFormat) -> str:
    try:
        importlib.import_module(kind.module)
    except (ImportError, OSError) as error:  # OSError: a shared library of the package is missing
        return f"Install {kind.package} to read these: {error}."
    if kind.feature and not features.check(kind.feature):
        return f"This build of {kind.package} lacks {kind.feature}; install the one from PyPI."
    return ""
