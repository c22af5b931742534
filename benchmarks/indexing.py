"""Photos per second of `index` against a plain loop, and its peak memory as the folder grows.

    python benchmarks/indexing.py [--photos FOLDER] [--count N] [--rounds R]

The plain loop is what the ancestor of this program did: full decode with Pillow, one photo at a time, each consumer
working on the full-size picture, dlib called directly for the embeddings. It uses the same detector and classifier
sessions as `index`, so the difference is the pipeline and dlib's network. Both run in turns, in one process tree; the
figure is the ratio. Without --photos it makes 12-megapixel JPEGs out of photos in installed packages.
"""

import argparse
import hashlib
import importlib.util
import io
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

SAMPLES = {
    "insightface": ("data/images/t1.jpg", "data/images/Tom_Hanks_54745.png"),
    "skimage": ("data/astronaut.png", "data/coffee.png", "data/chelsea.png", "data/rocket.jpg"),
    "sklearn": ("datasets/images/china.jpg", "datasets/images/flower.jpg"),
}


def sample_pictures() -> Iterator[Image.Image]:
    """Photos that ship in installed packages."""
    for package, names in SAMPLES.items():
        spec = importlib.util.find_spec(package)
        assert spec and spec.submodule_search_locations
        for name in names:
            with Image.open(Path(next(iter(spec.submodule_search_locations)), name)) as picture:
                yield picture.convert("RGB")


def make_photos(folder: Path, count: int, size: tuple[int, int] = (4032, 3024)) -> None:
    """JPEGs of `size` with sensor noise, each a different cut of a sample, so that no two contents are equal."""
    chance = random.Random(1)
    noise = np.random.default_rng(1).normal(0, 4, (size[1], size[0], 1))
    samples = list(sample_pictures())
    for number in range(count):
        sample = samples[number % len(samples)]
        cut = ImageOps.fit(sample, size, Image.Resampling.BICUBIC, 0.02 * chance.random(), (0.5, chance.random()))
        pixels = np.clip(np.asarray(cut) + np.roll(noise, number * 7, 0), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"photo-{number:05}.jpg", quality=90)


def plain_loop(photos: Path, out: Path) -> int:
    """Index every photo the plain way; the number of faces."""
    import dlib
    import imagehash

    from dofisac_tui.engines.catalogue import DLIB_LANDMARKS5, DLIB_RESNET
    from dofisac_tui.engines.efficientnet import EfficientNetLite0
    from dofisac_tui.engines.weights import verified
    from dofisac_tui.engines.yunet import YuNet

    detector, classifier = YuNet(os.cpu_count() or 1), EfficientNetLite0(os.cpu_count() or 1)
    landmarks = dlib.shape_predictor(str(verified(DLIB_LANDMARKS5)))
    network = dlib.face_recognition_model_v1(str(verified(DLIB_RESNET)))
    connection = sqlite3.connect(out / "plain.db")
    connection.execute("CREATE TABLE photos (path, hash, fingerprint, scene, faces)")
    faces = 0
    for path in sorted(photos.rglob("*.jpg")):
        data = path.read_bytes()
        with Image.open(io.BytesIO(data)) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGB")
        fingerprint = imagehash.phash(picture)
        thumbnail = picture.resize([round(side * 384 / max(picture.size)) for side in picture.size])
        thumbnail.save(out / f"{path.stem}.jpg", quality=80)
        crop = ImageOps.fit(picture, (224, 224), Image.Resampling.BICUBIC, 0.0625)
        scene = classifier.probabilities(np.asarray(crop)[None])
        pixels = np.asarray(picture)
        embeddings = []
        for x, y, w, h in detector.detect(pixels).boxes.round().astype(int).tolist():
            shape = landmarks(pixels, dlib.rectangle(x, y, x + w, y + h))
            embeddings.append(np.array(network.compute_face_descriptor(pixels, shape)))
        faces += len(embeddings)
        values = (str(path), hashlib.sha256(data).hexdigest(), str(fingerprint), scene.tobytes(), str(embeddings))
        connection.execute("INSERT INTO photos VALUES (?, ?, ?, ?, ?)", values)
        connection.commit()
    connection.close()
    return faces


def run_index(photos: Path, library: Path) -> dict[str, float]:
    """One `index` as a person runs it, in a process of its own."""
    command = [sys.executable, "-c", "from dofisac_tui.cli import main; main()", "--library", str(library)]
    done = subprocess.run([*command, "index", str(photos), "--json"], check=True, capture_output=True)
    report: dict[str, float] = json.loads(done.stdout)
    return report


def run_plain(photos: Path, out: Path) -> float:
    """One plain loop, in a process of its own; seconds, model loading included as it is for `index`."""
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import indexing; from pathlib import Path;"
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", f"{code} indexing.plain_loop(Path({str(photos)!r}), Path({str(out)!r}))"], check=True
    )
    return time.monotonic() - began


def compare(photos: Path, rounds: int) -> None:
    """Run both in turns, and print the rates and the ratio."""
    count = sum(1 for _ in photos.rglob("*.jpg"))
    ratios = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as scratch:
            plain = run_plain(photos, Path(scratch))
            began = time.monotonic()
            report = run_index(photos, Path(scratch, "library"))
            ours = time.monotonic() - began
        ratios.append(plain / ours)
        print(
            f"round {number + 1}: {count} photos, {report['faces']:.0f} faces:"
            f" plain {count / plain:.2f}/s, index {count / ours:.2f}/s, ratio {ratios[-1]:.1f}"
        )
    print(f"median ratio {statistics.median(ratios):.1f}, least {min(ratios):.1f}")


def peak_memory(photos: Path) -> float:
    """Peak of the resident memory of `index` and its decoder processes together, MiB (pages they share count twice)."""
    import psutil

    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-c", "from dofisac_tui.cli import main; main()", "--library", scratch]
        with subprocess.Popen(
            [*command, "index", str(photos)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as run:
            peak = 0
            watched = psutil.Process(run.pid)
            while run.poll() is None:
                total = 0
                for process in [watched, *watched.children(recursive=True)]:
                    try:
                        total += process.memory_info().rss
                    except psutil.NoSuchProcess:
                        continue
                peak = max(peak, total)
                time.sleep(0.05)
    return peak / 2**20


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, help="a folder of JPEGs to use instead of made ones")
    parser.add_argument("--count", type=int, default=32, help="how many photos to make")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, nargs="*", help="measure peak memory on so many made photos instead")
    arguments = parser.parse_args()
    for count in arguments.memory or []:
        with tempfile.TemporaryDirectory() as made:
            make_photos(Path(made), count, (2016, 1512))
            print(f"{count} photos: peak {peak_memory(Path(made)):.0f} MiB")
    if arguments.memory is None:
        with tempfile.TemporaryDirectory() as made:
            if not arguments.photos:
                make_photos(Path(made), arguments.count)
            compare(arguments.photos or Path(made), arguments.rounds)


if __name__ == "__main__":
    main()
