"""Keeps a pair from standing directly behind a `Concat`, where OpenVINO would lose its scale.

WORKAROUND: OpenVINO (seen in 2026.4.1) moves the quantisation behind a `Concat`, or behind a `Relu` on one, in front of
it (`MoveFakeQuantize` of its low-precision passes) and loses an int8 scale on the way: activations are rounded to whole
numbers. A `Clip` to the calibrated range between the two stops the move. It must be narrower than int8's own range
(-127 instead of -128 steps), else OpenVINO removes it first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx

LEVELS = 127


def clip_behind_concat(model: onnx.ModelProto) -> None:
    """Let every `Concat` read its inputs from in front of their pairs, and put a `Clip` behind it where a Q follows.

    So what goes through a `Concat` is rounded once, by the pair behind it.
    """
    import onnx

    makers = {name: node for node in model.graph.node for name in node.output}
    for node in model.graph.node:
        if node.op_type == "Concat":
            for index, name in enumerate(node.input):
                node.input[index] = before_pair(makers, name)
    scales = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for concat, quantise in list(pairs_behind_concat(model)):
        limit = float(scales[quantise.input[1]]) * LEVELS
        quantise.input[0] = _add_clip(model, quantise.input[0], f"{concat.name}_Clip", limit)


def pairs_behind_concat(model: onnx.ModelProto) -> Iterator[tuple[onnx.NodeProto, onnx.NodeProto]]:
    """Each `Concat` with the Q that alone reads it, directly or through a `Relu`."""
    makers = {name: node for node in model.graph.node for name in node.output}
    reads = Counter(name for node in model.graph.node for name in node.input)
    reads.update(value.name for value in model.graph.output)
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear":
            maker = makers.get(node.input[0])
            if maker is not None and maker.op_type == "Relu" and reads[maker.output[0]] == 1:
                maker = makers.get(maker.input[0])
            if maker is not None and maker.op_type == "Concat" and reads[maker.output[0]] == 1:
                yield maker, node


def before_pair(makers: dict[str, onnx.NodeProto], name: str) -> str:
    """What a tensor was in front of its pair; the tensor itself where it comes through none."""
    dequantise = makers.get(name)
    if dequantise is None or dequantise.op_type != "DequantizeLinear":
        return name
    quantise = makers.get(dequantise.input[0])
    return quantise.input[0] if quantise is not None and quantise.op_type == "QuantizeLinear" else name


def _add_clip(model: onnx.ModelProto, source: str, name: str, limit: float) -> str:
    import numpy as np
    import onnx

    bounds = []
    for end, value in (("low", -limit), ("high", limit)):
        bounds.append(f"{name}_{end}")
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(value, dtype=np.float32), bounds[-1]))
    model.graph.node.append(onnx.helper.make_node("Clip", [source, *bounds], [f"{name}_Output"], name=name))
    return f"{name}_Output"
