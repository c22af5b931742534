"""`vote`: decisions, each a row of the ledger."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, get_args

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import ID, KindChoice, json_option, print_json, print_table
from dofisac_tui.interchange.json_rows import vote_row
from dofisac_tui.library import voting
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import Vote
from dofisac_tui.library.runs import RUN_KINDS

SOURCE = "cli"


@click.group()
def vote() -> None:
    """Decide: the same person or not, how good a cluster is; or take it back.

    Every decision holds in all later clusterings, and none is ever overwritten.
    """


def decision(command: Callable[..., Vote | list[Vote]]) -> Callable[..., None]:
    """Make a command of a function that takes a library and casts a vote, or several as one act: print the rows."""

    @json_option
    @pass_context
    @functools.wraps(command)
    def run(context: Context, /, as_json: bool, **arguments: Any) -> None:
        with context.open_library(read_only=False) as library:
            show_vote(command(library, **arguments), as_json)

    return run


@vote.command()
@click.argument("face_a", type=ID)
@click.argument("face_b", type=ID)
@click.argument("answer", type=click.Choice(get_args(voting.YesNo)))
@decision
def match(library: Library, face_a: int, face_b: int, answer: voting.YesNo) -> Vote:
    """Say whether FACE_A and FACE_B are the same person."""
    from dofisac_tui.matching.evidence import cast_match

    return cast_match(library, face_a, face_b, answer, SOURCE)


@vote.command()
@click.argument("cluster_id", metavar="ID", type=ID)
@click.argument("score", type=click.IntRange(0, 6))
@click.option("--kind", type=KindChoice(RUN_KINDS), default="people", help="Of which clusters; people unless given.")
@decision
def cluster(library: Library, cluster_id: int, score: int, kind: str) -> Vote:
    """Score the cluster ID from 1 (wrong) to 6 (perfect); 0 takes a score back."""
    return voting.vote_cluster(library, kind, cluster_id, score, SOURCE)


@vote.command()
@click.argument("face_id", metavar="FACE", type=ID)
@click.argument("answer", type=click.Choice(get_args(voting.YesNo)))
@decision
def face(library: Library, face_id: int, answer: voting.YesNo) -> Vote:
    """Say whether FACE is a face at all."""
    return voting.vote_face(library, face_id, answer, SOURCE)


@vote.command()
@click.argument("photo_a", type=ID)
@click.argument("photo_b", type=ID)
@click.argument("verdict", type=click.Choice(get_args(voting.PhotoAnswer)))
@decision
def photos(library: Library, photo_a: int, photo_b: int, verdict: voting.PhotoAnswer) -> Vote:
    """Say what the photos PHOTO_A and PHOTO_B are to each other."""
    return voting.vote_photos(library, photo_a, photo_b, verdict, SOURCE)


@vote.command()
@click.argument("photo_id", metavar="PHOTO", type=ID)
@decision
def keep(library: Library, photo_id: int) -> Vote:
    """Say that PHOTO is the one to keep of its near-duplicates."""
    return voting.keep_photo(library, photo_id, SOURCE)


@vote.command()
@click.argument("photo_id", metavar="PHOTO", type=ID)
@click.argument("reason", type=click.Choice(get_args(voting.Excuse)))
@decision
def excuse(library: Library, photo_id: int, reason: voting.Excuse) -> Vote:
    """Say why PHOTO may show one person twice; `no` takes that back."""
    return voting.excuse_photo(library, photo_id, reason, SOURCE)


@vote.command()
@click.argument("vote_id", metavar="[VOTE]", type=ID, required=False)
@decision
def undo(library: Library, vote_id: int | None) -> list[Vote]:
    """Take back the newest decision, or the one with the number VOTE.

    A decision on several at once, such as a verdict on a whole group, is taken back as a whole.
    """
    return voting.undo(library, SOURCE, vote_id)


@vote.command()
@decision
def redo(library: Library) -> list[Vote]:
    """Take back the newest undo."""
    return voting.redo(library, SOURCE)


def show_vote(cast: Vote | list[Vote], as_json: bool) -> None:
    """Print one row of the ledger, or for JSON, a list of them where there are several."""
    rows = cast if isinstance(cast, list) else [cast]
    if as_json:
        print_json(vote_row(rows[0]) if len(rows) == 1 else [vote_row(each) for each in rows])
    else:
        print_votes(rows)


def print_votes(found: Sequence[Vote]) -> None:
    """Print rows of the ledger for people."""
    print_table(
        ("vote", "kind", "answer", "about", "match"),
        [
            (
                each.vote_id,
                each.kind,
                each.answer,
                _about(each),
                None if each.probability is None else f"{100 * each.probability:.0f} %",
            )
            for each in found
        ],
    )


def _about(cast: Vote) -> str:
    if cast.undoes is not None:
        return f"vote {cast.undoes}"
    about = cast.about
    persons = [str(about[part]) for part in ("person", "other", "into") if part in about]
    if persons:
        return f"person{'s' * (len(persons) > 1)} {' and '.join(persons)}"
    if "size" in about:
        return f"{about['size']} {'faces' if about['kind'] == 'people' else 'photos'}"
    sides = [(cast.content_a, cast.box_a), (cast.content_b, cast.box_b)]
    return " and ".join(f"{content[:8]} {box or ''}".strip() for content, box in sides if content)
