"""`search`: photos by words, by a face, by likeness, or all of these together."""

import os
import time
from dataclasses import asdict
from typing import Any

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.faces_command import read_faces, read_file
from dofisac_tui.cli.numbers import AT_MOST, ID
from dofisac_tui.cli.output import json_option, print_json, print_table, say
from dofisac_tui.errors import QueryError
from dofisac_tui.library.database import Library
from dofisac_tui.search.query import Query, parse_query, quoted
from dofisac_tui.search.search import Example, Hit, PhotoSearch


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

    QUERY holds words, -words to leave out, @name for a person, after:2019, before:2021-06, in:FOLDER and p>0.8. It
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


def _example(context: Context, library: Library, searching: PhotoSearch, options: dict[str, Any]) -> Example | None:
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
        return Example(engine.space, engine.embed_photos(photo.scene_crop[None])[0])
    return None


def _face_example(context: Context, library: Library, file: bytes, number: int | None) -> Example:
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
    return Example(engine.space, faces[(number or 1) - 1].embedding)


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
