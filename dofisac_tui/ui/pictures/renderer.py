"""From a photo or a face to an encoded picture, off the event loop, and kept for the way back."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.geometry import Size

from dofisac_tui.config import Indexing
from dofisac_tui.errors import PhotoError
from dofisac_tui.library.thumbnails import thumbnail_path
from dofisac_tui.ui.background.executor import DaemonExecutor
from dofisac_tui.ui.pictures.encode import Encoded, Encoder
from dofisac_tui.ui.pictures.flow_control import FlowControl

if TYPE_CHECKING:
    from PIL.Image import Image

Box = tuple[float, float, float, float]

CACHE_BYTES = 48 << 20
FACE_MARGIN = 0.45  # around a face box, on each side, so that hair and chin are in the picture
_FRAME_COLOUR = (255, 176, 0)
_LEAST_FRAMED = 320


class PictureSource(NamedTuple):
    """What a picture shows.

    Attributes:
        content_hash: Of the photo; names its thumbnail.
        path: The original file.
        width, height: Of the upright original in pixels.
        crop: Show only this face; x, y, width, height in upright pixels of the original.
        frame: Mark this face; in a crop, too.
    """

    content_hash: str
    path: bytes
    width: int
    height: int
    crop: Box | None = None
    frame: Box | None = None


class PictureRenderer:
    """Makes encoded pictures in threads of its own.

    Args:
        folder: The library's, for its thumbnails.
        settings: How originals are read.
        flow_control: Of the line to the terminal.
    """

    def __init__(
        self, folder: Path, encoder: Encoder, settings: Indexing, flow_control: FlowControl | None = None
    ) -> None:
        self.encoder = encoder
        self.flow_control = flow_control or FlowControl(answers=False)
        self._folder = folder
        self._settings = settings
        self._stage = DaemonExecutor("pictures", 2)
        self._originals = DaemonExecutor("originals", 2)  # on a disk that hangs they hold nothing else up
        self._kept = _Kept(CACHE_BYTES)

    def ready(self, source: PictureSource, size: Size) -> Encoded | None:
        """A picture that was made before, the sharp one if there is one."""
        return self._kept.get(self._key(source, size, True)) or self._kept.get(self._key(source, size, False))

    async def quick(self, source: PictureSource, size: Size) -> Encoded | None:
        """A picture from the thumbnail, or where that is gone, from the original; None where there is neither."""
        return await self._stage.run(self._made, source, size, False) or await self.sharp(source, size)

    async def sharp(self, source: PictureSource, size: Size) -> Encoded | None:
        """A picture from the original; None where the file is gone or cannot be read any more."""
        return await self._originals.run(self._made, source, size, True)

    def is_blurred(self, source: PictureSource, size: Size) -> bool:
        """Whether the thumbnail has too few pixels for this size, while the original has more."""
        if self._kept.get(self._key(source, size, True)):
            return False
        left, top, right, bottom = shown_part(source)
        shown = max(right - left, bottom - top)
        in_thumbnail = shown * min(1.0, 384 / max(source.width, source.height))
        return in_thumbnail < min(shown, 0.75 * max(self.encoder.pixels(size)))

    def _key(self, source: PictureSource, size: Size, sharp: bool) -> Hashable:
        return source, size, sharp, self.encoder.cell

    def _made(self, source: PictureSource, size: Size, sharp: bool) -> Encoded | None:
        key = self._key(source, size, sharp)
        kept = self._kept.get(key)
        if kept:
            return kept
        image = self._original(source) if sharp else self._thumbnail(source)
        if image is None:
            return None
        encoded = self.encoder.encode(_composed(image, source), size, thrifty=self.flow_control.is_slow)
        self._kept.put(key, encoded)
        return encoded

    def _thumbnail(self, source: PictureSource) -> "Image | None":
        from PIL.Image import open as open_image  # here, since words need no PIL

        try:
            with open_image(thumbnail_path(self._folder, source.content_hash), formats=("JPEG",)) as image:
                return image.convert("RGB")
        except OSError:  # removed by somebody, or cut short
            return None

    def _original(self, source: PictureSource) -> "Image | None":
        from dofisac_tui.imaging.decode import decode  # imports numpy and more, which the first page does without
        from dofisac_tui.imaging.photo import ReadLimits

        limits = ReadLimits.of(self._settings)
        try:
            with open(source.path, "rb") as file:
                return decode(file.read(int(limits.max_megabytes * 1e6)), limits).frame
        except (OSError, PhotoError):
            return None


def shown_part(source: PictureSource) -> Box:
    """What is shown of the original: left, top, right, bottom."""
    if source.crop is None:
        return 0, 0, source.width, source.height
    x, y, w, h = source.crop
    side = max(w, h) * (1 + 2 * FACE_MARGIN)
    left, top = x + w / 2 - side / 2, y + h / 2 - side / 2
    return max(0, left), max(0, top), min(source.width, left + side), min(source.height, top + side)


def _composed(image: "Image", source: PictureSource) -> "Image":
    scale = image.width / source.width
    left, top, right, bottom = (scale * each for each in shown_part(source))
    box = (round(left), round(top), max(round(left) + 1, round(right)), max(round(top) + 1, round(bottom)))
    part = image if box == (0, 0, *image.size) else image.crop(box)
    if source.frame is None:
        return part
    x, y, w, h = (scale * each for each in source.frame)
    return _framed(part, (x - box[0], y - box[1], w, h))


def _framed(image: "Image", face: Box) -> "Image":
    """A face marked, by a line that stays thin where a small crop is shown large."""
    from PIL.ImageDraw import Draw

    larger = max(1.0, _LEAST_FRAMED / max(image.size))
    image = image.resize((round(image.width * larger), round(image.height * larger)))
    x, y, w, h = (larger * each for each in face)
    thick = max(2, round(max(image.size) / 160))
    Draw(image).rectangle((x, y, x + w, y + h), outline=_FRAME_COLOUR, width=thick)
    return image


class _Kept:
    """The pictures that were shown last, up to so many bytes; for several threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pictures: OrderedDict[Hashable, Encoded] = OrderedDict()
        self._weight = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Encoded | None:
        with self._lock:
            found = self._pictures.get(key)
            if found:
                self._pictures.move_to_end(key)
            return found

    def put(self, key: Hashable, encoded: Encoded) -> None:
        with self._lock:
            before = self._pictures.pop(key, None)
            self._weight += encoded.weight - (before.weight if before else 0)
            self._pictures[key] = encoded
            while self._weight > self._limit and len(self._pictures) > 1:
                self._weight -= self._pictures.popitem(last=False)[1].weight
