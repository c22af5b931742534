"""Scenes, and faces and scenes together."""

import numpy as np
import pytest

from dofisac_tui.clustering.constrained_clustering import cluster_labels
from dofisac_tui.clustering.graph_search import build_graph
from dofisac_tui.clustering.scenes import combined_vectors, scene_agreement
from dofisac_tui.geometry import Vectors


def unit(count: int, dimensions: int, seed: int) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, dimensions))
    unit_vectors: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit_vectors


def test_alike_scenes_are_together_and_lone_ones_are_noise() -> None:
    centres = unit(4, 40, 0)
    scenes = np.concatenate([np.repeat(centres[:3], 5, axis=0), centres[3:]]) + 0.05 * unit(16, 40, 1)
    scenes = (scenes / np.linalg.norm(scenes, axis=1, keepdims=True)).astype(np.float32)
    labels = cluster_labels(build_graph(scenes, "cosine", 0.3), scenes, "cosine", 0.3)
    assert labels.tolist() == [0] * 5 + [1] * 5 + [2] * 5 + [-1]


def test_face_and_scene_weigh_the_same_in_units_of_their_radii() -> None:
    faces, scenes = 3 * np.random.default_rng(2).normal(size=(6, 8)).astype(np.float32), unit(6, 20, 3)
    both = combined_vectors(faces, scenes, ("euclidean", "cosine"), (0.5, 0.3)).astype(np.float64)
    face, scene = np.linalg.norm(faces[0] - faces[1].astype(float)), 1 - scenes[0].astype(float) @ scenes[1]
    expected = ((face / 0.5) ** 2 + scene / 0.3) / 2
    assert np.square(both[0] - both[1]).sum() == pytest.approx(expected, rel=1e-4)


def test_scenes_that_are_missing_agree_with_none() -> None:
    scenes = unit(4, 10, 4)
    scenes[1] = scenes[0]
    scenes[3] = np.nan
    agrees = scene_agreement(scenes, "cosine", 0.01)
    assert agrees(0, np.array([0, 1, 2, 3])).tolist() == [True, True, False, False]
    assert agrees(3, np.array([0, 3])).tolist() == [False, False]
