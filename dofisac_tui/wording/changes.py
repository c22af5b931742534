"""What a held clustering would change, in sentences."""

from dofisac_tui.clustering.run_diff import Move, ProposedRun, RunDiff
from dofisac_tui.display import display_text
from dofisac_tui.library.runs import RunKind
from dofisac_tui.wording.kinds import WORDS
from dofisac_tui.wording.numbers import counted


def move_in_words(move: Move) -> str:
    """One sentence, and what it touches."""
    touched = f" · {move.decided:,} of them in pairs you decided on" if move.decided else ""
    return f"{_sentence(move)}{touched}"


def _sentence(move: Move) -> str:
    items = items_in_words(move.kind, move.count)
    source, target = group_in_words(move, "source"), group_in_words(move, "target")
    part = (
        items if move.count == move.source_size else f"{move.count:,} of {items_in_words(move.kind, move.source_size)}"
    )
    if move.source is None:
        return f"{target} is new: {items}" if move.is_new else f"{items} would join {target}"
    if move.target is None:
        whole = move.count == move.source_size
        return f"{source} would dissolve: {items} in no group" if whole else f"{part} would leave {source}"
    if move.is_new:
        return f"{part} would leave {source} and be {target}, which is new"
    if move.count == move.source_size:
        return f"{source} would become part of {target}: {items}"
    return f"{part} would go from {source} to {target}"


def group_in_words(move: Move, side: str) -> str:
    """The name of the source or the target, or its number."""
    cluster, name = (move.source, move.source_name) if side == "source" else (move.target, move.target_name)
    if move.kind in ("scenes", "combined") and cluster is not None:
        return f"{display_text(name, 60)} (group {cluster})" if name else f"group {cluster}"
    if name:
        return display_text(name, 60)
    return f"·{cluster}" if move.kind == "people" else f"group {cluster}"


def items_in_words(kind: RunKind, count: int) -> str:
    """So many faces or photos."""
    return counted(count, "face" if kind in ("people", "combined") else "photo")


def held_in_words(held: ProposedRun) -> str:
    """All of one kind in a line."""
    return f"{WORDS[held.run.kind].capitalize()}: {difference_in_words(held.difference, held.run.kind)}"


def difference_in_words(found: RunDiff, kind: RunKind) -> str:
    """What would change, the groups first."""
    counts = (
        (len(found.merges), "merge"),
        (len(found.splits), "split"),
        (len(found.new), "group that is new"),
        (len(found.vanished), "group dissolved"),
    )
    words = [counted(count, what) for count, what in counts if count]
    what = "face" if kind in ("people", "combined") else "photo"
    items = ((len(found.moved), "moved"), (found.joined, "joining a group"), (found.left, "left in none"))
    words += [f"{counted(count, what)} {how}" for count, how in items if count]
    words += [f"{counted(found.touched, 'pair')} that you decided on"] if found.touched else []
    return ", ".join(words) or "no difference"
