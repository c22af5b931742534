"""EXIF to the date, the camera and the place of a photo. Broken EXIF is never an error, only less to know."""

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from PIL import ExifTags, Image
from PIL.ExifTags import GPS, IFD, Base

from dofisac_tui.imaging.photo import Capture

Tags = Mapping[int, object]

LONGEST_CAMERA = 100
_FIRST_PHOTOGRAPH = datetime(1826, 1, 1)

# the date, its fraction of a second and its offset from UTC (Exif 2.32, section 4.6.5), most wanted first
_DATES = (
    (Base.DateTimeOriginal, Base.SubsecTimeOriginal, Base.OffsetTimeOriginal),
    (Base.DateTimeDigitized, Base.SubsecTimeDigitized, Base.OffsetTimeDigitized),
    (Base.DateTime, Base.SubsecTime, Base.OffsetTime),
)
_DATE = re.compile(r"(\d{4})[:/.-](\d\d)[:/.-](\d\d)[ T](\d\d):(\d\d):(\d\d)", re.ASCII)
_OFFSET = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)", re.ASCII)
_FRACTION = re.compile(r"\d+", re.ASCII)


def read_exif(image: Image.Image) -> Image.Exif:
    """The EXIF of an opened picture of any format; empty where there is none or it cannot be read."""
    try:
        return image.getexif()
    except Exception:  # Pillow's parser raises what it likes on broken EXIF, and the pixels may still be good
        return Image.Exif()


def read_tiff_exif(data: bytes) -> Image.Exif:
    """The EXIF of a raw file that is a TIFF file inside, as most are; empty for the others."""
    exif = Image.Exif()
    try:
        exif.load(data)
    except Exception:  # as in read_exif
        return Image.Exif()
    return exif


def read_capture(exif: Image.Exif) -> Capture:
    """Date, camera and place as far as the EXIF has believable ones."""
    main = dict(exif)
    place = parse_place(_sub_ifd(exif, IFD.GPSInfo))
    return Capture(
        taken_at=parse_date({**main, **_sub_ifd(exif, IFD.Exif)}),
        camera=parse_camera(main.get(Base.Make), main.get(Base.Model)),
        latitude=place[0] if place else None,
        longitude=place[1] if place else None,
    )


def parse_date(tags: Tags) -> str | None:
    """The first believable date as ISO 8601 local time, with fraction and offset where the file has them."""
    for date, fraction, offset in _DATES:
        moment = _believable(_text(tags.get(date)))
        if moment is not None:
            return moment.isoformat() + _fraction(tags.get(fraction)) + _offset(tags.get(offset))
    return None


def parse_camera(maker: object, model: object) -> str | None:
    """Maker and model, without the maker twice: `Canon`, `Canon EOS 5D` is one camera, not `Canon Canon EOS 5D`."""
    maker_name, model_name = _text(maker), _text(model)
    brand = maker_name.split(" ")[0]
    if brand and model_name.lower().startswith(brand.lower()):
        maker_name = ""
    return f"{maker_name} {model_name}".strip()[:LONGEST_CAMERA].strip() or None


def parse_place(tags: Tags) -> tuple[float, float] | None:
    """Degrees north and east; None where either is missing, unbelievable, or both are the zero of "no fix"."""
    latitude = _degrees(tags.get(GPS.GPSLatitude), tags.get(GPS.GPSLatitudeRef), "N", "S", 90.0)
    longitude = _degrees(tags.get(GPS.GPSLongitude), tags.get(GPS.GPSLongitudeRef), "E", "W", 180.0)
    if latitude is None or longitude is None or (latitude, longitude) == (0.0, 0.0):
        return None
    return latitude, longitude


def _sub_ifd(exif: Image.Exif, ifd: ExifTags.IFD) -> Tags:
    try:
        return exif.get_ifd(ifd)
    except Exception:  # as in read_exif; a broken part must not cost the other parts
        return {}


def _text(value: object) -> str:
    """Text of a tag: bytes decoded, cut at the first NUL, control characters and runs of blanks made one blank."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    printable = "".join(letter if letter.isprintable() else " " for letter in value.split("\0")[0])
    return " ".join(printable.split())


def _believable(text: str) -> datetime | None:
    match = _DATE.match(text)
    if match is None:
        return None
    try:
        moment = datetime(*(int(part) for part in match.groups()))  # type: ignore[arg-type]  # six of them
    except ValueError:
        return None
    # a camera may be a day ahead of us by its time zone, but not more
    return moment if _FIRST_PHOTOGRAPH <= moment <= datetime.now() + timedelta(days=1) else None


def _fraction(value: object) -> str:
    match = _FRACTION.match(_text(value))
    return f".{match[0][:6]}" if match else ""


def _offset(value: object) -> str:
    text = _text(value)
    if text == "Z":
        return "+00:00"
    match = _OFFSET.match(text)
    return match[0] if match else ""


def _degrees(value: object, reference: object, positive: str, negative: str, most: float) -> float | None:
    sign = {positive: 1.0, negative: -1.0}.get(_text(reference).upper()[:1])
    parts = [_number(part) for part in value] if isinstance(value, (tuple, list)) else [_number(value)]
    if sign is None or not parts or parts[0] is None:
        return None
    # some cameras write minutes or seconds that they do not have as 0/0
    degrees = sum((part or 0.0) / 60**power for power, part in enumerate(parts[:3]))
    return sign * degrees if 0.0 <= degrees <= most else None


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever the file holds there
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None
