"""Write numbers, sizes and times for people."""

import time

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_MONTH, _YEAR = 30.44 * _DAY, 365.25 * _DAY
_APART = ((90 * _MINUTE, _MINUTE, "min"), (_DAY, _HOUR, "h"), (60 * _DAY, _DAY, "day"), (730 * _DAY, _MONTH, "month"))


def percent(share: float) -> str:
    """Format a probability of 0 to 1, never rounded to certainty."""
    if 0.995 <= share < 1:
        return ">99 %"
    return "<1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def file_size(size: int) -> str:
    """Format a number of bytes."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3)):,} kB"


def counted(count: int, what: str) -> str:
    """Format a count of something whose plural has an s at the end of its first word."""
    first, *rest = what.split(" ", 1)
    return " ".join([f"{count:,}", first + "s" * (count != 1), *rest])


def numbered(what: str, index: int, total: int) -> str:
    """Format a position, counted from 0, such as "page 1 of 3"."""
    return f"{what} {index + 1:,} of {total:,}"


def duration(seconds: float) -> str:
    """Format a rough time."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * _MINUTE:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < 36 * _HOUR:
        return f"{seconds / _HOUR:.0f} h"
    return f"{seconds / _DAY:.0f} days"


def ago(moment: float) -> str:
    """Format how long ago a moment in Unix time was."""
    seconds = time.time() - moment
    return f"{duration(seconds)} ago" if seconds >= 10 else "just now"


def time_apart(seconds: float) -> str:
    """Format the time between two photos."""
    if seconds < _MINUTE:
        return "same minute"
    for limit, unit, word in _APART:
        if seconds < limit:
            count = round(seconds / unit)
            return f"{count} {word}{'s' * (count != 1 and unit >= _DAY)} apart"
    return f"{counted(round(seconds / _YEAR), 'year')} apart"
