"""A small detector made by hand, its frames, and ways to damage it."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from workbench.optimise.cleanup import CleanModel

HEIGHT, WIDTH, CLASSES = 32, 48, 3
Frames = list[NDArray[np.float32]]


class Net:
    """Collects nodes and seeded weights."""

    def __init__(self, seed: int = 1) -> None:
        self.rng = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def weight(self, name: str, *shape: int, scale: float = 1.0) -> str:
        spread = scale / math.sqrt(math.prod(shape[1:]))
        return self.constant(name, (self.rng.standard_normal(shape) * spread).astype(np.float32))

    def add(self, operator: str, name: str, inputs: list[str], **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [f"{name}_out"], name=name, **attributes))
        return f"{name}_out"

    def conv(self, name: str, source: str, given: int, made: int, kernel: int = 3, stride: int = 1) -> str:
        weight = self.weight(f"{name}.weight", made, given, kernel, kernel, scale=1.4)
        bias = self.weight(f"{name}.bias", made, scale=0.1)
        pads = [kernel // 2] * 4
        return self.add(
            "Conv", name, [source, weight, bias], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=pads
        )

    def model(self, output: str, shape: list[int], opset: int = 17, ir: int = 8) -> onnx.ModelProto:
        images = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])
        result = helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)
        graph = helper.make_graph(self.nodes, "detector", [images], [result], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)
        model.producer_name = "tests"
        helper.set_model_props(model, {"names": "{0: 'car', 1: 'lorry', 2: 'sign'}", "stride": "8"})
        onnx.checker.check_model(model, full_check=True)
        return model


def make_detector(seed: int = 1) -> onnx.ModelProto:
    """A detector in YOLOv8's layout with a batch norm, a residual, a transposed convolution and a decoded head."""
    net = Net(seed)
    stem = net.conv("/stem/Conv", "images", 3, 8, stride=2)
    norm = [net.constant(f"/stem/norm.{part}", net.rng.uniform(0.5, 1.5, 8).astype(np.float32)) for part in "abcd"]
    stem = net.add("Relu", "/stem/Relu", [net.add("BatchNormalization", "/stem/Norm", [stem, *norm])])
    deep = net.add("Relu", "/stage1/Relu", [net.conv("/stage1/Conv", stem, 8, 16, stride=2)])
    inner = net.add("Relu", "/stage2/first/Relu", [net.conv("/stage2/first/Conv", deep, 16, 16)])
    deep = net.add("Add", "/stage2/Add", [net.conv("/stage2/second/Conv", inner, 16, 16), deep])
    up_weight = net.weight("/neck/up.weight", 16, 8, 2, 2, scale=2.0)
    up = net.add("ConvTranspose", "/neck/Up", [deep, up_weight], kernel_shape=[2, 2], strides=[2, 2])
    joined = net.add("Concat", "/neck/Concat", [up, stem], axis=1)
    features = net.add("Relu", "/neck/Relu", [net.conv("/neck/Conv", joined, 16, 16, stride=2)])
    anchors = (HEIGHT // 4) * (WIDTH // 4)
    boxes = net.conv("/head/boxes/Conv", features, 16, 4, kernel=1)
    scores = net.conv("/head/scores/Conv", features, 16, CLASSES, kernel=1)
    flat = net.constant("flat", np.array([1, -1, anchors], dtype=np.int64))
    boxes = net.add("Softplus", "/head/Softplus", [net.add("Reshape", "/head/Boxes", [boxes, flat])])
    boxes = net.add("Mul", "/head/Scale", [boxes, net.constant("stride", np.array(8.0, dtype=np.float32))])
    scores = net.add("Sigmoid", "/head/Sigmoid", [net.add("Reshape", "/head/Scores", [scores, flat])])
    output = net.add("Concat", "/head/Concat", [boxes, scores], axis=1)
    return net.model(output, [1, 4 + CLASSES, anchors])


def make_matrices() -> onnx.ModelProto:
    """A network with a `MatMul` and two `Gemm`, one of them transposed."""
    net = Net(2)
    pooled = net.add("GlobalAveragePool", "Pool", [net.conv("Conv", "images", 3, 12)])
    flat = net.add("Flatten", "Flatten", [pooled])
    first = net.add("MatMul", "MatMul", [flat, net.weight("matmul.weight", 12, 10)])
    bias = net.weight("gemm.bias", 9)
    second = net.add("Gemm", "Gemm", [first, net.weight("gemm.weight", 10, 9), bias])
    third = net.add("Gemm", "GemmT", [second, net.weight("gemmt.weight", 7, 9)], transB=1)
    return net.model(third, [1, 7])


def make_frames(count: int, seed: int = 0) -> Frames:
    rng = np.random.default_rng(seed)
    return [rng.random((1, 3, HEIGHT, WIDTH), dtype=np.float32) for _ in range(count)]


Save = Callable[[onnx.ModelProto], Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Writes a model into the test's folder and gives its path."""

    def write(model: onnx.ModelProto) -> Path:
        path = tmp_path / "model.onnx"
        path.write_bytes(model.SerializeToString())
        return path

    return write


@pytest.fixture
def detector() -> onnx.ModelProto:
    return make_detector()


@pytest.fixture
def matrices() -> onnx.ModelProto:
    return make_matrices()


@pytest.fixture
def detector_path(detector: onnx.ModelProto, save: Save) -> Path:
    return save(detector)


@pytest.fixture
def cleaned(detector_path: Path) -> CleanModel:
    from workbench.optimise.cleanup import clean
    from workbench.optimise.model_file import load_model

    return clean(load_model(detector_path))


@pytest.fixture
def frames() -> Frames:
    return make_frames(8)


@pytest.fixture
def fresh_frames() -> Frames:
    """Frames that no calibration in these tests saw."""
    return make_frames(4, seed=99)
