"""How well near-duplicates are found: python -m benchmarks.duplicates FOLDER [FOLDER ...].

Of every photo in the folders there are six versions: as it is, re-encoded at two qualities, at half its size,
brighter, and with 3 % of each side cut off. Precision and recall are of pairs of a keeper and a member. Then different
scenes only: 1,000 parts of the photos, a third of their sides long, at places that do not overlap, where no group is
right. The scene engine's agreement is asked at a Match of 90 %, and, to show what it gives, left out.
"""

import argparse
import io
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from dofisac_tui.clustering.duplicates import Agreement, DuplicateCandidate, duplicate_groups
from dofisac_tui.clustering.scenes import scene_agreement
from dofisac_tui.engines.bundled_scenes import BundledScenes
from dofisac_tui.engines.calibration import calibration_for
from dofisac_tui.imaging.fingerprint import fingerprint
from dofisac_tui.imaging.read import cut_scene

AGREES = 0.9
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
    return scene_agreement(vectors, engine.space.metric, calibration_for(engine.space).distance(AGREES))


def report(name: str, photos: Sequence[Image.Image], truth: Sequence[int], agreement: Agreement | None) -> None:
    """Precision and recall, of pairs of a keeper and a member."""
    start = time.perf_counter()
    groups = duplicate_groups(candidates(photos), agreement)
    seconds = time.perf_counter() - start
    pairs = [(group.keeper, member.id) for group in groups for member in group.members]
    right = sum(truth[a] == truth[b] for a, b in pairs)
    wanted = len(truth) - len(set(truth))
    print(
        f"{name}: {len(photos)} photos, {len(groups)} groups, precision {right / max(1, len(pairs)):.4f}, "
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
    same = [version for original in originals for version in versions(original)]
    truth = [number for number in range(len(originals)) for _ in versions(originals[number])]
    report("versions, fingerprints alone", same, truth, None)
    report("versions, with scenes", same, truth, scenes_of(engine, same))
    different = [part for original in originals for part in parts(original)][:: max(1, 9 * len(originals) // PARTS)]
    different = different[:PARTS]
    report("different, fingerprints alone", different, range(len(different)), None)
    report("different, with scenes", different, range(len(different)), scenes_of(engine, different))


if __name__ == "__main__":
    main()
