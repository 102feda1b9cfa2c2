"""Models are brought to opset 13 to 17, or it is said why not."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from workbench.base.errors import UsageError
from workbench.optimise.model_facts import opset_of
from workbench.optimise.opset import settle_opset
from workbench.reference import open_session, run_session


def one_operator(opset: int, ir: int, nodes: list[onnx.NodeProto], stored: list[onnx.TensorProto]) -> onnx.ModelProto:
    given = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 4, 6, 6])
    made = helper.make_tensor_value_info("out", TensorProto.FLOAT, ["a", "b", "c", "d"])
    graph = helper.make_graph(nodes, "g", [given], [made], stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)


def outputs(model: onnx.ModelProto) -> np.ndarray:
    frame = np.random.default_rng(3).random((1, 4, 6, 6), dtype=np.float32)
    return run_session(open_session(model.SerializeToString(), 1), "images", frame)[0]


def split_18() -> onnx.ModelProto:
    split = helper.make_node("Split", ["images"], ["a", "b"], axis=1, num_outputs=2)
    return one_operator(18, 9, [split, helper.make_node("Sub", ["a", "b"], ["out"])], [])


def mean_18() -> onnx.ModelProto:
    axes = numpy_helper.from_array(np.array([2, 3], dtype=np.int64), "axes")
    return one_operator(20, 9, [helper.make_node("ReduceMean", ["images", "axes"], ["out"], keepdims=1)], [axes])


def test_that_an_opset_in_range_is_left_alone() -> None:
    model = one_operator(13, 7, [helper.make_node("Relu", ["images"], ["out"])], [])
    settled, note = settle_opset(model)
    assert (opset_of(settled), settled.ir_version, note) == (13, 7, None)


def test_that_an_old_opset_is_raised() -> None:
    starts, ends = (numpy_helper.from_array(np.array([value], dtype=np.int64), str(value)) for value in (1, 3))
    model = one_operator(11, 6, [helper.make_node("Slice", ["images", "1", "3"], ["out"])], [starts, ends])
    settled, note = settle_opset(model)
    assert (opset_of(settled), settled.ir_version) == (17, 8)
    assert note == "opset raised from 11 to 17"


@pytest.mark.parametrize("make", [split_18, mean_18])
def test_that_a_new_opset_is_lowered_where_operators_meant_the_same(make: object) -> None:
    model = make()  # type: ignore[operator]
    settled, note = settle_opset(model)
    assert (opset_of(settled), settled.ir_version) == (17, 8)
    assert note is not None
    assert "lowered" in note
    assert np.array_equal(outputs(model), outputs(settled))


def test_that_what_17_cannot_say_keeps_its_opset_with_the_reason() -> None:
    model = one_operator(20, 9, [helper.make_node("Gelu", ["images"], ["out"])], [])
    settled, note = settle_opset(model)
    assert opset_of(settled) == 20
    assert note is not None
    assert "TensorRT 8.x" in note


def test_that_options_that_came_later_are_not_dropped() -> None:
    roi, scales = (numpy_helper.from_array(np.array(v, dtype=np.float32), n) for v, n in (([], "roi"), ([2, 2], "s")))
    node = helper.make_node("Resize", ["images", "roi", "s"], ["out"], mode="linear", antialias=1, axes=[2, 3])
    settled, _ = settle_opset(one_operator(18, 8, [node], [roi, scales]))
    assert opset_of(settled) == 18


def test_that_an_opset_that_cannot_be_raised_is_refused() -> None:
    model = one_operator(7, 3, [helper.make_node("NoSuchOperator", ["images"], ["out"])], [])
    with pytest.raises(UsageError, match="has opset 7; at least 13 is needed"):
        settle_opset(model)
