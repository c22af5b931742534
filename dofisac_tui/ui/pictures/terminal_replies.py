"""What is asked of a terminal, and what its answers say.

One batch of questions goes out: its name, the kitty graphics query, the size of a cell, a colour that is set and read
back, and the primary device attributes, which every terminal answers, so that silence about the rest costs no waiting.
"""

import re
from typing import NamedTuple

_KITTY_QUESTION = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
_QUESTIONS = "\x1b[>q\x1b[16t\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[m\x1b[c"
_NAME = re.compile(rb"\x1bP>\|([^\x1b]*)\x1b\\")
_KITTY = re.compile(rb"\x1b_Gi=31;([^\x1b]*)\x1b\\")
_CELL = re.compile(rb"\x1b\[6;(\d+);(\d+)t")
_COLOUR = re.compile(rb"\x1bP[01]\$r([0-9;:]*)m?\x1b\\")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([0-9;]*)c")
_EXACT_COLOUR = re.compile(rb"48[;:]2[;:]+(?:0[;:])?1[;:]2[;:]3")
_SIXEL_ATTRIBUTE = b"4"
_KITTY_VERSION = re.compile(r"kitty\((\d+)\.(\d+)")


class TerminalReplies(NamedTuple):
    """Whatever came back.

    Attributes:
        raw: Answers and typed keys, in any order.
    """

    raw: bytes = b""

    @property
    def complete(self) -> bool:
        """Whether the last question was answered."""
        return _ATTRIBUTES.search(self.raw) is not None

    @property
    def name(self) -> str:
        """Name and version, such as `kitty(0.41.1)`; empty where it does not tell."""
        name = _NAME.search(self.raw)
        return name[1].decode("ascii", "replace") if name else ""

    @property
    def kitty(self) -> bool:
        """Whether it takes kitty's graphics."""
        answer = _KITTY.search(self.raw)
        return answer is not None and answer[1] == b"OK"

    @property
    def sixel(self) -> bool:
        """Whether it draws Sixel."""
        attributes = _ATTRIBUTES.search(self.raw)
        return attributes is not None and _SIXEL_ATTRIBUTE in attributes[1].split(b";")

    @property
    def cell(self) -> tuple[int, int] | None:
        """Width and height of a character in pixels."""
        size = _CELL.search(self.raw)
        return (int(size[2]), int(size[1])) if size and int(size[1]) and int(size[2]) else None

    @property
    def exact_colour(self) -> bool:
        """Whether it kept the colour that was set, out of 16 million."""
        colour = _COLOUR.search(self.raw)
        return colour is not None and _EXACT_COLOUR.search(colour[1]) is not None

    @property
    def typed(self) -> str:
        """What is left without the answers; keys that send escape sequences are not worth guessing at."""
        rest = self.raw
        for answer in (_NAME, _KITTY, _CELL, _COLOUR, _ATTRIBUTES):
            rest = answer.sub(b"", rest)
        return "" if b"\x1b" in rest else rest.decode("utf-8", "ignore")


def questions(multiplexed: bool) -> str:
    """What to send.

    Args:
        multiplexed: Whether tmux or screen is in between; they take kitty's question for the title of a window.
    """
    return ("" if multiplexed else _KITTY_QUESTION) + _QUESTIONS


def draws_by_characters(name: str) -> bool:
    """Whether a terminal of that name draws kitty's pictures where it finds characters that stand for them, as text in
    a window needs it: others that take kitty's graphics show odd characters instead."""
    kitty = _KITTY_VERSION.match(name)
    return (int(kitty[1]), int(kitty[2])) >= (0, 28) if kitty else "ghostty" in name.lower()
