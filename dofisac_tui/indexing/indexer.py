"""Bringing a library up to date: scan, read in worker processes, infer in threads, store photo by photo."""

import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from typing import cast

from dofisac_tui.config import Settings, cores
from dofisac_tui.display import display_text
from dofisac_tui.errors import PhotoError
from dofisac_tui.imaging.photo import KnownPhoto, ReadLimits, ReadPhoto
from dofisac_tui.imaging.workers import ReaderPool, ReadRequest
from dofisac_tui.indexing.changes import Changes, find_changes
from dofisac_tui.indexing.inference import Inference, Inferred
from dofisac_tui.indexing.report import Listener, Report
from dofisac_tui.indexing.store import FileOfRoot, Gone, Outcome, store_failure, store_findings, store_known
from dofisac_tui.library.database import Library
from dofisac_tui.library.failures import clear_failure
from dofisac_tui.library.photos import count_photos, hashes_of_size, incomplete_photos, mark_absent, mark_present
from dofisac_tui.library.roots import Root, mark_missing, mark_scanned
from dofisac_tui.library.spaces import Space, ensure_space, search_in

Result = ReadPhoto | KnownPhoto | PhotoError


class Indexer:
    """Brings roots up to date. The caller holds the indexing lock.

    Args:
        library: Open for writing.
        inference: Both engines.
        listener: Is told what happens.
    """

    def __init__(self, library: Library, settings: Settings, inference: Inference, listener: Listener) -> None:
        self._library = library
        self._settings = settings
        self._inference = inference
        self._listener = listener
        self._gone: Gone = {}
        self.report = Report()

    def run(self, roots: Sequence[Root], force: frozenset[bytes] = frozenset()) -> Report:
        """Read what is new, changed or due under `roots`, and note what has gone.

        Stopping it at any point, by an exception or a kill, loses nothing that was stored; the next run goes on.

        Args:
            force: Paths of failures to try now, due or not.

        Raises:
            LibraryError: the library cannot be written (full disk, damage).
            EngineError: a model cannot be started.
        """
        began = time.monotonic()
        spaces = self._spaces()
        changes = [self._changes(root, spaces, force) for root in roots]
        files = [(FileOfRoot(each.root.root_id, file.path), file.size) for each in changes for file in each.to_read]
        try:
            self._read(files, spaces)
            self._settle(changes, spaces)
        finally:
            self.report.photos = count_photos(self._library)
            self.report.seconds = round(time.monotonic() - began, 3)
        return self.report

    def _spaces(self) -> tuple[Space, Space]:
        engines = (self._inference.faces, self._inference.scenes)
        face, scene = (
            ensure_space(self._library, s.name, s.kind, s.dimensions, s.metric) for s in (e.space for e in engines)
        )
        return face, scene

    def _changes(self, root: Root, spaces: tuple[Space, Space], force: frozenset[bytes]) -> Changes:
        incomplete = incomplete_photos(self._library, spaces)
        changes = find_changes(self._library, root, self._settings.indexing, incomplete, force)
        if changes.vanished:
            mark_missing(self._library, root)
            self._listener.note(
                f"{display_text(root.path)} cannot be found or is empty: its photos are kept until it is back"
            )
        self._gone.update(changes.gone)
        self.report.unchanged += changes.unchanged + len(changes.back)
        return changes

    def _read(self, files: list[tuple[FileOfRoot, int]], spaces: tuple[Space, Space]) -> None:
        self._listener.begin(len(files))
        if not files:
            return
        limits = ReadLimits.of(self._settings.indexing)
        workers = cores(self._settings.indexing.workers)
        with ReaderPool(workers, limits, self._inference.scenes.crop) as pool:
            again = self._store_all(pool.read(self._requests(files, spaces)), spaces)
            self._store_all(pool.read(ReadRequest(file.path, frozenset(), file) for file in again), spaces)

    def _requests(self, files: Iterable[tuple[FileOfRoot, int]], spaces: tuple[Space, Space]) -> Iterator[ReadRequest]:
        for file, size in files:
            known = hashes_of_size(self._library, size, spaces)
            if not known:
                self._inference.begin()  # a new photo: let the models load while it is read
            yield ReadRequest(file.path, known, file)

    def _store_all(
        self, results: Iterable[tuple[ReadRequest, Result]], spaces: tuple[Space, Space]
    ) -> list[FileOfRoot]:
        """Store every result, and return the files that must be read again since their content was forgotten."""
        again: list[FileOfRoot] = []
        under_way: deque[tuple[FileOfRoot, ReadPhoto, Future[Inferred]]] = deque()
        for request, result in results:
            file = cast(FileOfRoot, request.tag)
            if isinstance(result, ReadPhoto):
                under_way.append((file, result, self._inference.submit(result)))
                if len(under_way) > 2 * self._inference.threads:
                    self._store_inferred(*under_way.popleft(), spaces)
            elif isinstance(result, PhotoError):
                self._count(file, store_failure(self._library, file, "read", result, _stat(file.path)))
            elif outcome := store_known(self._library, file, result, self._gone):
                self._count(file, outcome)
            else:
                again.append(file)
        while under_way:
            self._store_inferred(*under_way.popleft(), spaces)
        return again

    def _store_inferred(
        self, file: FileOfRoot, photo: ReadPhoto, inferred: Future[Inferred], spaces: tuple[Space, Space]
    ) -> None:
        found = inferred.result()
        if isinstance(found, PhotoError):
            outcome = store_failure(self._library, file, "models", found, (photo.size, photo.mtime_ns))
        else:
            outcome = store_findings(self._library, file, photo, found, spaces, self._gone)
            self.report.faces += len(found.faces)
        self._count(file, outcome)

    def _count(self, file: FileOfRoot, outcome: Outcome) -> None:
        setattr(self.report, outcome, getattr(self.report, outcome) + 1)
        self._listener.step(file.path)

    def _settle(self, changes: list[Changes], spaces: tuple[Space, Space]) -> None:
        """What could only be known once every file was read: which photos have gone and not merely moved."""
        for each in changes:
            if each.vanished:
                continue
            for unreadable in each.unreadable:
                file = FileOfRoot(each.root.root_id, unreadable.path)
                store_failure(self._library, file, "scan", unreadable.error, None)
                self.report.failed += 1
            absent = [
                known.photo_id for known in each.gone.values() if known.photo_id in self._gone and not known.absent
            ]
            with self._library.write() as connection:
                mark_present(connection, each.back)
                mark_absent(connection, absent)
                for path in each.settled:
                    clear_failure(connection, path)
                mark_scanned(connection, each.root, each.device)
            self.report.absent += len(absent)
        if not incomplete_photos(self._library, spaces):
            for space in spaces:
                search_in(self._library, space)


def _stat(path: bytes) -> tuple[int, int] | None:
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns
