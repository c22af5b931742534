"""Describe persons on screens."""

from datetime import date

from dofisac_tui.display import display_text
from dofisac_tui.learning.merge_candidates import MergeCandidate
from dofisac_tui.library.people_views import PersonRow, PhotoYears
from dofisac_tui.wording.numbers import counted, percent, time_apart


def called(name: str | None, person_id: int) -> str:
    """Return the name of a person, or a dot and the id."""
    return display_text(name, 60) if name else f"·{person_id}"


def unassigned(count: int) -> str:
    """Count faces without a person."""
    return f"{count:,} unassigned face{'s' * (count != 1)}"


def stars(score: int | None) -> str:
    """Draw a score of 1 to 6."""
    return f"{'★' * score}{'☆' * (6 - score)} {score}" if score else ""


def summary(row: PersonRow, span: PhotoYears) -> str:
    """Count the faces and photos of a person, with their years."""
    years = ""
    if span.first and span.last:
        years = f" · {span.first}" + (f"-{span.last}" if span.last != span.first else "")
    photos = counted(span.photos, "photo")
    return f"{counted(row.faces, 'face')}{years} · in {photos}" + (" · ignored" if row.ignored else "")


def likeness(other: MergeCandidate) -> str:
    """Summarize what speaks for two persons being one."""
    return f"{percent(other.match)} · d {other.distance:.2f} · {_days_apart(other.days)} · never in one photo"


def _days_apart(days: int | None) -> str:
    if days is None:
        return "no dates"
    return time_apart(days * 86400) if days else "same day"


def when(moment: float, today: date | None = None) -> str:
    """Return the day of a moment in Unix time: today, yesterday or a date."""
    day = date.fromtimestamp(moment)
    ago = ((today or date.today()) - day).days
    return {0: "today", 1: "yesterday"}.get(ago, day.isoformat())
