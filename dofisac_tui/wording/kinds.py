"""Name the kinds of clusters."""

from dofisac_tui.library.runs import RunKind

WORDS: dict[RunKind, str] = {
    "people": "people",
    "phash": "near-duplicates",
    "bg": "scenes",
    "combined": "people in scenes",
}
