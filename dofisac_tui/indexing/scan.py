"""Walking a root: every photo file under it, by name and stat alone."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from dofisac_tui.config import Indexing
from dofisac_tui.errors import PhotoError
from dofisac_tui.imaging.formats import is_photo_name
from dofisac_tui.indexing.ignore import NO_MEDIA, IgnoreRules, is_system_name


@dataclass(frozen=True)
class FoundFile:
    """A regular file whose name is a photo's."""

    path: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Unreadable:
    """A file that cannot be a photo although its name is one's, or a folder that cannot be listed.

    Attributes:
        is_folder: What is below it is then unknown, which is not the same as gone.
    """

    path: bytes
    error: PhotoError
    is_folder: bool


class Scan:
    """One walk through a root.

    Args:
        root: Absolute path.
        settings: Whether hidden files are read and links to folders entered.
        excluded: A folder that is never entered: the library's own.
    """

    def __init__(self, root: bytes, settings: Indexing, excluded: bytes) -> None:
        self._root = root
        self._settings = settings
        self._excluded = excluded
        self._entered: set[tuple[int, int]] = set()

    def __iter__(self) -> Iterator[FoundFile | Unreadable]:
        """Yield in the order of full path bytes, so that it can be merged with a sorted query."""
        return self._folder(self._root, IgnoreRules())

    def _folder(self, folder: bytes, rules: IgnoreRules) -> Iterator[FoundFile | Unreadable]:
        try:
            with os.scandir(folder) as listing:
                entries = list(listing)
            names = {entry.name for entry in entries}
            rules = rules.entering(folder, names)
        except OSError as error:
            yield Unreadable(folder, _plain(error, "folder"), is_folder=True)
            return
        if NO_MEDIA in names:
            return
        # a folder sorts as its name with a slash: that is where the paths below it stand
        for _, entry, is_folder in sorted(
            ((entry.name + b"/" * is_folder, entry, is_folder) for entry, is_folder in map(self._kind, entries)),
            key=lambda item: item[0],
        ):
            if is_system_name(entry.name, self._settings.hidden) or rules.ignores(entry.path, is_folder):
                continue
            if is_folder:
                if self._may_enter(entry):
                    yield from self._folder(entry.path, rules)
            elif is_photo_name(entry.name):
                yield _file(entry)

    def _kind(self, entry: os.DirEntry[bytes]) -> tuple[os.DirEntry[bytes], bool]:
        try:
            return entry, entry.is_dir()
        except OSError:  # a link in a circle: not a folder, and as a file it says so itself
            return entry, False

    def _may_enter(self, entry: os.DirEntry[bytes]) -> bool:
        """Links only where wanted, each real folder once, and never the library itself."""
        if entry.is_symlink() and not self._settings.follow_links:
            return False
        if entry.path == self._excluded or os.path.realpath(entry.path) == self._excluded:
            return False
        if not self._settings.follow_links:
            return True
        try:
            facts = entry.stat()
        except OSError:
            return True  # listing it will say what is wrong
        identity = (facts.st_dev, facts.st_ino)
        fresh = identity not in self._entered
        self._entered.add(identity)
        return fresh


def _file(entry: os.DirEntry[bytes]) -> FoundFile | Unreadable:
    try:
        facts = entry.stat()
    except OSError as error:
        return Unreadable(entry.path, _plain(error, "file"), is_folder=False)
    if not stat.S_ISREG(facts.st_mode):
        return Unreadable(entry.path, PhotoError("unsupported", "This is not a regular file"), is_folder=False)
    return FoundFile(entry.path, facts.st_size, facts.st_mtime_ns)


def _plain(error: OSError, what: str) -> PhotoError:
    reasons = {
        errno.EACCES: f"There is no permission to read this {what}",
        errno.ELOOP: "This link leads in a circle",
        errno.ENOENT: "This link leads nowhere",
    }
    return PhotoError("unreadable", reasons.get(error.errno or 0, f"This {what} cannot be read: {error.strerror}"))
