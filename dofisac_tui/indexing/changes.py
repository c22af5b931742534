"""What has changed under a root since the library last looked: a merge of the walk with what is stored."""

import functools
import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dofisac_tui.config import Indexing
from dofisac_tui.indexing.scan import FoundFile, Scan, UnreadableEntry
from dofisac_tui.indexing.timeouts import LISTING_SECONDS, call_with_timeout, iterate_with_timeout
from dofisac_tui.library.database import Library
from dofisac_tui.library.failures import Failure, failures_of_root, is_due
from dofisac_tui.library.known_files import KnownFile, known_files
from dofisac_tui.library.roots import Root


@dataclass
class Changes:
    """What there is to do under one root.

    Attributes:
        to_read: Files that are new, changed, or due for another try.
        back: Ids of photos that were absent and whose very files are there again.
        gone: Photos whose files are not there any more, by id; a new file of the same content is one of them, moved.
        unreadable: What cannot be read at all, by name or stat.
        blind: Folders that cannot be listed, so that nothing is known of what is below them.
        settled: Paths of failures that are moot: their files are gone.
        unchanged: How many files are as they were.
        vanished: The whole root cannot be found, or does not answer; then everything else is of no account.
        device: Device number of the root.
    """

    root: Root
    to_read: list[FoundFile] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    gone: dict[int, KnownFile] = field(default_factory=dict)
    unreadable: list[UnreadableEntry] = field(default_factory=list)
    blind: set[bytes] = field(default_factory=set)
    settled: list[bytes] = field(default_factory=list)
    unchanged: int = 0
    vanished: bool = False
    device: int = 0


def find_changes(
    library: Library,
    root: Root,
    settings: Indexing,
    incomplete: set[int],
    force: frozenset[bytes],
    places: Sequence[bytes] | None = None,
) -> Changes:
    """Compare a root, or some places in it, with the library, reading no file.

    Args:
        places: Paths of files and folders, there or not, in any order; those outside the root are left out.
        incomplete: Ids of photos that lack the vectors of a model now in use: they are read again.
        force: Paths of failures to try again whether they are due or not.
    """
    outermost = {root.path} if places is None else _outermost(places, root.path)
    if not outermost:
        return Changes(root)
    device = device_of(root)
    if device is None:
        return Changes(root, vanished=True)
    changes = Changes(root, device=device)
    failures = failures_of_root(library, root.root_id)
    seen: set[bytes] = set()
    try:
        for place, found in _walk(root, settings, library, outermost):
            pairs = _merge(found, known_files(library, root.root_id, place))
            seen |= _compare(changes, pairs, failures, incomplete, force)
    except TimeoutError:
        return Changes(root, vanished=True)
    unseen = (path for path in failures if path not in seen and is_in(path, outermost))
    changes.settled = [path for path in unseen if not is_in(path, changes.blind)]
    nothing_left = changes.gone and not (changes.to_read or changes.unchanged or changes.back)
    if device_of(root) != device or (nothing_left and root.device not in (None, device)):
        return Changes(root, vanished=True)
    return changes


def _compare(
    changes: Changes,
    pairs: Iterator[tuple[FoundFile | UnreadableEntry | None, KnownFile | None]],
    failures: Mapping[bytes, Failure],
    incomplete: set[int],
    force: frozenset[bytes],
) -> set[bytes]:
    """Add what the pairs tell to `changes`, and return the paths of the failures among them."""
    seen: set[bytes] = set()
    for found, known in pairs:
        if found is None:
            if known is not None and not is_in(known.path, changes.blind):
                changes.gone[known.photo_id] = known
            continue
        failure = failures.get(found.path)
        if failure:
            seen.add(found.path)
        if not isinstance(found, UnreadableEntry):
            _judge(changes, found, known, failure, incomplete, force)
        elif found.path not in changes.blind:  # a closed folder above several places is met at each of them
            if found.is_folder:
                changes.blind.add(found.path)
            if failure is None or _due(failure, force):
                changes.unreadable.append(found)
    return seen


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
    return failure.path in force or is_due(failure, time.time())


def is_in(path: bytes, folders: Collection[bytes]) -> bool:
    """Whether a path is one of the folders or inside one."""
    while path not in folders:
        above = os.path.dirname(path)
        if above == path:
            return False
        path = above
    return True


def _outermost(places: Sequence[bytes], root: bytes) -> set[bytes]:
    """The places in a root, without those inside another of them."""
    wanted = {place for place in places if is_in(place, {root})}
    return {place for place in wanted if place == root or not is_in(os.path.dirname(place), wanted)}


def _merge(
    found: Iterator[FoundFile | UnreadableEntry], known: Iterator[KnownFile]
) -> Iterator[tuple[FoundFile | UnreadableEntry | None, KnownFile | None]]:
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


def device_of(root: Root) -> int | None:
    """The device of a root; None for a missing folder, an empty one where photos were, which is a disk not mounted,
    and one that does not answer."""

    def look() -> int | None:
        with os.scandir(root.path) as listing:
            if next(listing, None) is None and root.device is not None:
                return None
        return os.stat(root.path).st_dev

    try:
        return call_with_timeout(root.path, look)
    except OSError:
        return None


def _walk(
    root: Root, settings: Indexing, library: Library, places: set[bytes]
) -> Iterator[tuple[bytes, Iterator[FoundFile | UnreadableEntry]]]:
    """What is at each place; all of it must be taken before the next.

    Raises:
        TimeoutError: the root does not answer.
    """
    excluded = os.path.realpath(os.fsencode(library.folder))
    walk = call_with_timeout(root.path, lambda: Scan(root.path, settings, excluded))
    found = iterate_with_timeout(root.path, lambda: _all_below(walk, places), LISTING_SECONDS, lambda: walk.listed)
    for place in places:
        yield place, iter(functools.partial(next, found), None)


def _all_below(walk: Scan, places: Iterable[bytes]) -> Iterator[FoundFile | UnreadableEntry | None]:
    """What is at each place, and None after each."""
    for place in places:
        yield from walk.below(place)
        yield None
