"""What a run did, and how it tells while it is under way."""

from dataclasses import dataclass
from typing import Protocol


@dataclass
class IndexReport:
    """Counts of one run.

    Attributes:
        photos: Photos present and indexed after the run; all others count what this run did.
        indexed: Photos read and stored, or stored anew after a change.
        unchanged: Files that were as the library knew them.
        moved: Files found under another path, with no model run.
        absent: Photos whose files have gone.
        failed: Tries that failed.
        faces: Faces found in the photos that this run indexed.
        seconds: Wall-clock time.
    """

    photos: int = 0
    indexed: int = 0
    unchanged: int = 0
    moved: int = 0
    absent: int = 0
    failed: int = 0
    faces: int = 0
    seconds: float = 0.0


class ProgressListener(Protocol):
    """Whoever shows what a run is doing."""

    def on_warning(self, message: str) -> None:
        """Something worth a line, safe to print."""

    def on_start(self, total: int) -> None:
        """So many files will be read."""

    def on_file_done(self, path: bytes) -> None:
        """One of them is done, well or badly."""
