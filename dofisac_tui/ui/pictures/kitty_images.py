"""Pictures that the terminal itself holds, as kitty does: sent once, drawn by characters, and forgotten again."""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

MOST_BYTES = 128 << 20
"""Of pixels; kitty holds 320 MB, and drops the oldest by itself beyond that without telling."""
MOST_PICTURES = 256
"""So that forgetting them all at the end is a few kilobytes."""
_FORGET = "\x1b_Ga=d,d=I,i={},q=2\x1b\\"


class Upload(NamedTuple):
    """Pixels for the terminal to hold (https://sw.kovidgoyal.net/kitty/graphics-protocol).

    Attributes:
        number: Kitty's id of the image, which the characters that draw it carry.
        data: What to send.
        held_bytes: What it takes in the terminal: four bytes a pixel.
    """

    number: int
    data: str
    held_bytes: int


class KittyImages:
    """What was uploaded and not forgotten yet, the one drawn last at the end.

    Args:
        write: Sends to the terminal, in the order of the calls and before whatever is drawn next.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._held: OrderedDict[int, int] = OrderedDict()
        self._bytes = 0

    def __contains__(self, upload: Upload) -> bool:
        return upload.number in self._held

    def hold(self, upload: Upload, question: str = "") -> None:
        """Upload a picture that is about to be drawn, unless it is held; those drawn longest ago make room for it.

        Args:
            question: What to ask once it has arrived.
        """
        if upload in self:
            self._held.move_to_end(upload.number)
            return
        self._write(upload.data + question)
        self._held[upload.number] = upload.held_bytes
        self._bytes += upload.held_bytes
        while len(self._held) > 1 and (self._bytes > MOST_BYTES or len(self._held) > MOST_PICTURES):
            self._forget(next(iter(self._held)))

    def forget_all(self) -> None:
        """Before the screen is left, or where it may have lost its pictures: what is drawn again is uploaded again."""
        for number in list(self._held):
            self._forget(number)

    def _forget(self, number: int) -> None:
        self._write(_FORGET.format(number))
        self._bytes -= self._held.pop(number)
