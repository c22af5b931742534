"""The current clusters as JSON files in the shape that DoFISaC's own scripts read."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from dofisac_tui.files import replacing
from dofisac_tui.library.clusters import ClusterMember, current_clusters, unclustered
from dofisac_tui.library.database import Library
from dofisac_tui.library.runs import RunKind
from dofisac_tui.library.thumbnails import thumbnail_path

FILES: dict[RunKind, str] = {
    "people": "people.json",
    "duplicates": "phash_clusters.json",
    "scenes": "bg_clusters.json",
    "combined": "combined_clusters.json",
}


def export_clusters(library: Library, kind: RunKind) -> Path:
    """Write the file of a kind in `exports/`: `{"cluster_0": [{"thumb": name, "path": path}, ...], "noise": [...]}`.

    Named people come first, then the largest clusters; a photo stands once in a cluster. A path that is not UTF-8 has
    its bytes as lone surrogates, as in all JSON of this program.

    Returns:
        The file, which is replaced as a whole.
    """
    clusters = current_clusters(library, kind)
    content = {f"cluster_{number}": _entries(each.members) for number, each in enumerate(clusters)}
    content["noise"] = _entries(unclustered(library, kind))
    path = library.folder / "exports" / FILES[kind]
    with replacing(path) as building:
        building.write_text(json.dumps(content, ensure_ascii=True, indent=1), encoding="ascii")
    return path


def _entries(members: Iterable[ClusterMember]) -> list[dict[str, str]]:
    photos = {member.photo_id: member for member in members}.values()
    return [
        {"thumb": thumbnail_path(Path(), each.content_hash).name, "path": os.fsdecode(each.path)} for each in photos
    ]
