"""Export the whole library as JSON, or as CSV with one line per photo."""

import csv
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any, TextIO

from dofisac_tui.display import display_text
from dofisac_tui.interchange.json_rows import cluster_row, person_row, vote_row
from dofisac_tui.interchange.present_photos import ExportedPhoto, present_photos
from dofisac_tui.library.clusters import current_clusters
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import all_votes
from dofisac_tui.library.people import list_people
from dofisac_tui.library.runs import RUN_KINDS

VERSION = 2
HEADINGS = (
    "path", "people", "faces", "taken_at", "camera", "latitude", "longitude", "width", "height", "format",
    "content_hash", "photo_id",
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@")
_LONGEST_CELL = 10_000


def write_json(library: Library, file: TextIO) -> None:
    """Write photos with their faces, persons, current clusters and votes as one object, a line for each of them.

    A path that is not UTF-8 has its bytes as lone surrogates, escaped, as in all JSON of this program.
    """
    file.write(f'{{"dofisac": {VERSION}')
    for name, rows in (
        ("photos", map(_photo, present_photos(library))),
        ("people", map(person_row, list_people(library))),
        ("clusters", _clusters(library)),
        ("votes", map(vote_row, all_votes(library))),
    ):
        file.write(f',\n"{name}": [')
        for number, row in enumerate(rows):
            file.write(f"{',' if number else ''}\n{json.dumps(row)}")
        file.write("\n]")
    file.write("}\n")


def _photo(photo: ExportedPhoto) -> dict[str, Any]:
    row = {**asdict(photo), "root": os.fsdecode(photo.root), "path": os.fsdecode(photo.path)}
    return {**row, "faces": len(photo.faces), "face_list": row["faces"]}


def _clusters(library: Library) -> Iterator[dict[str, Any]]:
    for kind in RUN_KINDS:
        for cluster in current_clusters(library, kind):
            members = [{"photo_id": member.photo_id, "face_id": member.face_id} for member in cluster.members]
            yield {**cluster_row(cluster, kind), "members": members}


def write_csv(library: Library, file: TextIO) -> None:
    """Write one line per photo, with names separated by semicolons.

    Control characters and bytes that are not UTF-8 are visible escapes, and no cell starts like a formula, since
    spreadsheets would run it; JSON has every text as it is.
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows(_line(photo) for photo in present_photos(library))


def _line(photo: ExportedPhoto) -> Iterable[object]:
    return (
        display_text(photo.path, _LONGEST_CELL), _text("; ".join(photo.people)), len(photo.faces), photo.taken_at,
        _text(photo.camera or ""), photo.latitude, photo.longitude, photo.width, photo.height, photo.format,
        photo.content_hash, photo.photo_id,
    )  # fmt: skip


def _text(cell: str) -> str:
    shown = display_text(cell, _LONGEST_CELL)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
