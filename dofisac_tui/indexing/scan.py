"""Walking a root: every photo file under it, by name and stat alone."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from dofisac_tui.config import Indexing
from dofisac_tui.errors import PhotoError
from dofisac_tui.imaging.formats import is_photo_name
from dofisac_tui.indexing.ignore import IGNORE_FILE, NO_MEDIA, IgnoreRules, is_system_name


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file whose name is a photo's."""

    path: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class UnreadableEntry:
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


class _Named:
    """A directory entry that was looked up by its path and not listed."""

    def __init__(self, path: bytes) -> None:
        self.path = path
        self.name = os.path.basename(path)

    def is_dir(self) -> bool:
        return stat.S_ISDIR(self.stat().st_mode)

    def is_symlink(self) -> bool:
        try:
            return stat.S_ISLNK(os.lstat(self.path).st_mode)
        except OSError:
            return False

    def stat(self) -> os.stat_result:
        return os.stat(self.path)


_Entry = os.DirEntry[bytes] | _Named
_Item = FoundFile | UnreadableEntry | _Folder


class Scan:
    """One walk through a root, or through some places in it.

    Args:
        root: Absolute path.
        settings: Whether hidden files are read and links to folders entered.
        excluded: A folder that is never entered: the library's own.

    Attributes:
        listed: How many folders were listed so far.
    """

    def __init__(self, root: bytes, settings: Indexing, excluded: bytes) -> None:
        self._root = root
        self._settings = settings
        self._library = _identity(excluded)
        self._entered = {_identity(root)}
        self._folders = {root: _Folder(root, IgnoreRules())}  # those gone through on the way to a place
        self.listed = 0

    def __iter__(self) -> Iterator[FoundFile | UnreadableEntry]:
        """Yield in the order of full path bytes, so that it can be merged with a sorted query."""
        return self.below(self._root)

    def below(self, place: bytes) -> Iterator[FoundFile | UnreadableEntry]:
        """What is at a path in the root: a file, a folder with all in it, or nothing; in the order of path bytes.

        The rules of the folders above hold, and none of them is listed. One that cannot be entered is yielded.
        No folder is walked twice, so of places within each other only the outermost may be asked for.
        """
        start = self._at(place)
        if not isinstance(start, _Folder):
            if start:
                yield start
            return
        open_folders = [self._contents(start)]
        while open_folders:  # not recursion: folders may be nested deeper than Python's stack
            item = next(open_folders[-1], None)
            if item is None:
                open_folders.pop()
            elif isinstance(item, _Folder):
                open_folders.append(self._contents(item))
            else:
                yield item

    def _at(self, place: bytes) -> _Item | None:
        item: _Item | None = self._folders[self._root]
        inner = place[len(self._root.rstrip(b"/")) + 1 :]
        for name in filter(None, inner.split(b"/")):
            if not isinstance(item, _Folder):
                return item if isinstance(item, UnreadableEntry) and item.is_folder else None
            path = os.path.join(item.path, name)
            item = self._folders.get(path) or self._in(item, path)
            if isinstance(item, _Folder):
                self._folders[path] = item
        return item

    def _in(self, folder: _Folder, path: bytes) -> _Item | None:
        """What is at a path in a folder by the folder's rules."""
        try:
            names = {name for name in (IGNORE_FILE, NO_MEDIA) if _is_there(os.path.join(folder.path, name))}
            rules = folder.rules.entering(folder.path, names)
        except (OSError, PhotoError) as error:
            return _closed(folder.path, error)
        return None if NO_MEDIA in names else self._item(*self._kind(_Named(path)), rules)

    def _contents(self, folder: _Folder) -> Iterator[_Item]:
        try:
            with os.scandir(folder.path) as listing:
                entries = list(listing)
            self.listed += 1
            names = {entry.name for entry in entries}
            rules = folder.rules.entering(folder.path, names)
        except (OSError, PhotoError) as error:
            yield _closed(folder.path, error)
            return
        if NO_MEDIA in names:
            return
        # a folder sorts as its name with a slash: that is where the paths below it stand
        for _, entry, is_folder in sorted(
            ((entry.name + b"/" * is_folder, entry, is_folder) for entry, is_folder in map(self._kind, entries)),
            key=lambda item: item[0],
        ):
            if item := self._item(entry, is_folder, rules):
                yield item

    def _item(self, entry: _Entry, is_folder: bool, rules: IgnoreRules) -> _Item | None:
        """What an entry is to this walk; None for what is passed over."""
        if is_system_name(entry.name, self._settings.hidden) or rules.ignores(entry.path, is_folder):
            return None
        if is_folder:
            return _Folder(entry.path, rules) if self._may_enter(entry) else None
        return _file(entry) if is_photo_name(entry.name) else None

    def _kind(self, entry: _Entry) -> tuple[_Entry, bool]:
        try:
            return entry, entry.is_dir()
        except OSError:  # a link in a circle: not a folder, and as a file it says so itself
            return entry, False

    def _may_enter(self, entry: _Entry) -> bool:
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


def _is_there(path: bytes) -> bool:
    try:
        os.lstat(path)  # unlike os.path.lexists, it tells a missing file from a folder that is closed to us
    except FileNotFoundError:
        return False
    return True


def _closed(folder: bytes, error: OSError | PhotoError) -> UnreadableEntry:
    problem = error if isinstance(error, PhotoError) else _plain(error, "folder")
    return UnreadableEntry(folder, problem, is_folder=True)


def _file(entry: _Entry) -> FoundFile | UnreadableEntry | None:
    """None for a file that went while its folder was listed."""
    try:
        facts = entry.stat()
    except OSError as error:
        if error.errno == errno.ENOENT and not entry.is_symlink():
            return None
        return UnreadableEntry(entry.path, _plain(error, "file"), is_folder=False)
    if not stat.S_ISREG(facts.st_mode):
        return UnreadableEntry(entry.path, PhotoError("unsupported", "This is not a regular file"), is_folder=False)
    return FoundFile(entry.path, facts.st_size, facts.st_mtime_ns)


def _plain(error: OSError, what: str) -> PhotoError:
    reasons = {
        errno.EACCES: f"There is no permission to read this {what}",
        errno.ELOOP: "This link leads in a circle",
        errno.ENOENT: "This link leads nowhere" if what == "file" else "This folder went while it was read",
    }
    return PhotoError("unreadable", reasons.get(error.errno or 0, f"This {what} cannot be read: {error.strerror}"))
