"""Rows for tests: photos, faces and vectors that differ by a number."""

import numpy as np

from dofisac_tui.library.photos import FaceRecord, PhotoRecord


def photo(path: bytes, content: str = "aa", root_id: int = 1, size: int = 100, mtime_ns: int = 1) -> PhotoRecord:
    """A photo at `path` with the content hash `content`."""
    return PhotoRecord(
        root_id=root_id,
        path=path,
        size=size,
        mtime_ns=mtime_ns,
        content_hash=content,
        format="JPEG",
        width=640,
        height=480,
        fingerprint=2**64 - 1,
        taken_at="2019-07-14T16:02:11",
        camera=None,
        latitude=52.5,
        longitude=None,
    )


def face(number: int) -> FaceRecord:
    """A face whose box and embedding (4 numbers) come from `number`."""
    return FaceRecord(
        box=(number, 1.5, 20.0, 30.0),
        landmarks=np.full((5, 2), number, np.float32),
        score=0.9,
        quality=0.5,
        embedding=vector(number),
    )


def vector(number: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Four numbers that half precision holds exactly."""
    return np.array([number, number / 2, 0.25, -1], np.float32)
