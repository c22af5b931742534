"""Persons in the words that screens use."""

from datetime import date

from dofisac_tui.display import display_text
from dofisac_tui.learning.merge_candidates import MergeCandidate
from dofisac_tui.library.people_views import PersonRow, PhotoYears
from dofisac_tui.wording.numbers import percent


def called(name: str | None, person_id: int) -> str:
    """The name, or a dot and the id."""
    return display_text(name, 60) if name else f"·{person_id}"


def faces(count: int) -> str:
    """So many faces."""
    return f"{count:,} face{'s' * (count != 1)}"


def stars(score: int | None) -> str:
    """A score of 1 to 6."""
    return f"{'★' * score}{'☆' * (6 - score)} {score}" if score else ""


def summary(row: PersonRow, span: PhotoYears) -> str:
    """How many faces and photos, and from when."""
    years = ""
    if span.first and span.last:
        years = f" · {span.first}" + (f"-{span.last}" if span.last != span.first else "")
    photos = f"{span.photos:,} photo{'s' * (span.photos != 1)}"
    return f"{faces(row.faces)}{years} · in {photos}" + (" · ignored" if row.ignored else "")


def likeness(other: MergeCandidate) -> str:
    """What speaks for two persons being one."""
    return f"{percent(other.match)} · d {other.distance:.2f} · {apart(other.days)} · never in one photo"


def apart(days: int | None) -> str:
    """The time between the nearest photos of two persons."""
    if days is None:
        return "no dates"
    if days < 1:
        return "on the same day"
    if days < 60:
        return f"{days} day{'s' * (days != 1)} apart"
    return f"{days / 30.4:.0f} months apart" if days < 730 else f"{days / 365.25:.0f} years apart"


def when(moment: float, today: date | None = None) -> str:
    """The day of a moment in Unix time, as people say it."""
    day = date.fromtimestamp(moment)
    ago = ((today or date.today()) - day).days
    return {0: "today", 1: "yesterday"}.get(ago, day.isoformat())
