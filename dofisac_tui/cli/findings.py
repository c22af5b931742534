"""What `doctor` says of each thing that it looked at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: What was looked at.
        ok: Whether it is as it should be.
        detail: What was found.
        hint: What to do about it, or what would be better; empty when it is well.
    """

    check: str
    ok: bool
    detail: str
    hint: str = ""
