"""EXIF to date, camera and place: right where it is good, silent where it is not."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import IFDRational

from dofisac_tui.imaging.decode import decode
from dofisac_tui.imaging.metadata import parse_camera, parse_date, parse_place, read_capture, read_exif
from dofisac_tui.imaging.photo import Capture
from tests.imaging.helpers import LIMITS, coffee, encode

DAY = "2019:07:14 16:02:11"


def full_exif() -> bytes:
    exif = Image.Exif()
    exif[Base.Make], exif[Base.Model] = "Acme", "Acme One\x1b[2J"
    exif[Base.DateTime] = "2022:01:01 00:00:00"
    exif.get_ifd(IFD.Exif).update(
        {Base.DateTimeOriginal: DAY, Base.SubsecTimeOriginal: "250", Base.OffsetTimeOriginal: "+02:00"}
    )
    exif.get_ifd(IFD.GPSInfo).update(
        {
            GPS.GPSLatitudeRef: "S",
            GPS.GPSLatitude: (33.0, 51.0, 24.48),
            GPS.GPSLongitudeRef: "E",
            GPS.GPSLongitude: (151.0, 12.0, 54.0),
        }
    )
    return exif.tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_capture_is_read_from_every_format(kind: str) -> None:
    capture = read_capture(decode(encode(coffee(), kind, exif=full_exif()), LIMITS).exif)
    assert capture.taken_at == "2019-07-14T16:02:11.250+02:00"
    assert capture.camera == "Acme One [2J"
    assert capture.latitude == pytest.approx(-33.8568)
    assert capture.longitude == pytest.approx(151.215)


def test_a_photo_without_exif_has_an_empty_capture() -> None:
    assert read_capture(decode(encode(coffee(), "JPEG"), LIMITS).exif) == Capture()


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, None),
        ({Base.DateTimeOriginal: DAY}, "2019-07-14T16:02:11"),
        ({Base.DateTimeOriginal: DAY.encode() + b"\0"}, "2019-07-14T16:02:11"),
        ({Base.DateTimeOriginal: "2019-07-14T16:02:11"}, "2019-07-14T16:02:11"),
        ({Base.DateTimeOriginal: DAY, Base.SubsecTimeOriginal: "7  "}, "2019-07-14T16:02:11.7"),
        ({Base.DateTimeOriginal: DAY, Base.SubsecTimeOriginal: "   "}, "2019-07-14T16:02:11"),
        ({Base.DateTimeOriginal: DAY, Base.SubsecTimeDigitized: "7"}, "2019-07-14T16:02:11"),
        ({Base.DateTimeOriginal: DAY, Base.OffsetTimeOriginal: "Z"}, "2019-07-14T16:02:11+00:00"),
        ({Base.DateTimeOriginal: DAY, Base.OffsetTimeOriginal: "+25:00"}, "2019-07-14T16:02:11"),
        ({Base.DateTimeOriginal: DAY, Base.OffsetTimeOriginal: "   :  "}, "2019-07-14T16:02:11"),
        ({Base.DateTimeOriginal: "0000:00:00 00:00:00", Base.DateTimeDigitized: DAY}, "2019-07-14T16:02:11"),
        ({Base.DateTimeOriginal: "    :  :     :  :  ", Base.DateTime: DAY}, "2019-07-14T16:02:11"),
        ({Base.DateTimeOriginal: "2150:01:01 00:00:00"}, None),
        ({Base.DateTimeOriginal: "1700:01:01 00:00:00"}, None),
        ({Base.DateTimeOriginal: "2019:02:30 00:00:00"}, None),
        ({Base.DateTimeOriginal: "2019:07:14 24:61:00"}, None),
        ({Base.DateTimeOriginal: 5, Base.DateTime: (1, 2)}, None),
        ({Base.DateTimeOriginal: "٢٠١٩:07:14 16:02:11"}, None),
    ],
)
def test_dates(tags: dict[int, Any], expected: str | None) -> None:
    assert parse_date(tags) == expected


@pytest.mark.parametrize(
    ("maker", "model", "expected"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("NIKON CORPORATION", "NIKON D90", "NIKON D90"),
        ("Apple", "iPhone 12", "Apple iPhone 12"),
        ("Apple\0junk", b"iPhone 12\0", "Apple iPhone 12"),
        (" Acme \r\n", "X\x1b]0;title\x07", "Acme X ]0;title"),
        ("Acme", None, "Acme"),
        (None, "One", "One"),
        (None, None, None),
        ("  ", "\0", None),
        (b"\xff\xfe", 7, "\ufffd\ufffd"),
        ("A" * 500, "B", "A" * 100),
        ("evil\u202egnp", "x", "evil gnp x"),
    ],
)
def test_cameras(maker: object, model: object, expected: str | None) -> None:
    assert parse_camera(maker, model) == expected


def gps(latitude: Any, north: Any, longitude: Any, east: Any) -> dict[int, Any]:
    return {
        GPS.GPSLatitude: latitude, GPS.GPSLatitudeRef: north, GPS.GPSLongitude: longitude, GPS.GPSLongitudeRef: east,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (gps((10, 30, 0), "N", (20, 0, 36), "E"), (10.5, 20.01)),
        (gps((10, 30, 0), "S", (20, 0, 36), "W"), (-10.5, -20.01)),
        (gps((10, 30, 0), b"s\0", (20, 0, 36), "w"), (-10.5, -20.01)),
        (gps((10.5,), "N", 20.01, "E"), (10.5, 20.01)),
        (gps((10, 30, IFDRational(0, 0)), "N", (20, 0, 36), "E"), (10.5, 20.01)),
        (gps((IFDRational(1, 0), 30, 0), "N", (20, 0, 36), "E"), None),
        (gps((0, 0, 0), "N", (0, 0, 0), "E"), None),
        (gps((91, 0, 0), "N", (20, 0, 0), "E"), None),
        (gps((10, 0, 0), "N", (180, 0, 1), "E"), None),
        (gps((-10, 0, 0), "N", (20, 0, 0), "E"), None),
        (gps((10, 0, 0), None, (20, 0, 0), "E"), None),
        (gps((), "N", (20, 0, 0), "E"), None),
        (gps(("x", 0, 0), "N", (20, 0, 0), "E"), None),
        ({}, None),
    ],
)
def test_places(tags: dict[int, Any], expected: tuple[float, float] | None) -> None:
    assert parse_place(tags) == (pytest.approx(expected) if expected else None)


digits = st.text("0123456789:+-./ TZ\0", max_size=25)
rationals = st.builds(IFDRational, st.integers(-(2**31), 2**32), st.integers(0, 2**31))
values = st.one_of(
    st.text(), st.binary(), digits, st.integers(), st.floats(), rationals, st.none(), st.tuples(rationals, rationals),
    st.lists(st.one_of(rationals, st.floats(), st.text(max_size=3)), max_size=5),
)  # fmt: skip
plausible = st.datetimes().map(lambda moment: moment.strftime("%Y:%m:%d %H:%M:%S"))
date_tags = st.dictionaries(
    st.sampled_from([tag for tag in Base if "Time" in tag.name]), st.one_of(values, plausible), max_size=9
)
hemispheres = st.one_of(st.sampled_from(["N", "S", "E", "W"]), values)


@settings(deadline=None)
@given(date_tags)
def test_dates_are_iso_or_nothing(tags: dict[int, Any]) -> None:
    taken_at = parse_date(tags)
    if taken_at is not None:
        assert datetime.fromisoformat(taken_at).year >= 1826


@settings(deadline=None)
@given(values, hemispheres, values, hemispheres)
def test_places_are_on_earth_or_nothing(latitude: Any, north: Any, longitude: Any, east: Any) -> None:
    place = parse_place(gps(latitude, north, longitude, east))
    assert place is None or (abs(place[0]) <= 90 and abs(place[1]) <= 180)


@settings(deadline=None)
@given(values, values)
def test_cameras_are_short_and_printable(maker: Any, model: Any) -> None:
    camera = parse_camera(maker, model)
    assert camera is None or (0 < len(camera) <= 100 and camera.isprintable())


@pytest.mark.filterwarnings("ignore")  # Pillow warns of broken EXIF
@settings(deadline=None)
@given(st.binary(max_size=400), st.integers(0, 200))
def test_broken_exif_never_raises(noise: bytes, at: int) -> None:
    whole = full_exif()
    for broken in (noise, b"Exif\0\0II*\0" + noise, whole[:at], whole[:at] + noise + whole[at + len(noise) :]):
        image = coffee().copy()
        image.info["exif"] = broken
        assert isinstance(read_capture(read_exif(image)), Capture)
