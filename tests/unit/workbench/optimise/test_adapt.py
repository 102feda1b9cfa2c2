from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from workbench.base.errors import UsageError
from workbench.optimise.adapt import Changes, adapt_model
from workbench.optimise.model_facts import facts_of, require_static
from workbench.optimise.model_file import ModelFile, load_model
from workbench.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

    Save = Callable[[onnx.ModelProto], Path]


def free(value: onnx.ValueInfoProto, **names: str) -> None:
    """Take axes' lengths away: `free(value, axis0="batch")`."""
    axes = value.type.tensor_type.shape.dim
    for name, symbol in names.items():
        axis = axes[int(name.removeprefix("axis"))]
        axis.Clear()
        axis.dim_param = symbol


@pytest.fixture
def dynamic(detector: onnx.ModelProto, save: Save) -> ModelFile:
    free(detector.graph.input[0], axis0="batch", axis2="height")
    return load_model(save(detector))


def test_that_a_model_with_fixed_sizes_stays_the_same(detector_path: Path) -> None:
    source = load_model(detector_path)
    assert adapt_model(source, Changes()) is source


def test_that_a_batch_is_fixed_without_being_asked_and_a_height_only_when_asked(dynamic: ModelFile) -> None:
    assert facts_of(adapt_model(dynamic, Changes())).dynamic_axes == ("images axis 2 (height)",)
    adapted = adapt_model(dynamic, Changes(height=64))
    assert facts_of(adapted).dynamic_axes == ()
    assert adapted.changes == (
        "the axis 0 (batch) of the input images was fixed at 1",
        "the axis 2 (height) of the input images was fixed at 64",
    )


def test_that_what_was_changed_is_part_of_the_models_hash(dynamic: ModelFile) -> None:
    hashes = {adapt_model(dynamic, Changes(height=height)).sha256 for height in (32, 64)}
    assert len(hashes | {dynamic.sha256}) == 3


def test_that_an_adapted_model_keeps_its_weights_names_and_versions(dynamic: ModelFile) -> None:
    adapted = adapt_model(dynamic, Changes(height=32)).model
    before = {tensor.name: tensor.SerializeToString() for tensor in dynamic.model.graph.initializer}
    assert {tensor.name: tensor.SerializeToString() for tensor in adapted.graph.initializer} == before
    assert list(adapted.graph.node) == list(dynamic.model.graph.node)
    assert [value.name for value in adapted.graph.input] == ["images"]
    assert (adapted.ir_version, adapted.opset_import) == (dynamic.model.ir_version, dynamic.model.opset_import)
    assert dynamic.model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"


@pytest.mark.parametrize(("text", "size"), [("[32, 48]", (32, 48)), ("48", (48, 48)), ("(32, 48)", (32, 48))])
def test_that_a_size_that_the_metadata_names_is_taken(
    detector: onnx.ModelProto, save: Save, text: str, size: tuple[int, int]
) -> None:
    helper.set_model_props(detector, {"imgsz": text})
    free(detector.graph.input[0], axis2="height", axis3="width")
    adapted = adapt_model(load_model(save(detector)), Changes())
    assert facts_of(adapted).inputs[0].shape == (1, 3, *size)
    assert adapted.changes[0].endswith(f"was fixed at {size[0]}, as the metadata's imgsz says")
    asked = adapt_model(load_model(save(detector)), Changes(width=96, height=64))
    assert facts_of(asked).inputs[0].shape == (1, 3, 64, 96)


@pytest.mark.parametrize("text", ["[640]", "['a', 2]", "[0, 640]", "[640, 100000]", "{", "true", "[1, 2, 3]"])
def test_that_a_size_that_is_none_is_left_alone(detector: onnx.ModelProto, save: Save, text: str) -> None:
    helper.set_model_props(detector, {"imgsz": text})
    free(detector.graph.input[0], axis2="height")
    assert facts_of(adapt_model(load_model(save(detector)), Changes())).dynamic_axes == ("images axis 2 (height)",)


def test_that_nodes_are_put_in_order(detector: onnx.ModelProto, save: Save) -> None:
    nodes = list(detector.graph.node)[::-1]
    del detector.graph.node[:]
    detector.graph.node.extend(nodes)
    source = load_model(save(detector))
    assert facts_of(source).checker is not None
    adapted = adapt_model(source, Changes())
    assert "put in order" in adapted.changes[0]
    assert facts_of(adapted).checker is None
    assert {node.name for node in adapted.model.graph.node} == {node.name for node in nodes}


class Graph:
    """A small graph around one input image [N, 3, 8, 8], made node by node."""

    def __init__(self, opset: int = 13, ir: int = 8) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 3, 8, 8])]
        self.outputs: list[onnx.ValueInfoProto] = []
        self.stored: list[onnx.TensorProto] = []
        self.opset, self.ir = opset, ir

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=f"node_{output}", **attributes))
        return output

    def store(self, name: str, values: Any) -> str:
        self.stored.append(numpy_helper.from_array(values, name))
        return name

    def model(self) -> onnx.ModelProto:
        graph = helper.make_graph(self.nodes, "graph", self.inputs, self.outputs, self.stored)
        imports = [helper.make_opsetid("", self.opset)]
        return helper.make_model(graph, opset_imports=imports, ir_version=self.ir)


@pytest.mark.parametrize("ir", [3, 8])
@pytest.mark.parametrize(
    ("name", "dtype", "values"),
    [
        ("orig_target_sizes", TensorProto.INT64, [[96, 64]]),
        ("orig_target_sizes", TensorProto.FLOAT, [[96, 64]]),
        ("im_shape", TensorProto.FLOAT, [[64, 96]]),
        ("scale_factor", TensorProto.FLOAT, [[1, 1]]),
    ],
)
def test_that_a_second_input_that_the_size_decides_becomes_a_constant(
    save: Save, name: str, dtype: int, values: list[list[int]], ir: int
) -> None:
    graph = Graph(ir=ir)
    graph.inputs = [
        helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 3, 64, 96]),
        helper.make_tensor_value_info(name, dtype, ["N", 2]),
    ]
    graph.add("Cast", [name], "sizes", to=TensorProto.FLOAT)
    graph.add("ReduceMean", ["images"], "mean", keepdims=0)
    graph.add("Add", ["sizes", "mean"], "output0")
    graph.outputs = [helper.make_tensor_value_info("output0", TensorProto.FLOAT, ["N", 2])]
    adapted = adapt_model(load_model(save(graph.model())), Changes())
    facts = facts_of(adapted)
    require_static(facts)
    assert [str(tensor) for tensor in facts.outputs] == ["output0 float32[1, 2]"]
    with Reference(adapted) as reference:
        (got,) = reference.infer(np.zeros((1, 3, 64, 96), np.float32))
    assert got.tolist() == values
    assert adapted.changes[1].startswith(f"the input {name} became the constant")


def test_that_an_input_that_nothing_reads_goes_and_an_unknown_one_is_refused(save: Save) -> None:
    graph = Graph()
    graph.inputs.append(helper.make_tensor_value_info("unused", TensorProto.FLOAT, ["N"]))
    graph.inputs.append(helper.make_tensor_value_info("gain", TensorProto.FLOAT, [1]))
    graph.add("Mul", ["images", "gain"], "output0")
    graph.outputs = [helper.make_tensor_value_info("output0", TensorProto.FLOAT, None)]
    adapted = adapt_model(load_model(save(graph.model())), Changes())
    assert "the input unused was removed: nothing reads it" in adapted.changes
    with pytest.raises(UsageError, match=r"has 2 inputs .*gain float32\[1\]"):
        require_static(facts_of(adapted))


def suppressed(operator: str, box_axes: list[int], **attributes: Any) -> onnx.ModelProto:
    """Boxes and scores, then a suppression plugin of TensorRT."""
    graph = Graph()
    graph.store("box_shape", np.array([0 if index == 0 else axis for index, axis in enumerate(box_axes)], np.int64))
    graph.store("flat", np.array([0, -1], np.int64))
    graph.store("some", np.zeros((192, 4 * 5), np.float32))
    graph.add("Reshape", ["images", "flat"], "pixels")
    graph.add("MatMul", ["pixels", "some"], "numbers")
    graph.add("Reshape", ["numbers", "box_shape"], "boxes")
    graph.store("more", np.zeros((192, 15), np.float32))
    graph.store("score_shape", np.array([0, 5, 3], np.int64))
    graph.add("MatMul", ["pixels", "more"], "weights")
    graph.add("Reshape", ["weights", "score_shape"], "scores")
    names = ["num_dets", "det_boxes", "det_scores", "det_classes"]
    graph.nodes.append(helper.make_node(operator, ["boxes", "scores"], names, name="nms", domain="", **attributes))
    kinds = [TensorProto.INT32, TensorProto.FLOAT, TensorProto.FLOAT, TensorProto.INT32]
    graph.outputs = [helper.make_tensor_value_info(name, kind, None) for name, kind in zip(names, kinds, strict=True)]
    return graph.model()


@pytest.mark.parametrize(
    ("operator", "axes", "attributes", "options"),
    [
        ("EfficientNMS_TRT", [1, 5, 4], {"box_coding": 1}, {"boxes": "cxcywh"}),
        (
            "EfficientNMS_TRT",
            [1, 5, 1, 4],
            {"score_activation": 1, "background_class": 0},
            {"boxes": "xyxy", "activation": "sigmoid", "background": "first"},
        ),
        (
            "BatchedNMSDynamic_TRT",
            [1, 5, 1, 4],
            {"isNormalized": 1, "backgroundLabelId": -1},
            {"boxes": "xyxy", "normalised": True},
        ),
    ],
)
def test_that_a_suppression_plugin_is_cut_off(
    save: Save, operator: str, axes: list[int], attributes: dict[str, int], options: dict[str, Any]
) -> None:
    source = load_model(save(suppressed(operator, axes, **attributes)))
    assert facts_of(source).suppression == (operator,)
    adapted = adapt_model(source, Changes())
    facts = facts_of(adapted)
    assert facts.suppression == facts.foreign == ()
    assert [tensor.shape for tensor in facts.outputs] == [(1, 5, 4), (1, 5, 3)]
    assert facts.outputs[1].name == "scores"
    assert adapted.changes[0] == f"{operator} was cut off: reference and device suppress alike in Slipway"
    assert adapted.head_options == options
    with Reference(adapted) as reference:
        assert [array.shape for array in reference.infer(np.zeros((1, 3, 8, 8), np.float32))] == [(1, 5, 4), (1, 5, 3)]


def test_that_a_plugin_that_decodes_anchors_itself_is_refused(save: Save) -> None:
    model = suppressed("EfficientNMS_TRT", [1, 5, 4])
    model.graph.node[-1].input.append("boxes")
    with pytest.raises(UsageError, match="decodes boxes from anchors itself"):
        adapt_model(load_model(save(model)), Changes())


def test_that_shapes_that_only_folding_tells_are_known_afterwards(save: Save) -> None:
    graph = Graph()
    graph.add("Shape", ["images"], "shape")
    graph.store("two", np.array([2.0, 1.0, 1.0, 1.0], np.float32))
    graph.add("Cast", ["shape"], "lengths", to=TensorProto.FLOAT)
    graph.add("Mul", ["lengths", "two"], "doubled")
    graph.add("Sqrt", ["doubled"], "roots")
    graph.add("Mul", ["roots", "roots"], "again")
    graph.add("Round", ["again"], "rounded")
    graph.add("Cast", ["rounded"], "target", to=TensorProto.INT64)
    graph.add("Expand", ["images", "target"], "output0")
    graph.outputs = [helper.make_tensor_value_info("output0", TensorProto.FLOAT, ["a", "b", "c", "d"])]
    adapted = adapt_model(load_model(save(graph.model())), Changes())
    assert facts_of(adapted).outputs[0].shape == (2, 3, 8, 8)


def test_that_large_constants_in_nodes_survive(detector: onnx.ModelProto, save: Save) -> None:
    free(detector.graph.input[0], axis0="batch")
    large = next(tensor for tensor in detector.graph.initializer if np.prod(tensor.dims) > 1024)
    detector.graph.initializer.remove(large)
    detector.graph.node.insert(0, helper.make_node("Constant", [], [large.name], name="weights", value=large))
    source = load_model(save(detector))
    adapted = adapt_model(source, Changes())
    assert [node.op_type for node in adapted.model.graph.node] == [node.op_type for node in detector.graph.node]
    frame = np.random.default_rng(0).random((1, 3, 32, 48), np.float32)
    with Reference(adapted) as reference:
        assert np.isfinite(reference.infer(frame)[0]).all()
