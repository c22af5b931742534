"""One file to everything that is kept of it: hash, pixels, thumbnail, fingerprint, date and place."""

import errno
import hashlib
import os
import stat

import numpy as np
from PIL import Image

from dofisac_tui.engines.protocols import SceneCrop
from dofisac_tui.errors import PhotoError
from dofisac_tui.imaging.decode import decode
from dofisac_tui.imaging.fingerprint import fingerprint
from dofisac_tui.imaging.metadata import read_capture
from dofisac_tui.imaging.photo import KnownPhoto, ReadLimits, ReadPhoto
from dofisac_tui.imaging.thumbnail import encode_thumbnail, shrink

_WORDS = {
    errno.ENOENT: "The file is gone",
    errno.ENOTDIR: "The file is gone",
    errno.EACCES: "The file may not be read by this user",
    errno.EPERM: "The file may not be read by this user",
    errno.ELOOP: "The file is a link that leads back to itself",
    errno.ENAMETOOLONG: "The path is too long for this system",
    errno.EIO: "The disk cannot read the file",
    errno.ESTALE: "The network folder no longer has the file",
}


def read_photo(
    path: bytes, limits: ReadLimits, crop: SceneCrop, known_hashes: frozenset[str] = frozenset()
) -> ReadPhoto | KnownPhoto:
    """Read one photo, decoding it once; a file whose content hash is in `known_hashes` is not decoded at all.

    Raises:
        PhotoError: `unreadable`, `unsupported` or `too large`.
    """
    try:
        data, status = _read_file(path, limits)
    except OSError as error:
        if error.errno == errno.ENXIO:  # what opening a socket says
            raise _not_a_file() from None
        words = _WORDS.get(error.errno or 0, f"The file cannot be read ({os.strerror(error.errno or 0)})")
        raise PhotoError("unreadable", words) from None
    content_hash = hashlib.sha256(data).hexdigest()
    if content_hash in known_hashes:
        return KnownPhoto(content_hash, status.st_size, status.st_mtime_ns)
    photo = decode(data, limits)
    small = shrink(photo.frame)
    return ReadPhoto(
        content_hash=content_hash,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        format=photo.format,
        width=photo.width,
        height=photo.height,
        fingerprint=fingerprint(small),
        capture=read_capture(photo.exif),
        frame=np.asarray(photo.frame),
        frame_scale=max(photo.frame.size) / max(photo.width, photo.height),
        scene_crop=cut_scene(photo.frame, crop),
        thumbnail=encode_thumbnail(small, photo.icc_profile),
    )


def cut_scene(frame: Image.Image, crop: SceneCrop) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The centre square that the scene engine sees, (size, size, 3) uint8.

    The same pixels as resizing the whole frame and then cutting the centre, as torchvision does, but a frame of
    100,000 x 1 never becomes a strip of millions of pixels on the way.
    """
    scale = min(frame.size) / crop.resize
    ratios, lefts = [], []
    for side in frame.size:
        resized = int(side / scale)
        ratios.append(side / resized)
        lefts.append(round((resized - crop.size) / 2))
    left, top = (offset * ratio for offset, ratio in zip(lefts, ratios, strict=True))
    right, bottom = ((offset + crop.size) * ratio for offset, ratio in zip(lefts, ratios, strict=True))
    box = (left, top, min(right, frame.width), min(bottom, frame.height))
    # reducing first halves the work and moves a pixel by less than a JPEG does
    return np.asarray(frame.resize((crop.size, crop.size), Image.Resampling.BICUBIC, box, reducing_gap=2.0))


def _read_file(path: bytes, limits: ReadLimits) -> tuple[bytes, os.stat_result]:
    # O_NONBLOCK: opening a named pipe that nobody writes to would wait for ever
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise _not_a_file()
        limits.check_bytes(before.st_size)
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(before.st_size + 1)
        after = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if len(data) != before.st_size or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise PhotoError("unreadable", "The file is being written")
    return data, after


def _not_a_file() -> PhotoError:
    return PhotoError("unsupported", "This is not a file, but a folder, pipe, socket or device")
