"""Models that nothing in Slipway can take, each with the reason that is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from workbench.base.errors import UsageError
from workbench.optimise.adapt import Changes, adapt_model
from workbench.optimise.model_facts import ModelFacts, facts_of
from workbench.optimise.model_file import load_model
from workbench.optimise.objections import (
    describe_precision,
    find_objections,
    find_openvino_objections,
    refuse_precision,
    require_takeable,
)
from workbench.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

    Save = Callable[[onnx.ModelProto], Path]

Value = onnx.ValueInfoProto


def value(name: str, dtype: int, shape: list[int | str] | None) -> Value:
    return helper.make_tensor_value_info(name, dtype, shape)


def build(
    nodes: list[onnx.NodeProto],
    inputs: list[Value],
    outputs: list[Value] | None = None,
    stored: list[onnx.TensorProto] | None = None,
    opset: int = 17,
    ir: int = 8,
    **imports: int,
) -> onnx.ModelProto:
    given = outputs or [value("output0", TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "graph", inputs, given, stored or [])
    versions = [
        helper.make_opsetid("", opset),
        *(helper.make_opsetid(name, number) for name, number in imports.items()),
    ]
    return helper.make_model(graph, opset_imports=versions, ir_version=ir)


def relu(shape: list[int | str], dtype: int = TensorProto.FLOAT, **options: Any) -> onnx.ModelProto:
    """A model of one image input that does next to nothing."""
    nodes = [helper.make_node("Abs", ["images"], ["output0"])]
    return build(nodes, [value("images", dtype, shape)], [value("output0", dtype, None)], **options)


def facts(save: Save, model: onnx.ModelProto) -> ModelFacts:
    return facts_of(adapt_model(load_model(save(model)), Changes()))


IMAGE: list[int | str] = [1, 3, 8, 8]
SUPPRESSION = build(
    [helper.make_node("NonMaxSuppression", ["boxes", "scores"], ["output0"])],
    [value("boxes", TensorProto.FLOAT, [1, "n", 4]), value("scores", TensorProto.FLOAT, [1, 2, "n"])],
    [value("output0", TensorProto.INT64, None)],
)
TWO_IMAGES = build(
    [helper.make_node("Add", ["left", "right"], ["output0"])],
    [value("left", TensorProto.FLOAT, IMAGE), value("right", TensorProto.FLOAT, IMAGE)],
)
TEXT = build(
    [helper.make_node("Add", ["input_ids", "attention_mask"], ["output0"])],
    [value(name, TensorProto.INT64, [1, 128]) for name in ("input_ids", "attention_mask")],
    [value("output0", TensorProto.INT64, None)],
)
SEQUENCE = build(
    [helper.make_node("SequenceConstruct", ["images", "images"], ["output0"])],
    [value("images", TensorProto.FLOAT, IMAGE)],
    [helper.make_tensor_sequence_value_info("output0", TensorProto.FLOAT, None)],
)
FOREIGN = build(
    [helper.make_node("DeepThought", ["images"], ["output0"], domain="acme")],
    [value("images", TensorProto.FLOAT, IMAGE)],
    acme=1,
)
PLUGIN = build(
    [helper.make_node("RPROI_TRT", ["images"], ["output0"])],
    [value("images", TensorProto.FLOAT, IMAGE)],
)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (relu(IMAGE, TensorProto.DOUBLE), r"takes images float64\[1, 3, 8, 8\]; numbers in float32, float16, uint8"),
        (relu(IMAGE, TensorProto.INT8), r"takes images int8\[1, 3, 8, 8\]; numbers in"),
        (relu([4, 3, 8, 8]), "takes 4 images at once"),
        (relu([1, 1, 8, 8]), "a grey image; frames have three channels"),
        (relu([1, 8, 8, 1]), "a grey image; frames have three channels"),
        (relu([1, 4, 8, 8]), "which is no single RGB image"),
        (relu([3, 8, 8]), r"takes images float32\[3, 8, 8\], which is no single RGB image"),
        (relu(["N", "C", "h", "w"]), "without a fixed length: images axis 2"),
        (relu(IMAGE, opset=6, ir=3), "has opset 6; ONNX Runtime, the reference, runs 7 and later"),
        (relu(IMAGE, opset=99), "has opset 99 and IR 8; this version of Slipway knows opsets up to"),
        (relu(IMAGE, ir=99), "IR 99"),
        (TWO_IMAGES, r"takes 2 images \(left float32.*, right float32.*\); Slipway feeds one"),
        (SUPPRESSION, r"is no detector: it only suppresses boxes \(NonMaxSuppression\)"),
        (TEXT, r"is a model of text: it takes input_ids int64\[1, 128\], attention_mask int64.*, and no image"),
        (SEQUENCE, "gives output0 as a sequence and not as a tensor"),
        (FOREIGN, r"operators that are not ONNX's: acme\.DeepThought"),
        (PLUGIN, r"operators that are not ONNX's: RPROI_TRT"),
    ],
    ids=lambda item: "" if isinstance(item, onnx.ModelProto) else str(item)[:30],
)
def test_that_what_cannot_be_taken_is_refused_with_its_reason(save: Save, model: onnx.ModelProto, said: str) -> None:
    found = facts(save, model)
    assert len(list(find_objections(found))) == 1
    with pytest.raises(UsageError, match=said) as caught:
        require_takeable(found)
    assert caught.value.hint


@pytest.mark.parametrize(
    "model",
    [
        relu(IMAGE),
        relu(IMAGE, TensorProto.FLOAT16),
        relu(IMAGE, TensorProto.UINT8),
        relu([1, 8, 8, 3]),
        relu(["N", 3, 8, 8]),
        *(relu(IMAGE, opset=opset, ir=ir) for opset, ir in ((7, 3), (11, 6), (13, 7), (19, 9), (22, 10), (24, 13))),
    ],
)
def test_that_what_can_be_taken_is_not_refused(save: Save, model: onnx.ModelProto) -> None:
    source = adapt_model(load_model(save(model)), Changes())
    found = facts_of(source)
    assert list(find_objections(found)) == []
    shape = [axis for axis in found.inputs[0].shape if isinstance(axis, int)]
    with Reference(source) as reference:
        got = reference.infer(np.full(shape, 2, found.inputs[0].dtype))
    assert got[0].shape == found.outputs[0].shape == tuple(shape)


def test_that_names_may_be_in_any_script_and_outputs_without_shapes(save: Save) -> None:
    node = helper.make_node("Relu", ["画像 ü"], ["Ausgänge/наружу"], name="")
    model = build(
        [node], [value("画像 ü", TensorProto.FLOAT, IMAGE)], [value("Ausgänge/наружу", TensorProto.FLOAT, None)]
    )
    found = facts(save, model)
    assert list(find_objections(found)) == []
    assert [str(tensor) for tensor in found.outputs] == ["Ausgänge/наружу float32[1, 3, 8, 8]"]


def test_that_branches_and_loops_are_counted_and_run(save: Save) -> None:
    empty = [value("kept", TensorProto.FLOAT, None)]
    branch = helper.make_graph([helper.make_node("Relu", ["images"], ["kept"])], "then", [], empty)
    other = helper.make_graph([helper.make_node("Abs", ["images"], ["kept"])], "else", [], empty)
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["most"], keepdims=0),
        helper.make_node("Greater", ["most", "zero"], ["some"]),
        helper.make_node("If", ["some"], ["output0"], then_branch=branch, else_branch=other),
    ]
    zero = numpy_helper.from_array(np.array(0, np.float32), "zero")
    source = load_model(save(build(nodes, [value("images", TensorProto.FLOAT, ["N", 3, 8, 8])], stored=[zero])))
    adapted = adapt_model(source, Changes())
    found = facts_of(adapted)
    assert list(find_objections(found)) == []
    assert dict(found.operators) == {"Abs": 1, "Greater": 1, "If": 1, "ReduceMax": 1, "Relu": 1}
    with Reference(adapted) as reference:
        assert reference.infer(np.ones((1, 3, 8, 8), np.float32))[0].shape == (1, 3, 8, 8)


def quantised(channels: int | None) -> onnx.ModelProto:
    """QLinearConv with one scale, or one a channel."""
    axis = () if channels is None else (channels,)
    parts = {
        "xs": np.float32(1 / 255),
        "xz": np.uint8(0),
        "w": np.ones((4, 3, 1, 1), np.int8),
        "ws": np.full(axis, 0.01, np.float32),
        "wz": np.zeros(axis, np.int8),
        "ys": np.float32(0.02),
        "yz": np.uint8(0),
    }
    stored = [numpy_helper.from_array(np.asarray(array), name) for name, array in parts.items()]
    nodes = [
        helper.make_node("QuantizeLinear", ["images", "xs", "xz"], ["xq"]),
        helper.make_node("QLinearConv", ["xq", "xs", "xz", "w", "ws", "wz", "ys", "yz"], ["yq"], name="/head/conv"),
        helper.make_node("DequantizeLinear", ["yq", "ys", "yz"], ["output0"]),
    ]
    return build(nodes, [value("images", TensorProto.FLOAT, IMAGE)], stored=stored)


def test_that_openvino_is_refused_scales_by_channel_that_it_reads_wrongly() -> None:
    assert find_openvino_objections(quantised(None)) == []
    (objection,) = find_openvino_objections(quantised(4))
    assert objection.startswith("1 QLinearConv with one scale a channel (/head/conv), which OpenVINO reads along")


@pytest.mark.parametrize("precision", ["INT8", "FP16"])
def test_that_nothing_is_made_from_a_quantised_model(save: Save, precision: str) -> None:
    found = facts(save, quantised(None))
    refused = refuse_precision(found, precision)
    assert refused is not None
    assert refused[0].startswith("is quantised already (QLinear operators)")
    assert refuse_precision(found, "FP32") is None
    assert describe_precision(found).startswith("run as it is: its own integers")


def test_that_int8_is_not_made_from_float16(save: Save) -> None:
    found = facts(save, relu(IMAGE, TensorProto.FLOAT16))
    refused = refuse_precision(found, "INT8")
    assert refused is not None
    assert "a float16 input; INT8 is made from float32" in refused[0]
    assert refuse_precision(found, "FP16") is None


def test_that_a_type_that_does_not_exist_is_said_and_not_stumbled_over(save: Save) -> None:
    model = relu(["N", 3, 8, 8])
    model.graph.node.insert(0, helper.make_node("Cast", ["images"], ["cast"], to=TensorProto.FLOAT))
    model.graph.node[0].attribute[0].i = 95
    model.graph.node[1].input[0] = "cast"
    assert facts(save, model).inputs[0].shape == (1, 3, 8, 8)
    model = relu(IMAGE)
    model.graph.input[0].type.tensor_type.elem_type = 95
    with pytest.raises(UsageError, match="takes images unknown"):
        require_takeable(facts(save, model))


def test_that_a_quantised_convolution_without_any_name_is_told_too() -> None:
    model = quantised(4)
    model.graph.node[1].name = ""
    del model.graph.node[1].output[:]
    (objection,) = find_openvino_objections(model)
    assert "(without a name)" in objection
