"""Describe what a held clustering would change."""

from dofisac_tui.clustering.run_diff import Move, ProposedRun, RunDiff
from dofisac_tui.display import display_text
from dofisac_tui.library.runs import RunKind
from dofisac_tui.wording.kinds import WORDS
from dofisac_tui.wording.numbers import counted


def move_in_words(move: Move) -> str:
    """Describe one move, and the decisions it touches."""
    touched = f" · {move.decided:,} of them in pairs you decided" if move.decided else ""
    return f"{_sentence(move)}{touched}"


def _sentence(move: Move) -> str:
    items = items_in_words(move.kind, move.count)
    source, target = group_in_words(move, "source"), group_in_words(move, "target")
    part = (
        items if move.count == move.source_size else f"{move.count:,} of {items_in_words(move.kind, move.source_size)}"
    )
    if move.source is None:
        return f"New: {target}, {items}" if move.is_new else f"{items} would join {target}"
    if move.target is None:
        whole = move.count == move.source_size
        return f"{source} would dissolve: {items}" if whole else f"{part} would leave {source}"
    if move.is_new:
        return f"{part} would leave {source} for new {target}"
    if move.count == move.source_size:
        return f"{source} would merge into {target}: {items}"
    return f"{part} would move from {source} to {target}"


def group_in_words(move: Move, side: str) -> str:
    """Return the name or the number of a source or a target."""
    cluster, name = (move.source, move.source_name) if side == "source" else (move.target, move.target_name)
    if move.kind in ("scenes", "combined") and cluster is not None:
        return f"{display_text(name, 60)} (group {cluster})" if name else f"group {cluster}"
    if name:
        return display_text(name, 60)
    return f"·{cluster}" if move.kind == "people" else f"group {cluster}"


def items_in_words(kind: RunKind, count: int) -> str:
    """Count the faces or photos of a clustering."""
    return counted(count, "face" if kind in ("people", "combined") else "photo")


def held_in_words(held: ProposedRun) -> str:
    """Summarize all changes of one kind in a line."""
    return f"{WORDS[held.run.kind].capitalize()}: {difference_in_words(held.difference, held.run.kind)}"


def difference_in_words(found: RunDiff, kind: RunKind) -> str:
    """Count the changes, groups first."""
    counts = (
        (len(found.merges), "merge"),
        (len(found.splits), "split"),
        (len(found.new), "group added"),
        (len(found.vanished), "group dissolved"),
    )
    words = [counted(count, what) for count, what in counts if count]
    items = ((len(found.moved), "moved"), (found.joined, "joining a group"), (found.left, "leaving"))
    words += [f"{items_in_words(kind, count)} {how}" for count, how in items if count]
    words += [f"{counted(found.touched, 'pair')} you decided"] if found.touched else []
    return ", ".join(words) or "no difference"
