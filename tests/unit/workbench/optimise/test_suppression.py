"""Suppression by ONNX's own operator: cut off where the indices of its boxes are the outputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from workbench.base.errors import UsageError
from workbench.intake.heads import ChosenHead, choose_head
from workbench.intake.values import Seen
from workbench.optimise.adapt import Changes, adapt_model
from workbench.optimise.model_facts import facts_of
from workbench.optimise.model_file import ModelFile, load_model
from workbench.reference import Reference

Save = Callable[[onnx.ModelProto], Path]
WIDTH, HEIGHT, ROWS, CLASSES = 96, 64, 61, 3
CONFIDENCE, OVERLAP = 0.3, 0.5
IMAGE = np.zeros((1, 3, HEIGHT, WIDTH), np.float32)


@dataclass(frozen=True)
class Anchors:
    """Corners in pixels with x first, and class values, of which one in a row is large."""

    corners: Any
    values: Any

    @classmethod
    def some(cls) -> Anchors:
        rng = np.random.default_rng(5)
        middles = rng.uniform(0.3, 0.7, (ROWS, 2)) * [WIDTH, HEIGHT]
        halves = rng.uniform(6, 12, (ROWS, 2))
        values = rng.uniform(0, 0.1, (ROWS, CLASSES))
        values[np.arange(ROWS), rng.integers(0, CLASSES, ROWS)] = np.linspace(0.2, 0.95, ROWS)
        return cls(np.hstack([middles - halves, middles + halves]), values)

    def coded(self, coding: str) -> Any:
        """As the operator is fed."""
        x0, y0, x1, y1 = self.corners.T
        columns = {
            "xyxy": (x0, y0, x1, y1),
            "yxyx": (y0, x0, y1, x1),
            "cxcywh": ((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0),
        }
        return np.stack(columns[coding], axis=1)


class Net:
    """Nodes from anchors to NonMaxSuppression; the image adds nothing to them."""

    def __init__(self, coding: str = "yxyx", scale: float | Any = 1.0) -> None:
        anchors = Anchors.some()
        self.nodes: list[onnx.NodeProto] = []
        self.stored: list[onnx.TensorProto] = []
        self.inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 3, HEIGHT, WIDTH])]
        self.store("rows", (anchors.coded(coding) / scale)[None].astype(np.float32))
        self.store("values", anchors.values.T[None].astype(np.float32))
        self.store("zero", np.zeros(1, np.float32))
        self.add("ReduceMean", ["images"], "mean", axes=[1, 2, 3], keepdims=1)
        self.add("Mul", ["mean", "zero"], "nothing4")
        self.store("axis", np.array([0], np.int64))
        self.add("Squeeze", ["nothing4", "axis"], "nothing")
        self.add("Add", ["rows", "nothing"], "boxes")
        self.add("Add", ["values", "nothing"], "scores")
        for name, value in (("most", np.int64(300)), ("iou", np.float32(OVERLAP)), ("least", np.float32(CONFIDENCE))):
            self.store(name, np.array([value]))

    def store(self, name: str, values: Any) -> None:
        self.stored.append(numpy_helper.from_array(values, name))

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=f"node_{output}", **attributes))

    def suppress(self, boxes: str = "boxes", **attributes: Any) -> None:
        self.add("NonMaxSuppression", [boxes, "scores", "most", "iou", "least"], "chosen", **attributes)

    def model(self, *outputs: tuple[str, int, list[Any]], producer: str = "tf2onnx") -> onnx.ModelProto:
        listed = [helper.make_tensor_value_info(*output) for output in outputs]
        graph = helper.make_graph(self.nodes, "graph", self.inputs, listed, self.stored)
        imports = [helper.make_opsetid("", 13)]
        return helper.make_model(graph, opset_imports=imports, ir_version=8, producer_name=producer)


INDICES = ("chosen", TensorProto.INT64, ["k", 3])
BOXES = ("boxes", TensorProto.FLOAT, [1, ROWS, 4])
SCORES = ("scores", TensorProto.FLOAT, [1, CLASSES, ROWS])
Found = list[tuple[int, list[float]]]


def chosen_by_operator(source: ModelFile, place: int = 0) -> Found:
    """Classes and corners that NonMaxSuppression itself chooses."""
    session = onnxruntime.InferenceSession(source.model.SerializeToString(), providers=["CPUExecutionProvider"])
    rows = np.asarray(session.run(None, {"images": IMAGE})[place], np.int64).reshape(-1, 3)
    corners = Anchors.some().corners
    return sorted((int(row[1]), np.round(corners[row[2]], 2).tolist()) for row in rows)


def choose(adapted: ModelFile, given: Any = None) -> tuple[ChosenHead, Found]:
    """The head that is chosen by values, and what it detects."""
    with Reference(adapted) as reference:
        outputs = reference.infer(IMAGE)
    seen = Seen((outputs,), "1 frame")
    chosen = choose_head(facts_of(adapted), (WIDTH, HEIGHT), CLASSES, options=given, seen=seen)
    found = chosen.head.detect(outputs, CONFIDENCE, OVERLAP, 300)
    rows = zip(found.classes, found.boxes, strict=True)
    return chosen, sorted((int(kind), np.round(box.astype(np.float64), 2).tolist()) for kind, box in rows)


def assert_alike(found: Found, expected: Found) -> None:
    assert [kind for kind, _ in found] == [kind for kind, _ in expected]
    np.testing.assert_allclose([box for _, box in found], [box for _, box in expected], atol=0.02)


@pytest.mark.parametrize(
    ("coding", "scale", "producer", "said"),
    [
        ("yxyx", 1.0, "tf2onnx", "read as corners with y first, as the operator is defined"),
        ("yxyx", np.array([HEIGHT, WIDTH] * 2), "tf2onnx", "read as corners with y first, as the operator is defined"),
        ("cxcywh", 1.0, "tf2onnx", "centre and size, as it says"),
        ("xyxy", 1.0, "pytorch", "read as corners with x first, as pytorch writes them"),
    ],
)
def test_that_boxes_and_scores_take_the_place_of_indices(
    save: Save, coding: str, scale: Any, producer: str, said: str
) -> None:
    net = Net(coding, scale)
    net.suppress(center_point_box=int(coding == "cxcywh"))
    source = load_model(save(net.model(INDICES, producer=producer)))
    adapted = adapt_model(source, Changes())
    words = "NonMaxSuppression was cut off: reference and device suppress alike in Slipway; its boxes are"
    assert adapted.changes[0] == f"{words} {said}"
    assert adapted.head_options == {"boxes": coding}
    facts = facts_of(adapted)
    assert facts.suppression == ()
    assert [tensor.shape for tensor in facts.outputs] == [(1, ROWS, 4), (1, ROWS, CLASSES)]
    chosen, found = choose(adapted)
    assert (chosen.choice.name, chosen.choice.options["boxes"]) == ("boxes_scores", coding)
    assert chosen.choice.options["normalised"] is not isinstance(scale, float)
    expected = chosen_by_operator(source)
    assert 5 < len(expected) < ROWS * 0.7
    assert_alike(found, expected)


@pytest.mark.parametrize("kind", ["Cast", "Identity", "Unsqueeze", "Reshape", "Slice"])
def test_that_indices_in_another_shape_or_type_are_indices(save: Save, kind: str) -> None:
    net = Net()
    net.suppress()
    net.store("flat", np.array([-1], np.int64))
    net.store("one", np.array([1], np.int64))
    net.store("three", np.array([3], np.int64))
    others = {"Unsqueeze": ["axis"], "Reshape": ["flat"], "Slice": ["one", "three", "one"]}
    net.add(kind, ["chosen", *others.get(kind, [])], "told", **({"to": TensorProto.INT32} if kind == "Cast" else {}))
    told = ("told", TensorProto.INT32 if kind == "Cast" else TensorProto.INT64, None)
    adapted = adapt_model(load_model(save(net.model(told))), Changes())  # type: ignore[arg-type]
    assert [output.name for output in adapted.model.graph.output] == ["boxes", "slipway/scores"]


def test_that_boxes_and_scores_beside_indices_come_out_once(save: Save) -> None:
    net = Net()
    net.suppress()
    net.add("Identity", ["boxes"], "boxes_out")
    outputs = ("boxes_out", *BOXES[1:]), SCORES, INDICES
    source = load_model(save(net.model(*outputs)))
    adapted = adapt_model(source, Changes())
    assert [tensor.shape for tensor in facts_of(adapted).outputs] == [(1, ROWS, 4), (1, ROWS, CLASSES)]
    assert_alike(choose(adapted)[1], chosen_by_operator(source, 2))


def test_that_scores_that_were_turned_for_the_operator_come_out_as_before(save: Save) -> None:
    net = Net()
    net.add("Transpose", ["scores"], "by_row", perm=[0, 2, 1])
    net.add("Transpose", ["by_row"], "by_class", perm=[0, 2, 1])
    net.add("NonMaxSuppression", ["boxes", "by_class", "most", "iou", "least"], "chosen")
    adapted = adapt_model(load_model(save(net.model(INDICES))), Changes())
    assert [output.name for output in adapted.model.graph.output] == ["boxes", "by_row"]
    assert sum(node.op_type == "Transpose" for node in adapted.model.graph.node) == 1


def test_that_a_person_may_say_what_the_boxes_are(save: Save) -> None:
    net = Net("xyxy")
    net.suppress()
    source = load_model(save(net.model(INDICES)))
    chosen, found = choose(adapt_model(source, Changes()), {"boxes": "xyxy"})
    assert chosen.choice.options["boxes"] == "xyxy"
    assert_alike(found, chosen_by_operator(source))


def test_that_a_second_input_of_the_pictures_size_is_folded_too(save: Save) -> None:
    net = Net("yxyx", np.array([HEIGHT, WIDTH] * 2))
    net.inputs.append(helper.make_tensor_value_info("image_shape", TensorProto.FLOAT, ["N", 2]))
    net.add("Concat", ["image_shape", "image_shape"], "lengths", axis=1)
    net.add("Mul", ["boxes", "lengths"], "pixels")
    net.suppress("pixels")
    outputs = ("pixels", TensorProto.FLOAT, ["N", "n", 4]), SCORES, INDICES
    adapted = adapt_model(load_model(save(net.model(*outputs))), Changes())
    assert any(said.startswith("the input image_shape became the constant [64, 96]") for said in adapted.changes)
    chosen, found = choose(adapted)
    assert chosen.choice.options["normalised"] is False
    plain = Net()
    plain.suppress()
    assert_alike(found, chosen_by_operator(load_model(save(plain.model(INDICES)))))


@pytest.mark.parametrize("beside", [(), (INDICES,)])
def test_that_suppression_whose_indices_choose_boxes_inside_stays(save: Save, beside: tuple[Any, ...]) -> None:
    net = Net()
    net.suppress()
    net.store("last", np.array(2, np.int64))
    net.add("Gather", ["chosen", "last"], "places", axis=1)
    net.add("Gather", ["boxes", "places"], "gathered", axis=1)
    outputs = (("gathered", TensorProto.FLOAT, [1, "k", 4]), *beside)
    adapted = adapt_model(load_model(save(net.model(*outputs))), Changes())
    assert "NonMaxSuppression" in {node.op_type for node in adapted.model.graph.node}
    assert adapted.changes == ("the axis 0 (N) of the input images was fixed at 1",)


def test_that_a_graph_that_only_suppresses_stays(save: Save) -> None:
    net = Net()
    net.nodes.clear()
    net.inputs = [helper.make_tensor_value_info(*BOXES), helper.make_tensor_value_info(*SCORES)]
    net.suppress()
    source = load_model(save(net.model(INDICES)))
    assert adapt_model(source, Changes()) is source
    with pytest.raises(UsageError, match="a detector that gives indices of boxes"):
        choose_head(facts_of(source), (WIDTH, HEIGHT))


def test_that_boxes_of_a_number_that_is_taken_for_queries_stay_suppressed(save: Save) -> None:
    net = Net()
    net.store("hundred", np.array([1, 100, 4], np.int64))
    net.add("Expand", ["mean3", "hundred"], "hundred_boxes")
    net.nodes.insert(1, helper.make_node("Squeeze", ["mean", "axis"], ["mean3"], name="node_mean3"))
    net.suppress("hundred_boxes")
    source = load_model(save(net.model(INDICES)))
    adapted = adapt_model(source, Changes())
    assert "NonMaxSuppression" in {node.op_type for node in adapted.model.graph.node}
    with pytest.raises(UsageError, match="a detector that gives indices of boxes"):
        choose_head(facts_of(adapted), (WIDTH, HEIGHT))
