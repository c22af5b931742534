"""How well, and how fast, the face engines do on a folder of photos by person (PERSON/photo.jpg).

python -m benchmarks.faces LFW_FOLDER [--insightface PACK_OR_FOLDER]

Prints one JSON document. `calibration` is what `engines/calibrations.json` ships for the bundled space.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dofisac_tui.engines.catalogue import DLIB_RESNET
from dofisac_tui.engines.dlib_faces import BundledFaces
from dofisac_tui.engines.insightface_engine import InsightFaces
from dofisac_tui.engines.protocols import DetectedFace, FaceEngine, Frame
from dofisac_tui.engines.weights import verified
from dofisac_tui.matching.calibration import Calibration

Distances = NDArray[np.float64]
Truth = NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--insightface")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    paths = sorted(options.folder.glob("*/*.jpg"))
    people = np.array([path.parent.name for path in paths])
    frames = [np.asarray(Image.open(path).convert("RGB")) for path in paths]
    bundled = BundledFaces(options.threads)
    report = {"bundled": accuracy(bundled, frames, people) | {"speed": speed_against_dlib(bundled)}}
    if options.insightface:
        report["insightface"] = accuracy(InsightFaces(options.insightface, options.threads), frames, people)
    print(json.dumps(report, indent=2))


def accuracy(engine: FaceEngine, frames: list[Frame], people: NDArray[np.str_]) -> dict[str, Any]:
    """Detection, verification, identification and calibration by the face nearest the centre of each photo."""
    from sklearn.metrics import roc_auc_score

    found = engine.find_faces(frames)
    seen = np.array([bool(faces) for faces in found])
    vectors = np.array([_central(faces, frame) for faces, frame in zip(found, frames, strict=True) if faces])
    people = people[seen]
    between = _distances(vectors, engine.space.metric)
    same = people[:, None] == people
    upper = np.triu_indices(len(people), 1)
    distances, truth = between[upper], same[upper]
    strangers = np.sort(distances[~truth])
    nearest = np.argmin(between + np.diag(np.full(len(people), np.inf)), axis=1)
    return {
        "space": engine.space.name,
        "photos": len(frames),
        "photos_with_face": int(seen.sum()),
        "faces": sum(map(len, found)),
        "auc": round(float(roc_auc_score(truth, -distances)), 5),
        "tpr_at_fpr_0.001": round(float((distances[truth] < strangers[len(strangers) // 1000]).mean()), 4),
        "rank_1": round(float((people[nearest] == people).mean()), 4),
        "calibration": calibrate(between, people),
    }


def calibrate(between: Distances, people: NDArray[np.str_]) -> dict[str, Any]:
    """Fit the logistic curve on all pairs, and judge it on the pairs of each person that it was not fitted on."""
    same = people[:, None] == people
    upper = np.triu_indices(len(people), 1)
    distances, truth = between[upper], same[upper]
    prior = float(truth.mean())
    judged = []
    for person in np.unique(people):
        away = (people == person)[upper[0]] | (people == person)[upper[1]]
        fitted = _fit(distances[~away], truth[~away], prior)
        judged += [
            (fitted.probability(distance), match) for distance, match in zip(distances[away], truth[away], strict=True)
        ]
    curve = _fit(distances, truth, prior)
    expected, matched = np.array(judged, float).T
    weights = _weights(matched > 0, prior)
    unsure = (expected > 0.01) & (expected < 0.99)
    return {
        "slope": round(curve.slope, 3),
        "intercept": round(curve.intercept, 3),
        "pairs": len(truth),
        "prior": round(prior, 4),
        "error": round(_calibration_error(expected, matched, weights), 5),
        "error_where_unsure": round(_calibration_error(expected[unsure], matched[unsure], weights[unsure]), 5),
        "unsure_pairs": int(unsure.sum()),
        "distance_at_50_percent": round(curve.distance(0.5), 4),
        "distance_at_99_percent": round(curve.distance(0.99), 4),
    }


def speed_against_dlib(engine: BundledFaces, faces: int = 8, rounds: int = 9) -> dict[str, float]:
    """Milliseconds for one face by ONNX Runtime and by dlib's own call, in turns, and the median ratio."""
    import dlib

    network = dlib.face_recognition_model_v1(str(verified(DLIB_RESNET)))
    chips = list(np.random.default_rng(0).integers(0, 256, (faces, 150, 150, 3), np.uint8))
    engine.embed_chips(chips)
    times = np.array(
        [
            (_seconds(lambda: engine.embed_chips(chips)), _seconds(lambda: network.compute_face_descriptor(chips[0])))
            for _ in range(rounds)
        ]
    )
    ours, theirs = times[:, 0] / faces, times[:, 1]
    return {
        "onnx_ms": round(float(np.median(ours)) * 1000, 2),
        "dlib_ms": round(float(np.median(theirs)) * 1000, 2),
        "ratio": round(float(np.median(theirs / ours)), 1),
    }


def _central(faces: list[DetectedFace], frame: Frame) -> NDArray[np.float32]:
    centre = np.array(frame.shape[1::-1]) / 2
    offsets = [np.hypot(*(np.array(face.box[:2]) + np.array(face.box[2:]) / 2 - centre)) for face in faces]
    return faces[int(np.argmin(offsets))].embedding


def _distances(vectors: NDArray[np.float32], metric: str) -> Distances:
    exact = vectors.astype(np.float64)
    likeness = exact @ exact.T
    if metric == "cosine":
        return 1 - likeness
    squares = np.diag(likeness)
    return np.sqrt(np.clip(squares[:, None] + squares - 2 * likeness, 0, None))


def _weights(truth: NDArray[Any], prior: float) -> Distances:
    """Weights that make the share of matches equal to the prior."""
    share = float(truth.mean())
    weights: Distances = np.where(truth, prior / share, (1 - prior) / (1 - share))
    return weights


def _fit(distances: Distances, truth: Truth, prior: float) -> Calibration:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(distances[:, None], truth, _weights(truth, prior))
    return Calibration(float(model.coef_[0, 0]), float(model.intercept_[0]), "fitted here", len(truth), prior)


def _calibration_error(expected: Distances, matched: Distances, weights: Distances) -> float:
    """Expected calibration error over ten bins of equal count."""
    gaps = weights * (expected - matched)
    bins = np.array_split(np.argsort(expected), 10)
    return sum(abs(float(gaps[part].sum())) for part in bins) / float(weights.sum())


def _seconds(call: Any) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
