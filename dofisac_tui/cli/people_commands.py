"""`people`: who is in the photos; naming, merging and splitting."""

import click

from dofisac_tui.cli.context import Context
from dofisac_tui.cli.output import ID, json_option, print_json, print_table, say
from dofisac_tui.cli.vote_commands import SOURCE, decision
from dofisac_tui.interchange.json_rows import person_row
from dofisac_tui.library import people as persons
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import Vote
from dofisac_tui.library.runs import current_run


@click.group(invoke_without_command=True)
@click.option("--ignored", is_flag=True, help="Also the strangers that are ignored.")
@json_option
@click.pass_context
def people(ctx: click.Context, ignored: bool, as_json: bool) -> None:
    """Show the persons of the library: those with a name first, then the most photographed."""
    if ctx.invoked_subcommand is None:
        _show(ctx.find_object(Context) or Context(None), ignored, as_json)


def _show(context: Context, ignored: bool, as_json: bool) -> None:
    with context.open_library() as library:
        searched = current_run(library, "people") is not None
        found = [each for each in persons.list_people(library) if ignored or not each.ignored]
    if as_json:
        print_json([person_row(each) for each in found])
    elif found:
        print_table(("id", "name", "faces", "photos"), [(p.person_id, p.name, p.faces, p.photos) for p in found])
    elif searched:
        say("Nobody was found. After a change, look again with: dofisac-tui cluster people")
    else:
        say("Nobody is known yet. Find people with: dofisac-tui cluster people")


@people.command()
@click.argument("person_id", metavar="ID", type=ID)
@click.argument("name", nargs=-1, required=True)
@decision
def name(library: Library, person_id: int, name: tuple[str, ...]) -> Vote:
    """Name the person ID, or rename."""
    return persons.name_person(library, person_id, " ".join(name), SOURCE)


@people.command()
@click.argument("person_id", metavar="A", type=ID)
@click.argument("other_id", metavar="B", type=ID)
@decision
def merge(library: Library, person_id: int, other_id: int) -> Vote:
    """Say that the persons A and B are one, who keeps the id and the name of A."""
    return persons.merge_people(library, person_id, other_id, SOURCE)


@people.command()
@click.argument("person_id", metavar="ID", type=ID)
@click.argument("face_ids", metavar="FACE...", type=ID, nargs=-1, required=True)
@decision
def split(library: Library, person_id: int, face_ids: tuple[int, ...]) -> Vote:
    """Say that some faces of the person ID are another person, who gets an id at once."""
    return persons.split_person(library, person_id, face_ids, SOURCE)


@people.command()
@click.argument("person_id", metavar="ID", type=ID)
@click.argument("face_id", metavar="FACE", type=ID)
@decision
def remove(library: Library, person_id: int, face_id: int) -> Vote:
    """Say that FACE is not the person ID; who it is stays open."""
    return persons.remove_face(library, person_id, face_id, SOURCE)


@people.command()
@click.argument("person_id", metavar="ID", type=ID)
@click.option("--not", "back", is_flag=True, help="Show this person again.")
@decision
def ignore(library: Library, person_id: int, back: bool) -> Vote:
    """Take the person ID for a stranger who is not shown, now and in later runs."""
    return persons.ignore_person(library, person_id, not back, SOURCE)
