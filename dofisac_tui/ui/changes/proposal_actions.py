"""Answers to what a clustering holds back: accepted or refused, and taken back by the key that undoes."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from dofisac_tui.errors import QueryError
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import ledger_end
from dofisac_tui.library.runs import RunKind, current_run, propose_again, proposed_run
from dofisac_tui.wording.kinds import WORDS

if TYPE_CHECKING:
    from dofisac_tui.ui.base.library_screen import LibraryScreen


class Answered(NamedTuple):
    """An answer that can be taken back.

    Attributes:
        runs: What was accepted or refused.
        before: What was shown before; of a refusal, nothing.
        ledger_end: The newest decision at that time.
    """

    runs: dict[RunKind, int]
    before: dict[RunKind, int]
    ledger_end: int


async def answer_on(screen: "LibraryScreen", held: Mapping[RunKind, int], accept: bool) -> None:
    """Accept or refuse runs that a screen shows as held back, and tell on it what came of it.

    Raises:
        QueryError: other changes wait by now.
    """
    screen.say("Working …")
    app = screen.dofisac
    app.answered = await app.desk.long(_accept if accept else _refuse, dict(held))
    undo = screen.key_of("vote.undo")
    screen.say(f"The changes of {_kinds(held)} are {'applied' if accept else 'refused'}; {undo} takes it back.")
    await app.look()


async def take_back_on(screen: "LibraryScreen") -> bool:
    """Take the last answer back, unless something was decided since; whether there was one."""
    app = screen.dofisac
    answered, app.answered = app.answered, None
    if answered is None or await app.desk.quick(ledger_end) != answered.ledger_end:
        return False
    if not await app.desk.quick(_still_holds, answered):
        return False
    screen.say("Working …")
    await app.desk.long(_take_back, answered)
    if answered.before:
        cluster = screen.key_of("cluster.now")
        screen.say(f"Undone: the changes of {_kinds(answered.runs)} were applied; {cluster} looks for them again.")
    else:
        screen.say(f"Undone: the changes of {_kinds(answered.runs)} wait for you again.")
    await app.look()
    return True


def proposed_ids(library: Library, kinds: Iterable[RunKind]) -> dict[RunKind, int]:
    """Which runs of these kinds wait for an answer."""
    return {kind: run.run_id for kind in kinds if (run := proposed_run(library, kind))}


def _accept(library: Library, held: dict[RunKind, int]) -> Answered:
    from dofisac_tui.clustering.run import roll_back

    _require_unchanged(library, held)
    before = {kind: run.run_id for kind in held if (run := current_run(library, kind))}
    for kind, run_id in held.items():
        roll_back(library, kind, run_id)
    return Answered(held, before, ledger_end(library))


def _refuse(library: Library, held: dict[RunKind, int]) -> Answered:
    from dofisac_tui.clustering.run import refuse_proposed

    _require_unchanged(library, held)
    refuse_proposed(library, held)
    return Answered(held, {}, ledger_end(library))


def _require_unchanged(library: Library, held: dict[RunKind, int]) -> None:
    if proposed_ids(library, held) != held:
        raise QueryError("Other changes wait by now than those you saw", "Nothing was done; look at the new ones.")


def _still_holds(library: Library, answered: Answered) -> bool:
    if not answered.before:
        return not proposed_ids(library, answered.runs)
    shown = {kind: run.run_id for kind in answered.runs if (run := current_run(library, kind))}
    return shown == answered.runs


def _take_back(library: Library, answered: Answered) -> None:
    from dofisac_tui.clustering.run import roll_back

    for kind, run_id in answered.before.items():
        roll_back(library, kind, run_id)
    if not answered.before:
        with library.write(durable=True) as connection:
            for run_id in answered.runs.values():
                propose_again(connection, run_id)


def _kinds(runs: Mapping[RunKind, int]) -> str:
    return " and ".join(WORDS[kind] for kind in runs)
