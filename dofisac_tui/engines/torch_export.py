"""From a torch network to an ONNX file, compared with its origin."""

import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.engines.runtime import onnx_session
from dofisac_tui.errors import EngineError

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

LEAST_COSINE = 0.9999
OPSET = 17


def export_onnx(network: "torch.nn.Module", inputs: "torch.Tensor", path: Path) -> None:
    """Write a network of one input and one output as ONNX, for batches of any size.

    Args:
        network: Anything that maps (n, ...) to (n, dimensions).
        inputs: (2, ...) at least; both networks are run on it and their outputs compared.
        path: Where to write.

    Raises:
        EngineError: the outputs differ (a cosine below 0.9999).
    """
    import torch

    network.eval()
    with torch.inference_mode():
        wanted = network(inputs).numpy()
    with warnings.catch_warnings(), torch.no_grad():
        # the older exporter is deprecated, but needs no further package and keeps the batch size free
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=UserWarning, module=r"torch\.")
        warnings.filterwarnings("ignore", message="Converting a tensor to a Python")
        torch.onnx.export(
            network,
            (inputs[:1],),
            str(path),
            input_names=["inputs"],
            output_names=["outputs"],
            dynamic_axes={"inputs": {0: "n"}, "outputs": {0: "n"}},
            opset_version=OPSET,
            dynamo=False,
        )
    (made,) = onnx_session(path, threads=1).run(inputs.numpy())
    cosine, difference = _least_cosine(wanted, made), float(np.abs(wanted - made).max())
    log.info("%s exported: cosine %.6f, largest difference %.2g", path.name, cosine, difference)
    if not cosine >= LEAST_COSINE:
        raise EngineError(
            f"{path.name} disagrees with the model it was exported from (cosine {cosine:.5f})",
            "Report it with the versions of torch and onnxruntime.",
        )


def _least_cosine(wanted: NDArray[np.float32], made: NDArray[np.float32]) -> float:
    norms = np.linalg.norm(wanted, axis=1) * np.linalg.norm(made, axis=1)
    return float((np.einsum("ij,ij->i", wanted, made) / norms).min())
