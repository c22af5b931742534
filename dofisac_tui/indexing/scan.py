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


@dataclass(frozen=True)
class _Folder:
    path: bytes
    rules: IgnoreRules


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
        self._library = _identity(excluded)
        self._entered = {_identity(root)}

    def __iter__(self) -> Iterator[FoundFile | Unreadable]:
        """Yield in the order of full path bytes, so that it can be merged with a sorted query."""
        open_folders = [self._contents(_Folder(self._root, IgnoreRules()))]
        while open_folders:  # not recursion: folders may be nested deeper than Python's stack
            item = next(open_folders[-1], None)
            if item is None:
                open_folders.pop()
            elif isinstance(item, _Folder):
                open_folders.append(self._contents(item))
            else:
                yield item

    def _contents(self, folder: _Folder) -> Iterator[FoundFile | Unreadable | _Folder]:
        try:
            with os.scandir(folder.path) as listing:
                entries = list(listing)
            names = {entry.name for entry in entries}
            rules = folder.rules.entering(folder.path, names)
        except (OSError, PhotoError) as error:
            problem = error if isinstance(error, PhotoError) else _plain(error, "folder")
            yield Unreadable(folder.path, problem, is_folder=True)
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
                    yield _Folder(entry.path, rules)
            elif is_photo_name(entry.name) and (file := _file(entry)):
                yield file

    def _kind(self, entry: os.DirEntry[bytes]) -> tuple[os.DirEntry[bytes], bool]:
        try:
            return entry, entry.is_dir()
        except OSError:  # a link in a circle: not a folder, and as a file it says so itself
            return entry, False

    def _may_enter(self, entry: os.DirEntry[bytes]) -> bool:
        """Links only where wanted, each real folder once, and never the library itself."""
        if entry.is_symlink() and not self._settings.follow_links:
            return False
        identity = _identity(entry.path)
        if identity is None:
            return True  # listing it will say what is wrong
        if identity == self._library or (self._settings.follow_links and identity in self._entered):
            return False
        self._entered.add(identity)
        return True


def _identity(folder: bytes) -> tuple[int, int] | None:
    """What a folder is by, whatever its path: links and mounts give it several."""
    try:
        facts = os.stat(folder)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _file(entry: os.DirEntry[bytes]) -> FoundFile | Unreadable | None:
    """None for a file that went while its folder was listed."""
    try:
        facts = entry.stat()
    except OSError as error:
        if error.errno == errno.ENOENT and not entry.is_symlink():
            return None
        return Unreadable(entry.path, _plain(error, "file"), is_folder=False)
    if not stat.S_ISREG(facts.st_mode):
        return Unreadable(entry.path, PhotoError("unsupported", "This is not a regular file"), is_folder=False)
    return FoundFile(entry.path, facts.st_size, facts.st_mtime_ns)


def _plain(error: OSError, what: str) -> PhotoError:
    reasons = {
        errno.EACCES: f"There is no permission to read this {what}",
        errno.ELOOP: "This link leads in a circle",
        errno.ENOENT: "This link leads nowhere" if what == "file" else "This folder went while it was read",
    }
    return PhotoError("unreadable", reasons.get(error.errno or 0, f"This {what} cannot be read: {error.strerror}"))
