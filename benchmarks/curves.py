"""Draw curves with Pillow alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

COLOURS = ("#1769aa", "#c0392b", "#2e8b57", "#8e44ad", "#d68910", "#555555")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560, 420, 60, 20, 40, 50


@dataclass(frozen=True)
class Panel:
    """Set of curves over the same x, with a title."""

    title: str
    x_title: str
    x: Sequence[float]
    curves: dict[str, Sequence[float]]


def draw(panels: Sequence[Panel], path: Path) -> None:
    """Draw panels side by side, each with its own scale, into a PNG."""
    picture = Image.new("RGB", (WIDTH * len(panels), HEIGHT), "white")
    pen = ImageDraw.Draw(picture)
    for number, panel in enumerate(panels):
        _draw_panel(pen, panel, WIDTH * number)
    path.parent.mkdir(exist_ok=True)
    picture.save(path, optimize=True)


def _draw_panel(pen: ImageDraw.ImageDraw, panel: Panel, left: int) -> None:
    small, large = ImageFont.load_default(13), ImageFont.load_default(16)
    values = [value for curve in panel.curves.values() for value in curve]
    low, high = int(min(values) * 20) / 20, -(-max(values) * 20 // 1) / 20
    inner = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - panel.x[0]) / (panel.x[-1] - panel.x[0])
        return left + LEFT + across * inner[0], TOP + (high - y) / (high - low) * inner[1]

    pen.text((left + LEFT, 10), panel.title, "black", large)
    pen.text((left + LEFT + inner[0] / 2, HEIGHT - 8), panel.x_title, "black", small, "mb")
    for step in range(round((high - low) * 20) + 1):
        x, y = place(panel.x[0], low + step / 20)
        pen.line([(x, y), (x + inner[0], y)], "#dddddd")
        pen.text((x - 6, y), f"{low + step / 20:.2f}", "black", small, "rm")
    for x in panel.x[:: max(1, len(panel.x) // 5)]:
        pen.text((place(x, low)[0], HEIGHT - BOTTOM + 6), f"{x:g}", "black", small, "mt")
    for number, (name, curve) in enumerate(panel.curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        pen.line([place(x, y) for x, y in zip(panel.x, curve, strict=True)], colour, 2, "curve")
        at = left + LEFT + inner[0] - 8, HEIGHT - BOTTOM - 8 - 18 * (len(panel.curves) - 1 - number)
        pen.text(at, name, colour, small, "rb")
