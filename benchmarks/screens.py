"""How the app feels: first paint, keys to paint, memory, on a library of 100,000 photos, beside an empty Textual app.

    python -m benchmarks.screens [--photos N] [--rounds N]

The app runs as a process of its own in a pseudo-terminal that answers like one with Sixel. Times are from the key to
the last byte of what it changes. The two apps take turns, and ratios are of the medians. Rows are made up; their
pictures are thumbnails of a few photos from installed packages, so pages cost what they cost on real ones.
"""

import argparse
import contextlib
import hashlib
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import skimage
from PIL import Image

from benchmarks.fake_terminal import FakeTerminal
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.imaging.thumbnail import encode_thumbnail, shrink
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.embedding_spaces import ensure_space, search_in
from dofisac_tui.library.thumbnails import thumbnail_path
from dofisac_tui.library.vectors import pack

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("photos, newest first")
Empty().run()
"""
PICTURES = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "retina.jpg", "color.png")
DIMENSIONS = 128
_SIXEL = re.compile(rb"\x1bP[0-9;]*q")
FIRST_DATE = b"2024-12-28"
"""The caption of the newest photo."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with create_library(Path(folder)) as library:
            fill(library, options.photos)
        command = [sys.executable, "-m", "dofisac_tui", "--library", folder, "open", "--no-watch"]
        first_paint(command, options.rounds)
        keys(command)


def fill(library: Library, count: int) -> None:
    """Photos with one face each, a hundred to a person, in random directions; the pictures are a few that repeat."""
    thumbnails = [thumbnail(library.folder, name) for name in PICTURES]
    space = ensure_space(library, EmbeddingSpace("dlib-resnet-v1-128", "face", DIMENSIONS, "euclidean"))
    search_in(library, space)
    chance = np.random.default_rng(1)
    people = chance.normal(size=(max(1, count // 100), DIMENSIONS)).astype(np.float32)
    people /= np.linalg.norm(people, axis=1, keepdims=True)
    with library.write() as connection:
        connection.execute("INSERT INTO roots (root_id, path, added_at) VALUES (1, ?, 0)", (b"/photos",))
        for number in range(count):
            content = hashlib.sha256(b"photo %d" % number).hexdigest()
            link(thumbnails[number % len(thumbnails)], thumbnail_path(library.folder, content))
            taken = f"20{number % 25:02d}-{number % 12 + 1:02d}-{number % 28 + 1:02d}T{number % 24:02d}:00:00"
            photo = (number + 1, b"/photos/IMG_%06d.jpg" % number, content, taken)
            connection.execute(
                "INSERT INTO photos (photo_id, root_id, path, size, mtime_ns, content_hash, format, width, height,"
                " fingerprint, taken_at, indexed_at) VALUES (?, 1, ?, 1, 1, ?, 'JPEG', 512, 512, 0, ?, 0)",
                photo,
            )
            connection.execute(
                "INSERT INTO faces (face_id, photo_id, space_id, number, x, y, w, h, landmarks, score, quality)"
                " VALUES (?, ?, ?, 1, 100, 100, 200, 200, x'', 0.9, 0.9)",
                (number + 1, number + 1, space.space_id),
            )
            vector = people[number // 100 % len(people)] + chance.normal(scale=0.02, size=DIMENSIONS)
            connection.execute(
                "INSERT INTO face_vectors (face_id, space_id, vector) VALUES (?, ?, ?)",
                (number + 1, space.space_id, pack(space, vector.astype(np.float32))),
            )


def thumbnail(folder: Path, name: str) -> Path:
    """Make the thumbnail of one picture of an installed package."""
    with Image.open(Path(skimage.__file__).parent / "data" / name) as image:
        encoded = encode_thumbnail(shrink(image.convert("RGB")), None)
    path = folder / name
    path.write_bytes(encoded)
    return path


def link(file: Path, name: Path) -> None:
    """Give a file one more name; a hundred thousand files of their own would fill a disk."""
    name.parent.mkdir(parents=True, exist_ok=True)
    name.hardlink_to(file)


def first_paint(command: list[str], rounds: int) -> None:
    """From the start of the process to the words that say what there is, and to the first picture."""
    empty, ours, picture, quits = [], [], [], []
    FakeTerminal(command).end()  # Python compiles what it has not run before
    for _ in range(rounds):
        terminal = FakeTerminal([sys.executable, "-c", EMPTY])
        empty.append(terminal.until(lambda screen: b"newest first" in screen) - terminal.began)
        terminal.press(b"\x11")
        terminal.end()
        terminal = FakeTerminal(command)
        ours.append(terminal.until(lambda screen: FIRST_DATE in screen) - terminal.began)
        picture.append(terminal.until(lambda screen: _SIXEL.search(screen) is not None) - terminal.began)
        terminal.quiet()
        quits.append(terminal.end())
    ratio = statistics.median(ours) / statistics.median(empty)
    print(f"empty app, first paint        {1000 * statistics.median(empty):6.0f} ms")
    print(f"this app, first useful paint  {1000 * statistics.median(ours):6.0f} ms, {ratio:.2f} times as long")
    print(f"this app, first picture       {1000 * statistics.median(picture):6.0f} ms")
    print(f"this app, quitting, worst     {1000 * max(quits):6.0f} ms")


def keys(command: list[str]) -> None:
    """Keys on the running app."""
    terminal = FakeTerminal(command)
    terminal.until(lambda screen: b"newest first" in screen)
    terminal.quiet(1.0)
    report("move the cursor", [one(terminal, key, framed, 0.3) for key in [b"l", b"h"] * 25])
    pictures = page_pictures(terminal)
    for key in (b"\x1b[6~", b"\x1b[5~"):  # once, so that both pages are cached
        terminal.press(key)
        terminal.quiet(1.0)
    turns = [one(terminal, key, lambda screen: screen.count(b"\x1bP") >= pictures, 1.0) for key in TURNS]
    report(f"turn the page, {pictures} cached pictures", turns)
    terminal.press(b"g")
    terminal.quiet(1.0)
    terminal.press(b"w")  # who is this: an answer of faces that can be voted on
    terminal.until(lambda screen: b"or more" in screen)
    terminal.quiet(1.5)
    terminal.press(b"l")  # the first is the very face
    terminal.quiet(1.0)
    report("vote and go on", [one(terminal, b"y", framed, 0.6) for _ in range(20)])
    print(f"memory after all this         {terminal.memory() / 2**20:6.0f} MiB")
    typing(terminal)
    terminal.end()


TURNS = [b"\x1b[6~", b"\x1b[5~"] * 10


def typing(terminal: FakeTerminal) -> None:
    """Letters of a query, each to the moment it stands in the line, while the searches run."""
    terminal.press(b"/")
    terminal.quiet(0.5)
    letters = [bytes([letter]) for letter in b"a photo of a cat on a sofa"]
    report("type into the query", [one(terminal, letter, lambda screen: bool(screen), 0.1) for letter in letters])
    terminal.press(b"\x1b")
    terminal.quiet(2.0)


def framed(screen: bytes) -> bool:
    """Whether a tile got its frame."""
    return "╭".encode() in screen


def page_pictures(terminal: FakeTerminal) -> int:
    """How many pictures a turned page has."""
    count = 0

    def counting(screen: bytes) -> bool:
        nonlocal count
        count = screen.count(b"\x1bP")
        return False

    terminal.press(b"\x1b[6~")
    with contextlib.suppress(TimeoutError):
        terminal.until(counting, 4.0)
    return count - 1  # the last one is the preview


def one(terminal: FakeTerminal, key: bytes, seen: Callable[[bytes], bool], rest: float) -> float:
    """Seconds from a key to what it changes."""
    pressed = terminal.press(key)
    seconds: float = terminal.until(seen) - pressed
    terminal.quiet(rest, most=5.0)
    return seconds


def report(what: str, seconds: list[float]) -> None:
    """One line of the table."""
    in_order = sorted(seconds)
    p95 = in_order[min(len(in_order) - 1, round(0.95 * len(in_order)))]
    print(f"{what:36}  median {1000 * statistics.median(seconds):5.0f} ms, p95 {1000 * p95:5.0f} ms")


if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"in {time.monotonic() - began:.0f} s")
