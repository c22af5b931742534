"""open_clip models against open_clip itself, from a small checkpoint that the test makes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dofisac_tui.engines.catalogue import WeightFile
from dofisac_tui.engines.clip_tokenizer import VOCABULARY, ClipTokenizer
from dofisac_tui.engines.open_clip_engine import OpenClipScenes
from dofisac_tui.engines.open_clip_export import OpenClipExport, fetch
from dofisac_tui.engines.protocols import SceneEngine
from dofisac_tui.engines.weights import verified
from dofisac_tui.errors import EngineError
from dofisac_tui.imaging.read import cut_scene
from tests.conftest import package_folder

ARCHITECTURE = "small-for-tests"
CONFIGURATION = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}
TEXTS = [
    "a dog",
    "",
    "DON'T stop, it's 1987!!",
    "<start_of_text> inside <end_of_text>",
    "日本語のテキスト",
    "пример текста",
    "naïve café “quotes” &amp; &lt;b&gt;",
    "🙂🐶👨‍👩‍👧",
    "a\x00b\x1b[31m",
    "word " * 300,
    "x" * 1500,
    "ÃƒÂ©lan",
    "İstanbul ẞ",
    "a_b-c d.e",
    "\t\n  spaced \u3000 out",
    "१२३ ٣٤",
]


@pytest.fixture(scope="module")
def own_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A models folder for this file, so that no earlier run's export is served."""
    folder = tmp_path_factory.mktemp("open_clip_models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOFISAC_MODELS", str(folder))
        yield folder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of a small architecture, which open_clip is taught."""
    import open_clip
    import torch

    folder = tmp_path_factory.mktemp("architecture")
    (folder / f"{ARCHITECTURE}.json").write_text(json.dumps(CONFIGURATION), encoding="utf-8")
    open_clip.add_model_config(folder)
    torch.manual_seed(7)
    path = folder / "weights.pt"
    torch.save(open_clip.create_model(ARCHITECTURE).state_dict(), path)
    return path


@pytest.fixture(scope="module")
def original(checkpoint: Path) -> Any:
    """open_clip's own model and preprocessing."""
    import open_clip

    model, _, preprocess = open_clip.create_model_and_transforms(ARCHITECTURE, str(checkpoint))
    return model.eval(), preprocess


@pytest.fixture(scope="module")
def export(own_models: Path, checkpoint: Path) -> OpenClipExport:
    return fetch(ARCHITECTURE, str(checkpoint))


@pytest.fixture(scope="module")
def engine(export: OpenClipExport, checkpoint: Path) -> OpenClipScenes:
    return OpenClipScenes(ARCHITECTURE, str(checkpoint), threads=1)


def least_cosine(left: Any, right: Any) -> float:
    return float((np.asarray(left) * np.asarray(right)).sum(axis=1).min())


def test_photos_agree_with_open_clip(engine: OpenClipScenes, original: Any) -> None:
    import torch

    model, preprocess = original
    folder = package_folder("skimage") / "data"
    photos = [Image.open(folder / name).convert("RGB") for name in ("chelsea.png", "coffee.png", "rocket.jpg")]
    with torch.no_grad():
        wanted = model.encode_image(torch.stack([preprocess(photo) for photo in photos]), normalize=True)
    found = engine.embed_photos(np.stack([cut_scene(photo, engine.crop) for photo in photos]))
    assert least_cosine(found, wanted) >= 0.9999


def test_texts_agree_with_open_clip(engine: OpenClipScenes, original: Any) -> None:
    import open_clip
    import torch

    model, _ = original
    with torch.no_grad():
        wanted = model.encode_text(open_clip.get_tokenizer(ARCHITECTURE)(TEXTS), normalize=True)
    assert least_cosine(engine.embed_texts(TEXTS), wanted) >= 0.9999


@pytest.mark.parametrize("context_length", [77, 16])
def test_tokens_are_those_of_open_clip(context_length: int) -> None:
    import open_clip

    wanted = open_clip.SimpleTokenizer(context_length=context_length)(TEXTS).numpy()
    assert np.array_equal(ClipTokenizer(context_length).tokens(TEXTS), wanted)


def test_odd_texts_are_embedded(engine: OpenClipScenes) -> None:
    vectors = engine.embed_texts(["x" * 10_000, "dog\udc80", "ab " * 5000])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_no_texts_and_no_photos_give_no_vectors(engine: OpenClipScenes) -> None:
    assert engine.embed_texts([]).shape == (0, 32)
    assert engine.embed_photos(np.zeros((0, 64, 64, 3), np.uint8)).shape == (0, 32)


def test_the_space_names_architecture_and_weights(engine: OpenClipScenes, export: OpenClipExport) -> None:
    scenes: SceneEngine = engine
    assert scenes.space.name == f"open_clip-{ARCHITECTURE}-{export.digest}"
    assert (scenes.space.dimensions, scenes.space.metric) == (32, "cosine")
    assert (scenes.crop.resize, scenes.crop.size) == (64, 64)


def test_other_weights_are_another_space(export: OpenClipExport, tmp_path: Path) -> None:
    import open_clip
    import torch

    torch.manual_seed(8)
    other = tmp_path / "other.pt"
    torch.save(open_clip.create_model(ARCHITECTURE).state_dict(), other)
    assert fetch(ARCHITECTURE, str(other)).digest != export.digest


def test_searching_imports_no_torch(engine: OpenClipScenes, checkpoint: Path) -> None:
    program = f"""
import sys
import numpy as np
from dofisac_tui.engines.open_clip_engine import OpenClipScenes

scenes = OpenClipScenes({ARCHITECTURE!r}, {str(checkpoint)!r}, threads=1)
assert scenes.embed_texts(["a dog"]).shape == (1, 32)
assert scenes.embed_photos(np.zeros((1, 64, 64, 3), np.uint8)).shape == (1, 32)
assert not {{"torch", "cv2", "open_clip"}} & sys.modules.keys()
"""
    started = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert started.returncode == 0, started.stderr


def test_a_model_that_was_not_fetched_says_how_to(own_models: Path) -> None:
    with pytest.raises(EngineError, match="models fetch full"):
        OpenClipScenes("ViT-B-32-256", "datacomp_s34b_b86k")


def test_a_damaged_export_is_noticed(own_models: Path, checkpoint: Path, export: OpenClipExport) -> None:
    text = export.model("text")
    whole = text.read_bytes()
    try:
        text.write_bytes(whole[:-1])
        with pytest.raises(EngineError, match="models fetch full"):
            OpenClipScenes(ARCHITECTURE, str(checkpoint)).embed_texts(["dog"])
    finally:
        text.write_bytes(whole)


def test_a_damaged_page_is_noticed(own_models: Path, checkpoint: Path, export: OpenClipExport) -> None:
    fetch(ARCHITECTURE, str(checkpoint))
    for page in own_models.glob("*.json"):
        page.write_text("{", encoding="utf-8")
    with pytest.raises(EngineError, match="cannot be read"):
        OpenClipScenes(ARCHITECTURE, str(checkpoint))
    fetch(ARCHITECTURE, str(checkpoint))


@pytest.mark.parametrize(
    ("architecture", "weights", "complaint"),
    [
        ("no-such-architecture", "laion2b", "cannot be loaded"),
        ("ViT-B-32", "no-such-tag", "cannot be loaded"),
        ("ViT-B-16-SigLIP", "webli", "tokenizer"),
    ],
)
def test_what_cannot_be_fetched_is_an_engine_error(
    own_models: Path, architecture: str, weights: str, complaint: str
) -> None:
    with pytest.raises(EngineError, match=complaint):
        fetch(architecture, weights)


def test_a_pickle_that_runs_code_is_refused(own_models: Path, checkpoint: Path, tmp_path: Path) -> None:
    import torch

    class Hostile:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return (Path.touch, (tmp_path / "ran",))  # type: ignore[return-value] # whatever a pickle may hold

    hostile = tmp_path / "hostile.pt"
    torch.save({"state_dict": Hostile()}, hostile)
    with pytest.raises(EngineError, match="cannot be loaded"):
        fetch(ARCHITECTURE, str(hostile))
    assert not (tmp_path / "ran").exists()


def test_the_vocabulary_is_pinned() -> None:
    altered = WeightFile(**(vars(VOCABULARY) | {"sha256": "0" * 64}))
    with pytest.raises(EngineError, match="damaged or altered"):
        verified(altered)
