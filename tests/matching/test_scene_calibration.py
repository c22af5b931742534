"""What Match says of words and of likeness: empty answers are possible, and sure ones are sure."""

from pathlib import Path

import pytest

from benchmarks.scenes import (
    QUERIES,
    apply,
    calibration_error,
    like_pairs,
    mean_average_precisions,
    precision_and_recall,
    read_crops,
    read_views,
    truth_table,
)
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.engines.bundled_scenes import BundledScenes
from dofisac_tui.geometry import Vectors
from dofisac_tui.matching.calibration import COSINE_SCENES, COSINE_WORDS, UNCALIBRATED, shipped_curve

CLIP = EmbeddingSpace("open_clip-ViT-B-32-0123456789abcdef", "scene", 512, "cosine")


@pytest.fixture(scope="module")
def engine() -> BundledScenes:
    return BundledScenes(threads=2)


@pytest.fixture(scope="module")
def scene_files(shared_photos: Path) -> list[Path]:
    return sorted((shared_photos / "scenes").glob("*.jpg"))


@pytest.fixture(scope="module")
def names(scene_files: list[Path]) -> list[str]:
    return [path.stem for path in scene_files]


@pytest.fixture(scope="module")
def photos(engine: BundledScenes, scene_files: list[Path]) -> Vectors:
    return engine.embed_photos(read_crops(scene_files))


@pytest.mark.parametrize("query", ["like", "text"])
def test_bundled_scenes_have_calibrations_of_their_own(engine: BundledScenes, query: str) -> None:
    curve = shipped_curve(engine.space, "text" if query == "text" else "like")
    assert curve is not UNCALIBRATED
    assert curve.pairs > 1000
    assert curve.probability(1.0) < 0.01  # nothing in common


def test_cosine_scene_spaces_get_the_published_thresholds() -> None:
    assert shipped_curve(CLIP, "text") is COSINE_WORDS
    assert shipped_curve(CLIP) is COSINE_SCENES
    assert COSINE_WORDS.probability(1 - 0.30) == pytest.approx(0.9)
    assert COSINE_WORDS.probability(1 - 0.15) < 0.05
    assert COSINE_SCENES.probability(1 - 0.99) > 0.98
    assert COSINE_SCENES.probability(1 - 0.55) < 0.01


@pytest.mark.parametrize(("language", "least"), [("en", 0.65), ("es", 0.55), ("de", 0.55), ("zh", 0.55)])
def test_words_rank_the_shared_scenes(
    engine: BundledScenes, photos: Vectors, names: list[str], language: str, least: float
) -> None:
    assert mean_average_precisions(engine, photos, names)[language] >= least


@pytest.mark.parametrize("language", ["en", "es", "de", "zh"])
def test_answers_at_match_50(engine: BundledScenes, photos: Vectors, names: list[str], language: str) -> None:
    truth = truth_table(names, [query["relevant"] for query in QUERIES["evaluated"]])
    distances = 1 - engine.embed_texts([query[language] for query in QUERIES["evaluated"]]) @ photos.T
    matches = apply(shipped_curve(engine.space, "text"), distances)
    precision, recall = precision_and_recall(matches, truth)
    assert precision >= 0.85
    assert recall >= 0.8
    assert calibration_error(matches, truth) <= 0.01


def test_queries_without_an_answer_get_next_to_none(engine: BundledScenes, photos: Vectors) -> None:
    distances = 1 - engine.embed_texts(QUERIES["unanswerable"]) @ photos.T
    matches = apply(shipped_curve(engine.space, "text"), distances)
    assert (matches >= 0.5).mean() < 0.001


def test_views_of_one_photo_match_and_others_do_not(
    engine: BundledScenes, scene_files: list[Path], names: list[str]
) -> None:
    distances, same = like_pairs(read_views(scene_files, engine), names, half=1)
    precision, recall = precision_and_recall(apply(shipped_curve(engine.space), distances), same)
    assert precision >= 0.8
    assert recall >= 0.8
