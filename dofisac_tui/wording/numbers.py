"""Write numbers, sizes and times for people."""


def percent(share: float) -> str:
    """A probability of 0 to 1, never rounded to certainty."""
    if 0.995 <= share < 1:
        return "over 99 %"
    return "under 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def file_size(size: int) -> str:
    """Bytes, as people say it."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3)):,} kB"


def counted(count: int, what: str) -> str:
    """So many of something, whose plural has an s at the end of its first word."""
    first, *rest = what.split(" ", 1)
    return " ".join([f"{count:,}", first + "s" * (count != 1), *rest])


def duration(seconds: float) -> str:
    """A rough time, as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 36 * 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"
