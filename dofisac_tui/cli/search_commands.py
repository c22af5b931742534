"""`search`: photos by words, by a face, by likeness, or all of these together."""

import contextlib
import os
import time
from dataclasses import asdict
from typing import Any

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import AT_MOST, ID, json_option, print_json, print_table, say
from dofisac_tui.display import display_text
from dofisac_tui.engines.protocols import DetectedFace, FaceEngine, SceneCrop
from dofisac_tui.engines.quality import face_quality
from dofisac_tui.errors import PhotoError, QueryError
from dofisac_tui.imaging.photo import ReadLimits, ReadPhoto
from dofisac_tui.imaging.reader_pool import ReaderPool, ReadRequest
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.photos import faces_of_file
from dofisac_tui.search.photo_search import Hit, PhotoSearch, SearchExample
from dofisac_tui.search.query import Query, parse_query, quoted


@click.command(context_settings={"ignore_unknown_options": True})  # -sunset is a word to leave out
@click.argument("query", nargs=-1)
@click.option("--face", type=click.Path(), metavar="FILE", help="Photos of the person in this photo.")
@click.option("--face-number", type=click.IntRange(1), metavar="N", help="Which face of --face; the largest is 1.")
@click.option("--face-id", type=ID, metavar="ID", help="Photos of the person of an indexed face.")
@click.option("--like", type=click.Path(), metavar="FILE", help="Photos like this one.")
@click.option("--person", metavar="NAME", help="Photos of the person with this name.")
@click.option("--text", metavar="T", help="Photos of what this says, every word of it taken as it is.")
@click.option("--limit", type=AT_MOST, metavar="N", help="Photos at most; 50 unless the settings differ.")
@click.option("--all", "everything", is_flag=True, help="Also photos whose Match is below the cut-off.")
@json_option
@pass_context
def search(context: Context, /, query: tuple[str, ...], **options: Any) -> None:
    """Find photos, best first.

    QUERY holds words, -words to leave out, @name for a person, after:2019, before:2021-06, in:FOLDER and p>80. It
    can be combined with a face or a photo to look for: everything said must hold.
    """
    began = time.monotonic()
    settings = context.settings.search
    with context.open_library() as library:
        searching = PhotoSearch(library)
        example = _example(context, library, searching, options)
        parsed = _query(query, options["text"], example is not None or options["person"] is not None)
        if options["person"] is not None:
            parsed = parsed._replace(people=(options["person"], *parsed.people))
        hits = searching.find(
            example,
            parsed,
            context.searching_scenes(library) if parsed.needs_words else None,
            limit=options["limit"] or settings.limit,
            cut_off=0.0 if options["everything"] else settings.cut_off,
        )
        seconds = time.monotonic() - began
        _show(hits, options["as_json"], seconds)
        searching.save()


def _query(words: tuple[str, ...], text: str | None, has_example: bool) -> Query:
    line = " ".join(words)
    if text is not None:
        if words:
            raise click.UsageError("Give the words either as QUERY or as --text, not both.")
        line = quoted(text) if text.strip() else ""
    elif stray := [word for word in words if word.startswith("--")]:
        raise click.NoSuchOption(stray[0])
    if not line.strip() and text is None and has_example:
        return Query()
    return parse_query(line)


def _example(
    context: Context, library: Library, searching: PhotoSearch, options: dict[str, Any]
) -> SearchExample | None:
    given = [name for name in ("face", "face_id", "like") if options[name] is not None]
    if len(given) > 1:
        raise click.UsageError("Give only one of --face, --face-id and --like.")
    if options["face_number"] and given != ["face"]:
        raise click.UsageError("--face-number goes with --face.")
    if options["face"] is not None:
        return _face_example(context, library, os.fsencode(options["face"]), options["face_number"])
    if options["face_id"] is not None:
        return searching.indexed_face(options["face_id"])
    if options["like"] is not None:
        engine = context.searching_scenes(library)
        photo = read_file(os.fsencode(options["like"]), context, engine.crop)
        return SearchExample(engine.space, engine.embed_photos(photo.scene_crop[None])[0])
    return None


def _face_example(context: Context, library: Library, file: bytes, number: int | None) -> SearchExample:
    engine = context.searching_faces(library)
    _, faces = read_faces(file, context, engine)
    if not faces:
        raise QueryError("No face was found in this photo", "Choose another, or look for likeness with --like FILE.")
    if number is None and len(faces) > 1:
        say(f"{len(faces)} faces in this photo; looking for the largest. Choose another with --face-number N.")
    if (number or 1) > len(faces):
        raise QueryError(
            f"There is no face number {number} in this photo: it has {len(faces)}", "See: dofisac-tui faces FILE"
        )
    return SearchExample(engine.space, faces[(number or 1) - 1].embedding)


def _show(hits: list[Hit], as_json: bool, seconds: float) -> None:
    if as_json:
        print_json([asdict(hit) for hit in hits])
        return
    if hits:
        print_table(
            ("match", "distance", "path"), [(f"{hit.match:5.1f} %", f"{hit.distance:.3f}", hit.path) for hit in hits]
        )
    found = f"{len(hits)} photo{'s' * (len(hits) != 1)}" if hits else "No photo matches"
    say(f"{found}, {seconds:.2f} s." + ("" if hits else " See those that come nearest with --all."))


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
            "person_id": row["person_id"],
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
        "person_id": None,
        "person": None,
    }
