"""What runs inside one decoder process: read a photo, hand the result over, read the next."""

import os
import pickle
import resource
import signal
from collections.abc import Callable
from multiprocessing import reduction
from multiprocessing.connection import Connection

from PIL import Image

from dofisac_tui.display import display_text
from dofisac_tui.engines.protocols import SceneCrop
from dofisac_tui.errors import PhotoError
from dofisac_tui.imaging.fingerprint import fingerprint
from dofisac_tui.imaging.formats import pillow_formats
from dofisac_tui.imaging.photo import KnownPhoto, ReadLimits, ReadPhoto

ReadResult = ReadPhoto | KnownPhoto | PhotoError
Reader = Callable[[bytes, ReadLimits, SceneCrop, frozenset[str]], ReadPhoto | KnownPhoto]

READY = b"ready"


def serve(connection: Connection, limits: ReadLimits, crop: SceneCrop, reader: Reader, nice: int) -> None:
    """Answer requests until the other end is closed, which it also is when the parent is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c reaches every process of the terminal; the parent decides
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    os.nice(nice)
    memory = limits.memory_megabytes * 2**20
    # not RLIMIT_AS: mapped libraries and the idle halves of thread stacks would count
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection.send_bytes(READY)
    _silence_decoders()
    _load_decoders()
    try:
        while True:
            path, known_hashes = connection.recv()
            # the kernel ends a decoder that hangs, whatever state it is in and whether the parent still lives
            signal.setitimer(signal.ITIMER_REAL, limits.seconds_per_photo)
            outcome = _outcome(reader, path, limits, crop, known_hashes)
            signal.setitimer(signal.ITIMER_REAL, 0)
            send_result(connection, outcome)
    except (EOFError, ConnectionError):
        return


def send_result(connection: Connection, outcome: ReadResult) -> None:
    """Hand over a result in anonymous memory: four times cheaper than through the pipe, it never waits for the
    receiver, and the kernel frees it with the last process that holds it."""
    with open(os.memfd_create("photo"), "wb", buffering=0) as memory:
        pickle.dump(outcome, memory, protocol=5)
        reduction.send_handle(connection, memory.fileno(), os.getppid())


def receive_result(connection: Connection) -> ReadResult:
    """Take a result that `send_outcome` sent.

    Raises:
        EOFError: the worker has ended.
    """
    with open(reduction.recv_handle(connection), "rb", buffering=0) as memory:
        memory.seek(0)
        outcome: ReadResult = pickle.load(memory)  # noqa: S301  # written by our own process
        return outcome


def _outcome(
    reader: Reader, path: bytes, limits: ReadLimits, crop: SceneCrop, known_hashes: frozenset[str]
) -> ReadResult:
    try:
        return reader(path, limits, crop, known_hashes)
    except PhotoError as error:
        return PhotoError(error.failure_class, error.title, error.hint)  # without the frames that its traceback holds
    except MemoryError:
        return PhotoError(
            "too large",
            "The photo needs more memory than one photo may have",
            "Raise memory_megabytes in the settings to read it.",
        )
    except Exception as error:  # a mistake of ours; it costs this photo and is told, as a crash would be
        return PhotoError("decoder crashed", f"The decoder failed: {display_text(repr(error), 200)}")


def _load_decoders() -> None:
    """Load what is otherwise loaded while the first photo is read, whose time is limited."""
    pillow_formats()
    fingerprint(Image.new("L", (32, 32)))


def _silence_decoders() -> None:
    """C libraries print warnings about damaged files to stderr, across whatever the terminal shows."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    os.close(nothing)
