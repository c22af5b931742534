"""Watching the roots: events become pending paths, and what the kernel cannot watch is polled.

Events are hints. Whatever they miss, the next comparison of the whole folder finds.
"""

import ctypes
import errno
import os
import resource
from collections.abc import Callable, Sequence

from watchdog.events import (
    DirAttribEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver, ObservedWatch
from watchdog.observers.inotify import InotifyEmitter
from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyEvent,
    InotifyFD,
    Mask,
    Watch,
    WatchCallback,
    WatchDescriptor,
    inotify_add_watch,
)
from watchdog.observers.inotify_move_event_grouper import GroupedInotifyEvent, PathedInotifyEvent

from dofisac_tui.display import display_text
from dofisac_tui.imaging.formats import is_photo_name
from dofisac_tui.indexing.changes import is_in
from dofisac_tui.indexing.ignore import IGNORE_FILE, NO_MEDIA
from dofisac_tui.indexing.timeouts import call_with_timeout
from dofisac_tui.library.roots import Root

from . import log
from .mounts import network_type
from .pending_paths import PendingPaths

LIMITS = "/proc/sys/fs/inotify/"
_COMPLETE = (FileClosedEvent, FileMovedEvent, FileDeletedEvent, DirMovedEvent, DirDeletedEvent)
_ATTRIBUTES = (FileAttribEvent, DirAttribEvent)
# not what a reader causes, or every look at a photo would be an event; nor new folders: the files in them have events
_WANTED: list[type[FileSystemEvent]] = [
    *_COMPLETE,
    *_ATTRIBUTES,
    *(FileCreatedEvent, FileModifiedEvent),
]

Identity = tuple[int, int]


class Watcher:
    """Watches each root by inotify where that tells of every change.

    Args:
        pending: Gets the paths.
        library_folder: Nothing in it is a photo.
        follow_links: Links to folders are entered, which inotify does not tell of: all roots are polled.
    """

    def __init__(self, pending: PendingPaths, library_folder: bytes, follow_links: bool) -> None:
        self._pending = pending
        self._handler = _Handler(pending, library_folder)
        self._follow_links = follow_links
        self._observer: _Observer | None = None
        self._watches: dict[int, ObservedWatch] = {}
        self._identities: dict[int, Identity | None] = {}
        self._unwatched: dict[bytes, int] = {}  # folders under roots that are watched, and why they are not
        self._unwatchable: set[int] = set()  # roots that could not be watched
        self.polled: dict[int, bytes] = {}  # roots by id

    def refresh(self, roots: Sequence[Root]) -> list[Root]:
        """Watch the roots as they are now.

        Returns:
            Those that are new here, or have gone, come back, or been replaced: they must be compared as a whole.
        """
        changed = []
        for root in roots:
            now = identity(root.path)
            if root.root_id not in self._identities or self._identities[root.root_id] != now:
                self._identities[root.root_id] = now
                self._forget(root.root_id)
                if now:
                    self._watch(root)
                changed.append(root)
        for gone in self._identities.keys() - {root.root_id for root in roots}:
            del self._identities[gone]
            self._forget(gone)
        for root in self._look_at_unwatched(roots):
            self._forget(root.root_id)
            self._watch(root)
            changed.append(root)
        return changed

    def try_again(self) -> None:
        """Let `refresh` try to watch what could not be watched; a limit may have been raised."""
        for root_id in self._unwatchable:
            self._identities.pop(root_id, None)
        self._unwatchable.clear()

    def close(self) -> None:
        """Stop watching."""
        if self._observer:
            self._observer.stop()
            self._observer.join()

    def _look_at_unwatched(self, roots: Sequence[Root]) -> Sequence[Root]:
        """Poll the roots for which there are no more watches; the roots with a closed folder that has been opened."""
        opened: dict[int, Root] = {}
        for path, error in list(self._unwatched.items()):
            now = _error_of_listing(path) if error == errno.EACCES else error
            if now == errno.EACCES:
                continue
            del self._unwatched[path]
            for root in (root for root in roots if is_in(path, {root.path})):
                if now == 0:
                    opened[root.root_id] = root
                elif now == errno.ENOSPC and root.root_id in self._watches:
                    self._poll_instead(root, now)
        return list(opened.values())

    def _watch(self, root: Root) -> None:
        why = network_type(root.path) or ("follow_links" if self._follow_links else None)
        if why:
            self.polled[root.root_id] = root.path
            log.info("polling a folder whose changes the system does not tell", folder=root.path, why=why)
            return
        try:
            if self._observer is None:
                self._observer = _Observer(self._pending.mark_lost, self._unwatched.__setitem__)
                self._observer.start()
            self._watches[root.root_id] = self._observer.schedule(
                self._handler, os.fsdecode(root.path), recursive=True, event_filter=_WANTED
            )
        except OSError as error:
            self._poll_instead(root, error.errno or 0)

    def _forget(self, root_id: int) -> None:
        self.polled.pop(root_id, None)
        watch = self._watches.pop(root_id, None)
        if watch and self._observer:
            self._observer.unschedule(watch)

    def _poll_instead(self, root: Root, error: int) -> None:
        self._forget(root.root_id)
        self.polled[root.root_id] = root.path
        self._unwatchable.add(root.root_id)
        log.warning(
            "polling a folder that cannot be watched", folder=root.path, why=os.strerror(error), do=_cure(error)
        )


class _Handler(FileSystemEventHandler):
    """Puts the paths of events in the set, and nothing else: events queue up behind it without limit."""

    def __init__(self, pending: PendingPaths, library_folder: bytes) -> None:
        self._pending = pending
        self._library = library_folder.rstrip(b"/") + b"/"

    def on_any_event(self, event: FileSystemEvent) -> None:
        complete = None if isinstance(event, _ATTRIBUTES) else isinstance(event, _COMPLETE)
        for name in (event.src_path, event.dest_path):
            if name:
                self._add(os.fsencode(name), event.is_directory, complete)

    def _add(self, path: bytes, is_folder: bool, complete: bool | None) -> None:
        if path.startswith(self._library):
            return
        folder, name = os.path.split(path)
        if name in (IGNORE_FILE, NO_MEDIA):
            self._pending.add(folder, complete)
        elif is_folder or is_photo_name(name):
            self._pending.add(path, complete)


class _Notifications(InotifyFD):
    """watchdog's own reader of inotify, which tells us what it otherwise only logs or passes over."""

    def __init__(self, on_overflow: Callable[[], None], on_unwatched: Callable[[bytes, int], None]) -> None:
        super().__init__()
        self._on_overflow = on_overflow
        self._on_unwatched = on_unwatched

    def _add_callback(self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId) -> WatchDescriptor:
        # watchdog's takes a folder it may not read for watched, and warns of one that it met twice, as it does when
        # a folder is made while the one above it is being listed
        wd = inotify_add_watch(self._inotify_fd, path, mask)
        if wd == -1:
            error = ctypes.get_errno()
            if error in (errno.ENOSPC, errno.EACCES):
                self._on_unwatched(path, error)
            raise OSError(error, os.strerror(error))
        self._watch_for_wd.setdefault(wd, Watch(wd, mask, path)).callbacks[id_] = callback
        return wd

    def handle_event(self, event: InotifyEvent) -> None:
        super().handle_event(event)
        if event.is_queue_overflow:
            log.warning("the system dropped events: comparing all folders", do=_cure(errno.EOVERFLOW))
            self._on_overflow()


class _Emitter(InotifyEmitter):
    """watchdog's emitter, which also lets go of a tree that was moved out of the root."""

    def build_and_queue_event(self, event: GroupedInotifyEvent, *, full_events: bool = False) -> None:
        group = self._inotify
        if group and isinstance(event, PathedInotifyEvent) and event.ev.is_moved_from and event.ev.is_directory:
            with group._lock:
                watched = group._active_callbacks_by_watch.items()
                group._remove_callbacks([wd for wd, path in watched if is_in(path, {event.path})])
                if os.path.isdir(event.path):  # another has taken its place
                    group._add_all_callbacks(event.path)
        super().build_and_queue_event(event, full_events=full_events)


class _Observer(BaseObserver):
    """watchdog's inotify observer on `_Notifications`; one inotify instance for all roots."""

    def __init__(self, on_overflow: Callable[[], None], on_unwatched: Callable[[bytes, int], None]) -> None:
        self._notifications = _Notifications(on_overflow, on_unwatched)
        self._notifications.start()
        super().__init__(_Emitter, inotify_fd=self._notifications)

    def on_thread_stop(self) -> None:
        super().on_thread_stop()
        self._notifications.stop()
        self._notifications.join()


def identity(path: bytes) -> Identity | None:
    """Which file or folder this is, whatever took its place before; None where there is none, or no answer."""
    try:
        # a thread costs wake-ups, so only what is known to leave questions open is asked from one
        facts = call_with_timeout(path, lambda: os.stat(path)) if network_type(path) else os.stat(path)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _error_of_listing(folder: bytes) -> int:
    """The number of the error; 0 for none."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        return error.errno or errno.EIO
    return 0


def _cure(error: int) -> str | None:
    """The command that raises the limit which was met; None for what is no limit."""
    name, least = {
        errno.ENOSPC: ("max_user_watches", 524_288),
        errno.EMFILE: ("max_user_instances", 512),
        errno.EOVERFLOW: ("max_queued_events", 65_536),
    }.get(error, ("", 0))
    if not name:
        return None
    try:
        with open(LIMITS + name, encoding="ascii") as file:
            now = int(file.read())
    except (OSError, ValueError):
        now = 0
    if error == errno.EMFILE and (files := resource.getrlimit(resource.RLIMIT_NOFILE)[0]) <= 256:
        return f"raise the limit of open files (ulimit -n), now {files}, too"
    return display_text(f"sudo sysctl fs.inotify.{name}={max(least, 2 * now)}, and the same line in /etc/sysctl.d")
