"""What a kitty terminal holds and draws after the bytes of a program: a small reader of its graphics protocol."""

import re
from base64 import b64decode
from collections import Counter
from io import BytesIO

from PIL import Image
from textual_image.renderable.tgp import _NUMBER_TO_DIACRITIC

_PLACEHOLDER = "\U0010eeee"
_MARKS = {chr(code): number for number, code in enumerate(_NUMBER_TO_DIACRITIC)}
_MARK = "[" + "".join(_MARKS) + "]"
_TOKEN = re.compile(
    rf"\x1b_G(?P<keys>[^;\x1b]*);?(?P<payload>[^\x1b]*)\x1b\\|\x1b\[(?P<style>[0-9;]*)m|{_PLACEHOLDER}(?P<marks>{_MARK}*)"
)


class KittyTerminal:
    """Reads all that a program sent.

    Attributes:
        images: Width and height in pixels by number: what is held at the end.
        uploads: How often pixels came under each number.
        drawn: How many characters of each picture were drawn.
        missing: Numbers that were drawn while nothing was held or placed under them.
    """

    def __init__(self) -> None:
        self.images: dict[int, tuple[int, int]] = {}
        self.uploads: Counter[int] = Counter()
        self.drawn: Counter[int] = Counter()
        self.missing: list[int] = []
        self._placed: dict[int, tuple[int, int]] = {}
        self._coming: dict[int, str] = {}
        self._colour = 0

    def read(self, sent: bytes) -> None:
        """Take in whole messages."""
        for token in _TOKEN.finditer(sent.decode("utf-8", "replace")):
            if token["keys"] is not None:
                self._command(dict(key.split("=") for key in token["keys"].split(",")), token["payload"])
            elif token["style"] is not None:
                self._style([int(part or 0) for part in token["style"].split(";")])
            else:
                self._draw([_MARKS[mark] for mark in token["marks"]])

    def _command(self, keys: dict[str, str], payload: str) -> None:
        number = int(keys.get("i", 0))
        action = keys.get("a", "t")
        if action == "t":
            self._coming[number] = self._coming.get(number, "") + payload
            if keys.get("m", "0") == "0":
                with Image.open(BytesIO(b64decode(self._coming.pop(number)))) as image:
                    self.images[number] = image.size
                self.uploads[number] += 1
        elif action == "p" and keys.get("U") == "1" and number in self.images:
            self._placed[number] = int(keys["c"]), int(keys["r"])
        elif action == "d" and keys["d"] == "I":
            self.images.pop(number, None)
            self._placed.pop(number, None)

    def _style(self, parts: list[int]) -> None:
        if parts[:1] == [0]:
            self._colour = 0
        if parts[:2] == [38, 2]:
            self._colour = parts[2] << 16 | parts[3] << 8 | parts[4]

    def _draw(self, marks: list[int]) -> None:
        row, column, high = marks
        number = high << 24 | self._colour
        self.drawn[number] += 1
        columns, rows = self._placed.get(number, (0, 0))
        if not (row < rows and column < columns):
            self.missing.append(number)
