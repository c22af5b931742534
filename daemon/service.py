"""The daemon's main loop: what was reported, what was found by comparing, and what is due, in that order."""

import os
import sqlite3
import threading
import time
from collections.abc import Sequence

from dofisac_tui.clustering.incremental import Assigner
from dofisac_tui.config import Settings, load_settings
from dofisac_tui.display import display_text
from dofisac_tui.errors import ConfigError, DofisacError
from dofisac_tui.indexing.changes import is_in
from dofisac_tui.indexing.report import IndexReport
from dofisac_tui.indexing.timeouts import call_with_timeout
from dofisac_tui.library import meta
from dofisac_tui.library.database import FILE_NAME, Library
from dofisac_tui.library.failures import due_paths
from dofisac_tui.library.roots import Root, all_roots

from . import log
from .engine_pool import EnginePool
from .heartbeat import IDLE_SECONDS, HeartbeatWriter
from .pending_paths import PendingPaths
from .resources import on_battery
from .retry_on_upgrade import retry_after_change
from .systemd import Notifier
from .watcher import Watcher, identity

TICK_SECONDS = 5.0
"""How often the daemon looks at what no event tells: other processes' changes to the library, and the roots."""

SETTLE_SECONDS = 0.3
"""How often paths that are not quiet yet are looked at."""

FRESH_SECONDS = 2.0
"""A file changed so recently may still be being written, and waits until it is quiet."""

SLICE = 500
"""Files of the backlog in one run; a run is also left when events are waiting."""

FIRST_PAUSE, LONGEST_PAUSE = 10.0, 600.0
"""Seconds after which work is tried again when it failed as a whole; they double."""


class Daemon:
    """Keeps a library true until `stop` is called. The caller holds the indexing lock.

    Args:
        library: Open for writing; used by the thread that calls `serve` alone.
        engines: Made with the same settings.
        tick_seconds: See TICK_SECONDS.

    Attributes:
        replaced: Whether `serve` ended since the library is another file now, as after its disk was mounted anew.
    """

    def __init__(
        self, library: Library, settings: Settings, engines: EnginePool, tick_seconds: float = TICK_SECONDS
    ) -> None:
        self._library = library
        self._settings = settings
        self._engines = engines
        self._tick_seconds = tick_seconds
        self._wake = threading.Event()
        self._notifier = Notifier()
        self._pending = PendingPaths(self._wake.set, self._stat)
        self._watcher = self._new_watcher()
        self._heartbeat = HeartbeatWriter(
            library, self._notifier, lambda: len(self._pending) + len(self._backlog) - self._in_hand
        )
        self._backlog: list[bytes] = []  # the next one is the last
        self._in_hand = 0  # of the backlog, which the run under way counts
        self._assigner = Assigner(library)
        self._to_compare: dict[int, Root] = {}
        self._missing: list[str] = []
        self._stopping = self._reloading = self._on_battery = self.replaced = False
        self._database = bytes(library.folder / FILE_NAME)
        self._opened = identity(self._database)
        self._pause = 0.0
        self._paused_until = self._tick_at = self._look_at = 0.0
        self._compare_at = self._poll_at = self._worked_at = time.monotonic()
        self._data_version = -1
        self._pack = meta.get(library, meta.PACK)

    def stop(self) -> None:
        """Finish the photos in hand, and then end. May be called from a signal handler."""
        self._stopping = True
        self._wake.set()

    def reload(self) -> None:
        """Read the settings again soon. May be called from a signal handler."""
        self._reloading = True
        self._wake.set()

    def serve(self) -> None:
        """Watch until stopped."""
        try:
            self._tick()
            self._notifier.ready()
            while not (self._stopping or self.replaced):
                if self._reloading:
                    self._reload()
                if time.monotonic() >= self._tick_at:
                    self._tick()
                if not self._work_safely():
                    self._rest()
        finally:
            self._notifier.stopping()
            self._watcher.close()
            log.info("stopped")

    def _stat(self, path: bytes) -> os.stat_result:
        root = next((root for root in self._watcher.polled.values() if is_in(path, {root})), None)
        return call_with_timeout(root, lambda: os.stat(path)) if root else os.stat(path)

    def _new_watcher(self) -> Watcher:
        return Watcher(self._pending, bytes(self._library.folder), self._settings.indexing.follow_links)

    def _reload(self) -> None:
        self._reloading = False
        self._notifier.reloading()
        try:
            self._settings = load_settings()
        except ConfigError as error:
            log.warning("the settings stay as they were", why=str(error))
        else:
            self._watcher.close()
            self._watcher = self._new_watcher()
            self._engines.reopen(self._settings)
            self._tick_at = 0.0
            log.info("settings read again")
        self._notifier.ready()

    def _tick(self) -> None:
        """Look at what no event tells of."""
        self._tick_at = time.monotonic() + self._tick_seconds
        if self._pause:
            self.replaced = identity(self._database) not in (None, self._opened)
        self._on_battery = self._settings.daemon.pause_on_battery and on_battery()
        if self._pending.take_lost():
            self._compare_at = 0.0
        try:
            self._look_at_library()
            roots = all_roots(self._library)
        except DofisacError as error:
            self._recover(error)
        else:
            self._look_at_roots(roots)
        if self._engines.is_open and time.monotonic() - self._worked_at > self._settings.daemon.idle_minutes * 60:
            self._engines.close()
            log.info("idle: models and decoders have left the memory")
        self._heartbeat.notify_systemd()
        self._heartbeat.write(IDLE_SECONDS)

    def _look_at_library(self) -> None:
        """Notice other processes' changes to the library, and failures that have come due."""
        version = int(self._library.value("PRAGMA data_version"))
        if version == self._data_version and time.monotonic() < self._look_at:
            return
        self._data_version, self._look_at = version, time.monotonic() + 60
        retry_after_change(self._library)
        pack = meta.get(self._library, meta.PACK)
        if pack != self._pack:
            log.info("another model pack was chosen", pack=pack)
            self._pack = pack
            self._engines.close()
            self._compare_at = 0.0
        waiting = set(self._backlog)
        self._backlog += [path for path in due_paths(self._library, time.time()) if path not in waiting]

    def _look_at_roots(self, roots: Sequence[Root]) -> None:
        now = time.monotonic()
        self._missing = [display_text(root.path) for root in roots if root.missing_since]
        if now >= self._compare_at:
            self._watcher.try_again()
        changed = self._watcher.refresh(roots)
        if now >= self._compare_at:
            self._compare_at = now + self._settings.daemon.reconcile_hours * 3600
            changed = list(roots)
        if now >= self._poll_at:
            self._poll_at = now + self._settings.daemon.poll_minutes * 60
            changed += [root for root in roots if root.root_id in self._watcher.polled]
        self._to_compare |= {root.root_id: root for root in changed}

    def _work_safely(self) -> bool:
        """One piece of work; whether there was one. What goes wrong as a whole is tried again later."""
        if self._on_battery or time.monotonic() < self._paused_until:
            return False
        try:
            worked = self._work()
        except (DofisacError, OSError, sqlite3.Error) as error:
            self._recover(error)
            return False
        if worked:
            self._worked_at, self._pause = time.monotonic(), 0.0
        return worked

    def _work(self) -> bool:
        if self._to_compare:
            self._compare()
        elif settled := self._pending.take():
            self._update(settled, urgent=True)
        elif self._backlog:
            places = self._backlog[-SLICE:]
            self._in_hand = len(places)
            try:
                is_done = self._update(places, urgent=False)
            finally:
                self._in_hand = 0
            if is_done:
                del self._backlog[-len(places) :]
            if not self._backlog:
                self._engines.indexer(self._heartbeat, lambda: False).switch_spaces()
        else:
            return False
        return True

    def _compare(self) -> None:
        """Compare roots with the library from end to end; what must be read is put in the backlog."""
        roots = [root for root in all_roots(self._library) if root.root_id in self._to_compare]
        self._heartbeat.set_state("comparing the folders with the library")
        indexer = self._engines.indexer(self._heartbeat, lambda: self._stopping)
        began, to_read = time.monotonic(), indexer.survey(roots)
        fresh_since = (time.time() - FRESH_SECONDS) * 1e9
        fresh = [file.path for file in to_read if file.mtime_ns > fresh_since]
        waiting = {root.path for root in roots} | set(fresh)
        self._backlog = [path for path in self._backlog if not is_in(path, waiting)]
        self._backlog += [file.path for file in reversed(to_read) if file.path not in waiting]
        for path in fresh:
            self._pending.add(path, complete=False)
        self._to_compare.clear()
        self._heartbeat.set_reconciled()
        log.info(
            "compared", folders=len(roots), to_read=len(to_read), gone=indexer.report.absent,
            unchanged=indexer.report.unchanged, seconds=time.monotonic() - began,
        )  # fmt: skip

    def _update(self, places: list[bytes], urgent: bool) -> bool:
        """Bring some places up to date; whether it was not left early."""
        left = False

        def leave() -> bool:
            nonlocal left
            left = self._stopping or (not urgent and self._pending.has_complete())
            return left

        self._heartbeat.set_state("indexing")
        roots = [root for root in all_roots(self._library) if any(is_in(place, {root.path}) for place in places)]
        # one that was empty, and so taken for a disk that is not mounted, is looked at from end to end
        self._to_compare |= {root.root_id: root for root in roots if root.missing_since}
        report = self._engines.indexer(self._heartbeat, leave).update(roots, places)
        _log_report(report)
        if report.faces:
            self._name_new_faces()
        return not left

    def _name_new_faces(self) -> None:
        """Give new faces of known persons their names, which the next clustering does if it cannot be done now."""
        try:
            joined = self._assigner.assign()
        except Exception as error:  # whatever is wrong there, indexing goes on; it is logged, and told by `status`
            self._assigner = Assigner(self._library)
            message = str(error) if isinstance(error, DofisacError) else display_text(repr(error))
            log.warning("new faces wait for the next clustering", why=message)
            self._heartbeat.set_error(message)
        else:
            if joined:
                log.info("recognised", faces=joined)

    def _recover(self, error: Exception) -> None:
        """After something that concerns more than one photo: wait, longer each time, and then compare everything."""
        self._pause = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        self._paused_until = time.monotonic() + self._pause
        message = str(error) if isinstance(error, DofisacError) else display_text(str(error))
        log.warning("stopped for now", why=message, again_in_seconds=self._pause)
        self._heartbeat.set_error(message)
        self._backlog.clear()
        self._compare_at = 0.0
        self._engines.close()

    def _rest(self) -> None:
        """Wait for an event, for a path to be quiet, or for the next tick."""
        self._wake.clear()
        self._heartbeat.run_ended()
        self._heartbeat.set_state(self._waiting_state())
        until_tick = max(self._tick_at - time.monotonic(), 0.0)
        busy = len(self._pending) and not self._on_battery and time.monotonic() >= self._paused_until
        if not (self._stopping or self._reloading):
            self._wake.wait(min(until_tick, SETTLE_SECONDS) if busy else until_tick)

    def _waiting_state(self) -> str:
        if time.monotonic() < self._paused_until:
            return f"waiting after an error: {self._heartbeat.heartbeat.error}"
        if self._on_battery:
            return "waiting for mains power"
        if len(self._pending):
            return "waiting until files are quiet"
        return f"watching; cannot find {', '.join(self._missing)}" if self._missing else "watching"


def _log_report(report: IndexReport) -> None:
    counts = {name: getattr(report, name) or None for name in ("indexed", "moved", "absent", "failed", "faces")}
    if any(counts.values()):
        log.info("indexed" if report.indexed else "updated", **counts, seconds=report.seconds)
