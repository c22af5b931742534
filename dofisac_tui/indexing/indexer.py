"""Bringing a library up to date: scan, read in worker processes, infer in threads, store photo by photo."""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from typing import cast

from dofisac_tui.config import Settings
from dofisac_tui.display import display_text
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.errors import PhotoError
from dofisac_tui.imaging.photo import KnownPhoto, ReadPhoto
from dofisac_tui.imaging.reader_pool import ReaderPool, ReadRequest
from dofisac_tui.indexing.changes import Changes, device_of, find_changes
from dofisac_tui.indexing.inference import Inference, Inferred, open_pool
from dofisac_tui.indexing.report import IndexReport, ProgressListener
from dofisac_tui.indexing.scan import FoundFile
from dofisac_tui.indexing.write_results import (
    FileToIndex,
    MissingPhotos,
    Outcome,
    write_failure,
    write_known_photo,
    write_photo,
)
from dofisac_tui.library.database import Library
from dofisac_tui.library.embedding_spaces import ensure_space, search_in, searched_space
from dofisac_tui.library.failures import clear_failure
from dofisac_tui.library.known_files import hashes_of_size, incomplete_photos
from dofisac_tui.library.photos import count_faces, count_photos, mark_absent, mark_present
from dofisac_tui.library.roots import Root, mark_missing, mark_scanned

Result = ReadPhoto | KnownPhoto | PhotoError


class Indexer:
    """Brings roots up to date. The caller holds the indexing lock.

    Args:
        library: Open for writing.
        inference: Both engines.
        listener: Is told what happens.
        pool: Decoder processes that outlive a run; without one, a run starts its own and ends them.
        stop: Is asked before each file; once it says yes, what is being read is stored and the run ends early.
    """

    def __init__(
        self,
        library: Library,
        settings: Settings,
        inference: Inference,
        listener: ProgressListener,
        pool: ReaderPool | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._library = library
        self._settings = settings
        self._inference = inference
        self._listener = listener
        self._pool = pool
        self._stop = stop
        self._gone = MissingPhotos()
        self._lost: set[int] = set()  # roots that went while they were read
        self.report = IndexReport()

    def run(self, roots: Sequence[Root], force: frozenset[bytes] = frozenset()) -> IndexReport:
        """Read what is new, changed or due under `roots`, and note what has gone.

        Stopping it at any point, by an exception or a kill, loses nothing that was stored; the next run goes on.

        Args:
            force: Paths of failures to try now, due or not.

        Raises:
            LibraryError: the library cannot be written (full disk, damage).
            EngineError: a model cannot be started.
        """
        try:
            self._bring_up_to_date(roots, force, None)
            self.switch_spaces()
        finally:
            self.report.photos = count_photos(self._library)
        return self.report

    def update(self, roots: Sequence[Root], places: Sequence[bytes]) -> IndexReport:
        """As `run`, for some files and folders only, at a cost that goes by them and not by the library.

        Args:
            places: Paths under the roots; one that is gone takes with it what was below it.
        """
        self._bring_up_to_date(roots, frozenset(), places)
        return self.report

    def survey(self, roots: Sequence[Root]) -> list[FoundFile]:
        """Compare the roots with the library, and settle all but what must be read.

        Returns:
            The files to read, for `update`: those that may have moved first, for their photos are marked as gone
            until then, and then the newest first.
        """
        changes = [self._changes(root, self._spaces(), frozenset(), None) for root in roots]
        self._settle(changes)
        moved_sizes = self._gone.sizes()
        files = (file for each in changes for file in each.to_read)
        return sorted(files, key=lambda file: (file.size not in moved_sizes, -file.mtime_ns))

    def switch_spaces(self) -> None:
        """Search with the models now in use, once they have seen every photo."""
        spaces = self._spaces()
        if all(searched_space(self._library, space.kind) == space for space in spaces):
            return
        if not incomplete_photos(self._library, spaces):
            for space in spaces:
                search_in(self._library, space)

    def _bring_up_to_date(self, roots: Sequence[Root], force: frozenset[bytes], places: Sequence[bytes] | None) -> None:
        began = time.monotonic()
        spaces = self._spaces()
        changes = [self._changes(root, spaces, force, places) for root in roots]
        files = [
            FileToIndex(each.root, file.path, file.size, file.mtime_ns) for each in changes for file in each.to_read
        ]
        try:
            self._read(files, spaces)
            if not self._stop():  # else a photo that has moved may not have been met yet
                self._settle(changes, whole=places is None)
        finally:
            self.report.seconds = round(time.monotonic() - began, 3)

    def _spaces(self) -> tuple[EmbeddingSpace, EmbeddingSpace]:
        engines = (self._inference.faces, self._inference.scenes)
        face, scene = (ensure_space(self._library, engine.space) for engine in engines)
        return face, scene

    def _changes(
        self,
        root: Root,
        spaces: tuple[EmbeddingSpace, EmbeddingSpace],
        force: frozenset[bytes],
        places: Sequence[bytes] | None,
    ) -> Changes:
        incomplete: set[int] = set()
        for place in [None] if places is None else places:
            incomplete |= incomplete_photos(self._library, spaces, place)
        changes = find_changes(self._library, root, self._settings.indexing, incomplete, force, places)
        if changes.vanished:
            self._lose(root)
        self._gone.add(changes.gone.values())
        self.report.unchanged += changes.unchanged + len(changes.back)
        return changes

    def _lose(self, root: Root) -> None:
        mark_missing(self._library, root)
        self._listener.on_warning(
            f"{display_text(root.path)} cannot be found, is empty or does not answer: its photos are kept until it is"
            " back"
        )

    def _read(self, files: list[FileToIndex], spaces: tuple[EmbeddingSpace, EmbeddingSpace]) -> None:
        self._listener.on_start(len(files))
        if not files:
            return
        kept = contextlib.nullcontext(self._pool) if self._pool else None
        with kept or open_pool(self._settings.indexing, self._inference) as pool:
            again = self._store_all(pool.read(self._requests(files, spaces)), spaces)
            self._store_all(pool.read(ReadRequest(file.path, frozenset(), file) for file in again), spaces)

    def _requests(
        self, files: Iterable[FileToIndex], spaces: tuple[EmbeddingSpace, EmbeddingSpace]
    ) -> Iterator[ReadRequest]:
        for file in files:
            if self._stop():
                return
            if file.root.root_id in self._lost:
                continue
            known = hashes_of_size(self._library, file.size, spaces)
            if not known:
                self._inference.start_loading()  # a new photo: let the models load while it is read
            yield ReadRequest(file.path, known, file)

    def _store_all(
        self, results: Iterable[tuple[ReadRequest, Result]], spaces: tuple[EmbeddingSpace, EmbeddingSpace]
    ) -> list[FileToIndex]:
        """Store every result, and return the files that must be read again since their content was forgotten."""
        again: list[FileToIndex] = []
        under_way: deque[tuple[FileToIndex, ReadPhoto, Future[Inferred]]] = deque()
        for request, result in results:
            file = cast(FileToIndex, request.tag)
            if isinstance(result, ReadPhoto):
                under_way.append((file, result, self._inference.submit(result)))
                if len(under_way) > 2 * self._inference.threads:
                    self._store_inferred(*under_way.popleft(), spaces)
            elif isinstance(result, PhotoError) and self._has_gone(file.root, result):
                self._listener.on_file_done(file.path)
            elif isinstance(result, PhotoError):
                self._fail(file, "read", result, (file.size, file.mtime_ns))
            elif outcome := write_known_photo(self._library, file, result, spaces, self._gone):
                self._count(file, outcome)
                if outcome == "indexed":
                    self.report.faces += count_faces(self._library, file.path, spaces[0])
            else:
                again.append(file)
        while under_way:
            self._store_inferred(*under_way.popleft(), spaces)
        return again

    def _has_gone(self, root: Root, error: PhotoError) -> bool:
        """Whether a file is not to blame for its error, but the whole root, which has gone or does not answer."""
        if root.root_id in self._lost:
            return True
        if error.failure_class not in ("unreadable", "timed out") or device_of(root) is not None:
            return False
        self._lost.add(root.root_id)
        self._lose(root)
        return True

    def _store_inferred(
        self,
        file: FileToIndex,
        photo: ReadPhoto,
        inferred: Future[Inferred],
        spaces: tuple[EmbeddingSpace, EmbeddingSpace],
    ) -> None:
        found = inferred.result()
        if isinstance(found, PhotoError):
            self._fail(file, "models", found, (photo.size, photo.mtime_ns))
        else:
            self._count(file, write_photo(self._library, file, photo, found, spaces, self._gone))
            self.report.faces += len(found.faces)

    def _fail(self, file: FileToIndex, stage: str, error: PhotoError, stat: tuple[int, int]) -> None:
        self._count(file, write_failure(self._library, file.root_id, file.path, stage, error, stat))

    def _count(self, file: FileToIndex, outcome: Outcome) -> None:
        setattr(self.report, outcome, getattr(self.report, outcome) + 1)
        self._listener.on_file_done(file.path)

    def _settle(self, changes: list[Changes], whole: bool = True) -> None:
        """What could only be known once every file was read: which photos have gone and not merely moved.

        Args:
            whole: The roots were looked at from end to end.
        """
        for each in changes:
            if each.vanished or each.root.root_id in self._lost:
                continue
            for unreadable in each.unreadable:
                write_failure(self._library, each.root.root_id, unreadable.path, "scan", unreadable.error, None)
                self.report.failed += 1
            absent = [known.photo_id for known in each.gone.values() if known in self._gone and not known.absent]
            with self._library.write() as connection:
                mark_present(connection, each.back)
                mark_absent(connection, absent)
                for path in each.settled:
                    clear_failure(connection, path)
                if whole:
                    mark_scanned(connection, each.root, each.device)
            self.report.absent += len(absent)
