"""The one gate through which text from outside (paths, EXIF, names, messages) reaches a terminal or a log."""

import os
import unicodedata

_ALWAYS_ESCAPED = {"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"}
_JOINERS = {"\u200c", "\u200d"}  # inside emoji and several scripts; harmless on their own


def display_text(text: str | bytes, limit: int = 1000) -> str:
    """Make outside text safe to print, keeping it readable.

    Control characters, escape sequences, bidirectional overrides, line separators and undecodable bytes become
    visible escapes such as `\\x1b`; the text is cut at `limit` characters. The result is plain text: whoever shows
    it must not read markup in it.
    """
    shown = os.fsdecode(text) if isinstance(text, bytes) else text
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    return "".join(_visible(character) for character in shown)


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that surrogateescape carried
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(character) not in _ALWAYS_ESCAPED:
        return character  # spaces other than the ASCII one
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
