"""How the app feels over a slow line: what a page costs, and what a key waits for while pictures are under way.

    python -m benchmarks.lines [--photos N] [--kilobits N] [--delay SECONDS]

The app runs in a pseudo-terminal behind a line that hands on so many bits a second, each after a delay, both ways, and
buffers without limit, as SSH does. Every page is a new one. Times include the delay on the way there and back.
"""

import argparse
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.fake_terminal import FakeTerminal
from benchmarks.screens import fill, framed
from dofisac_tui.library.database import create_library

PAGE_DOWN = b"\x1b[6~"
PAGES = 5
PAGE = re.compile(rb"page \d+ of")
"""Stands in the line of evidence, below the pictures."""
MOST_SECONDS = 60.0
AFTER = (0.1, 0.4, 0.8, 1.2, 1.6)
"""Seconds after the page was turned at which another key is pressed."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--kilobits", type=float, default=1000.0)
    parser.add_argument("--delay", type=float, default=0.05)
    parser.add_argument("--protocols", nargs="*", default=["sixel", "kitty", "halfblocks"])
    options = parser.parse_args()
    print(f"{options.kilobits:.0f} kbit/s, {1000 * options.delay:.0f} ms each way; medians")
    print("              a page      words  all pictures   a key, worst    quitting, worst")
    with tempfile.TemporaryDirectory() as folder:
        with create_library(Path(folder)) as library:
            fill(library, options.photos)
        for protocol in options.protocols:
            line = Line(folder, protocol, options.kilobits, options.delay)
            size, words, pictures = pages(line)
            response, quitting = keys(line), quits(line)
            print(
                f"{protocol:12}  {size / 1000:4.0f} kB  {words:6.2f} s  {pictures:10.1f} s  "
                f"{statistics.median(response):4.2f} s, {max(response):4.2f} s  "
                f"{statistics.median(quitting):5.2f} s, {max(quitting):5.2f} s",
                flush=True,
            )


class Line:
    """The app behind a line.

    Args:
        folder: Of the library.
        protocol: How pictures are drawn.
    """

    def __init__(self, folder: str, protocol: str, kilobits: float, delay: float) -> None:
        self._command = [sys.executable, "-m", "dofisac_tui", "--library", folder, "open", "--no-watch"]
        self._options = {"protocol": protocol, "bits_per_second": 1000 * kilobits, "delay": delay}

    def open(self) -> FakeTerminal:
        """The app with its first page drawn."""
        terminal = FakeTerminal(self._command, **self._options)  # type: ignore[arg-type]  # a dict of several types
        terminal.until(lambda screen: b"newest first" in screen)
        terminal.quiet(2.0, MOST_SECONDS)
        return terminal


def pages(line: Line) -> tuple[float, float, float]:
    """Bytes of a page, and seconds to its words, and to the last byte of its last picture."""
    rows = []
    terminal = line.open()
    for _ in range(PAGES):
        pressed = terminal.press(PAGE_DOWN)
        words = terminal.until(lambda screen: PAGE.search(screen) is not None) - pressed
        last = terminal.quiet(2.0, MOST_SECONDS) - pressed
        rows.append((len(terminal.screen), words, last))
    terminal.end()
    size, words, last = (statistics.median(column) for column in zip(*rows, strict=True))
    return size, words, last


def keys(line: Line) -> list[float]:
    """Seconds from a key that moves the cursor to its frame, at several moments after a page was turned."""
    found = []
    terminal = line.open()
    for seconds in AFTER:
        terminal.press(PAGE_DOWN)
        terminal.watch(seconds)
        pressed = terminal.press(b"l")
        found.append(terminal.until(framed) - pressed)
        terminal.quiet(2.0, MOST_SECONDS)
    terminal.end()
    return found


def quits(line: Line) -> list[float]:
    """Seconds that quitting takes at several moments after a page was turned."""
    found = []
    for seconds in AFTER:
        terminal = line.open()
        terminal.press(PAGE_DOWN)
        terminal.watch(seconds)
        found.append(terminal.end())
    return found


if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"in {time.monotonic() - began:.0f} s")
