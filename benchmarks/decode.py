"""What reading one photo costs: one reduced decode for all, against a full decode and full-size work for each.

Run with `python -m benchmarks.decode [PHOTO]`; without a photo, one of 12 megapixels is made. Pairs are interleaved,
and only their ratios travel to other machines.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image, ImageOps

from dofisac_tui.config import Indexing
from dofisac_tui.engines.protocols import SceneCrop
from dofisac_tui.imaging.photo import ReadLimits
from dofisac_tui.imaging.read import read_photo
from dofisac_tui.imaging.reader_pool import ReaderPool, ReadRequest

PAIRS = 20
LIMITS = ReadLimits.of(Indexing())
CROP = SceneCrop(256, 224)


def naive(path: bytes) -> None:
    """As tools do that give each consumer the full-size picture."""
    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGB")
    np.asarray(image)
    imagehash.phash(image)
    short = CROP.resize / min(image.size)
    image.resize((int(image.width * short), int(image.height * short)), Image.Resampling.BICUBIC)
    small = image.copy()
    small.thumbnail((384, 384))
    small.save(BytesIO(), "JPEG")


def ours(path: bytes) -> None:
    read_photo(path, LIMITS, CROP)


def seconds(task: Callable[[bytes], None], path: bytes) -> float:
    begin = time.process_time()
    task(path)
    return time.process_time() - begin


def pooled(path: bytes) -> tuple[float, float]:
    """Seconds until a fresh worker has read its first photo, and CPU seconds of this process for each later one."""
    begin = time.monotonic()
    with ReaderPool(1, LIMITS, CROP) as pool:
        next(pool.read([ReadRequest(path)]))
        first, cpu = time.monotonic() - begin, time.process_time()
        for _ in pool.read([ReadRequest(path)] * PAIRS):
            pass
        return first, (time.process_time() - cpu) / PAIRS


def made_photo(folder: str) -> Path:
    path = Path(folder) / "photo.jpg"
    noise = np.random.default_rng(1).integers(0, 255, (189, 252, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((4032, 3024), Image.Resampling.BICUBIC).save(path, quality=92)
    return path


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = os.fsencode(sys.argv[1] if len(sys.argv) > 1 else made_photo(folder))
        for task in (ours, naive):  # warm up
            task(path)
        pairs = [(seconds(naive, path), seconds(ours, path)) for _ in range(PAIRS)]
        ratios = sorted(slow / fast for slow, fast in pairs)
        first, handing_over = pooled(path)
    print(f"full size for each: {statistics.median(slow for slow, _ in pairs) * 1e3:.0f} ms CPU")
    print(f"one reduced decode: {statistics.median(fast for _, fast in pairs) * 1e3:.0f} ms CPU")
    print(f"ratio: {statistics.median(ratios):.2f} (of {PAIRS} pairs, {ratios[0]:.2f} to {ratios[-1]:.2f})")
    print(f"a fresh worker's first photo: {first:.2f} s; handing a photo over: {handing_over * 1e3:.1f} ms CPU")


if __name__ == "__main__":
    main()
