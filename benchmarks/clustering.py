"""How well people are found by each method: python -m benchmarks.clustering LFW_FOLDER [STRANGERS_FOLDER ...].

LFW_FOLDER holds PERSON/photo.jpg; the face nearest the centre of each photo is the person, any other a stranger. Three
sets: those faces, all faces with those of the strangers' photos, and besides them a worse version of every photo
(cropped, blurred, small or dark, in turns). A fourth is made up: many more people, of very different sizes, spread as
those of LFW are. Every face is judged, also those that a method leaves as noise: they count as alone.

Prints one line for each set and method: precision, recall and F1 of pairs, and V-measure. At the end the bounds of the
radius and the quality from which a face seeds are chosen anew on every second person (LFW with worse versions, best F1
among those of a precision of 0.99) and judged on the other persons, both ways, beside the ones that are shipped.
"""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from benchmarks.identities import made_up
from dofisac_tui.clustering.constrained_clustering import SEEDING, Method, cluster_labels
from dofisac_tui.clustering.constraint_graph import Pairs as PairsOfFaces
from dofisac_tui.clustering.constraint_graph import same_photo_pairs
from dofisac_tui.clustering.dbscan import density_labels
from dofisac_tui.clustering.found_clusters import NOISE, Labels
from dofisac_tui.clustering.graph import Pairs, RadiusGraph
from dofisac_tui.clustering.graph_search import build_graph
from dofisac_tui.clustering.radius import BOUNDS, choose_radius
from dofisac_tui.engines.dlib_faces import BundledFaces
from dofisac_tui.engines.quality import face_quality
from dofisac_tui.geometry import Vectors
from dofisac_tui.matching.calibration import shipped_curve

SIDES = {"crop": 0.08, "small": 0.25}


@dataclass
class Faces:
    """Vectors, who each shows, its photo and its quality."""

    vectors: Vectors
    people: NDArray[np.str_]
    photos: NDArray[np.int64]
    quality: NDArray[np.float64]

    def __getitem__(self, which: NDArray[np.bool_]) -> "Faces":
        return Faces(self.vectors[which], self.people[which], self.photos[which], self.quality[which])


@dataclass
class Problem:
    """What each method is given."""

    graph: RadiusGraph
    vectors: Vectors
    may_seed: NDArray[np.bool_]
    apart: PairsOfFaces
    strict: float
    likely: float
    even: float


def worsened(photo: Image.Image, number: int) -> Image.Image:
    """The photo cropped off its centre, blurred, at a quarter of its size, or dark."""
    width, height = photo.size
    if number % 4 == 0:
        left, top = round(width * SIDES["crop"]), round(height * SIDES["crop"])
        return photo.crop((left, top, width, height)).rotate(8)
    if number % 4 == 1:
        return photo.filter(ImageFilter.GaussianBlur(2.5))
    if number % 4 == 2:
        return photo.resize((round(width * SIDES["small"]), round(height * SIDES["small"])))
    return photo.point(lambda value: value // 4)


def found_faces(engine: BundledFaces, photos: Iterable[tuple[str, Image.Image]]) -> Faces:
    """All faces; the central one has the name of its photo, which is empty where nobody is known."""
    vectors, people, numbers, quality = [], [], [], []
    for number, (person, photo) in enumerate(photos):
        faces = engine.find_faces([np.asarray(photo.convert("RGB"))])[0]
        offsets = [np.hypot(*(np.array(f.box[:2]) + np.array(f.box[2:]) / 2 - np.array(photo.size) / 2)) for f in faces]
        for place, face in enumerate(faces):
            central = person and offsets[place] == min(offsets)
            people.append(person if central else f"stranger {number}.{place}")
            vectors.append(face.embedding)
            numbers.append(number)
            quality.append(face_quality(face.box[2], face.box[3], face.sharpness, face.frontality))
    return Faces(np.array(vectors), np.array(people), np.array(numbers), np.array(quality))


def score(labels: Labels, people: NDArray[np.str_]) -> dict[str, float]:
    """Pairwise precision, recall and F1, and V-measure; noise is alone."""
    from sklearn.metrics import v_measure_score
    from sklearn.metrics.cluster import pair_confusion_matrix

    truth = np.unique(people, return_inverse=True)[1]
    alone = labels.astype(np.int64)
    alone[labels < 0] = labels.max() + 1 + np.arange((labels < 0).sum())
    (_, wrong), (missed, right) = pair_confusion_matrix(truth, alone).astype(float)
    precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(1e-9, precision + recall),
        "v": v_measure_score(truth, alone),
        "clusters": int(labels.max()) + 1,
    }


def hdbscan(problem: Problem) -> Labels:
    from sklearn.cluster import HDBSCAN

    return np.asarray(HDBSCAN(min_cluster_size=3, min_samples=1, copy=True).fit_predict(problem.vectors), np.int32)


def chinese_whispers(problem: Problem) -> Labels:
    """Biemann, "Chinese whispers", 2006, as dlib has it: every edge within the radius weighs the same."""
    import dlib

    near = problem.graph.within(problem.strict)
    low, high, _ = near.pairs()
    edges = [(one, other) for one, other in zip(low.tolist(), high.tolist(), strict=True)]
    edges += [(number, number) for number in range(len(near))]
    return without_small(np.array(dlib.chinese_whispers(edges)))


def rank_order(problem: Problem, neighbours: int = 30, threshold: float = 1.1) -> Labels:
    """Approximate rank-order clustering (Otto, Wang, Jain, "Clustering millions of faces by identity", 2017)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components
    from sklearn.neighbors import NearestNeighbors

    count = len(problem.vectors)
    nearest = NearestNeighbors(n_neighbors=min(neighbours, count)).fit(problem.vectors).kneighbors()[1]
    nearest = np.hstack([np.arange(count)[:, None], nearest])
    rank = [{other: place for place, other in enumerate(row)} for row in nearest.tolist()]
    mutual = [(one, other) for one in range(count) for other in nearest[one, 1:].tolist() if one in rank[other]]
    linked = [pair for pair in mutual if _rank_distance(rank, *pair) < threshold]
    rows, columns = np.array(linked or [(0, 0)]).T
    links = csr_array((np.ones(len(rows), bool), (rows, columns)), (count, count))
    return without_small(connected_components(links, directed=False)[1])


def _rank_distance(rank: list[dict[int, int]], one: int, other: int) -> float:
    def absent(a: int, b: int) -> int:
        return sum(each not in rank[b] for each, place in rank[a].items() if place <= rank[a][b])

    return (absent(one, other) + absent(other, one)) / min(rank[one][other], rank[other][one])


def without_small(labels: NDArray[np.integer[Any]]) -> Labels:
    """Clusters of fewer than three are noise."""
    _, number = np.unique(labels, return_inverse=True)
    return np.where(np.bincount(number)[number] >= 3, number, NOISE).astype(np.int32)


def split_density(problem: Problem) -> Labels:
    """DBSCAN, and average linkage within each of its clusters."""
    labels = density_labels(problem.graph, problem.even, 3, problem.may_seed)
    later, earlier, distances = problem.graph.pairs()
    same = labels[later] == labels[earlier]
    within = RadiusGraph.of_pairs(len(labels), Pairs(later[same], earlier[same], distances[same]), problem.even)
    return cluster_labels(within, problem.vectors, "euclidean", problem.even, may_seed=problem.may_seed)


def ours(problem: Problem, radius: float, method: Method, constrained: bool = True) -> Labels:
    return cluster_labels(
        problem.graph,
        problem.vectors,
        "euclidean",
        radius,
        may_seed=problem.may_seed if constrained else None,
        cannot_link=problem.apart if constrained else (),
        method=method,
    )


METHODS: dict[str, Callable[[Problem], Labels]] = {
    "DBSCAN, p = 0.99": lambda p: ours(p, p.strict, "dbscan", constrained=False),
    "DBSCAN, p = 0.5": lambda p: ours(p, p.even, "dbscan", constrained=False),
    "DBSCAN, knee": lambda p: ours(p, choose_radius(p.graph, p.strict, p.even).radius, "dbscan", constrained=False),
    "DBSCAN, p = 0.99, seeds and photos": lambda p: ours(p, p.strict, "dbscan"),
    "DBSCAN then average": split_density,
    "HDBSCAN": hdbscan,
    "Chinese whispers, p = 0.99": chinese_whispers,
    "rank-order": rank_order,
    "average, p = 0.99, seeds and photos": lambda p: ours(p, p.strict, "average-linkage"),
    "average, p = 0.8": lambda p: ours(p, p.likely, "average-linkage", constrained=False),
    "average, p = 0.5, seeds and photos": lambda p: ours(p, p.even, "average-linkage"),
    "average, p = 0.8, seeds and photos": lambda p: ours(p, p.likely, "average-linkage"),
}


def report(name: str, faces: Faces) -> None:
    """One line for each method."""
    calibration = shipped_curve(BundledFaces().space)
    strict, even = calibration.distance(0.99), calibration.distance(0.5)
    problem = Problem(
        build_graph(faces.vectors, "euclidean", even * 1.05),
        faces.vectors,
        faces.quality >= SEEDING,
        same_photo_pairs(faces.photos),
        strict,
        calibration.distance(0.8),
        even,
    )
    print(f"{name}: {len(faces.people)} faces, {len(set(faces.people))} people; radius {strict:.3f} to {even:.3f}")
    for method, label in METHODS.items():
        figures = score(label(problem), faces.people)
        print(f"  {method:36}" + "  ".join(f"{key} {value:.4g}" for key, value in figures.items()), flush=True)


CHOICES = [(likely, seeding) for likely in (0.95, 0.9, 0.8, 0.7, 0.6, 0.5) for seeding in (0.0, 0.2, 0.4, 0.6)]
SHIPPED = (BOUNDS["average-linkage"][0], SEEDING)


def held_out(faces: Faces) -> None:
    """Choose on one half of the people, judge on the other."""
    names = sorted({name for name in faces.people.tolist() if not name.startswith("stranger")})
    number = {name: at % 2 for at, name in enumerate(names)}
    # a stranger goes to the half of the photo that shows him
    owner = {
        photo: number[name] for photo, name in zip(faces.photos.tolist(), faces.people, strict=True) if name in number
    }
    half = np.array([owner.get(photo, photo % 2) for photo in faces.photos.tolist()])
    for chosen_on in (0, 1):
        scores = {choice: people_score(faces[half == chosen_on], *choice) for choice in CHOICES}
        precise = {choice: each for choice, each in scores.items() if each["precision"] >= 0.99} or scores
        best = max(precise, key=lambda choice: precise[choice]["f1"])
        for what, choice in (("chosen", best), ("shipped", SHIPPED)):
            here, there = (people_score(faces[half == side], *choice) for side in (chosen_on, 1 - chosen_on))
            print(
                f"half {chosen_on}, {what}: lower bound p = {choice[0]}, seeding {choice[1]}; there precision"
                f" {here['precision']:.4f}, recall {here['recall']:.4f}; on the other half {there['precision']:.4f},"
                f" {there['recall']:.4f}",
                flush=True,
            )


def people_score(faces: Faces, likely: float, seeding: float) -> dict[str, float]:
    """As `cluster people` does it, with another lower bound of the radius and another quality to seed."""
    calibration = shipped_curve(BundledFaces().space)
    lower, upper = calibration.distance(likely), calibration.distance(BOUNDS["average-linkage"][1])
    graph = build_graph(faces.vectors, "euclidean", upper)
    labels = cluster_labels(
        graph,
        faces.vectors,
        "euclidean",
        choose_radius(graph, lower, upper).radius,
        may_seed=faces.quality >= seeding,
        cannot_link=same_photo_pairs(faces.photos),
    )
    return score(labels, faces.people)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lfw", type=Path)
    parser.add_argument("strangers", type=Path, nargs="*")
    parser.add_argument("--made-up", type=int, nargs="*", default=[2000, 10_000])
    options = parser.parse_args()
    engine = BundledFaces()
    known = [(path.parent.name, Image.open(path).convert("RGB")) for path in sorted(options.lfw.glob("*/*.jpg"))]
    others = [
        path for folder in options.strangers for path in sorted(folder.iterdir()) if path.suffix in (".jpg", ".png")
    ]
    strangers = [("", Image.open(path).convert("RGB")) for path in others]
    worse = [(person, worsened(photo, number)) for number, (person, photo) in enumerate(known)]
    faces = found_faces(engine, [*known, *strangers, *worse])
    first = faces.photos < len(known)
    named = np.char.find(faces.people, "stranger") < 0
    report("LFW", faces[first & named])
    report("LFW and strangers", faces[faces.photos < len(known) + len(strangers)])
    report("LFW, strangers and worse versions", faces)
    held_out(faces)
    for count in options.made_up:
        vectors, people = made_up(count, strangers=0.2)
        report("made up", Faces(vectors, people.astype(str), np.arange(count), np.ones(count)))


if __name__ == "__main__":
    main()
