"""dlib's face recognition network (ResNet v1, 128-d) as an ONNX model.

Davis King, dlib-models: 29 convolutions, after He et al., "Deep Residual Learning", CVPR 2016. The same weights, so
the same embeddings to six digits, but many times faster in ONNX Runtime than in dlib.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.engines.catalogue import DLIB_RESNET
from dofisac_tui.engines.dlib_weights import DlibWeights, read_dlib_weights
from dofisac_tui.engines.runtime import onnx_session
from dofisac_tui.engines.weights import verified
from dofisac_tui.errors import EngineError

CHIP = 150
DIMENSIONS = 128
MEAN = (122.782, 117.001, 104.298)
STAGES = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))
"""Channels and residual blocks of each stage; every stage but the first starts by halving the picture."""

OPSET = 17
IR_VERSION = 8  # the newest that ONNX Runtime 1.20 reads


@dataclass
class _Layer:
    """A tensor inside the graph: (batch, channels, side, side)."""

    name: str
    channels: int
    side: int


@dataclass
class _Graph:
    """Collects the nodes and weights of an ONNX graph; every node has one output, named by its number."""

    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        name = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name, **attributes))
        return name

    def constant(self, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"weights_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values, name))
        return name


def write_dlib_network(target: Path) -> None:
    """Write the network, after comparing it with dlib's own answers.

    Its input is (n, 150, 150, 3) uint8 RGB chips, its output (n, 128) float32 embeddings.

    Raises:
        EngineError: the weights do not fit the network, or the answers differ.
    """
    import onnx

    source = verified(DLIB_RESNET)
    try:
        model = _model(read_dlib_weights(source))
    except (ValueError, StopIteration) as error:
        raise EngineError(f"{DLIB_RESNET.name} has unexpected weights: {error}", DLIB_RESNET.fix) from error
    onnx.save(model, target)
    _compare(target, source)


def _model(weights: DlibWeights) -> Any:
    from onnx import TensorProto, checker, helper

    graph = _Graph()
    filters = _folded(weights)
    layer = _stem(graph, filters)
    for stage, (channels, blocks) in enumerate(STAGES):
        for block in range(blocks):
            layer = _residual(graph, layer, filters, channels, halve=stage > 0 and block == 0)
    if next(filters, None) is not None:
        raise ValueError("there are more convolutions than the network has")
    pooled = graph.add("Flatten", graph.add("GlobalAveragePool", layer.name))
    graph.nodes.append(helper.make_node("MatMul", [pooled, graph.constant(weights.projection)], ["embeddings"]))
    chips = helper.make_tensor_value_info("chips", TensorProto.UINT8, ["faces", CHIP, CHIP, 3])
    embeddings = helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["faces", DIMENSIONS])
    body = helper.make_graph(graph.nodes, "dlib_resnet_v1", [chips], [embeddings], graph.weights)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    checker.check_model(model)
    return model


def _folded(weights: DlibWeights) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Each convolution with the affine layer after it folded in: flat filters (out, rest) and biases (out,)."""
    for convolution, (gamma, beta) in zip(weights.convolutions, weights.affines, strict=True):
        outputs = len(gamma)
        filters = convolution[:-outputs].reshape(outputs, -1)
        yield filters * gamma[:, None], convolution[-outputs:] * gamma + beta


def _stem(graph: _Graph, filters: Iterator[Any]) -> _Layer:
    from onnx import TensorProto

    pixels = graph.add("Transpose", graph.add("Cast", "chips", to=TensorProto.FLOAT), perm=[0, 3, 1, 2])
    centred = graph.add("Sub", pixels, graph.constant(np.array(MEAN, np.float32).reshape(1, 3, 1, 1)))
    scaled = graph.add("Mul", centred, graph.constant(np.array(1 / 256, np.float32)))
    layer = _convolution(graph, _Layer(scaled, 3, CHIP), filters, 32, kernel=7, stride=2)
    active = graph.add("Relu", layer.name)
    pooled = graph.add("MaxPool", active, kernel_shape=[3, 3], strides=[2, 2])
    return _Layer(pooled, layer.channels, (layer.side - 3) // 2 + 1)


def _residual(graph: _Graph, layer: _Layer, filters: Iterator[Any], channels: int, halve: bool) -> _Layer:
    inner = _convolution(graph, layer, filters, channels, kernel=3, stride=2 if halve else 1)
    inner = _Layer(graph.add("Relu", inner.name), inner.channels, inner.side)
    inner = _convolution(graph, inner, filters, channels, kernel=3, stride=1)
    if halve:
        pooled = graph.add("AveragePool", layer.name, kernel_shape=[2, 2], strides=[2, 2])
        layer = _Layer(pooled, layer.channels, (layer.side - 2) // 2 + 1)
    channels, side = max(inner.channels, layer.channels), max(inner.side, layer.side)
    total = graph.add("Add", _padded(graph, inner, channels, side), _padded(graph, layer, channels, side))
    return _Layer(graph.add("Relu", total), channels, side)


def _convolution(
    graph: _Graph, layer: _Layer, filters: Iterator[Any], channels: int, kernel: int, stride: int
) -> _Layer:
    weights, biases = next(filters)
    weights = weights.reshape(channels, layer.channels, kernel, kernel)
    pad = 1 if stride == 1 else 0
    name = graph.add(
        "Conv",
        layer.name,
        graph.constant(weights),
        graph.constant(biases),
        strides=[stride, stride],
        pads=[pad] * 4,
    )
    return _Layer(name, channels, (layer.side + 2 * pad - kernel) // stride + 1)


def _padded(graph: _Graph, layer: _Layer, channels: int, side: int) -> str:
    """dlib adds layers of unequal size by putting zeros behind the smaller one."""
    more = side - layer.side
    if channels == layer.channels and more == 0:
        return layer.name
    pads = np.array([0, 0, 0, 0, 0, channels - layer.channels, more, more], np.int64)
    return graph.add("Pad", layer.name, graph.constant(pads))


def _compare(target: Path, source: Path) -> None:
    import dlib

    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (4, CHIP // 10, CHIP // 10, 3), np.uint8)
    chips = coarse.repeat(10, axis=1).repeat(10, axis=2)
    (ours,) = onnx_session(target, threads=1).run(chips)
    network = dlib.face_recognition_model_v1(str(source))
    theirs = np.array([network.compute_face_descriptor(chip) for chip in chips], np.float32)
    if not np.allclose(ours, theirs, atol=1e-4):
        raise EngineError("The converted dlib network differs from its origin", DLIB_RESNET.fix)
