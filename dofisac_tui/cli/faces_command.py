"""`faces`: the faces of one photo, indexed or not."""

import contextlib
import os
from typing import Any

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json, print_table, say
from dofisac_tui.engines.protocols import DetectedFace
from dofisac_tui.engines.quality import face_quality
from dofisac_tui.imaging.photo import ReadPhoto
from dofisac_tui.library.database import Library
from dofisac_tui.library.photos import faces_of_file
from dofisac_tui.library.spaces import searched_space


@click.command()
@click.argument("file", type=click.Path())
@json_option
@pass_context
def faces(context: Context, file: str, as_json: bool) -> None:
    """Show the faces of the photo FILE, largest first, whether it is indexed or not."""
    with context.existing_library() or contextlib.nullcontext() as library:
        found = _indexed(library, os.fsencode(file)) if library else None
        if found is None:
            photo, detected = read_faces(context, library, os.fsencode(file))
            found = [_row(number, face, photo.frame_scale) for number, face in enumerate(detected, start=1)]
    if as_json:
        print_json(found)
    elif found:
        print_table(
            ("number", "face id", "x", "y", "width", "height", "score", "quality", "person"),
            [
                (
                    face["number"], face["face_id"], *(round(value) for value in face["box"]),
                    round(face["score"], 2), round(face["quality"], 2), face["person"],
                )
                for face in found
            ],
        )  # fmt: skip
    else:
        say("No face was found in this photo.")


def read_faces(context: Context, library: Library | None, file: bytes) -> tuple[ReadPhoto, list[DetectedFace]]:
    """Read a photo that need not be indexed, and find its faces, largest first.

    Raises:
        PhotoError: the photo cannot be read.
        EngineError: the model cannot run.
    """
    photo = read_file(context, library, file)
    return photo, context.face_engine(library).find_faces([photo.frame])[0]


def read_file(context: Context, library: Library | None, file: bytes) -> ReadPhoto:
    """Read a photo that need not be indexed.

    Raises:
        PhotoError: the photo cannot be read.
    """
    from dofisac_tui.imaging.photo import ReadLimits
    from dofisac_tui.imaging.read import read_photo

    photo = read_photo(file, ReadLimits.of(context.settings.indexing), context.scene_engine(library).crop)
    if not isinstance(photo, ReadPhoto):
        raise TypeError("a photo that was not known beforehand came back as known")
    return photo


def _indexed(library: Library, file: bytes) -> list[dict[str, Any]] | None:
    """The stored faces of a file that is indexed and has not changed since; None otherwise."""
    space = searched_space(library, "face")
    try:
        facts = os.stat(file)
    except OSError:
        return None
    # the folder's real path, as the root has it, but the file's own name: a link to a photo is a photo of its own
    path = os.path.join(os.path.realpath(os.path.dirname(file)), os.path.basename(file))
    rows = faces_of_file(library, path, facts.st_size, facts.st_mtime_ns, space) if space else None
    if rows is None:
        return None
    return [
        {
            "number": row["number"],
            "face_id": row["face_id"],
            "box": [row["x"], row["y"], row["w"], row["h"]],
            "score": row["score"],
            "quality": row["quality"],
            "person": row["person"],
        }
        for row in rows
    ]


def _row(number: int, face: DetectedFace, scale: float) -> dict[str, Any]:
    box = [value / scale for value in face.box]
    return {
        "number": number,
        "face_id": None,
        "box": box,
        "score": face.score,
        "quality": face_quality(box[2], box[3], face.sharpness, face.frontality),
        "person": None,
    }
