"""Make text from outside (paths, EXIF, names, messages) safe for a terminal or a log."""

import os
import unicodedata

_JOINERS = {"\u200c", "\u200d"}  # inside emoji and several scripts; harmless on their own


def display_text(text: str | bytes, limit: int = 1000) -> str:
    """Make outside text safe to print, keeping it readable.

    Control characters, escape sequences, bidirectional overrides, line separators and undecodable bytes become
    visible escapes such as `\\x1b`; the result has at most `limit` characters. It is plain text: do not read markup in
    it.
    """
    characters = os.fsdecode(text) if isinstance(text, bytes) else text
    shown = "".join(_visible(character) for character in characters[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _visible(character: str) -> str:
    # not printable by Python's rule: controls, formats, surrogates, private and unassigned code points, and separators;
    # of these the spaces other than the ASCII one are harmless
    if character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs":
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that surrogateescape carried
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
