"""Write XMP sidecars with the named faces of photos, for digiKam, Lightroom, Immich and others.

Regions follow the Metadata Working Group's guidelines (version 2.0, section 5.9): normalised centres and sizes, in the
pixels as the file stores them, not upright ones. Names are also in `Iptc4xmpExt:PersonInImage` and among the keywords
of `dc:subject`.
"""

import contextlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from PIL import ExifTags, Image

from dofisac_tui.display import display_text
from dofisac_tui.errors import InterchangeError
from dofisac_tui.files import replacing
from dofisac_tui.imaging.formats import pillow_formats
from dofisac_tui.imaging.metadata import read_exif
from dofisac_tui.interchange.present_photos import ExportedPhoto, present_photos
from dofisac_tui.library.database import Library
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


TOOLKIT = "DoFISaC TUI"
"""Mark by which our own sidecars are recognised."""

_NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
}
_INVALID_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class SidecarReport:
    """Result of an export of sidecars.

    Attributes:
        written: Number of sidecars written, new or again.
        kept: Sidecars of other programs, which were not overwritten.
        failed: Photos whose sidecar could not be written, each with the reason.
    """

    written: int = 0
    kept: list[bytes] = field(default_factory=list)
    failed: list[tuple[bytes, str]] = field(default_factory=list)


def write_sidecars(library: Library, output: bytes | None, force: bool = False) -> SidecarReport:
    """Write a sidecar `NAME.EXTENSION.xmp` for each present photo with a named person.

    A sidecar of ours for a photo that has no named person now is written again, without names.

    Args:
        output: Folder in which the roots are mirrored, each under its own name; None to write beside the photos.
        force: Overwrite sidecars of other programs, too.

    Raises:
        InterchangeError: the output is a file, or would mix with the photos of a root.
    """
    folders = _mirrors([row["path"] for row in library.rows("SELECT path FROM roots ORDER BY root_id")])
    if output is not None:
        _check_output(output, folders)
    done = SidecarReport()
    for photo in present_photos(library):
        target = photo.path + b".xmp"
        if output is not None:
            inside = os.path.relpath(photo.path, photo.root)
            target = os.path.join(output, folders[photo.root], inside + b".xmp")
        try:
            _write(photo, target, force, done)
        except OSError as error:
            done.failed.append((photo.path, error.strerror or str(error)))
    return done


def _check_output(output: bytes, folders: dict[bytes, bytes]) -> None:
    if os.path.exists(output) and not os.path.isdir(output):
        raise InterchangeError(f"{display_text(output)} is a file", "Name a folder with --output DIR.")
    for root in folders:
        photos = os.path.join(os.path.realpath(root), b"")
        for mirror in folders.values():
            if os.path.join(os.path.realpath(os.path.join(output, mirror)), b"").startswith(photos):
                raise InterchangeError(
                    f"{display_text(output)} would put sidecars among the photos of {display_text(root)}",
                    "Name another folder, or say --beside to have each sidecar beside its photo.",
                )


def _mirrors(roots: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return a unique folder name for each root, its own one where possible."""
    names: dict[bytes, bytes] = {}
    for root in roots:
        own = os.path.basename(root.rstrip(b"/")) or b"root"
        name, number = own, 1
        while name in names.values():
            number += 1
            name = b"%s-%d" % (own, number)
        names[root] = name
    return names


def _write(photo: ExportedPhoto, target: bytes, force: bool, done: SidecarReport) -> None:
    there = os.path.lexists(target)
    ours = there and _is_ours(target)
    if not photo.people and not ours:
        return
    if there and not ours and not force:
        done.kept.append(target)
        return
    content = sidecar(photo, stored_orientation(photo.path, photo.format))
    with replacing(Path(os.fsdecode(target)), durable=False) as building:
        building.write_bytes(content)
    done.written += 1


def _is_ours(path: bytes) -> bool:
    with open(path, "rb") as file:
        return f'x:xmptk="{TOOLKIT}"'.encode() in file.read(500)


def sidecar(photo: ExportedPhoto, orientation: int) -> bytes:
    """Return the XMP packet of one photo.

    Args:
        orientation: EXIF orientation of the stored pixels.
    """
    for prefix, uri in _NAMESPACES.items():
        ElementTree.register_namespace(prefix, uri)
    packet = Element(_qualified("x:xmpmeta"), {_qualified("x:xmptk"): TOOLKIT})
    described = SubElement(
        SubElement(packet, _qualified("rdf:RDF")), _qualified("rdf:Description"), {_qualified("rdf:about"): ""}
    )
    SubElement(described, _qualified("tiff:Orientation")).text = str(orientation)
    _bag(described, "dc:subject", photo.people)
    _bag(described, "Iptc4xmpExt:PersonInImage", photo.people)
    regions = SubElement(described, _qualified("mwg-rs:Regions"), {_qualified("rdf:parseType"): "Resource"})
    width, height = stored_size(photo.width, photo.height, orientation)
    size = {"stDim:w": str(width), "stDim:h": str(height), "stDim:unit": "pixel"}
    SubElement(regions, _qualified("mwg-rs:AppliedToDimensions"), _qualified_keys(size))
    _faces(SubElement(SubElement(regions, _qualified("mwg-rs:RegionList")), _qualified("rdf:Bag")), photo, orientation)
    ElementTree.indent(packet)
    return bytes(ElementTree.tostring(packet, encoding="utf-8", xml_declaration=True))


def _faces(bag: Element, photo: ExportedPhoto, orientation: int) -> None:
    for face in photo.faces:
        if face.person:
            item = SubElement(bag, _qualified("rdf:li"), {_qualified("rdf:parseType"): "Resource"})
            SubElement(item, _qualified("mwg-rs:Name")).text = _clean(face.person)
            SubElement(item, _qualified("mwg-rs:Type")).text = "Face"
            region = stored_region(face.box, photo.width, photo.height, orientation)
            area = {f"stArea:{part}": f"{value:.6f}" for part, value in zip("xywh", region, strict=True)}
            SubElement(item, _qualified("mwg-rs:Area"), _qualified_keys({**area, "stArea:unit": "normalized"}))


def _bag(parent: Element, name: str, texts: Iterable[str]) -> None:
    bag = SubElement(SubElement(parent, _qualified(name)), _qualified("rdf:Bag"))
    for text in texts:
        SubElement(bag, _qualified("rdf:li")).text = _clean(text)


def _clean(text: str) -> str:
    """Remove characters that XML may not hold."""
    return _INVALID_IN_XML.sub("", text)


def _qualified(prefixed: str) -> str:
    prefix, _, name = prefixed.partition(":")
    return f"{{{_NAMESPACES[prefix]}}}{name}"


def _qualified_keys(attributes: dict[str, str]) -> dict[str, str]:
    return {_qualified(each): value for each, value in attributes.items()}
