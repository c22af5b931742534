"""Decoder processes: a photo that crashes, hangs or floods its decoder costs that photo and nothing else."""

import signal
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType

from dofisac_tui.engines.protocols import SceneCrop
from dofisac_tui.errors import DofisacError, PhotoError
from dofisac_tui.imaging.photo import ReadLimits
from dofisac_tui.imaging.read import read_photo
from dofisac_tui.imaging.reader_process import READY, Reader, ReadResult, receive_result, serve

LOOK_AHEAD = 4
"""Photos a worker is given at a time, so that it goes on reading while the results are used."""

_SPAWN = get_context("spawn")  # a fork would copy the threads and locks of the models in the parent


@dataclass(frozen=True)
class ReadRequest:
    """One photo to read.

    Attributes:
        path: The file.
        known_hashes: Content hashes that need no decoding; the few that the file may have.
        tag: Whatever the caller wants back with the result; it never leaves this process.
    """

    path: bytes
    known_hashes: frozenset[str] = frozenset()
    tag: object = None


@dataclass(eq=False)
class _Worker:
    process: SpawnProcess
    connection: Connection
    ready: bool = False
    pending: deque[ReadRequest] = field(default_factory=deque)  # the first of them is being read


class ReaderPool:
    """Reads photos in `workers` processes, which start when they are first needed and are replaced when they end.

    One thread at a time may use a pool, and one `read` at a time may run.

    Args:
        workers: How many processes, one or more.
        limits: What one photo may cost.
        crop: How the scene engine wants its photos cut.
        nice: Added to the niceness of this process.
        reader: What reads a photo; a function that can be imported by name.
    """

    def __init__(
        self, workers: int, limits: ReadLimits, crop: SceneCrop, nice: int = 0, reader: Reader = read_photo
    ) -> None:
        self._size = workers
        self._arguments = (limits, crop, reader, nice)
        self._seconds = limits.seconds_per_photo
        self._workers: list[_Worker] = []

    def __enter__(self) -> "ReaderPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def read(self, requests: Iterable[ReadRequest]) -> Iterator[tuple[ReadRequest, ReadResult]]:
        """Read photos, in the order in which they are done.

        Requests are taken as there is room: at most `workers` x `LOOK_AHEAD` are being read or lie read, beside
        the one that was handed out last. A PhotoError among the results is of any class but `engine failed`.

        Raises:
            DofisacError: no decoder process can start.
        """
        waiting = iter(requests)
        again: deque[ReadRequest] = deque()  # requests behind one that ended its worker
        try:
            while self._give(waiting, again):
                for connection in wait([worker.connection for worker in self._workers if worker.pending]):
                    worker = next(worker for worker in self._workers if worker.connection is connection)
                    result = self._take(worker, again)
                    if result:
                        self._give(waiting, again)
                        yield result
        finally:
            for worker in [worker for worker in self._workers if worker.pending]:
                self._end(worker)  # nobody waits for its results any more

    def close(self) -> None:
        """End the workers at once."""
        for worker in list(self._workers):
            self._end(worker)

    def _give(self, waiting: Iterator[ReadRequest], again: deque[ReadRequest]) -> bool:
        """Give out requests as there is room; whether any is being read now."""
        while self._has_room():
            request = again.popleft() if again else next(waiting, None)
            if request is None:
                break
            worker = self._least_busy()
            worker.pending.append(request)
            try:
                worker.connection.send((request.path, request.known_hashes))
            except ConnectionError:
                if not worker.ready or len(worker.pending) > 1:
                    break  # how it ended is seen when its connection is read
                again.append(worker.pending.popleft())  # somebody ended it while it was idle
                self._end(worker)
        return any(worker.pending for worker in self._workers)

    def _has_room(self) -> bool:
        idle = len(self._workers) < self._size
        return idle or any(len(worker.pending) < LOOK_AHEAD for worker in self._workers)

    def _least_busy(self) -> _Worker:
        worker = min(self._workers, key=lambda each: len(each.pending), default=None)
        if worker is None or (worker.pending and len(self._workers) < self._size):
            return self._start()
        return worker

    def _take(self, worker: _Worker, again: deque[ReadRequest]) -> tuple[ReadRequest, ReadResult] | None:
        try:
            if worker.ready:
                outcome = receive_result(worker.connection)
                return worker.pending.popleft(), outcome
            worker.ready = worker.connection.recv_bytes() == READY
            return None
        except (EOFError, ConnectionError):
            worker.process.join(1)  # let it end as it was about to, for how it ends tells why
            code = self._end(worker)
        if not worker.ready:
            raise DofisacError(
                "A decoder process cannot start", "See what it said, or raise memory_megabytes in the settings."
            )
        request = worker.pending.popleft()
        again.extend(worker.pending)
        worker.pending.clear()
        return request, self._why_ended(code)

    def _why_ended(self, code: int | None) -> PhotoError:
        if code == -signal.SIGALRM:
            return PhotoError(
                "timed out",
                f"Reading the photo took longer than {self._seconds:g} seconds",
                "Raise seconds_per_photo in the settings.",
            )
        how = f"by signal {-code}" if code is not None and code < 0 else f"with code {code}"
        return PhotoError("decoder crashed", f"The decoder process ended {how}")

    def _start(self) -> _Worker:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=serve, args=(theirs, *self._arguments), name="dofisac-reader", daemon=True)
        # a ctrl+c while it starts must not end it with a traceback; it ignores them once it runs
        resource_tracker.ensure_running()  # or it would start within, and lift what blocks the signal
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _end(self, worker: _Worker) -> int | None:
        """Kill the worker unless it has ended by itself, and say how it ended."""
        self._workers.remove(worker)
        worker.connection.close()
        worker.process.kill()
        worker.process.join()
        code = worker.process.exitcode
        worker.process.close()
        return code
