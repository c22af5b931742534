"""List the copies that need not be kept, for the user's own tools. No photo is ever touched."""

import csv
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from dofisac_tui.errors import InterchangeError
from dofisac_tui.files import replacing
from dofisac_tui.library.clusters import ClusterMember, clusters_page
from dofisac_tui.library.database import Library
from dofisac_tui.library.photo_votes import answers_in_groups, photo_answer

Copies = Literal["judged", "all"]
"""`judged`: exact copies, and photos voted the same picture as the one to keep; `all`: every near-duplicate but those
voted to be different."""

COPIES: tuple[Copies, ...] = get_args(Copies)
FORMATS = (".txt", ".csv", ".json")

_PAGE = 256  # groups read at once


@dataclass(frozen=True)
class DuplicateCopy:
    """The photo to keep of one group, and its copies that need not be."""

    kept: ClusterMember
    copies: list[ClusterMember]


def duplicate_copies(library: Library, chosen: Copies) -> Iterator[DuplicateCopy]:
    """Return the current groups of near-duplicates that have such copies, in the order in which they are shown."""
    offset = 0
    while groups := clusters_page(library, "duplicates", offset, _PAGE):
        answers = answers_in_groups(library, groups)
        for group in groups:
            kept, *others = group.members
            said = [(each, "same-picture" if each.exact else photo_answer(answers, kept, each)) for each in others]
            wanted = ("same-picture",) if chosen == "judged" else ("same-picture", None)
            copies = [each for each, answer in said if answer in wanted]
            if copies:
                yield DuplicateCopy(kept, copies)
        offset += _PAGE


def export_copies(library: Library, chosen: Copies, path: Path) -> int:
    """Write the copies to a file, which is replaced as a whole.

    Its ending says how: `.txt` has one path a line and `.csv` the photo to keep and its copy, both with the very bytes
    of the paths. `.json` is `[{"keep": path, "copies": [path, ...]}, ...]`, where bytes that are not UTF-8 are lone
    surrogates (`os.fsdecode`).

    Returns:
        How many copies were written.

    Raises:
        InterchangeError: the ending is another, a path cannot stand on a line, or the file cannot be written.
    """
    if path.suffix not in FORMATS:
        raise InterchangeError(f"{path.name} has an unknown ending", f"Choose one of {', '.join(FORMATS)}.")
    choices = list(duplicate_copies(library, chosen))
    content = _content(choices, path.suffix)
    try:
        with replacing(path) as building:
            building.write_bytes(content)
    except OSError as error:
        raise InterchangeError(f"The list cannot be written: {error.strerror}", "Choose another file.") from error
    return sum(len(choice.copies) for choice in choices)


def _content(choices: list[DuplicateCopy], ending: str) -> bytes:
    if ending == ".json":
        entries = [
            {"keep": os.fsdecode(each.kept.path), "copies": [os.fsdecode(copy.path) for copy in each.copies]}
            for each in choices
        ]
        return json.dumps(entries, indent=1).encode("ascii")
    if ending == ".csv":
        table = io.StringIO(newline="")
        writer = csv.writer(table)
        writer.writerow(("keep", "copy"))
        writer.writerows(
            (os.fsdecode(each.kept.path), os.fsdecode(copy.path)) for each in choices for copy in each.copies
        )
        return table.getvalue().encode("utf-8", "surrogateescape")
    paths = [copy.path for each in choices for copy in each.copies]
    if any(b"\n" in path for path in paths):
        raise InterchangeError("A file name holds a line break, which a list of lines cannot", "Write .csv or .json.")
    return b"".join(path + b"\n" for path in paths)
