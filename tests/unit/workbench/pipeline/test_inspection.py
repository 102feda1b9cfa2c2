"""What is settled of a model that somebody brings: its size, its class names, and what is asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from projects.project import Project
from projects.record_file import Author
from tests.unit.workbench.pipeline.conftest import HEIGHT, WIDTH, build_model
from workbench.base.cancel import CancelToken
from workbench.base.errors import UsageError
from workbench.base.events import Event, Question
from workbench.jobs.answers import Answers
from workbench.jobs.context import JobContext, JobSetup
from workbench.optimise.adapt import Changes
from workbench.pipeline.check import check_project
from workbench.pipeline.detector import open_detector
from workbench.pipeline.inspection import Asked, open_model, parse_size, read_classes
from workbench.pipeline.new import NewJob

MakeFrames = Callable[..., Path]
CLASSES = ("car", "lorry", "sign")


def any_size(imgsz: str | None = None) -> onnx.ModelProto:
    """The detector of `conftest.py` for images of any size whose sides are even."""
    model = build_model(batch="batch", height="height")
    model.graph.input[0].type.tensor_type.shape.dim[3].Clear()
    model.graph.input[0].type.tensor_type.shape.dim[3].dim_param = "width"
    flat = next(tensor for tensor in model.graph.initializer if tensor.name == "flat")
    flat.CopyFrom(numpy_helper.from_array(np.array([0, 7, -1], np.int64), "flat"))
    output = helper.make_tensor_value_info("output0", TensorProto.FLOAT, ["batch", 7, "anchors"])
    model.graph.output[0].CopyFrom(output)
    halves = [
        helper.make_node("MaxPool", ["images"], ["small"], kernel_shape=[2, 2], strides=[2, 2], name="/half"),
        helper.make_node("Resize", ["small", "", "twice"], ["large"], name="/twice"),
        helper.make_node("Add", ["large", "images"], ["sum"], name="/sum"),
    ]
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "twice"))
    nodes = [*halves, *model.graph.node]
    nodes[3].input[0] = "sum"
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    if imgsz is not None:
        model.metadata_props.add(key="imgsz", value=imgsz)
    onnx.checker.check_model(model)
    return model


@pytest.fixture
def save(tmp_path: Path) -> Callable[[onnx.ModelProto], Path]:
    """Write a model to a file."""

    def write(model: onnx.ModelProto) -> Path:
        onnx.save(model, tmp_path / "any.onnx")
        return tmp_path / "any.onnx"

    return write


@pytest.fixture
def talk(tmp_path: Path) -> Callable[[str], tuple[JobContext, list[Question]]]:
    """A job's context with somebody at it who always says the same."""

    def make(answer: str) -> tuple[JobContext, list[Question]]:
        answers, asked = Answers(), []

        def tell(event: Event) -> None:
            if isinstance(event, Question):
                asked.append(event)
                threading.Thread(target=answers.give, args=(event.question_id, answer)).start()

        setup = JobSetup("1", True, tmp_path / "home", Author("Ada"))
        return JobContext(setup, CancelToken(), answers, tell), asked

    return make


Save = Callable[[onnx.ModelProto], Path]
Talk = Callable[[str], tuple[JobContext, list[Question]]]


@pytest.mark.parametrize(
    ("text", "size"), [("640x384", (640, 384)), (" 640 X 384 ", (640, 384)), ("416", (416, 416)), ("64*32", (64, 32))]
)
def test_that_a_size_is_read(text: str, size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "640x", "big", "4x4", "640x640x3", "99999x640", "-64x64", "64.5x64"])
def test_that_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no input size") as caught:
        parse_size(text)
    assert "640x384" in caught.value.hint


def test_that_class_names_are_read_from_a_text_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("names: [car, lorry, sign]\n")
    assert read_classes("car, lorry,sign") == CLASSES
    assert read_classes(str(tmp_path / "data.yaml")) == CLASSES
    for wrong in ("", " , ", str(tmp_path / "gone.yaml")):
        with pytest.raises(UsageError, match="there is no file of class names"):
            read_classes(wrong)


def test_that_a_person_is_asked_for_an_open_size(save: Save, talk: Talk) -> None:
    context, asked = talk("64x32")
    opened = open_model(Asked(save(any_size())), context)
    assert opened.size == (64, 32, "NCHW")
    assert (opened.changes, opened.guessed_size) == (Changes(width=64, height=32), False)
    (question,) = asked
    assert "Most likely it was trained at 640x640" in question.text
    assert question.flag == "--input-size WxH"


def test_that_an_empty_answer_takes_what_is_likely(save: Save, talk: Talk) -> None:
    assert open_model(Asked(save(any_size())), talk("")[0]).size == (640, 640, "NCHW")


def test_that_the_metadatas_size_needs_no_question_and_waits_for_a_person(save: Save, talk: Talk) -> None:
    context, asked = talk("")
    opened = open_model(Asked(save(any_size("[32, 48]"))), context)
    assert (opened.size, opened.guessed_size, asked) == ((WIDTH, HEIGHT, "NCHW"), True, [])


def test_that_a_flag_goes_before_the_metadata(save: Save, context: JobContext) -> None:
    opened = open_model(Asked(save(any_size("[32, 48]")), input_size="96x64"), context)
    assert (opened.size, opened.guessed_size) == ((96, 64, "NCHW"), False)


@pytest.mark.parametrize(
    ("model", "size", "said"),
    [
        (build_model(), "64x64", r"takes images of 48x32, which its file fixes; 64x64 was asked for"),
        (any_size(), "65x33", r"cannot work on images of 65x33"),
    ],
)
def test_that_a_size_that_the_model_does_not_take_is_refused(
    save: Save, context: JobContext, model: onnx.ModelProto, size: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        open_model(Asked(save(model), input_size=size), context)
    assert caught.value.hint


def test_that_nobody_to_ask_is_a_refusal_that_names_the_flag(save: Save, context: JobContext) -> None:
    with pytest.raises(UsageError, match="nobody is there to answer") as caught:
        open_model(Asked(save(any_size())), context)
    assert "--input-size" in caught.value.hint


def test_that_a_size_and_a_head_stand_in_the_documents_of_the_new_project(
    save: Save, tmp_path: Path, make_frames: MakeFrames, context: JobContext
) -> None:
    target = tmp_path / "project"
    result = NewJob(target, save(any_size("[32, 48]")), make_frames()).run(context)
    assert result.ok
    project = Project.open(target)
    assert (project.settings.model.width, project.settings.model.height) == (WIDTH, HEIGHT)
    assert project.settings.head == "yolov8"
    waiting = [item.path for item in result.unconfirmed]
    assert {"slipway.model.width", "slipway.model.height", "slipway.head"} <= set(waiting)
    assert result.model is not None
    assert any("was fixed at 48" in change for change in result.model.changes)
    assert open_detector(project).facts.outputs[0].shape == (1, 7, HEIGHT * WIDTH)
    text = project.layout.deployment.read_text(encoding="utf-8")
    assert "  # usual for such a model; nothing confirms it\n  preprocessing:\n" in text
    assert "  # one output [1, 7, 1536]" in text


def test_that_a_given_size_waits_for_nobody(
    save: Save, tmp_path: Path, make_frames: MakeFrames, context: JobContext
) -> None:
    result = NewJob(tmp_path / "project", save(any_size()), make_frames(), input_size="48x32").run(context)
    assert "slipway.model.width" not in [item.path for item in result.unconfirmed]
    assert Project.open(tmp_path / "project").settings.model.width == WIDTH


def test_that_a_project_without_its_size_says_which_keys_fix_it(
    save: Save, tmp_path: Path, make_frames: MakeFrames, context: JobContext
) -> None:
    folder = tmp_path / "project"
    NewJob(folder, save(any_size()), make_frames(), input_size="48x32").run(context)
    text = (folder / "deployment.yaml").read_text(encoding="utf-8")
    (folder / "deployment.yaml").write_text(text.replace("  model:\n    width: 48\n    height: 32\n", ""), "utf-8")
    (problem,) = check_project(folder).problems
    assert "`slipway: model: {width: 640, height: 640}`" in problem.hint


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"classes": "a,b,c,d,e"}, "5 class names are given .*, and the model.s metadata has 3 "),
        ({"head": "yolo8"}, r"there is no head 'yolo8'\nDid you mean"),
        ({"precision": "FP16", "quantised": True}, "is quantised already"),
    ],
)
def test_that_what_does_not_fit_is_refused(
    save: Save, tmp_path: Path, make_frames: MakeFrames, context: JobContext, options: dict[str, Any], said: str
) -> None:
    model = build_model()
    if options.pop("quantised", False):
        model.graph.initializer.append(numpy_helper.from_array(np.array(0.01, np.float32), "scale"))
        quantise = helper.make_node("QuantizeLinear", ["images", "scale"], ["q"], name="/q")
        restore = helper.make_node("DequantizeLinear", ["q", "scale"], ["dq"], name="/dq")
        model.graph.node[0].input[0] = "dq"
        nodes = [quantise, restore, *model.graph.node]
        del model.graph.node[:]
        model.graph.node.extend(nodes)
    with pytest.raises(UsageError, match=said):
        NewJob(tmp_path / "project", save(model), make_frames(), **options).run(context)
    assert not (tmp_path / "project").exists()


def test_that_given_class_names_are_written(
    save: Save, tmp_path: Path, make_frames: MakeFrames, context: JobContext
) -> None:
    result = NewJob(tmp_path / "project", save(build_model(names=None)), make_frames(), classes="a,b,c").run(context)
    assert result.model is not None
    assert (result.model.class_names, result.model.class_names_from) == (("a", "b", "c"), "the documents")
    assert "slipway.frames.classes" not in [item.path for item in result.unconfirmed]
    with pytest.raises(UsageError, match="class names are kept with the frames"):
        NewJob(tmp_path / "other", save(build_model(names=None)), classes="a,b,c").run(context)


def with_plugin() -> onnx.ModelProto:
    """Decoded boxes as centre and size, scores, and the suppression of TensorRT behind them."""
    rows = HEIGHT * WIDTH // 16
    x, y = np.meshgrid(np.arange(2, WIDTH, 4), np.arange(2, HEIGHT, 4))
    boxes = np.stack([x.ravel(), y.ravel(), np.full(rows, 9), np.full(rows, 7)], axis=1).astype(np.float32)[None]
    weights = [
        numpy_helper.from_array(boxes, "cells"),
        numpy_helper.from_array(np.full((3, 3, 4, 4), 0.02, np.float32), "w"),
        numpy_helper.from_array(np.array([1, 3, rows], np.int64), "flat"),
        numpy_helper.from_array(np.array([0.0], np.float32), "nothing"),
    ]
    names = ["num_dets", "det_boxes", "det_scores", "det_classes"]
    nodes = [
        helper.make_node("Conv", ["images", "w"], ["raw"], strides=[4, 4], name="/conv"),
        helper.make_node("Reshape", ["raw", "flat"], ["by_class"], name="/flat"),
        helper.make_node("Transpose", ["by_class"], ["logits"], perm=[0, 2, 1], name="/turn"),
        helper.make_node("Sigmoid", ["logits"], ["scores"], name="/scores"),
        helper.make_node("ReduceSum", ["images"], ["sum"], keepdims=0, name="/sum"),
        helper.make_node("Mul", ["sum", "nothing"], ["zero"], name="/zero"),
        helper.make_node("Add", ["cells", "zero"], ["boxes"], name="/boxes"),
        helper.make_node("EfficientNMS_TRT", ["boxes", "scores"], names, box_coding=1, name="/nms"),
    ]
    kinds = [TensorProto.INT32, TensorProto.FLOAT, TensorProto.FLOAT, TensorProto.INT32]
    outputs = [helper.make_tensor_value_info(name, kind, None) for name, kind in zip(names, kinds, strict=True)]
    image = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 3, HEIGHT, WIDTH])
    graph = helper.make_graph(nodes, "plugin", [image], outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"names": "{0: 'car', 1: 'lorry', 2: 'sign'}"})
    return model


def test_that_a_model_behind_whose_suppression_nobody_can_look_is_cut_and_decoded(
    save: Save, tmp_path: Path, make_frames: MakeFrames, context: JobContext
) -> None:
    result = NewJob(tmp_path / "project", save(with_plugin()), make_frames()).run(context)
    assert result.ok, result.problems
    assert result.model is not None
    assert "EfficientNMS_TRT was cut off: reference and device suppress alike in Slipway" in result.model.changes
    assert (result.model.head, result.model.suppression) == ("boxes_scores", ())
    detector = open_detector(Project.open(tmp_path / "project"))
    assert detector.choice.options["boxes"] == "cxcywh"
    boxes, scores = detector.head.decode_anchors(
        [np.array([[[10, 20, 4, 6]]], np.float32), np.array([[[0.1, 0.8, 0.2]]], np.float32)]
    )
    assert boxes.tolist() == [[8, 17, 12, 23]]
    assert scores.shape == (1, 3)
