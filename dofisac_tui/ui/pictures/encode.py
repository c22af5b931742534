"""A picture to what a terminal draws: cells of text, and the bytes of a protocol."""

import math
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from dofisac_tui.ui.pictures.blocks import block_strips
from dofisac_tui.ui.pictures.kitty_images import Upload
from dofisac_tui.ui.pictures.terminal import Protocol, Terminal
from dofisac_tui.ui.pictures.textual_image import captured_output, renderable_class, set_cell_size

if TYPE_CHECKING:
    from PIL.Image import Image

Box = tuple[int, int, int, int]

SMALL_CELLS = 500
SMALL_COLOURS, LARGE_COLOURS = 64, 128
PALETTE_SIDE = 96
MOST_CUT = 0.1
_SIXEL_START = "\x1bP"
_SIXEL_HEADER = re.compile(r"\x1bP[0-9;]*q(?:\"[0-9;]*)?")
_SIXEL_DEFINITION = re.compile(r"#(\d+);(2;\d+;\d+;\d+)")


class Encoded(NamedTuple):
    """A picture, ready to be drawn without further work.

    Attributes:
        size: In cells.
        strips: One a row: coloured blocks, kitty's placeholders, or blanks below a sixel picture.
        upload: What the terminal has to hold before the cells are drawn: kitty's pixels.
        overlay: What to send once the cells are drawn: sixel's pixels, from the upper left corner on.
    """

    size: Size
    strips: tuple[Strip, ...]
    upload: Upload | None = None
    overlay: str = ""

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory, and on the line."""
        cells = 4 if self.overlay else 40
        return (len(self.upload.data) if self.upload else 0) + len(self.overlay) + cells * self.size.area


class Encoder:
    """Encodes for one terminal; may be used by several threads.

    Args:
        terminal: Its protocol must not be NONE.
        ground: The colour around pictures, red, green, blue.
    """

    def __init__(self, terminal: Terminal, ground: tuple[int, int, int]) -> None:
        self.protocol = terminal.protocol
        self.cell = terminal.cell
        self.ground = ground
        self._console = Console(
            color_system="truecolor", force_terminal=True, width=1000, height=1000, legacy_windows=False
        )

    @cached_property
    def _renderable(self) -> Any:
        """Found with the first picture, in a thread: the words of a page need not wait for numpy."""
        set_cell_size(self.cell)
        return renderable_class(self.protocol)

    def resize_cells(self, cell: tuple[int, int]) -> None:
        """The font was zoomed."""
        self.cell = cell
        set_cell_size(cell)

    def pixels(self, size: Size) -> tuple[int, int]:
        """How many pixels of a picture can be shown in so many cells."""
        if self.protocol is Protocol.HALFBLOCKS:
            return 2 * size.width, 2 * size.height
        return size.width * self.cell[0], size.height * self.cell[1]

    def encode(self, image: "Image", size: Size, thrifty: bool = False) -> Encoded:
        """Fit a picture into a box of cells, in its own shape, in the middle.

        Args:
            image: RGB, any size; large ones cost time.
            thrifty: Whether fewer bytes are worth coarser colours.
        """
        canvas, box = self._fitted(image, size)
        if self.protocol is Protocol.SIXEL:
            few = thrifty or size.area <= SMALL_CELLS
            return self._sixel(_with_palette(canvas, box, SMALL_COLOURS if few else LARGE_COLOURS, self.ground), size)
        if self.protocol is Protocol.KITTY:
            return self._kitty(_with_palette(canvas, box, LARGE_COLOURS, self.ground) if thrifty else canvas, size)
        return Encoded(size, block_strips(canvas))

    def _fitted(self, image: "Image", size: Size) -> "tuple[Image, Box]":
        """The picture on its ground, and where on it."""
        from PIL.Image import Resampling, new  # here, since words need no PIL

        width, height = self.pixels(size)
        blocks = self.protocol is Protocol.HALFBLOCKS
        # a quarter of a character is not square, so shapes are kept in the pixels of the screen
        stretch = self.cell[0] / self.cell[1] if blocks else 1.0
        step = 2 if blocks else 1  # a character has no third colour for the ground around a picture
        scale = min(width * stretch / image.width, height / image.height) / step
        inner = step * max(1, round(image.width * scale / stretch)), step * max(1, round(image.height * scale))
        box = _cut(image.width, image.height, stretch * inner[0] / inner[1])
        canvas = new("RGB", (width, height), self.ground)
        corner = (width - inner[0]) // (2 * step) * step, (height - inner[1]) // (2 * step) * step
        canvas.paste(image.resize(inner, Resampling.LANCZOS, box, reducing_gap=2.0), corner)
        end = min(width, corner[0] + inner[0]), min(height, corner[1] + inner[1])
        return canvas, (max(0, corner[0]), max(0, corner[1]), *end)

    def _sixel(self, canvas: "Image", size: Size) -> Encoded:
        picture = self._renderable(canvas, size.width, size.height)
        segments = self._console.render(picture, self._console.options.update_dimensions(size.width, size.height))
        pixels = next(text for text, _, _ in segments if text.startswith(_SIXEL_START))
        return Encoded(
            size, (Strip.blank(size.width, self._ground_style()),) * size.height, overlay=_palette_first(pixels)
        )

    def _kitty(self, canvas: "Image", size: Size) -> Encoded:
        picture = self._renderable(canvas, size.width, size.height)
        with captured_output() as upload:
            strips = self._strips(picture, size)
        return Encoded(size, strips, Upload(picture.terminal_image_id, upload.getvalue(), 4 * math.prod(canvas.size)))

    def _strips(self, picture: object, size: Size) -> tuple[Strip, ...]:
        options = self._console.options.update_dimensions(size.width, size.height)
        lines = self._console.render_lines(picture, options, pad=False)  # type: ignore[arg-type]
        drawn = [Strip(Segment.simplify(line), size.width) for line in lines[: size.height]]
        blank = Strip.blank(size.width, self._ground_style())
        return (*drawn, *[blank] * (size.height - len(drawn)))

    def _ground_style(self) -> Style:
        red, green, blue = self.ground
        return Style.parse(f"on #{red:02x}{green:02x}{blue:02x}")


def _cut(width: int, height: int, shape: float) -> tuple[float, float, float, float]:
    """The middle of a picture that has this width to height; what would take more than a tenth is stretched instead."""
    x = max(0.0, min(width - height * shape, MOST_CUT * width)) / 2
    y = max(0.0, min(height - width / shape, MOST_CUT * height)) / 2
    return x, y, width - x, height - y


def _with_palette(canvas: "Image", box: Box, colours: int, ground: tuple[int, int, int]) -> "Image":
    """A picture in so many colours, by a median cut of some of its pixels: as smooth as one of all, in a twentieth of
    the time.

    Args:
        canvas: RGB.
        box: Where on it the picture is. The ground around that keeps a colour of its own: one that is close to it
            would show as a box around the picture.
    """
    from PIL.Image import Dither, Quantize, Resampling, new

    picture = canvas.crop(box)
    some = picture.resize((min(picture.width, PALETTE_SIDE), min(picture.height, PALETTE_SIDE)), Resampling.NEAREST)
    found = some.quantize(colours - 1, Quantize.MEDIANCUT).getpalette() or []
    last = min(len(found) // 3, colours - 1)
    palette = new("P", (1, 1))
    palette.putpalette(bytes((*found[: 3 * last], *ground)))
    drawn = new("P", canvas.size, last)
    drawn.putpalette(palette.getpalette() or [])
    drawn.paste(picture.quantize(palette=palette, dither=Dither.NONE), box[:2])
    return drawn


def _palette_first(sixels: str) -> str:
    """All colours before the first pixel: xterm draws the pixels that follow a definition in another colour."""
    header = _SIXEL_HEADER.match(sixels)
    end = header.end() if header else 0
    palette = "".join(f"#{register};{colour}" for register, colour in _SIXEL_DEFINITION.findall(sixels, end))
    return sixels[:end] + palette + _SIXEL_DEFINITION.sub(r"#\1", sixels[end:])
