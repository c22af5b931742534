"""Every format comes out as the same upright RGB picture."""

import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from dofisac_tui.imaging.decode import FRAME_SIDE, decode
from dofisac_tui.imaging.fingerprint import fingerprint, hamming
from dofisac_tui.imaging.formats import FORMATS, format_problems, is_photo_name, pillow_formats
from dofisac_tui.imaging.metadata import read_capture
from dofisac_tui.imaging.thumbnail import THUMBNAIL_SIDE, encode_thumbnail, shrink
from tests.imaging.helpers import LIMITS, coffee, difference, dng, encode, exif_of, turned

WRITTEN = {
    "jpeg": lambda image: encode(image, "JPEG", quality=90),
    "progressive": lambda image: encode(image, "JPEG", progressive=True),
    "cmyk": lambda image: encode(image.convert("CMYK"), "JPEG"),
    "mpo": lambda image: encode(image, "MPO", save_all=True, append_images=[image.rotate(180)]),
    "png": lambda image: encode(image, "PNG"),
    "png palette": lambda image: encode(image.quantize(256), "PNG"),
    "webp": lambda image: encode(image, "WEBP"),
    "webp lossless": lambda image: encode(image, "WEBP", lossless=True),
    "gif": lambda image: encode(image, "GIF", save_all=True, append_images=[image.rotate(180)]),
    "bmp": lambda image: encode(image, "BMP"),
    "tiff": lambda image: encode(image, "TIFF", save_all=True, append_images=[image.rotate(180)]),
    "tiff lzw cmyk": lambda image: encode(image.convert("CMYK"), "TIFF", compression="tiff_lzw"),
    "tiff lab": lambda image: encode(image.convert("LAB"), "TIFF"),
    "jpeg 2000": lambda image: encode(image, "JPEG2000"),
    "ppm": lambda image: encode(image, "PPM"),
    "heic": lambda image: encode(image, "HEIF"),
    "avif": lambda image: encode(image, "AVIF"),
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_every_format_gives_the_same_picture(kind: str) -> None:
    photo = decode(WRITTEN[kind](coffee()), LIMITS)
    assert (photo.width, photo.height) == photo.frame.size == (600, 400)
    assert photo.frame.mode == "RGB" and photo.frame.info == {}
    assert difference(photo.frame, coffee()) < 4


@pytest.mark.parametrize("kind", ["jpeg", "progressive", "mpo", "png", "webp", "bmp", "tiff lzw cmyk"])
def test_large_photos_are_reduced_to_less_than_twice_the_frame(kind: str) -> None:
    photo = decode(WRITTEN[kind](coffee((3600, 2400))), LIMITS)
    assert (photo.width, photo.height) == (3600, 2400)
    assert photo.frame.size == (1800, 1200)
    assert difference(photo.frame, coffee()) < 4


@pytest.mark.parametrize("size", [(3199, 20), (4032, 3024), (3024, 4032), (9000, 30), (30, 30_000), (3, 8000), (1, 1)])
def test_frames_are_of_the_promised_size(size: tuple[int, int]) -> None:
    for data in (encode(coffee(size), "JPEG"), encode(coffee(size), "PNG")):
        photo = decode(data, LIMITS)
        assert (photo.width, photo.height) == size
        assert min(FRAME_SIDE, max(size)) <= max(photo.frame.size) < 2 * FRAME_SIDE
        assert min(photo.frame.size) >= 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_eight_orientations_come_out_upright(kind: str, orientation: int) -> None:
    image = coffee()
    photo = decode(encode(turned(image, orientation), kind, exif=exif_of(Orientation=orientation).tobytes()), LIMITS)
    assert (photo.width, photo.height) == photo.frame.size == (600, 400)
    assert difference(photo.frame, image) < 4
    assert hamming(fingerprint(photo.frame), fingerprint(image)) <= 4


def test_orientations_of_a_drafted_photo_swap_the_original_size() -> None:
    image = coffee((3600, 2400))
    photo = decode(encode(turned(image, 6), "JPEG", exif=exif_of(Orientation=6)), LIMITS)
    assert (photo.width, photo.height, photo.frame.size) == (3600, 2400, (1800, 1200))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_impossible_orientations_are_upright(orientation: int) -> None:
    photo = decode(encode(coffee(), "JPEG", exif=exif_of(Orientation=orientation)), LIMITS)
    assert difference(photo.frame, coffee()) < 4


def test_shared_portraits_are_alike(shared_photos: Path) -> None:
    photos = [decode(path.read_bytes(), LIMITS) for path in sorted((shared_photos / "orientation").iterdir())]
    hashes = [fingerprint(shrink(photo.frame)) for photo in photos]
    assert len(photos) == 8
    assert {(photo.width, photo.height) for photo in photos} == {(1200, 1800)}
    assert max(hamming(hashes[0], each) for each in hashes) <= 4


def test_shared_formats_are_read(shared_photos: Path) -> None:
    found = {path.name: decode(path.read_bytes(), LIMITS) for path in (shared_photos / "formats").iterdir()}
    assert {name: photo.format for name, photo in found.items()} == {
        "8bit-sRGB.avif": "AVIF", "IMG_2682.heic": "HEIF", "denali.webp": "WEBP", "density_plot.png": "PNG",
    }  # fmt: skip
    assert read_capture(found["denali.webp"].exif).camera == "Canon EOS 7D"


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_becomes_white(mode: str) -> None:
    image = coffee().convert("RGBA")
    image.paste((255, 0, 0, 0), (0, 0, 300, 400))
    stored = image.quantize(64, method=Image.Quantize.FASTOCTREE) if mode == "P" else image.convert(mode)
    expected = coffee().convert("L" if mode == "LA" else "RGB")
    for kind in ("PNG", "GIF" if mode == "P" else "TIFF"):
        frame = decode(encode(image if kind == "GIF" else stored, kind), LIMITS).frame
        assert frame.getpixel((50, 50)) == (255, 255, 255)
        assert difference(frame.crop((300, 0, 600, 400)), expected.crop((300, 0, 600, 400))) < 8


def test_a_transparent_colour_of_png_becomes_white() -> None:
    data = encode(Image.new("RGB", (40, 40), (1, 2, 3)), "PNG", transparency=(1, 2, 3))
    assert decode(data, LIMITS).frame.getpixel((9, 9)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM", "JPEG2000"])
def test_sixteen_bit_grey_is_neither_clipped_nor_dark(kind: str) -> None:
    grey = coffee((3600, 2400) if kind == "PNG" else (600, 400)).convert("L")
    wide = Image.fromarray(np.asarray(grey, dtype=np.uint16) * 257)
    assert difference(decode(encode(wide, kind), LIMITS).frame, grey) < 2


def test_float_pictures_are_stretched_and_tolerate_nan() -> None:
    grey = np.asarray(coffee().convert("L"), dtype=np.float32) / 255
    grey[0, 0] = np.nan
    photo = decode(encode(Image.fromarray(grey), "TIFF"), LIMITS)
    assert difference(photo.frame, coffee().convert("L")) < 8


def test_flat_wide_integers_are_read() -> None:
    photo = decode(encode(Image.fromarray(np.full((9, 9), 10**6, dtype=np.int32)), "TIFF"), LIMITS)
    assert photo.frame.getpixel((4, 4)) == (0, 0, 0)


@pytest.mark.parametrize("mode", ["1", "L"])
def test_black_and_white_and_grey_become_rgb(mode: str) -> None:
    image = coffee().convert(mode)
    assert difference(decode(encode(image, "PNG"), LIMITS).frame, image) < 2


def test_ten_bit_colour_is_read() -> None:
    wide = np.asarray(coffee(), dtype=np.uint16) * 257
    file = BytesIO()
    pillow_heif.from_bytes("RGB;16", (600, 400), wide.tobytes()).save(file, quality=90)
    assert difference(decode(file.getvalue(), LIMITS).frame, coffee()) < 4


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("embedded", [True, False])
def test_raw_photos_come_out_upright(orientation: int, embedded: bool) -> None:
    pytest.importorskip("rawpy")
    upright = coffee((2400, 1600))
    sensor = turned(upright, orientation)
    preview = encode(sensor.resize((sensor.width // 2, sensor.height // 2)), "JPEG") if embedded else b""
    photo = decode(dng(sensor, orientation, preview), LIMITS)
    assert (photo.format, photo.width, photo.height) == ("RAW", 2400, 1600)
    assert photo.frame.size == (1200, 800)
    assert hamming(fingerprint(photo.frame), fingerprint(upright)) <= (4 if embedded else 10)
    capture = read_capture(photo.exif)
    assert (capture.taken_at, capture.camera) == ("2021-05-06T07:08:09", "Acme Raw 1")


def test_a_stamp_sized_raw_preview_is_not_used() -> None:
    photo = decode(dng(coffee((2400, 1600)), preview=encode(coffee((160, 106)), "JPEG")), LIMITS)
    assert photo.frame.size == (1200, 800)


def test_an_edited_tiff_of_a_camera_is_no_raw_file() -> None:
    photo = decode(encode(coffee(), "TIFF", exif=exif_of(Make="Canon", Model="Canon EOS 5D")), LIMITS)
    assert photo.format == "TIFF" and difference(photo.frame, coffee()) < 2


@pytest.mark.parametrize("lossless_jpeg", [True, False])
def test_jpeg_xl_is_read_where_its_plugin_is_installed(tmp_path: Path, lossless_jpeg: bool) -> None:
    pytest.importorskip("pillow_jxl")
    exif = exif_of(Orientation=6, DateTime="2021:05:06 07:08:09").tobytes()
    (tmp_path / "a.jpg").write_bytes(encode(turned(coffee(), 6), "JPEG", exif=exif))
    with Image.open(tmp_path / "a.jpg") as image:
        image.save(tmp_path / "a.jxl", lossless_jpeg=lossless_jpeg, exif=exif)
    photo = decode((tmp_path / "a.jxl").read_bytes(), LIMITS)
    upright = coffee() if lossless_jpeg else turned(coffee(), 6)  # a codestream does not heed EXIF
    assert (photo.format, photo.frame.size) == ("JXL", upright.size)
    assert difference(photo.frame, upright) < 4


def test_every_format_but_the_optional_one_is_readable_here() -> None:
    problems = format_problems()
    assert set(problems) == {kind.name for kind in FORMATS}
    assert {name for name, problem in problems.items() if problem} <= {"JXL"}
    assert not problems["JXL"] or re.search("pillow-jxl-plugin", problems["JXL"])
    assert "RAW" not in pillow_formats() and "EPS" not in pillow_formats()


@pytest.mark.parametrize(
    ("name", "photo"),
    [
        (b"a.jpg", True), (b"/x/A.JPG", True), (b"a.HeIc", True), (b"b\xff\n.CR3", True), (b"a.tar.png", True),
        (b"._a.jpg", False), (b"/x/._a.jpg", False), (b".jpg", False), (b"jpg", False), (b"a.jpg.txt", False),
        (b"a.jpg/b", False), (b"a.mp4", False), (b"", False),
    ],
)  # fmt: skip
def test_photo_names(name: bytes, photo: bool) -> None:
    assert is_photo_name(name) is photo


def test_thumbnails_are_small_srgb_files_without_metadata() -> None:
    photo = decode(encode(coffee((3600, 2400)), "JPEG", exif=exif_of(Make="Acme"), comment=b"a secret"), LIMITS)
    with Image.open(BytesIO(encode_thumbnail(shrink(photo.frame), None))) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (THUMBNAIL_SIDE, 256))
        assert not image.getexif() and "comment" not in image.info
        assert difference(image, coffee()) < 4


def test_thumbnails_of_small_photos_are_not_enlarged() -> None:
    with Image.open(BytesIO(encode_thumbnail(shrink(coffee((30, 20))), None))) as image:
        assert image.size == (30, 20)


def test_colour_profiles_are_brought_to_srgb_and_broken_ones_ignored() -> None:
    swapped = _profile_with_red_and_green_swapped()
    red = Image.new("RGB", (16, 16), (200, 20, 20))
    for profile, greenish in ((swapped, True), (b"broken", False), (None, False)):
        with Image.open(BytesIO(encode_thumbnail(red, profile))) as image:
            pixel = image.getpixel((8, 8))
        assert isinstance(pixel, tuple) and (pixel[1] > pixel[0]) is greenish


def _profile_with_red_and_green_swapped() -> bytes:
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = data.index(b"rXYZ"), data.index(b"gXYZ")
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data)
