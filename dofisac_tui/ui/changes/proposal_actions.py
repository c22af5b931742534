"""Accept or refuse the changes that a clustering proposes, and undo that."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from dofisac_tui.errors import QueryError
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import ledger_end
from dofisac_tui.library.runs import RunKind, current_run, propose_again, proposed_run
from dofisac_tui.wording.kinds import WORDS

if TYPE_CHECKING:
    from dofisac_tui.ui.base.library_screen import LibraryScreen


class Answered(NamedTuple):
    """An acceptance or a refusal that can be undone.

    Attributes:
        runs: The runs that were accepted or refused.
        before: The runs that were shown before; empty after a refusal.
        ledger_end: The newest decision at that time.
    """

    runs: dict[RunKind, int]
    before: dict[RunKind, int]
    ledger_end: int


async def answer_on(screen: "LibraryScreen", held: Mapping[RunKind, int], accept: bool) -> None:
    """Accept or refuse the changes that a screen shows, and report the result on it.

    Raises:
        QueryError: the changes are no longer those that were shown.
    """
    screen.say("Working …")
    app = screen.session
    answered = await app.worker.long(_accept if accept else _refuse, dict(held))
    app.undo_first = partial(_take_back_on, answered)
    screen.say_undoable(f"{'Applied' if accept else 'Refused'} the changes of {_kinds(held)}")
    await app.check_library()


async def _take_back_on(answered: Answered, screen: "LibraryScreen") -> bool:
    """Undo the last acceptance or refusal; return False if something was decided since."""
    app = screen.session
    if await app.worker.quick(ledger_end) != answered.ledger_end:
        return False
    if not await app.worker.quick(_still_holds, answered):
        return False
    screen.say("Working …")
    await app.worker.long(_take_back, answered)
    if answered.before:
        cluster = screen.key_of("cluster.now")
        screen.say(f"Undid the changes of {_kinds(answered.runs)} ({cluster}: find them again)")
    else:
        screen.say(f"Undid the refusal: the changes of {_kinds(answered.runs)} wait again.")
    await app.check_library()
    return True


def proposed_ids(library: Library, kinds: Iterable[RunKind]) -> dict[RunKind, int]:
    """Return the runs of these kinds whose changes wait."""
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
        raise QueryError("Other changes are waiting now", "Nothing was changed. Look at the new ones first.")


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
