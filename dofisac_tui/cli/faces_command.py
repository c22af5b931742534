"""`faces`: the faces of one photo, indexed or not."""

import contextlib
import os
from typing import Any

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json, print_table, say
from dofisac_tui.display import display_text
from dofisac_tui.engines.protocols import DetectedFace, FaceEngine, SceneCrop
from dofisac_tui.engines.quality import face_quality
from dofisac_tui.errors import PhotoError
from dofisac_tui.imaging.photo import ReadLimits, ReadPhoto
from dofisac_tui.imaging.workers import ReaderPool, ReadRequest
from dofisac_tui.library.database import Library
from dofisac_tui.library.photos import faces_of_file
from dofisac_tui.library.spaces import searched_space

NO_CROP = SceneCrop(8, 8)  # where only faces are wanted


@click.command()
@click.argument("file", type=click.Path())
@json_option
@pass_context
def faces(context: Context, file: str, as_json: bool) -> None:
    """Show the faces of the photo FILE, largest first, whether it is indexed or not."""
    with context.existing_library() or contextlib.nullcontext() as library:
        found = _indexed(library, os.fsencode(file)) if library else None
        if found is None:
            photo, detected = read_faces(os.fsencode(file), context, context.engines(library).faces())
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


def read_faces(file: bytes, context: Context, engine: FaceEngine) -> tuple[ReadPhoto, list[DetectedFace]]:
    """Read a photo that need not be indexed, and find its faces, largest first.

    Raises:
        PhotoError: the photo cannot be read.
        EngineError: the model cannot run.
    """
    photo = read_file(file, context, NO_CROP)
    return photo, engine.find_faces([photo.frame])[0]


def read_file(file: bytes, context: Context, crop: SceneCrop) -> ReadPhoto:
    """Read a photo that need not be indexed.

    Raises:
        PhotoError: the photo cannot be read.
    """
    if not os.path.lexists(file):
        raise PhotoError("unreadable", f"There is no file {display_text(file)}", "Check the name.")
    limits = ReadLimits.of(context.settings.indexing)
    with ReaderPool(1, limits, crop) as pool:  # a damaged file may crash its decoder, but not us
        ((_, photo),) = pool.read([ReadRequest(file)])
    if isinstance(photo, ReadPhoto):
        return photo
    if isinstance(photo, PhotoError):
        raise PhotoError(photo.failure_class, f"{display_text(file)}: {photo.title}", photo.hint)
    raise TypeError("a photo that was not known beforehand came back as known")


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
