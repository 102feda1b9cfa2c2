"""Public models as other exporters would have written them: recognised without names, and the same detections come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from targets.agent.frames import Preprocessor
from workbench.evaluate.matching import iou_matrix
from workbench.intake.heads import choose_head
from workbench.intake.look import look_at
from workbench.intake.trial import Feeding
from workbench.optimise.adapt import Changes, adapt_model
from workbench.optimise.model_facts import facts_of
from workbench.optimise.model_file import load_model
from workbench.pipeline.detector import input_size
from workbench.reference import Reference

pytestmark = pytest.mark.slow

Nodes = list[onnx.NodeProto]
YOLOV8, YOLOX, YOLOV5, END2END, DEIM, ULTRAFACE = (
    "coco_yolov8n_fp32_derived",
    "coco_yolox_nano_416_fp32",
    "coco_yolov5n_fp32_derived",
    "coco_yolo26n_fp32_end2end_derived",
    "coco_deimv2_atto_320_fp32",
    "face_ultraface_rfb320_fp32",
)
TURN = helper.make_node("Transpose", ["output0"], ["turned"], perm=[0, 2, 1])
APART = helper.make_node("Split", ["output0", "four"], ["boxes", "scores"], axis=1)
FOUR = {"four": np.array([4, 80])}


def extended(model: onnx.ModelProto, nodes: Nodes, outputs: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Put nodes behind a model; its outputs are these then, each a shape or (shape, type)."""
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in given.items())
    model.graph.ClearField("output")
    for name, told in outputs.items():
        shape, kind = told if isinstance(told, tuple) else (told, TensorProto.FLOAT)
        model.graph.output.append(helper.make_tensor_value_info(name, kind, shape))


def by_nodes(nodes: Nodes, outputs: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> Callable[..., None]:
    return lambda model: extended(model, nodes, outputs, given or {})


def without_sigmoid(model: onnx.ModelProto) -> None:
    """Take the sigmoid away that YOLOv8 ends in."""
    made = {name: node for node in model.graph.node for name in node.output}
    last = made["output0"]
    last.input[1] = made[last.input[1]].input[0]


def without_softmax(model: onnx.ModelProto) -> None:
    """Take the softmax away that UltraFace ends in."""
    (last,) = [node for node in model.graph.node if node.output[0] == "scores"]
    model.graph.output[0].name = last.input[0]


def decoded(model: onnx.ModelProto) -> None:
    """Decode YOLOX inside the graph, as `--decode_in_inference` does."""
    cells, strides = [], []
    for stride in (8, 16, 32):
        y, x = np.mgrid[: 416 // stride, : 416 // stride]
        cells.append(np.stack([x.ravel(), y.ravel()], axis=1))
        strides.append(np.full((x.size, 1), stride))
    given = {
        "cells": np.concatenate(cells)[None].astype(np.float32),
        "strides": np.concatenate(strides)[None].astype(np.float32),
        **{f"at{place}": np.array([place]) for place in (0, 2, 4, 85)},
    }
    nodes = [
        helper.make_node("Slice", ["output", "at0", "at2", "at2"], ["xy"]),
        helper.make_node("Slice", ["output", "at2", "at4", "at2"], ["wh"]),
        helper.make_node("Slice", ["output", "at4", "at85", "at2"], ["rest"]),
        helper.make_node("Add", ["xy", "cells"], ["moved"]),
        helper.make_node("Mul", ["moved", "strides"], ["centres"]),
        helper.make_node("Exp", ["wh"], ["grown"]),
        helper.make_node("Mul", ["grown", "strides"], ["sizes"]),
        helper.make_node("Concat", ["centres", "sizes", "rest"], ["rows"], axis=2),
    ]
    extended(model, nodes, {"rows": [1, 3549, 85]}, given)


def raw_queries(model: onnx.ModelProto) -> None:
    """What DEIM has in front of its post-processing, as transformers exports it."""
    names = {"/model/decoder/Gather_7_output_0": "logits", "/model/decoder/Gather_8_output_0": "pred_boxes"}
    found = onnx.utils.Extractor(onnx.shape_inference.infer_shapes(model)).extract_model(["images"], list(names))
    for node in found.graph.node:
        for listed in (node.input, node.output):
            listed[:] = [names.get(name, name) for name in listed]
    for output in found.graph.output:
        output.name = names[output.name]
    model.CopyFrom(found)


def joined_queries(model: onnx.ModelProto) -> None:
    """The same in one output with the sigmoid, as Ultralytics exports RT-DETR."""
    raw_queries(model)
    nodes = [
        helper.make_node("Sigmoid", ["logits"], ["shares"]),
        helper.make_node("Concat", ["pred_boxes", "shares"], ["rows"], axis=2),
    ]
    extended(model, nodes, {"rows": ["N", 100, 84]}, {})


NMS = helper.make_node(
    "EfficientNMS_TRT",
    ["boxes", "scores"],
    ["num", "det_boxes", "det_scores", "det_classes"],
    domain="TRT",
    box_coding=1,
    score_activation=0,
    background_class=-1,
    max_output_boxes=100,
    score_threshold=0.25,
    iou_threshold=0.45,
)


@dataclass(frozen=True)
class Export:
    """A public model and what another exporter makes of it."""

    model: str
    change: Callable[[onnx.ModelProto], None]
    head: str
    options: dict[str, Any] = field(default_factory=dict)
    image: str = "bus.jpg"


EXPORTS = {
    "rows first": Export(YOLOV8, by_nodes([TURN], {"turned": [1, 8400, 84]}), "yolov8"),
    "parts of the input": Export(
        YOLOV8,
        by_nodes(
            [
                APART,
                helper.make_node("Div", ["boxes", "side"], ["parts"]),
                helper.make_node("Concat", ["parts", "scores"], ["rows"], axis=1),
            ],
            {"rows": [1, 84, 8400]},
            {**FOUR, "side": np.float32(640)},
        ),
        "yolov8",
        {"normalised": True},
    ),
    "logits": Export(YOLOV8, without_sigmoid, "yolov8", {"activation": "sigmoid"}),
    "boxes and scores": Export(
        YOLOV8,
        by_nodes([APART], {"boxes": [1, 4, 8400], "scores": [1, 80, 8400]}, FOUR),
        "boxes_scores",
        {"boxes": "cxcywh", "normalised": False},
    ),
    "EfficientNMS": Export(
        YOLOV8,
        by_nodes(
            [TURN, helper.make_node("Split", ["turned", "four"], ["boxes", "scores"], axis=2), NMS],
            {
                "num": ([1, 1], TensorProto.INT32),
                "det_boxes": [1, 100, 4],
                "det_scores": [1, 100],
                "det_classes": ([1, 100], TensorProto.INT32),
            },
            FOUR,
        ),
        "boxes_scores",
        {"boxes": "cxcywh"},
    ),
    "YOLOX decoded": Export(YOLOX, decoded, "yolov5"),
    "YOLOv5 turned": Export(
        YOLOV5,
        by_nodes([helper.make_node("Transpose", ["output"], ["turned"], perm=[0, 2, 1])], {"turned": [1, 85, 25200]}),
        "yolov5",
    ),
    "separate detections": Export(
        END2END,
        by_nodes(
            [
                helper.make_node("Split", ["output0", "parts"], ["b", "s", "c"], axis=2),
                helper.make_node("Cast", ["c"], ["whole"], to=TensorProto.INT64),
                helper.make_node("Squeeze", ["whole", "last"], ["classes"]),
                helper.make_node("Squeeze", ["s", "last"], ["conf"]),
            ],
            {"classes": ([1, 300], TensorProto.INT64), "conf": [1, 300], "b": [1, 300, 4]},
            {"parts": np.array([4, 1, 1]), "last": np.array([2])},
        ),
        "detections",
        {"outputs": ["labels", "scores", "boxes"], "background": "none"},
    ),
    "queries with logits": Export(DEIM, raw_queries, "detr", {"activation": "sigmoid", "background": "none"}),
    "queries in one output": Export(DEIM, joined_queries, "detr", {"normalised": True, "boxes": "cxcywh"}),
    "softmax left away": Export(
        ULTRAFACE, without_softmax, "boxes_scores", {"activation": "softmax", "background": "first"}, "zidane.jpg"
    ),
}
FED = {YOLOX: Feeding(anchor="top_left", color="bgr", scale=1.0), DEIM: Feeding(resize="stretch")}
FED[ULTRAFACE] = Feeding(resize="stretch", scale=1.0, mean=(127.0,), std=(128.0,))


def detect(path: Path, feeding: Feeding, image: Any, classes: int) -> tuple[Any, Any]:
    """What a model detects on an image, and the head that was chosen for it; nobody names its classes."""
    source = adapt_model(load_model(path), Changes())
    facts = facts_of(source)
    width, height, layout = input_size(facts)
    seen = look_at(source, (width, height, layout), [image], "1 frame", 2)
    chosen = choose_head(facts, (width, height), classes, model=source.model, seen=seen)
    fitted, fit = feeding.fitting(width, height).apply(image)
    prepare = Preprocessor(feeding.preprocess(layout), height, width)
    with Reference(source, 2) as reference:
        outputs = reference.infer(prepare(np.ascontiguousarray(fitted)))
    found = chosen.head.detect(outputs, 0.4, 0.45, 300)
    return found._replace(boxes=fit.to_frame(found.boxes)), chosen


def best_of_each_box(found: Any) -> Any:
    """A query is one object here; DEIM's own post-processing may give it a second class."""
    kept = [place for place, box in enumerate(found.boxes) if not (found.boxes[:place] == box).all(axis=1).any()]
    return type(found)(*(part[kept] for part in found))


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS.keys())
def test_that_another_export_of_a_model_gives_the_same_detections(
    export: Export, shared_data: Path, tmp_path: Path
) -> None:
    import cv2

    image = cv2.imread(str(shared_data / "images" / "samples" / export.image))
    original = shared_data / "models" / f"{export.model}.onnx"
    model = onnx.load(original)
    del model.metadata_props[:]
    export.change(model)
    onnx.save(model, tmp_path / "other.onnx")
    feeding = FED.get(export.model, Feeding())
    labels = 80 if export.head == "detections" else 0
    found, chosen = detect(tmp_path / "other.onnx", feeding, image, labels)
    assert (chosen.choice.name, chosen.doubts) == (export.head, ())
    assert export.options.items() <= chosen.choice.options.items()
    expected, _ = detect(original, feeding, image, 0)
    if export.head == "detr":
        expected = best_of_each_box(expected)
    assert len(expected.scores) >= 2
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-3)
    assert found.classes.tolist() == expected.classes.tolist()
    assert np.diag(iou_matrix(found.boxes, expected.boxes)).min() > 0.99
