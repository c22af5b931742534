"""Damaged files of every format: a photo or one plain failure, never a lost worker pool or an endless wait."""

import dataclasses
import os
import random
from pathlib import Path

from PIL import Image

from dofisac_tui.errors import PhotoError
from dofisac_tui.imaging.photo import ReadPhoto
from dofisac_tui.imaging.reader_pool import ReaderPool, ReadRequest
from tests.imaging.helpers import CROP, LIMITS, coffee, dng, encode, exif_of

ROUNDS = int(os.environ.get("DOFISAC_FUZZ_ROUNDS", "12"))
SMALL = (96, 64)


def seeds() -> dict[str, bytes]:
    image = coffee(SMALL)
    exif = exif_of(Orientation=6, Make="Acme", DateTime="2019:07:14 16:02:11").tobytes()
    kinds = ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF")
    found = {kind: encode(image, kind, exif=exif) for kind in kinds}
    found |= {kind: encode(image, kind) for kind in ("BMP", "PPM", "JPEG2000", "GIF")}
    found["progressive"] = encode(image, "JPEG", progressive=True, exif=exif)
    found["MPO"] = encode(image, "MPO", save_all=True, append_images=[image.rotate(90)])
    found["LZW"] = encode(image, "TIFF", compression="tiff_lzw")
    found["palette"] = encode(image.quantize(16, method=Image.Quantize.FASTOCTREE), "PNG")
    found["DNG"] = dng(image, 6)
    found["DNG preview"] = dng(image, 6, encode(coffee((1200, 800)), "JPEG"))
    return found


def damage(data: bytes, chance: random.Random) -> bytes:
    """Flip, cut, repeat or overwrite a little, mostly near the front, where the headers are."""
    broken = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 10))):
        at = int(len(broken) * chance.random() ** chance.choice((1, 3)))
        length = chance.randint(1, 16)
        match chance.randrange(5):
            case 0:
                broken[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                broken[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", bytes(4), b"\x7f\xff\xff\xff", b"\0\1\0\0"))
            case 2:
                del broken[at : at + length]
            case 3:
                broken[at:at] = broken[at : at + length]
            case 4:
                broken[at : at + length] = chance.randbytes(length)
    return bytes(broken)


def test_damaged_files_are_photos_or_failures(tmp_path: Path) -> None:
    chance = random.Random(20_240_714)
    paths = []
    for kind, data in seeds().items():
        for number in range(ROUNDS):
            path = tmp_path / f"{kind} {number}"
            path.write_bytes(damage(data, chance))
            paths.append(os.fsencode(path))
    limits = dataclasses.replace(LIMITS, seconds_per_photo=10.0, memory_megabytes=1024)
    outcomes = {}
    with ReaderPool(2, limits, CROP) as pool:
        for request, outcome in pool.read(ReadRequest(path) for path in paths):
            outcomes[request.path] = outcome
    assert sorted(outcomes) == sorted(paths)
    for name, outcome in outcomes.items():
        if isinstance(outcome, PhotoError):
            assert outcome.failure_class in ("unreadable", "unsupported", "too large", "decoder crashed"), name
            assert outcome.title.isprintable() and os.fsdecode(tmp_path) not in outcome.title
        else:
            assert isinstance(outcome, ReadPhoto) and outcome.frame.shape[2] == 3, name
    read = sum(isinstance(outcome, ReadPhoto) for outcome in outcomes.values())
    assert 0 < read < len(outcomes)
