"""Reading the weights out of dlib's own network files (`.dat`), without dlib.

dlib writes a network's layers innermost first, so the weights come in forward order. The layers' names stand between
them as strings. An integer is a control byte (low nibble: how many bytes follow; high bit: negative) and that many
little-endian bytes; a string is its length as an integer and its bytes; a tensor is its version (2), four sizes and
little-endian float32s.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.errors import EngineError

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class DlibWeights:
    """The weights of a dlib network, in forward order.

    Attributes:
        convolutions: For each convolution one flat array: filters (out, in, height, width), then biases.
        affines: For each affine layer its gamma and beta, (channels,).
        projection: The fully connected layer without bias, (inputs, outputs).
    """

    convolutions: list[Floats]
    affines: list[tuple[Floats, Floats]]
    projection: Floats


def read_dlib_weights(path: Path) -> DlibWeights:
    """Read a network of convolutions, affine layers and one fully connected layer.

    Raises:
        EngineError: the file cannot be read, or is not such a network.
    """
    try:
        data = path.read_bytes()
        convolutions = [_tensor(data, at)[0] for at in _layers(data, "con_4")]
        affines = [_affine(data, at) for at in _layers(data, "affine_")]
        (last,) = _layers(data, "fc_2")
        return DlibWeights(convolutions, affines, _projection(data, last))
    except (OSError, ValueError, IndexError) as error:
        raise EngineError(f"{path.name} is not a dlib network that can be read: {error}") from error


def _layers(data: bytes, name: str) -> list[int]:
    """Where the content of each layer of this name starts."""
    mark = bytes([1, len(name)]) + name.encode("ascii")
    found = []
    at = data.find(mark)
    while at >= 0:
        found.append(at + len(mark))
        at = data.find(mark, at + len(mark))
    return found


def _integer(data: bytes, at: int) -> tuple[int, int]:
    """An integer, and where what follows it starts."""
    control = data[at]
    end = at + 1 + (control & 0x0F)
    if end > len(data):
        raise ValueError("it ends too early")
    value = int.from_bytes(data[at + 1 : end], "little")
    return (-value if control & 0x80 else value), end


def _tensor(data: bytes, at: int) -> tuple[Floats, int]:
    """A tensor as a flat array, and where what follows it starts."""
    version, at = _integer(data, at)
    if version != 2:
        raise ValueError(f"tensor of unknown version {version}")
    count = 1
    for _ in range(4):
        size, at = _integer(data, at)
        count *= size
    if count <= 0 or at + 4 * count > len(data):
        raise ValueError(f"tensor of {count} numbers does not fit")
    values = np.frombuffer(data, "<f4", count, at).astype(np.float32)
    if not np.isfinite(values).all():
        raise ValueError("a weight is not a number")
    return values, at + 4 * count


def _affine(data: bytes, at: int) -> tuple[Floats, Floats]:
    values, _ = _tensor(data, at)
    gamma, beta = values.reshape(2, -1)
    return gamma, beta


def _projection(data: bytes, at: int) -> Floats:
    outputs, at = _integer(data, at)
    inputs, at = _integer(data, at)
    weights, _ = _tensor(data, at)
    return weights.reshape(inputs, outputs)
