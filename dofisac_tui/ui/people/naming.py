"""Ask for the names of persons, on all screens that name them."""

from collections.abc import Sequence

from dofisac_tui.display import display_text
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import Vote
from dofisac_tui.library.people import merge_people, name_person
from dofisac_tui.library.people_views import PersonRow, names_of_people, person_row
from dofisac_tui.ui.base.library_screen import SOURCE, LibraryScreen
from dofisac_tui.ui.people.reassign_faces import give_faces, known_person
from dofisac_tui.ui.widgets.name_matching import matching_names
from dofisac_tui.wording.numbers import counted
from dofisac_tui.wording.people import called


async def ask_name(screen: LibraryScreen, label: str, value: str = "") -> str | None:
    """Ask for a name, completed from the known ones; None if the user cancels or gives none."""
    names = await screen.session.worker.quick(names_of_people)

    async def suggest(text: str) -> Sequence[str]:
        return matching_names(text, names)

    answer = await screen.ask(label, value, suggest, replace=True)
    return " ".join(answer.split()) or None if answer else None


async def name_on(screen: LibraryScreen, person_id: int, name: str) -> None:
    """Name a person; if another person has the name, offer to merge the two."""
    desk = screen.session.worker
    known = await desk.quick(_known, name)
    if known is None or known.person_id == person_id:
        vote = await desk.quick(name_person, person_id, name, SOURCE)
        screen.say(f"Named {called(name, person_id)}.")
    else:
        there = called(known.name, known.person_id)
        if not await _agree(screen, f"{there} exists ({counted(known.faces, 'face')}). Merge them?"):
            screen.say("Nothing changed: two people cannot have the same name.")
            return
        vote = await desk.quick(merge_people, known.person_id, person_id, SOURCE)
        screen.say_undoable(f"Merged ·{person_id} into {there}")
    screen.decided(vote)


async def assign_on(screen: LibraryScreen, owner: int | None, face_ids: Sequence[int]) -> Vote | None:
    """Ask for a name, and assign faces to that known or new person; None if the user cancels.

    Args:
        owner: The person of the faces; None for unassigned faces.
    """
    many = len(face_ids) > 1
    name = await ask_name(screen, f"Who are these {len(face_ids):,} faces?" if many else "Who is this?")
    if name is None:
        return None
    target = await screen.session.worker.quick(known_person, name)
    vote = await screen.session.worker.quick(give_faces, owner, face_ids, target, name, SOURCE)
    screen.say_undoable(f'Assigned {counted(len(face_ids), "face")} to "{display_text(name, 60)}"')
    return vote


async def _agree(screen: LibraryScreen, question: str) -> bool:
    answer = await screen.ask(question, "yes", replace=True)
    return answer is not None and answer.strip().casefold() in ("y", "yes")


def _known(library: Library, name: str) -> PersonRow | None:
    person_id = known_person(library, name)
    return None if person_id is None else person_row(library, person_id)
