"""What has changed under a root since the library last looked: a merge of the walk with what is stored."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from dofisac_tui.config import Indexing
from dofisac_tui.indexing.scan import FoundFile, Scan, Unreadable
from dofisac_tui.library.database import Library
from dofisac_tui.library.failures import Failure, failures_of_root
from dofisac_tui.library.photos import KnownFile, known_files
from dofisac_tui.library.roots import Root


@dataclass
class Changes:
    """What there is to do under one root.

    Attributes:
        to_read: Files that are new, changed, or due for another try.
        back: Ids of photos that were absent and whose very files are there again.
        gone: Photos whose files are not there any more, by id; a new file of the same content is one of them, moved.
        unreadable: What cannot be read at all, by name or stat.
        settled: Paths of failures that are moot: their files are gone.
        unchanged: How many files are as they were.
        vanished: The whole root cannot be found; then everything else is empty.
        device: Device number of the root.
    """

    root: Root
    to_read: list[FoundFile] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    gone: dict[int, KnownFile] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    settled: list[bytes] = field(default_factory=list)
    unchanged: int = 0
    vanished: bool = False
    device: int = 0


def find_changes(
    library: Library, root: Root, settings: Indexing, incomplete: set[int], force: frozenset[bytes]
) -> Changes:
    """Compare a root with the library, reading no file.

    Args:
        incomplete: Ids of photos that lack the vectors of a model now in use: they are read again.
        force: Paths of failures to try again whether they are due or not.
    """
    device = _device(root)
    if device is None:
        return Changes(root, vanished=True)
    changes = Changes(root, device=device)
    failures = failures_of_root(library, root.root_id)
    blind: list[bytes] = []
    seen_failures: set[bytes] = set()
    walk = Scan(root.path, settings, os.path.realpath(os.fsencode(library.folder)))
    for found, known in _merge(iter(walk), known_files(library, root.root_id)):
        if found is None:
            if known is not None and not any(known.path.startswith(folder + b"/") for folder in blind):
                changes.gone[known.photo_id] = known
            continue
        failure = failures.get(found.path)
        seen_failures.add(found.path)
        if isinstance(found, Unreadable):
            if found.is_folder:
                blind.append(found.path)
            if failure is None or _due(failure, force):
                changes.unreadable.append(found)
        else:
            _judge(changes, found, known, failure, incomplete, force)
    changes.settled = [
        path for path in failures if path not in seen_failures and not any(path.startswith(b + b"/") for b in blind)
    ]
    nothing_left = changes.gone and not (changes.to_read or changes.unchanged or changes.back)
    if _device(root) != device or (nothing_left and root.device not in (None, device)):
        return Changes(root, vanished=True)
    return changes


def _judge(
    changes: Changes,
    found: FoundFile,
    known: KnownFile | None,
    failure: Failure | None,
    incomplete: set[int],
    force: frozenset[bytes],
) -> None:
    same_failure = failure and (failure.size, failure.mtime_ns) == (found.size, found.mtime_ns)
    if failure and same_failure and not _due(failure, force):
        return
    same = known and (known.size, known.mtime_ns) == (found.size, found.mtime_ns) and not failure
    if not known or not same or known.photo_id in incomplete:
        changes.to_read.append(found)
    elif known.absent:
        changes.back.append(known.photo_id)
    else:
        changes.unchanged += 1


def _due(failure: Failure, force: frozenset[bytes]) -> bool:
    return failure.path in force or (failure.next_try is not None and failure.next_try <= time.time())


def _merge(
    found: Iterator[FoundFile | Unreadable], known: Iterator[KnownFile]
) -> Iterator[tuple[FoundFile | Unreadable | None, KnownFile | None]]:
    """Join two sequences sorted by path; None stands where one side lacks the path."""
    here, there = next(found, None), next(known, None)
    while here or there:
        if there is None or (here and here.path < there.path):
            yield here, None
            here = next(found, None)
        elif here is None or there.path < here.path:
            yield None, there
            there = next(known, None)
        else:
            yield here, there
            here, there = next(found, None), next(known, None)


def _device(root: Root) -> int | None:
    """The device of a root; None for a missing folder, or an empty one where photos were: a disk not mounted."""
    try:
        with os.scandir(root.path) as listing:
            if next(listing, None) is None and root.device is not None:
                return None
        return os.stat(root.path).st_dev
    except OSError:
        return None
