"""Name the kinds of clusters."""

from dofisac_tui.library.runs import RunKind

WORDS: dict[RunKind, str] = {
    "people": "people",
    "duplicates": "near-duplicates",
    "scenes": "scenes",
    "combined": "people in scenes",
}
