"""Running ONNX models: explicit threads, wanted providers, plain errors."""

import functools
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.errors import EngineError

log = logging.getLogger(__name__)

CPU = "CPUExecutionProvider"


class OnnxSession:
    """One loaded ONNX model."""

    def __init__(self, name: str, session: Any) -> None:
        self._name = name
        self._session = session
        self._inputs = [each.name for each in session.get_inputs()]
        self.outputs: list[str] = [each.name for each in session.get_outputs()]

    def run(self, *inputs: NDArray[Any]) -> list[NDArray[np.float32]]:
        """All outputs for `inputs`, both in the order in which the model declares them.

        Raises:
            EngineError: the model failed.
        """
        try:
            outputs: list[NDArray[np.float32]] = self._session.run(None, dict(zip(self._inputs, inputs, strict=True)))
        except Exception as error:  # ONNX Runtime's own exceptions share no base class but this
            raise EngineError(f"The model {self._name} failed: {error}") from error
        return outputs


def onnx_session(path: Path, threads: int, providers: Sequence[str] = (CPU,)) -> OnnxSession:
    """Load an ONNX model.

    Args:
        path: The model, already checked.
        threads: Threads inside one operator. Operators run one after the other, and idle threads do not spin.
        providers: Execution providers, most wanted first. One that is not installed is left out with a log
            line; the CPU is always the last resort.

    Raises:
        EngineError: the file is not a model that ONNX Runtime can load.
    """
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(path, session_options(threads), providers=usable_providers(providers))
    except Exception as error:  # ONNX Runtime's own exceptions share no base class but this
        raise EngineError(f"The model {path.name} cannot be loaded: {error}") from error
    return OnnxSession(path.name, session)


def session_options(threads: int) -> Any:
    """ONNX Runtime's options for a model that uses so many threads, and none while it waits."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def usable_providers(providers: Sequence[str]) -> list[str]:
    """Those of `providers` that are installed, in their order, and the CPU."""
    usable = [provider for provider in providers if _is_installed(provider)]
    return usable if CPU in usable else [*usable, CPU]


@functools.cache
def _is_installed(provider: str) -> bool:
    """Cached so that a missing provider is logged once, not for every model."""
    import onnxruntime

    installed = onnxruntime.get_available_providers()
    if provider not in installed:
        log.warning("%s is not installed here; there are: %s", provider, ", ".join(installed))
    return provider in installed
