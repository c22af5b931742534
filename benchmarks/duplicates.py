"""How well near-duplicates are found: python -m benchmarks.duplicates FOLDER [FOLDER ...].

Of every photo in the folders there are six versions: as it is, re-encoded at two qualities, at half its size,
brighter, and with 3 % of each side cut off. Precision and recall are of pairs of a keeper and a member. Then different
scenes only: 1,000 parts of the photos, a third of their sides long, at places that do not overlap, where no group is
right. Each set is judged by fingerprints alone, with the scene engine's agreement, and with thumbnails,
as `cluster duplicates` does it, on every second photo and on the others. The correlation that counts as alike was fixed
after looking at the correlations of all of them, so neither half was unseen.
"""

import argparse
import io
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from dofisac_tui.clustering.duplicates import Agreement, DuplicateCandidate, duplicate_groups
from dofisac_tui.clustering.scenes import scene_agreement
from dofisac_tui.clustering.thumbnail_correlation import ALIKE, correlations, small_picture
from dofisac_tui.engines.bundled_scenes import BundledScenes
from dofisac_tui.imaging.fingerprint import fingerprint
from dofisac_tui.imaging.read import cut_scene
from dofisac_tui.matching.calibration import shipped_curve

AGREES = 0.5
PARTS = 1000


def versions(photo: Image.Image) -> list[Image.Image]:
    """Six versions that a person would call the same picture."""
    width, height = photo.size
    cut = (round(0.03 * width), round(0.03 * height), round(0.97 * width), round(0.97 * height))
    return [
        photo,
        encoded(photo, 85),
        encoded(photo, 40),
        photo.resize((max(1, width // 2), max(1, height // 2))),
        ImageEnhance.Brightness(photo).enhance(1.2),
        photo.crop(cut),
    ]


def encoded(photo: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def parts(photo: Image.Image) -> Iterator[Image.Image]:
    """Nine parts that do not overlap."""
    width, height = photo.width // 3, photo.height // 3
    for row in range(3):
        for column in range(3):
            yield photo.crop((column * width, row * height, (column + 1) * width, (row + 1) * height))


def candidates(photos: Sequence[Image.Image]) -> list[DuplicateCandidate]:
    return [
        DuplicateCandidate(number, str(number), fingerprint(photo), photo.width, photo.height, 0, "JPEG")
        for number, photo in enumerate(photos)
    ]


def scenes_of(engine: BundledScenes, photos: Sequence[Image.Image]) -> Agreement:
    crops = [cut_scene(photo, engine.crop) for photo in photos]
    vectors = np.concatenate([engine.embed_photos(np.stack(crops[at : at + 32])) for at in range(0, len(crops), 32)])
    return scene_agreement(vectors, engine.space.metric, shipped_curve(engine.space).distance(AGREES))


def thumbnails_of(photos: Sequence[Image.Image]) -> Agreement:
    pictures = [small_picture(photo) for photo in photos]

    def alike(position: int, others: NDArray[np.int64]) -> NDArray[np.bool_]:
        if not len(others):
            return np.empty(0, bool)
        return np.asarray(correlations(pictures[position], [pictures[each] for each in others.tolist()]) >= ALIKE)

    return alike


def report(name: str, photos: Sequence[Image.Image], truth: Sequence[int], engine: BundledScenes) -> None:
    """Precision and recall, of pairs of a keeper and a member."""
    known, scenes, thumbnails = candidates(photos), scenes_of(engine, photos), thumbnails_of(photos)
    wanted = len(truth) - len(set(truth))
    ways: list[tuple[str, Agreement | None, Agreement | None]] = [
        ("fingerprints alone", None, None),
        ("with scenes", scenes, None),
        ("with scenes and thumbnails", scenes, thumbnails),
    ]  # fmt: skip
    for way, agreement, alike in ways:
        start = time.perf_counter()
        groups = duplicate_groups(known, agreement, thumbnails=alike)
        seconds = time.perf_counter() - start
        pairs = [(group.keeper, member.id) for group in groups for member in group.members]
        right = sum(truth[a] == truth[b] for a, b in pairs)
        print(
            f"{name}, {way}: {len(photos)} photos, {len(groups)} groups, precision {right / max(1, len(pairs)):.4f}, "
            f"recall {right / max(1, wanted):.4f}, {len(pairs) - right} wrong, {seconds:.2f} s",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    options = parser.parse_args()
    paths = [
        path for folder in options.folders for path in sorted(folder.rglob("*")) if path.suffix in (".jpg", ".png")
    ]
    originals = [Image.open(path).convert("RGB") for path in paths]
    engine = BundledScenes()
    for half, number in (("first half", 0), ("second half", 1)):
        some = originals[number::2]
        same = [version for original in some for version in versions(original)]
        truth = [number for number in range(len(some)) for _ in range(len(same) // len(some))]
        report(f"versions, {half}", same, truth, engine)
        different = [part for original in some for part in parts(original)]
        different = different[:: max(1, len(different) // PARTS)][:PARTS]
        report(f"different, {half}", different, range(len(different)), engine)


if __name__ == "__main__":
    main()
