"""Asking who somebody is, on all screens where persons get their names."""

from collections.abc import Sequence

from dofisac_tui.library.database import Library
from dofisac_tui.library.people import merge_people, name_person
from dofisac_tui.library.people_views import PersonRow, names_of_people, person_row
from dofisac_tui.ui.base.library_screen import SOURCE, LibraryScreen
from dofisac_tui.ui.people.reassign_faces import known_person
from dofisac_tui.ui.search.completion import fitting
from dofisac_tui.wording.people import called, faces


class NamingScreen(LibraryScreen):
    """Names are completed, and two persons of one name become one if they are."""

    async def ask_who(self, label: str, value: str = "") -> str | None:
        """A name, completed from those that are known; None where the person left, or gave none."""
        names = await self.dofisac.desk.quick(names_of_people)

        async def suggest(text: str) -> Sequence[str]:
            return fitting(text, names)

        answer = await self.ask(label, value, suggest, replace=True)
        return " ".join(answer.split()) or None if answer else None

    async def agree(self, question: str) -> bool:
        """A question that enter answers with yes, and escape with no."""
        answer = await self.ask(question, "yes", replace=True)
        return answer is not None and answer.strip().casefold() in ("y", "yes")

    async def call(self, person_id: int, name: str) -> None:
        """Give a name; where somebody has it already, offer to make the two one."""
        known = await self.dofisac.desk.quick(_known, name)
        if known is None or known.person_id == person_id:
            vote = await self.dofisac.desk.quick(name_person, person_id, name, SOURCE)
            self.say(f"This is {called(name, person_id)} now.")
        else:
            there = called(known.name, known.person_id)
            if not await self.agree(f"{there} is known, {faces(known.faces)}. Are they one person?"):
                self.say("Nothing was changed: two persons cannot have one name.")
                return
            vote = await self.dofisac.desk.quick(merge_people, known.person_id, person_id, SOURCE)
            self.say(f"They are one person now: {there}. {self.key_of('vote.undo')} takes it back.")
        self.decided(vote)


def _known(library: Library, name: str) -> PersonRow | None:
    person_id = known_person(library, name)
    return None if person_id is None else person_row(library, person_id)
