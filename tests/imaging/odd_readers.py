"""Readers that misbehave, for the pool to survive. The first byte of the file's name says how."""

import os
import signal
import time

from dofisac_tui.engines.protocols import SceneCrop
from dofisac_tui.imaging.photo import KnownPhoto, ReadLimits, ReadPhoto
from dofisac_tui.imaging.read import read_photo


def odd_reader(
    path: bytes, limits: ReadLimits, crop: SceneCrop, known_hashes: frozenset[str]
) -> ReadPhoto | KnownPhoto:
    match os.path.basename(path)[:1]:
        case b"c":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"x":
            os._exit(3)
        case b"h":
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            while True:
                time.sleep(1)
        case b"m":
            bytearray(limits.memory_megabytes * 2**20)
        case b"b":
            raise ZeroDivisionError("a \x1b mistake")
        case b"p":
            return KnownPhoto(str(os.getpid()), os.nice(0), 0)
    return read_photo(path, limits, crop, known_hashes)
