"""One file to one result, or to one plain sentence."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
import zlib
from io import BytesIO
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from dofisac_tui.config import Indexing
from dofisac_tui.engines.protocols import SceneCrop
from dofisac_tui.errors import PhotoError
from dofisac_tui.imaging.fingerprint import fingerprint, hamming
from dofisac_tui.imaging.photo import KnownPhoto, ReadLimits, ReadPhoto
from dofisac_tui.imaging.read import cut_scene, read_photo
from dofisac_tui.imaging.thumbnail import shrink
from tests.imaging.helpers import CROP, LIMITS, coffee, encode, exif_of


def read(path: Path | bytes, limits: ReadLimits = LIMITS) -> ReadPhoto:
    photo = read_photo(os.fsencode(path), limits, CROP)
    assert isinstance(photo, ReadPhoto)
    return photo


def failure(path: Path | bytes, limits: ReadLimits = LIMITS) -> tuple[str, str]:
    with pytest.raises(PhotoError) as caught:
        read_photo(os.fsencode(path), limits, CROP)
    assert "/" not in caught.value.title and b"/" not in os.fsencode(caught.value.hint)
    return caught.value.failure_class, caught.value.title


def written(folder: Path, data: bytes, name: str = "a.jpg") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_everything_of_a_photo(tmp_path: Path) -> None:
    data = encode(coffee((3600, 2400)), "JPEG", exif=exif_of(Make="Acme", DateTime="2019:07:14 16:02:11"))
    path = written(tmp_path, data)
    photo = read(path)
    assert photo.content_hash == hashlib.sha256(data).hexdigest()
    assert (photo.size, photo.mtime_ns) == (len(data), path.stat().st_mtime_ns)
    assert (photo.format, photo.width, photo.height) == ("JPEG", 3600, 2400)
    assert photo.frame.shape == (1200, 1800, 3) and photo.frame.dtype == np.uint8
    assert photo.frame_scale == 0.5
    assert photo.scene_crop.shape == (224, 224, 3) and photo.scene_crop.dtype == np.uint8
    assert photo.capture.taken_at == "2019-07-14T16:02:11" and photo.capture.camera == "Acme"
    assert 0 <= photo.fingerprint < 2**64
    with Image.open(BytesIO(photo.thumbnail)) as thumbnail:
        assert thumbnail.size == (384, 256)


def test_known_content_is_not_decoded(tmp_path: Path) -> None:
    data = b"no picture at all"
    path = written(tmp_path, data)
    content_hash = hashlib.sha256(data).hexdigest()
    known = read_photo(os.fsencode(path), LIMITS, CROP, frozenset({content_hash}))
    assert known == KnownPhoto(content_hash, len(data), path.stat().st_mtime_ns)


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    assert read(written(tmp_path, encode(coffee(), "PNG"), "a.jpg")).format == "PNG"
    assert failure(written(tmp_path, b"Dear diary,\n" * 99))[0] == "unsupported"
    assert failure(written(tmp_path, b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"))[0] == "unsupported"


def test_an_empty_file(tmp_path: Path) -> None:
    assert failure(written(tmp_path, b"")) == ("unreadable", "The file is empty")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "HEIF", "AVIF", "JPEG2000", "PPM"])
def test_files_that_end_early(tmp_path: Path, kind: str) -> None:
    data = encode(coffee(), kind)
    for part in (0.02, 0.3, 0.7, 0.9):
        assert failure(written(tmp_path, data[: int(len(data) * part)]))[0] == "unreadable"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
def test_half_a_file_is_called_that(tmp_path: Path, kind: str) -> None:
    data = encode(coffee(), kind)
    assert failure(written(tmp_path, data[: len(data) // 2])) == ("unreadable", "The file ends early")


def bomb(side: int) -> bytes:
    """A PNG of a few kilobytes that claims to be side x side pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    row = zlib.compress(bytes(1 + (side + 7) // 8) * 99)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", row) + chunk(b"IEND", b"")


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    assert failure(written(tmp_path, bomb(30_000)))[0] == "too large"
    kind, title = failure(written(tmp_path, bomb(15_000)))
    assert kind == "too large" and "225 megapixels" in title


def test_limits_come_from_the_settings(tmp_path: Path) -> None:
    limits = ReadLimits.of(Indexing(max_megapixels=1, max_megabytes=1))
    assert limits.seconds_per_photo == Indexing().seconds_per_photo
    assert read(written(tmp_path, encode(coffee((1000, 1000)), "JPEG")), limits).width == 1000
    assert failure(written(tmp_path, encode(coffee((1001, 1000)), "JPEG")), limits)[0] == "too large"
    kind, title = failure(written(tmp_path, bytes(1_000_001)), limits)
    assert kind == "too large" and "megabytes" in title


def test_large_scans_are_read_up_to_the_limit_of_the_settings(tmp_path: Path) -> None:
    photo = read(written(tmp_path, encode(Image.new("1", (13_500, 13_500)), "PNG")))  # Pillow itself refuses this
    assert photo.frame.shape == (1688, 1688, 3)


def test_broken_exif_costs_only_the_exif(tmp_path: Path) -> None:
    for exif in (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"Exif\0\0garbage"):
        photo = read(written(tmp_path, encode(coffee(), "JPEG", exif=exif)))
        assert photo.frame.shape == (400, 600, 3) and photo.capture.taken_at is None


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.jpg"))
        for name in ("folder.jpg", "pipe.jpg", "socket.jpg"):
            assert failure(tmp_path / name)[0] == "unsupported"
    assert failure(b"/dev/zero")[0] == "unsupported"


def test_links_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    (tmp_path / "link.jpg").symlink_to(written(tmp_path, encode(coffee(), "JPEG"), "target.jpg"))
    assert failure(tmp_path / "loop.jpg") == ("unreadable", "The file is a link that leads back to itself")
    assert failure(tmp_path / "none.jpg") == ("unreadable", "The file is gone")
    assert failure(tmp_path / "target.jpg" / "a.jpg") == ("unreadable", "The file is gone")
    assert failure(tmp_path / ("a" * 300)) == ("unreadable", "The path is too long for this system")
    assert read(tmp_path / "link.jpg").format == "JPEG"


@pytest.mark.skipif(os.getuid() != 0, reason="drops the rights of root")
def test_a_file_that_may_not_be_read_as_another_user(tmp_path: Path) -> None:
    folder = tmp_path.parent
    script = (
        "import os, sys, numpy, PIL.Image\n"
        "from tests.imaging.test_read_photo import failure\n"
        "os.setresuid(65534, 65534, 65534)\n"
        "print(*failure(os.fsencode(sys.argv[1])), sep='|')\n"
    )
    path = written(tmp_path, encode(coffee(), "JPEG"))
    path.chmod(0)
    for each in (tmp_path, folder, folder.parent, folder.parent.parent):
        if each != Path("/tmp"):
            each.chmod(each.stat().st_mode | 0o011)
    out = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True, timeout=60)
    assert out.stdout.strip() == "unreadable|The file may not be read by this user"


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = written(tmp_path, encode(coffee(), "JPEG"))
    path.chmod(0)
    assert failure(path) == ("unreadable", "The file may not be read by this user")


@pytest.mark.parametrize(
    "name",
    [
        b"line\nbreak.jpg", b"quote'\".jpg", b"\x1b[2Jescape.jpg", b"[b]bold[.jpg", "caf\u00e9 \U0001f600.jpg".encode(),
        b"\xff\xfe not text.jpg", b"x" * 251 + b".jpg", b"-rf.jpg", b" .jpg",
    ],
)  # fmt: skip
def test_any_name_will_do(tmp_path: Path, name: bytes) -> None:
    path = os.path.join(os.fsencode(tmp_path), name)
    with open(path, "wb") as file:
        file.write(encode(coffee(), "JPEG"))
    assert read(path).format == "JPEG"


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, bytes(2**22))
    stop = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"more")
                time.sleep(0.0005)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        seen = {failure(path)[1] for _ in range(30)}
    finally:
        stop.set()
        writer.join()
    assert "The file is being written" in seen


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    good, bad = written(tmp_path, encode(coffee(), "JPEG")), written(tmp_path, b"GIF89a", "b.gif")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        read(good)
        failure(bad)
        failure(tmp_path)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("size", [(600, 400), (400, 600), (401, 333), (224, 224), (1800, 1213)])
@pytest.mark.parametrize("crop", [SceneCrop(256, 224), SceneCrop(224, 224), SceneCrop(280, 280)])
def test_scene_crops_equal_resizing_and_cutting(size: tuple[int, int], crop: SceneCrop) -> None:
    image = coffee(size)
    scale = crop.resize / min(size)
    wide = image.resize((int(size[0] * scale), int(size[1] * scale)), Image.Resampling.BICUBIC)
    left, top = round((wide.width - crop.size) / 2), round((wide.height - crop.size) / 2)
    cut = np.asarray(wide.crop((left, top, left + crop.size, top + crop.size)), dtype=int)
    apart = np.abs(cut - cut_scene(image, crop))
    assert apart.max() <= 5 and apart.mean() < 0.4  # Pillow rounds between its passes, and reduces by averaging


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (30_000, 1), (1, 30_000), (60_000, 7)])
def test_pictures_of_extreme_shapes_are_read(tmp_path: Path, size: tuple[int, int]) -> None:
    photo = read(written(tmp_path, encode(Image.new("RGB", size, (10, 200, 30)), "PNG")))
    assert (photo.width, photo.height) == size
    assert photo.scene_crop.shape == (224, 224, 3)
    assert (photo.scene_crop == (10, 200, 30)).all()


def test_fingerprints_equal_those_of_the_full_size(sample_photos: Path) -> None:
    for path in sample_photos.iterdir():
        with Image.open(path) as image:
            large = image.convert("RGB").resize((3400, 3400 * image.height // image.width))
        data = encode(large, "JPEG", quality=90)
        photo = read(written(path.parent.parent, data, "large.jpg"))
        with Image.open(BytesIO(data)) as image:
            full = int(str(imagehash.phash(image)), 16)
        assert hamming(photo.fingerprint, full) <= 2


def test_fingerprints_of_the_shared_photos_equal_those_of_the_full_size(shared_photos: Path) -> None:
    for path in sorted((shared_photos / "scenes").iterdir()):
        with Image.open(path) as image:
            assert hamming(read(path).fingerprint, fingerprint(image)) <= 2


def test_fingerprints_tell_photos_apart(sample_photos: Path) -> None:
    hashes = []
    for path in sample_photos.iterdir():
        with Image.open(path) as image:
            hashes.append(fingerprint(shrink(image.convert("RGB"))))
    assert min(hamming(a, b) for a in hashes for b in hashes if a is not b) > 10
    assert hamming(0, 2**64 - 1) == 64 and hamming(5, 6) == 2
