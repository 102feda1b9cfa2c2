"""What layers hold and compute, against figures worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from workbench.optimise.layers import Layer
from workbench.optimise.model_facts import facts_of, inspect_model
from workbench.optimise.model_file import load_model


def one_layer(
    node: onnx.NodeProto, shape: list[int | str], *stored: tuple[str, tuple[int, ...], type]
) -> onnx.ModelProto:
    """A model of one layer between `x` and `y`."""
    weights = [numpy_helper.from_array(np.ones(size, kind), name) for name, size, kind in stored]
    dtype = TensorProto.UINT8 if node.op_type in {"ConvInteger", "QLinearConv"} else TensorProto.FLOAT
    out = {"ConvInteger": TensorProto.INT32, "QLinearConv": TensorProto.UINT8}.get(node.op_type, TensorProto.FLOAT)
    graph = helper.make_graph(
        [node],
        "one",
        [helper.make_tensor_value_info("x", dtype, shape)],
        [helper.make_tensor_value_info("y", out, None)],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


FLOAT, U8, S8 = np.float32, np.uint8, np.int8
CASES = {
    "a convolution with bias": (
        helper.make_node("Conv", ["x", "w", "b"], ["y"], name="n", pads=[1, 1, 1, 1], strides=[2, 2]),
        [1, 3, 32, 48],
        [("w", (16, 3, 3, 3), FLOAT), ("b", (16,), FLOAT)],
        ((1, 16, 16, 24), 16 * 27 + 16, 16 * 24 * 16 * 27),
    ),
    "a depthwise convolution": (
        helper.make_node("Conv", ["x", "w"], ["y"], name="n", group=8),
        [1, 8, 10, 10],
        [("w", (8, 1, 3, 3), FLOAT)],
        ((1, 8, 8, 8), 72, 64 * 8 * 9),
    ),
    "a transposed convolution": (
        helper.make_node("ConvTranspose", ["x", "w"], ["y"], name="n", strides=[2, 2]),
        [1, 8, 5, 5],
        [("w", (8, 4, 2, 2), FLOAT)],
        ((1, 4, 10, 10), 128, 200 * 16),
    ),
    "a matrix product": (
        helper.make_node("MatMul", ["x", "w"], ["y"], name="n"),
        [1, 7, 20],
        [("w", (20, 30), FLOAT)],
        ((1, 7, 30), 600, 7 * 30 * 20),
    ),
    "a product that is turned": (
        helper.make_node("Gemm", ["x", "w", "c"], ["y"], name="n", transA=1, transB=1),
        [20, 7],
        [("w", (30, 20), FLOAT), ("c", (30,), FLOAT)],
        ((7, 30), 630, 7 * 30 * 20),
    ),
    "an integer convolution": (
        helper.make_node("ConvInteger", ["x", "w", "xz"], ["y"], name="n"),
        [1, 3, 8, 8],
        [("w", (4, 3, 3, 3), U8), ("xz", (), U8)],
        ((1, 4, 6, 6), 108, 144 * 27),
    ),
    "a quantised convolution": (
        helper.make_node("QLinearConv", ["x", "s", "z", "w", "ws", "wz", "ys", "yz", "b"], ["y"], name="n"),
        [1, 3, 8, 8],
        [
            ("s", (), FLOAT),
            ("z", (), U8),
            ("w", (4, 3, 3, 3), S8),
            ("ws", (4,), FLOAT),
            ("wz", (4,), S8),
            ("ys", (), FLOAT),
            ("yz", (), U8),
            ("b", (4,), np.int32),
        ],
        ((1, 4, 6, 6), 112, 144 * 27),
    ),
    "an image of unknown size": (
        helper.make_node("Conv", ["x", "w"], ["y"], name="n"),
        ["batch", 3, "h", 8],
        [("w", (4, 3, 1, 1), FLOAT)],
        ((None, 4, None, 8), 12, None),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_that_a_layer_is_counted(
    tmp_path: Path,
    case: tuple[
        onnx.NodeProto, list[int | str], list[tuple[str, tuple[int, ...], type]], tuple[object, int, int | None]
    ],
) -> None:
    node, shape, stored, (output, parameters, macs) = case
    onnx.save(one_layer(node, shape, *stored), tmp_path / "one.onnx")
    facts = inspect_model(tmp_path / "one.onnx")
    assert facts.layers == (Layer("n", node.op_type, output, parameters, macs),)  # type: ignore[arg-type]
    assert facts.mac_count == macs


def test_that_a_weight_is_found_behind_its_pair(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s"], ["xq"]),
        helper.make_node("DequantizeLinear", ["xq", "s"], ["xd"]),
        helper.make_node("DequantizeLinear", ["w", "s"], ["wd"]),
        helper.make_node("Conv", ["xd", "wd"], ["y"]),
    ]
    stored = [
        numpy_helper.from_array(np.ones((4, 3, 1, 1), np.uint8), "w"),
        numpy_helper.from_array(np.array(0.1, np.float32), "s"),
    ]
    graph = helper.make_graph(
        nodes,
        "qdq",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        stored,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "q.onnx")
    assert inspect_model(tmp_path / "q.onnx").layers == (Layer("y", "Conv", (1, 4, 8, 8), 12, 64 * 4 * 3),)


def test_that_large_weights_are_counted_too(detector_path: Path) -> None:
    """They are no part of the graph that shapes are inferred on."""
    source = load_model(detector_path)
    layers = {layer.name: layer for layer in facts_of(source).layers}
    weights = {tensor.name: tensor for tensor in source.model.graph.initializer}
    inner = layers["/stage2/first/Conv"]
    assert inner.parameter_count == np.prod(weights["/stage2/first/Conv.weight"].dims) + 16
    assert all(layer.mac_count for layer in layers.values())
