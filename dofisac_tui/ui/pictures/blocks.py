"""Pictures out of characters: four pixels in each, in the two colours that come closest to them."""

from typing import TYPE_CHECKING, Any

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Floats = npt.NDArray[np.float32]

_GLYPHS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By the quarters that are filled: upper left 1, upper right 2, lower left 4, lower right 8."""
_ALL = 15
_SAME = 150.0
"""Squared differences in a character that nobody sees: it is drawn in one colour, with fewer bytes and no seams."""


def block_strips(canvas: "Image") -> tuple[Strip, ...]:
    """One strip a row of characters.

    Args:
        canvas: RGB, two pixels wide and two high for each character.
    """
    import numpy as np

    rows, columns = canvas.height // 2, canvas.width // 2
    pixels = np.asarray(canvas, np.float32).reshape(rows, 2, columns, 2, 3)
    filled, light, dark = _two_colours(pixels.transpose(0, 2, 1, 3, 4).reshape(rows, columns, 4, 3))
    glyphs, lights, darks = filled.tolist(), light.round().astype(int).tolist(), dark.round().astype(int).tolist()
    return tuple(_strip(*row) for row in zip(glyphs, lights, darks, strict=True))


def _two_colours(quarters: "Floats") -> "tuple[npt.NDArray[np.intp], Floats, Floats]":
    """Which quarters of each character to fill, and the means of those that are and those that are not: the split in
    two that leaves the least squared error. The lighter colour fills, for gaps that fonts leave between characters
    show the other one."""
    import numpy as np

    masks = (np.arange(8)[:, None] >> np.arange(4)) & 1  # the other eight are these with the colours exchanged
    count = masks.sum(1)[:, None, None, None]
    sums = np.einsum("mq,rcqk->mrck", masks, quarters)
    inside, outside = sums / np.maximum(count, 1), (quarters.sum(2) - sums) / (4 - count)
    explained = (count * inside**2 + (4 - count) * outside**2).sum(-1)
    explained[0] += _SAME
    best = explained.argmax(0)
    light, dark = (np.take_along_axis(each, best[None, :, :, None], 0)[0] for each in (inside, outside))
    turned = (best > 0) & (light.sum(-1) < dark.sum(-1))
    exchanged = turned[..., None]
    return (
        np.where(turned, _ALL - best, best),
        np.where(exchanged, dark, light).astype(np.float32),
        np.where(exchanged, light, dark).astype(np.float32),
    )


def _strip(filled: list[int], lights: list[Any], darks: list[Any]) -> Strip:
    segments = [
        Segment(_GLYPHS[number], Style.from_color(Color.from_rgb(*light) if number else None, Color.from_rgb(*dark)))
        for number, light, dark in zip(filled, lights, darks, strict=True)
    ]
    return Strip(Segment.simplify(segments), len(filled))
