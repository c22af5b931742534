"""The small pictures that screens show."""

from functools import cache
from io import BytesIO

from PIL import Image, ImageCms

THUMBNAIL_SIDE = 384
QUALITY = 80


def shrink(frame: Image.Image) -> Image.Image:
    """The same picture, its long side at most `THUMBNAIL_SIDE` pixels."""
    scale = min(1.0, THUMBNAIL_SIDE / max(frame.size))
    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    # averaging whole pixels does nearly all of it, at a third of the cost of resampling them
    return frame.resize(size, Image.Resampling.BICUBIC, reducing_gap=1.0)


def encode_thumbnail(small: Image.Image, icc_profile: bytes | None) -> bytes:
    """A JPEG file in sRGB, without metadata.

    Args:
        small: RGB.
        icc_profile: The profile of its colours, where the photo had one; a broken one is left out.
    """
    if icc_profile:
        small = _to_srgb(small, icc_profile)
    file = BytesIO()
    small.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def _to_srgb(image: Image.Image, icc_profile: bytes) -> Image.Image:
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(icc_profile))
        if profile.profile.xcolor_space.strip() != "RGB":  # of a CMYK or grey photo, which is RGB by now
            return image
        converted = ImageCms.profileToProfile(image, profile, _srgb())
    except (ImageCms.PyCMSError, OSError):
        return image
    return converted or image


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.createProfile("sRGB")  # type: ignore[return-value]
