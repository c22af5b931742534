"""From an open_clip model to two ONNX files and a page that describes them."""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dofisac_tui import config
from dofisac_tui.config import Models
from dofisac_tui.engines.torch_export import export_onnx
from dofisac_tui.engines.weights import converted
from dofisac_tui.errors import EngineError
from dofisac_tui.files import replacing

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

FETCH = "Run: dofisac-tui models fetch full"


@dataclass(frozen=True)
class OpenClipExport:
    """What the engine has to know of an exported model.

    Attributes:
        architecture: open_clip's name.
        digest: Start of the SHA-256 over weights and preprocessing.
        dimensions: Of an embedding.
        size: Side of a photo in pixels.
        context_length: Tokens of a text.
    """

    architecture: str
    digest: str
    dimensions: int
    size: int
    context_length: int

    def model(self, side: str, convert: Callable[[Path], None] | None = None) -> Path:
        """The ONNX file of one side, `image` or `text`, checked by hash.

        Raises:
            EngineError: the file is missing or damaged and there is no `convert` to make it.
        """
        name = f"open_clip-{_safe(self.architecture)}-{self.digest}-{side}"
        return converted(name, [], convert or self._not_here)

    def _not_here(self, _path: Path) -> None:
        raise EngineError(f"The open_clip model {self.architecture} is not whole on this machine", FETCH)


def find_export(architecture: str, weights: str) -> OpenClipExport:
    """The export that an earlier `fetch` made.

    Raises:
        EngineError: there is none, or its page cannot be read.
    """
    page = _page(architecture, weights)
    try:
        return OpenClipExport(**json.loads(page.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise EngineError(f"The open_clip model {architecture} ({weights}) is not on this machine", FETCH) from None
    except (OSError, ValueError, TypeError) as error:
        raise EngineError(f"{page.name} cannot be read: {error}", FETCH) from error


def fetch(architecture: str, weights: str) -> OpenClipExport:
    """Load a model by open_clip's own loader, which downloads it if need be, and export both of its sides.

    Args:
        architecture: open_clip's name of it.
        weights: Pretrained tag, or a local checkpoint file.

    Raises:
        EngineError: the model cannot be had, is of a kind that cannot be used here, or its export disagrees with it.
    """
    network = _load(architecture, weights)
    export = _describe(architecture, network)
    log.info("exporting open_clip %s %s", architecture, export.digest)
    import torch

    fast_path = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # its fused operators have no ONNX form
    try:
        export.model("image", lambda path: export_onnx(image_side(network), _noise(export), path))
        export.model("text", lambda path: export_onnx(text_side(network), _phrases(export), path))
    finally:
        torch.backends.mha.set_fastpath_enabled(fast_path)
    with replacing(_page(architecture, weights)) as page:
        page.write_text(json.dumps(asdict(export), indent=2), encoding="utf-8")
    return export


def image_side(network: Any) -> "torch.nn.Module":
    """Upright RGB photos, (n, size, size, 3) uint8, to unit vectors."""
    import torch

    preprocess = network.visual.preprocess_cfg
    mean, deviation = (255 * torch.tensor(preprocess[key]).view(1, 3, 1, 1) for key in ("mean", "std"))

    class FromPixels(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, crops: torch.Tensor) -> torch.Tensor:
            pixels = (crops.permute(0, 3, 1, 2).float() - mean) / deviation
            vectors: torch.Tensor = self.network.encode_image(pixels, normalize=True)
            return vectors

    return FromPixels().eval()


def text_side(network: Any) -> "torch.nn.Module":
    """Token numbers, (n, context length) int64, to unit vectors."""
    import torch

    class FromTokens(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, tokens: torch.Tensor) -> torch.Tensor:
            vectors: torch.Tensor = self.network.encode_text(tokens, normalize=True)
            return vectors

    return FromTokens().eval()


def _load(architecture: str, weights: str) -> Any:
    import open_clip

    try:
        settings = open_clip.get_model_config(architecture)
        if settings is not None:
            _refuse_other_tokenizers(architecture, settings["text_cfg"])
        return open_clip.create_model(architecture, weights, require_pretrained=True, weights_only=True).eval()
    except EngineError:
        raise
    except Exception as error:  # open_clip, torch and the download each raise their own
        raise EngineError(
            f"The open_clip model {architecture} ({weights}) cannot be loaded: {error}",
            "Check the name, the tag or file, and that this machine can reach the internet for a download.",
        ) from error


def _refuse_other_tokenizers(architecture: str, text_settings: dict[str, Any]) -> None:
    others = {"hf_tokenizer_name", "hf_model_name", "tokenizer_kwargs"} & text_settings.keys()
    if others or "siglip" in architecture.lower():
        raise EngineError(f"{architecture} needs a tokenizer that is not built in", "Choose a model with CLIP's own.")


def _describe(architecture: str, network: Any) -> OpenClipExport:
    preprocess = network.visual.preprocess_cfg
    size = preprocess["size"] if isinstance(preprocess["size"], int) else preprocess["size"][0]
    digest = hashlib.sha256(json.dumps(preprocess, sort_keys=True, default=str).encode())
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
    context_length = int(network.context_length)
    dimensions = int(text_side(network)(_tokens(["a"], context_length)).shape[1])
    return OpenClipExport(architecture, digest.hexdigest()[:16], dimensions, size, context_length)


def _noise(export: OpenClipExport) -> "torch.Tensor":
    import torch

    return torch.randint(0, 256, (3, export.size, export.size, 3), dtype=torch.uint8)


def _phrases(export: OpenClipExport) -> "torch.Tensor":
    return _tokens(["a dog", "", "two people on a beach at sunset, 1987"], export.context_length)


def _tokens(texts: list[str], context_length: int) -> "torch.Tensor":
    import torch

    from dofisac_tui.engines.clip_tokenizer import ClipTokenizer

    return torch.from_numpy(ClipTokenizer(context_length).tokens(texts))


def _page(architecture: str, weights: str) -> Path:
    key = hashlib.sha256(f"{architecture}\n{weights}".encode()).hexdigest()[:16]
    return config.models_folder() / f"open_clip-{_safe(architecture)}-{key}.json"


def _safe(name: str) -> str:
    return "".join(character if character.isalnum() or character in "-_." else "_" for character in name)


def fetch_weights(models: Models) -> None:
    """Download and convert the open_clip model that the settings name."""
    fetch(models.open_clip, models.open_clip_weights)
