"""Report what a library holds, its models and the process at work, for `status` and its screen."""

import shutil
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from dofisac_tui.library import meta
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.failures import count_due
from dofisac_tui.library.heartbeat import Heartbeat, daemon_heartbeat
from dofisac_tui.library.lock import Holder, current_holder
from dofisac_tui.library.roots import all_roots
from dofisac_tui.library.runs import RUN_KINDS, current_run, proposed_run


def library_facts(library: Library) -> dict[str, Any]:
    """Return the content of `status`, ready for JSON but for paths, which are bytes. Nothing is written."""
    faces, scenes = searched_space(library, "face"), searched_space(library, "scene")
    holder = current_holder(library.folder)
    daemon = daemon_heartbeat(library)

    def count(sql: str, *parameters: object) -> int:
        return int(library.value(f"SELECT COUNT(*) FROM {sql}", parameters))  # noqa: S608 -- only texts from here

    return {
        "library": str(library.folder),
        "photos": count("photos WHERE absent_since IS NULL"),
        "absent": count("photos WHERE absent_since IS NOT NULL"),
        "faces": count(
            "faces JOIN photos USING (photo_id) WHERE absent_since IS NULL AND space_id = ?",
            faces.space_id if faces else None,
        ),
        "people": count("people WHERE name IS NOT NULL AND merged_into IS NULL"),
        "votes": count("votes"),
        "failures": count("failures"),
        "roots": _roots(library),
        "indexing": holder._asdict() if holder else None,
        "daemon": asdict(daemon) if daemon else None,
        "queue": {
            "retries_due": count_due(library, time.time()),
            "quarantined": count("failures WHERE next_try IS NULL"),
        },
        "models": {
            "pack": meta.get(library, meta.PACK),
            "face_space": faces.name if faces else None,
            "scene_space": scenes.name if scenes else None,
            "spaces": _spaces(library),
        },
        "runs": _runs(library),
        "disk": {
            "library_bytes": _size(library.folder),
            "free_bytes": shutil.disk_usage(library.folder).free,
        },
    }


def _roots(library: Library) -> list[dict[str, Any]]:
    rows = library.rows("SELECT root_id, COUNT(*) FROM photos WHERE absent_since IS NULL GROUP BY root_id")
    photos: dict[int, int] = dict(map(tuple, rows))
    return [
        {"path": root.path, "missing": root.missing_since is not None, "photos": photos.get(root.root_id, 0)}
        for root in all_roots(library)
    ]


def _spaces(library: Library) -> list[dict[str, Any]]:
    """Return every space, and the number of present photos that its model has seen."""
    rows = library.rows(
        "SELECT name, kind, (SELECT COUNT(*) FROM analyses JOIN photos USING (photo_id)"
        " WHERE analyses.space_id = spaces.space_id AND absent_since IS NULL) AS photos FROM spaces ORDER BY space_id"
    )
    return [dict(row) for row in rows]


def _runs(library: Library) -> list[dict[str, Any]]:
    """Return the current run of each kind, and the one that waits for an answer."""
    found = []
    for kind in RUN_KINDS:
        current, held = current_run(library, kind), proposed_run(library, kind)
        found.append(
            {
                "kind": kind,
                "run": current.run_id if current else None,
                "finished_at": current.finished_at if current else None,
                "held": held.run_id if held else None,
            }
        )
    return found


def _size(folder: Path) -> int:
    """Bytes of the database and the caches; thumbnails are left out, since counting a million files takes long."""
    files = [*folder.glob("library.db*"), *folder.glob("index/*")]
    return sum(path.stat().st_size for path in files if path.is_file())


class Overview(NamedTuple):
    """A look at the whole library.

    Attributes:
        photos: Present ones.
        folders: Roots.
        failures: Files that could not be indexed.
        proposals: Kinds of clusters with proposed changes.
        heartbeat: The last one of the daemon, if it is alive.
        holder: The process that indexes now, daemon or not.
    """

    photos: int
    folders: int
    failures: int
    proposals: int
    heartbeat: Heartbeat | None
    holder: Holder | None


def overview(library: Library) -> Overview:
    """Return counts; cheap enough for every second or two."""
    return Overview(
        photos=library.value("SELECT COUNT(*) FROM photos") - _absent(library),
        folders=library.value("SELECT COUNT(*) FROM roots"),
        failures=library.value("SELECT COUNT(*) FROM failures"),
        proposals=library.value("SELECT COUNT(*) FROM cluster_runs WHERE state = 'proposed'"),
        heartbeat=daemon_heartbeat(library),
        holder=current_holder(library.folder),
    )


def data_version(library: Library) -> int:
    """Return a number that changes whenever another connection has committed something."""
    return int(library.value("PRAGMA data_version"))


def _absent(library: Library) -> int:
    return int(library.value("SELECT COUNT(*) FROM photos WHERE absent_since IS NOT NULL"))
