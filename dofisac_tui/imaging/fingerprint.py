"""The 64-bit perceptual hash that finds near-duplicates."""

import imagehash
from PIL import Image


def fingerprint(image: Image.Image) -> int:
    """imagehash's pHash (DCT of a 32 x 32 grey image, its 8 x 8 lowest frequencies against their median), unsigned.

    A reduced image gives the same hash, give or take two bits, at a fraction of the cost.
    """
    return int(str(imagehash.phash(image)), 16)


def hamming(a: int, b: int) -> int:
    """How many bits of two fingerprints differ, 0 to 64."""
    return (a ^ b).bit_count()
