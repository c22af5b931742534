"""`review`: the questions whose answers would teach most."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.numbers import AT_MOST
from dofisac_tui.cli.output import json_option, print_json, print_table, say
from dofisac_tui.library.database import Library
from dofisac_tui.library.runs import current_run

if TYPE_CHECKING:
    from dofisac_tui.learning.questions import Question

SHOWN = 20


@click.command()
@click.option("--limit", type=AT_MOST, default=SHOWN, metavar="N", help="Questions at most; 20 unless given.")
@json_option
@pass_context
def review(context: Context, limit: int, as_json: bool) -> None:
    """Show the next questions: two faces each, which may be one person.

    Those come first whose answer is expected to change most: votes that are probably wrong, pairs of persons who may
    be one, faces that may be somebody's. Each tenth pair is random, for the estimates. Answer with `vote match FACE
    FACE yes` (or `no`).
    """
    from dofisac_tui.learning.queue import ReviewQueue

    with context.open_library() as library:
        queue = ReviewQueue(library)
        queue.refresh()
        questions = queue.next(limit)
        rows = _rows(library, questions)
        clustered = current_run(library, "people") is not None
    if as_json:
        print_json(rows)
    elif rows:
        _print(rows)
    elif clustered:
        say("Nothing is left to ask.")
    else:
        say("There are no persons yet to ask about. Find them with: dofisac-tui cluster people")


def _rows(library: Library, questions: "Sequence[Question]") -> list[dict[str, Any]]:
    asked = [face for question in questions for face in question.faces]
    found = library.rows(
        "SELECT face_id, path, x, y, w, h FROM faces JOIN photos USING (photo_id)"
        " WHERE face_id IN (SELECT value FROM json_each(?))",
        (json.dumps(asked),),
    )
    where = {row["face_id"]: (row["path"], [row["x"], row["y"], row["w"], row["h"]]) for row in found}
    return [
        {
            "face_a": each.face_a,
            "face_b": each.face_b,
            "match": 100 * each.match,
            "distance": each.distance,
            "settles": each.settles,
            "reason": each.reason,
            "person_a": each.person_a,
            "person_b": each.person_b,
            "path_a": where[each.face_a][0],
            "path_b": where[each.face_b][0],
            "box_a": where[each.face_a][1],
            "box_b": where[each.face_b][1],
        }
        for each in questions
        if each.face_a in where and each.face_b in where  # a photo may have been removed meanwhile
    ]


def _print(rows: list[dict[str, Any]]) -> None:
    print_table(
        ("face", "face", "match", "distance", "settles", "why", "photo", "photo"),
        [
            (
                row["face_a"],
                row["face_b"],
                f"{row['match']:5.1f} %",
                f"{row['distance']:.3f}",
                row["settles"],
                row["reason"],
                row["path_a"],
                row["path_b"],
            )
            for row in rows
        ],
    )
