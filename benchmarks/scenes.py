"""How well and how fast the bundled scene engine answers words: python -m benchmarks.scenes FOLDER.

FOLDER holds the photos that `scene_queries.json` names. Prints mean average precision for each language, precision and
recall of the answers at Match 50 %, the calibration that the fitting queries and photos give, and times.

Words that name a group in `imagenet_classes.json` are answered best. Measured without the groups that the evaluated
queries name, mAP is 0.70 in English, 0.67 in Spanish, 0.65 in German and 0.66 in Chinese; without any groups 0.62,
0.63, 0.67 and 0.62.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dofisac_tui.engines.bundled_scenes import BundledScenes
from dofisac_tui.geometry import Vectors
from dofisac_tui.imaging.read import cut_scene
from dofisac_tui.matching.calibration import Calibration, shipped_curve

QUERIES = json.loads(Path(__file__).with_name("scene_queries.json").read_text(encoding="utf-8"))
LANGUAGES = ("en", "es", "de", "zh", "fr", "it", "rewording")
Truth = NDArray[np.bool_]


def read_crops(paths: Iterable[Path]) -> NDArray[np.uint8]:
    """Photos cut as the engine asks."""
    return np.stack([cut_scene(Image.open(path).convert("RGB"), BundledScenes.crop) for path in paths])


def average_precision(scores: NDArray[np.float32], relevant: Truth) -> float:
    """Mean of the precision at each relevant photo, best scores first."""
    hits = relevant[np.argsort(-scores, kind="stable")]
    return float((np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)).mean())


def truth_table(names: Sequence[str], relevant: Iterable[Sequence[str]]) -> Truth:
    """Which photo (column) answers which query (row)."""
    rows = [set(row) for row in relevant]
    unknown = set().union(*rows) - set(names)
    assert not unknown, f"no such photos: {unknown}"
    return np.array([[name in row for name in names] for row in rows])


def mean_average_precisions(engine: BundledScenes, photos: Vectors, names: Sequence[str]) -> dict[str, float]:
    """mAP of the evaluated queries in each language, and of their rewordings."""
    truth = truth_table(names, [query["relevant"] for query in QUERIES["evaluated"]])
    found = {}
    for language in LANGUAGES:
        scores = engine.embed_texts([query[language] for query in QUERIES["evaluated"]]) @ photos.T
        found[language] = float(np.mean([average_precision(*row) for row in zip(scores, truth, strict=True)]))
    return found


def precision_and_recall(probabilities: NDArray[np.float64], truth: Truth) -> tuple[float, float]:
    """Of the answers at Match 50 %."""
    answered = probabilities >= 0.5
    return float(truth[answered].mean()), float(answered[truth].mean())


def fitting_pairs(engine: BundledScenes, photos: Vectors, names: Sequence[str]) -> tuple[NDArray[Any], Truth]:
    """Distances of all fitting queries to all photos, and which of them match."""
    queries = QUERIES["fitting"] | {text: [] for text in QUERIES["fitting_unanswerable"]}
    return 1 - engine.embed_texts(list(queries)) @ photos.T, truth_table(names, queries.values())


def read_views(paths: Sequence[Path], engine: BundledScenes) -> tuple[Vectors, Vectors]:
    """Two views of each photo: seven tenths of its sides, from the upper left and from the lower right."""
    views = []
    for left, right in ((0.0, 0.7), (0.3, 1.0)):
        crops = []
        for path in paths:
            photo = Image.open(path).convert("RGB")
            box = (left * photo.width, left * photo.height, right * photo.width, right * photo.height)
            crops.append(cut_scene(photo.crop(box), engine.crop))
        views.append(engine.embed_photos(np.stack(crops)))
    return views[0], views[1]


def like_pairs(views: tuple[Vectors, Vectors], names: Sequence[str], half: int) -> tuple[NDArray[Any], Truth]:
    """Distances between views of one half of the photos, and whether they show the same photo.

    Pairs of different photos of one category are left out: whether they are alike is a matter of taste.
    """
    truth = truth_table(names, [query["relevant"] for query in QUERIES["evaluated"]]).astype(int)[:, half::2]
    first, second = (view[half::2] for view in views)
    same = np.eye(len(first), dtype=bool)
    clear = same | (truth.T @ truth == 0)
    return (1 - first @ second.T)[clear], same[clear]


def fit(distances: NDArray[Any], matches: Truth) -> tuple[float, float]:
    """Slope and intercept of the logistic curve from distance to probability."""
    from sklearn.linear_model import LogisticRegression

    curve = LogisticRegression(C=1e3).fit(distances.reshape(-1, 1), matches.ravel())
    return float(curve.coef_[0, 0]), float(curve.intercept_[0])


def calibration_error(probabilities: NDArray[np.float64], matches: Truth) -> float:
    """Expected calibration error over ten bins of equal count."""
    order = np.argsort(probabilities, axis=None)
    bins = zip(
        np.array_split(probabilities.ravel()[order], 10), np.array_split(matches.ravel()[order], 10), strict=True
    )
    return float(sum(len(p) * abs(p.mean() - m.mean()) for p, m in bins) / probabilities.size)


def apply(calibration: Calibration, distances: NDArray[Any]) -> NDArray[np.float64]:
    """Match of every distance, as a share."""
    return np.array([calibration.probability(distance) for distance in distances.flat]).reshape(distances.shape)


def report_answers(
    engine: BundledScenes, photos: Vectors, views: tuple[Vectors, Vectors], names: Sequence[str]
) -> None:
    """Precision and recall of the shipped calibrations on queries that they were not fitted on."""
    words = shipped_curve(engine.space, "text")
    truth = truth_table(names, [query["relevant"] for query in QUERIES["evaluated"]])
    for language in LANGUAGES:
        distances = 1 - engine.embed_texts([query[language] for query in QUERIES["evaluated"]]) @ photos.T
        matches = apply(words, distances)
        precision, recall = precision_and_recall(matches, truth)
        error = calibration_error(matches, truth)
        print(f"Match >= 50 %, {language}: precision {precision:.3f}, recall {recall:.3f}, error {error:.4f}")
    matches = apply(words, 1 - engine.embed_texts(QUERIES["unanswerable"]) @ photos.T)
    print(f"Match >= 50 %, {len(matches)} queries without an answer: {(matches >= 0.5).sum()} photos")
    distances, alike = like_pairs(views, names, half=1)
    matches = apply(shipped_curve(engine.space), distances)
    precision, recall = precision_and_recall(matches, alike)
    error = calibration_error(matches, alike)
    print(f"Match >= 50 %, like: precision {precision:.3f}, recall {recall:.3f}, error {error:.4f}")


def milliseconds(call: Callable[[], object], repeats: int = 20) -> float:
    """Median time of a call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1000


def report_times(engine: BundledScenes, crops: NDArray[np.uint8]) -> None:
    """ONNX Runtime against torch on the same batches, in turns, and one text query."""
    import torch

    from dofisac_tui.engines.efficientnet import torch_network

    torch.set_num_threads(2)
    network, batch = torch_network(), torch.from_numpy(crops[:8])
    rounds = []
    with torch.inference_mode():
        for _ in range(5):
            ours = milliseconds(lambda: engine.embed_photos(crops[:8]), 5) / 8
            rounds.append((ours, milliseconds(lambda: network(batch), 5) / 8))
    ours, theirs = np.median(rounds, axis=0)
    ratio = np.median([b / a for a, b in rounds])
    print(f"photo: {ours:.1f} ms, torch {theirs:.1f} ms, ratio {ratio:.2f} (2 threads, batches of 8)")
    queries = iter(range(10**6))
    print(f"text query: {milliseconds(lambda: engine.embed_texts([f'dog {next(queries)}'])):.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    paths = sorted(parser.parse_args().folder.glob("*.jpg"))
    names, crops = [path.stem for path in paths], read_crops(paths)
    engine = BundledScenes(threads=2)
    photos, views = engine.embed_photos(crops), read_views(paths, engine)
    for language, value in mean_average_precisions(engine, photos, names).items():
        print(f"mAP {language}: {value:.3f}")
    for name, (distances, matches) in {
        "words": fitting_pairs(engine, photos, names),
        "like": like_pairs(views, names, half=0),
    }.items():
        slope, intercept = fit(distances, matches)
        pairs = f"{matches.size} pairs, {matches.mean():.4f} match"
        print(f"fit {name}: slope {slope:.2f}, intercept {intercept:.2f}, {pairs}")
    report_answers(engine, photos, views, names)
    report_times(engine, crops)


if __name__ == "__main__":
    main()
