"""A model's layers with what they hold and compute, from inferred shapes; nothing is run."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import onnx

Shape: TypeAlias = tuple[int | None, ...]

_WEIGHTS: Mapping[str, int] = {
    "Conv": 1,
    "FusedConv": 1,
    "ConvTranspose": 1,
    "ConvInteger": 1,
    "DeformConv": 1,
    "QLinearConv": 3,
    "Gemm": 1,
    "MatMul": 1,
    "FusedMatMul": 1,
    "MatMulInteger": 1,
    "DynamicQuantizeMatMul": 1,
    "MatMulIntegerToFloat": 1,
    "QLinearMatMul": 3,
    "QGemm": 3,
}
"""Operators that multiply and accumulate, and which of their inputs is the weight or second factor."""
_CONVOLUTIONS = frozenset({"Conv", "FusedConv", "ConvInteger", "QLinearConv", "DeformConv"})
_PER_ELEMENT = frozenset({"BatchNormalization", "InstanceNormalization", "LayerNormalization", "GroupNormalization"})
"""One multiplication and addition for each element of the output."""
_HELD_ONLY = frozenset({"LSTM", "GRU", "RNN", "PRelu"})
"""They hold parameters; what they compute is not counted."""
_BIAS: Mapping[str, tuple[int, ...]] = {"QLinearConv": (8,), "QGemm": (6,), "QLinearMatMul": (), "DeformConv": (3,)}
LAYER_OPERATORS = frozenset({*_WEIGHTS, *_PER_ELEMENT, *_HELD_ONLY})
_PASSING = frozenset({"DequantizeLinear", "QuantizeLinear", "Cast", "Identity", "Reshape", "Transpose", "Squeeze"})
"""A weight may come through these; only their first input is part of it."""


@dataclass(frozen=True)
class Layer:
    """One operator that holds or multiplies weights."""

    name: str
    """The node's; the name of its output where it has none."""
    operator: str
    output_shape: Shape | None
    """None where it is not known; None for an axis without a fixed length."""
    parameter_count: int | None
    """Stored numbers that it reads; None where that cannot be told."""
    mac_count: int | None
    """Multiply-accumulates of one inference; None where a shape is not known or the operator is not counted."""


def layers_of(model: onnx.ModelProto, left_out: Collection[str] = ()) -> tuple[Layer, ...]:
    """The layers of a model whose shapes were inferred, in the graph's order.

    Args:
        model: the whole graph, or its `Skeleton`.
        left_out: inputs of a skeleton that stand for stored tensors.
    """
    graph = _Graph(model, left_out)
    return tuple(_layer(node, graph) for node in model.graph.node if node.op_type in LAYER_OPERATORS)


class _Graph:
    def __init__(self, model: onnx.ModelProto, left_out: Collection[str]) -> None:
        values = (*model.graph.value_info, *model.graph.output, *model.graph.input)
        self.shapes = {value.name: _axes(value) for value in values}
        self.shapes |= {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
        self._makers = {name: node for node in model.graph.node for name in node.output}
        self._stored = {*left_out, *(tensor.name for tensor in model.graph.initializer)}

    def shape(self, names: Sequence[str], index: int) -> Shape | None:
        """Of an input; None where it is absent or not known."""
        return self.shapes.get(names[index]) if len(names) > index and names[index] else None

    def stored(self, name: str) -> int | None:
        """How many numbers are stored behind a value; 0 where it is computed from the image."""
        for _ in range(16):
            maker = self._makers.get(name)
            if maker is None:
                break
            if maker.op_type == "Constant":
                return _size(self.shapes.get(name))
            if maker.op_type not in _PASSING or not maker.input:
                return 0
            name = maker.input[0]
        return _size(self.shapes.get(name)) if name in self._stored else 0


def _layer(node: onnx.NodeProto, graph: _Graph) -> Layer:
    output = graph.shape(node.output, 0)
    counts = [graph.stored(node.input[index]) for index in _held(node) if len(node.input) > index and node.input[index]]
    known = [count for count in counts if count is not None]
    return Layer(
        name=node.name or (node.output[0] if node.output else ""),
        operator=node.op_type,
        output_shape=output,
        parameter_count=sum(known) if len(known) == len(counts) else None,
        mac_count=_macs(node, graph, output),
    )


def _held(node: onnx.NodeProto) -> tuple[int, ...]:
    """Which inputs may be parameters: the weight and the bias, not scales and zero points."""
    if node.op_type in _WEIGHTS:
        weight = _WEIGHTS[node.op_type]
        first = (0,) if node.op_type in {"MatMul", "Gemm"} else ()
        return (*first, weight, *_BIAS.get(node.op_type, (2,) if weight == 1 and node.op_type in _BIASED else ()))
    return tuple(range(1, len(node.input)))


_BIASED = frozenset({"Conv", "FusedConv", "ConvTranspose", "Gemm"})


def _macs(node: onnx.NodeProto, graph: _Graph, output: Shape | None) -> int | None:
    made = _size(output)
    if made is None or node.op_type in _HELD_ONLY:
        return None
    if node.op_type in _PER_ELEMENT:
        return made
    given, weight = graph.shape(node.input, 0), graph.shape(node.input, _WEIGHTS[node.op_type])
    if node.op_type in _CONVOLUTIONS or node.op_type == "ConvTranspose":
        each, count = _size(weight[1:] if weight else None), made if node.op_type != "ConvTranspose" else _size(given)
        return None if each is None or count is None else each * count
    if not given:
        return None
    transposed = any(item.name == "transA" and item.i for item in node.attribute)
    depth = given[-2] if transposed and len(given) > 1 else given[-1]
    return None if depth is None else made * depth


def _axes(value: onnx.ValueInfoProto) -> Shape | None:
    kind = value.type.tensor_type
    if not kind.HasField("shape"):
        return None
    return tuple(axis.dim_value if axis.HasField("dim_value") else None for axis in kind.shape.dim)


def _size(shape: Shape | None) -> int | None:
    """The number of elements; None where it is not known."""
    if shape is None:
        return None
    lengths = [length for length in shape if length is not None]
    return math.prod(lengths) if len(lengths) == len(shape) else None
