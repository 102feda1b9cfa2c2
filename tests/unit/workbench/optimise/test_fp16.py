"""FP16 candidates compute in float16 but where float16 cannot hold the values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from workbench.base.errors import UsageError
from workbench.optimise.cleanup import clean, serialise
from workbench.optimise.deviation import Deviation
from workbench.optimise.fp16 import tail_nodes, to_fp16
from workbench.optimise.half_graph import rewrite_in_half
from workbench.optimise.model_file import load_model
from workbench.reference import open_session, run_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.optimise.cleanup import CleanModel

    Frames = list[NDArray[np.float32]]
    Save = Callable[[onnx.ModelProto], Path]

TAIL = {"/head/Boxes", "/head/Scores", "/head/Softplus", "/head/Sigmoid", "/head/Scale", "/head/Concat"}


def types_of(model: onnx.ModelProto) -> dict[str, int]:
    values = (*model.graph.value_info, *model.graph.input, *model.graph.output)
    return {value.name: value.type.tensor_type.elem_type for value in values}


def test_that_weights_are_half_and_inputs_and_outputs_float(cleaned: CleanModel, frames: Frames) -> None:
    half = to_fp16(cleaned, frames[:2])
    onnx.checker.check_model(half.model, full_check=True)
    types = types_of(half.model)
    assert types["images"] == types["/head/Concat_out"] == TensorProto.FLOAT
    made = {node.name: types[node.output[0]] for node in half.model.graph.node if node.op_type != "Cast"}
    assert {name for name, kind in made.items() if kind == TensorProto.FLOAT} == TAIL
    weights = [tensor for tensor in half.model.graph.initializer if tensor.name.startswith("/stage2")]
    assert weights
    assert all(tensor.data_type == TensorProto.FLOAT16 for tensor in weights)
    assert len(serialise(half.model)) < 0.7 * len(cleaned.content)
    assert half.in_float == frozenset(TAIL)
    assert "box coordinates" in half.notes[0]


def test_that_fp16_is_near_its_parent(cleaned: CleanModel, frames: Frames) -> None:
    parent, candidate = open_session(cleaned.content, 1), open_session(serialise(to_fp16(cleaned).model), 1)
    deviation = Deviation()
    for frame in frames:
        deviation.add(run_session(parent, "images", frame), run_session(candidate, "images", frame))
    assert all(part.snr_db is not None and 45 < part.snr_db < 90 for part in deviation.result())


def test_that_the_same_model_gives_the_same_bytes(cleaned: CleanModel, frames: Frames) -> None:
    first, second = (serialise(to_fp16(cleaned, frames[:2]).model) for _ in range(2))
    assert first == second


def test_that_kept_nodes_stay_in_float(cleaned: CleanModel) -> None:
    half = to_fp16(cleaned, keep=["/stage2/*"])
    types = types_of(half.model)
    made = {node.name: types[node.output[0]] for node in half.model.graph.node if node.op_type != "Cast"}
    assert {name for name in made if name.startswith("/stage2")} == {
        name for name, kind in made.items() if kind == TensorProto.FLOAT and name not in TAIL
    }
    open_session(serialise(half.model), 1)


def large_model(save: Save, factor: float, power: float) -> CleanModel:
    """images x factor -> Relu -> x power, then a convolution that brings the values back."""
    stored = [
        numpy_helper.from_array(np.array(factor, dtype=np.float32), "factor"),
        numpy_helper.from_array(np.array(power, dtype=np.float32), "power"),
        numpy_helper.from_array(np.full((2, 3, 1, 1), 1e-3, dtype=np.float32), "weight"),
    ]
    nodes = [
        helper.make_node("Mul", ["images", "factor"], ["scaled"], name="Scale"),
        helper.make_node("Relu", ["scaled"], ["kept"], name="Relu"),
        helper.make_node("Add", ["kept", "scaled"], ["sum"], name="Add"),
        helper.make_node("Mul", ["sum", "power"], ["back"], name="Back"),
        helper.make_node("Conv", ["back", "weight"], ["out"], name="Conv"),
    ]
    given = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 4, 4])
    made = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 2, 4, 4])
    graph = helper.make_graph(nodes, "g", [given], [made], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return clean(load_model(save(model)))


def test_that_values_beyond_float16_stay_in_float_without_rounding_between(save: Save) -> None:
    cleaned = large_model(save, 50_000.0, 1e-3)
    frame = np.random.default_rng(8).random((1, 3, 4, 4), dtype=np.float32) * 3
    half = to_fp16(cleaned, [frame])
    assert {"Scale", "Relu", "Add"} <= half.in_float
    assert any("Add stays in float32" in note for note in half.notes)
    (got,) = run_session(open_session(serialise(half.model), 1), "images", frame)
    (expected,) = run_session(open_session(cleaned.content, 1), "images", frame)
    np.testing.assert_allclose(got, expected, rtol=5e-3)


def test_that_constants_beyond_float16_keep_their_node_in_float(save: Save) -> None:
    assert "Scale" in to_fp16(large_model(save, 1e5, 1e-5)).in_float
    assert "Back" in to_fp16(large_model(save, 1.0, 1e-9)).in_float


def test_that_the_tail_begins_behind_the_last_convolution(detector: onnx.ModelProto) -> None:
    assert tail_nodes(detector) == TAIL


def test_that_a_graph_without_convolutions_has_no_tail() -> None:
    node = helper.make_node("Relu", ["images"], ["out"], name="Relu")
    assert tail_nodes(helper.make_model(helper.make_graph([node], "g", [], []))) == frozenset()


def test_that_an_output_that_is_read_inside_too_is_cast_once() -> None:
    nodes = [
        helper.make_node("Relu", ["images"], ["first"], name="A"),
        helper.make_node("Exp", ["first"], ["second"], name="B"),
        helper.make_node("Abs", ["first"], ["third"], name="C"),
    ]
    given = helper.make_tensor_value_info("images", TensorProto.FLOAT, [4])
    made = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in ("first", "second", "third")]
    model = helper.make_model(
        helper.make_graph(nodes, "g", [given], made), opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    for in_float in (frozenset(), frozenset("B"), frozenset("A"), frozenset("ABC")):
        half = rewrite_in_half(model, in_float)
        onnx.checker.check_model(half, full_check=True)
        assert len({node.name for node in half.graph.node}) == len(half.graph.node)
        frame = np.array([0.5, 1.0, 2.0, -1.0], dtype=np.float32)
        outputs = run_session(open_session(half.SerializeToString(), 1), "images", frame)
        assert [tensor.dtype for tensor in outputs] == [np.float32] * 3
        np.testing.assert_allclose(outputs[1], np.exp(np.maximum(frame, 0)), rtol=2e-3)


def test_that_inputs_that_must_be_float_stay_float() -> None:
    stored = [numpy_helper.from_array(np.array([1, 1, 2, 2], dtype=np.float32), "scales")]
    node = helper.make_node("Resize", ["images", "", "scales"], ["out"], name="Resize", mode="nearest")
    given = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 1, 2, 2])
    made = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 1, 4, 4])
    model = helper.make_model(
        helper.make_graph([node], "g", [given], [made], stored),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    half = rewrite_in_half(model, frozenset())
    onnx.checker.check_model(half, full_check=True)
    assert {tensor.name: tensor.data_type for tensor in half.graph.initializer} == {"scales": TensorProto.FLOAT}
    assert [node.op_type for node in half.graph.node] == ["Cast", "Resize", "Cast"]


def test_that_a_quantised_source_is_refused(shared_data: Path) -> None:
    with pytest.raises(UsageError, match="FP16 is made from float32"):
        to_fp16(clean(load_model(shared_data / "models" / "coco_yolov8n_int8_qdq.onnx")))


def test_that_a_float16_source_is_only_cleaned_up(shared_data: Path) -> None:
    cleaned = clean(load_model(shared_data / "models" / "coco_yolox_nano_416_fp16io_derived.onnx"))
    half = to_fp16(cleaned)
    assert serialise(half.model) == cleaned.content
    assert "float16 already" in half.notes[0]
