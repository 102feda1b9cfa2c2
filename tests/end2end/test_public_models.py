"""The public models beside the repository: each is carried to verdicts on a board, or refused for the right reason.

A few of them run in `make test`; all of them with SLIPWAY_ALL_MODELS=1.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from benchmarks.example_project import TESTS, make_board
from projects.yaml_edit import remove_value
from projects.yaml_file import YamlFile
from tests.end2end.bench import BY, Desk, Place
from workbench.base.errors import UsageError
from workbench.base.events import JobState
from workbench.evaluate.verdict import Outcome
from workbench.intake.words import NOT_CONFIRMED
from workbench.pipeline.check import CheckResult
from workbench.pipeline.new import NewJob
from workbench.pipeline.run import RunOutcome
from workbench.session import Session

pytestmark = pytest.mark.slow

EVERY = "SLIPWAY_ALL_MODELS"
"""Set it to run all of them; it takes some minutes."""
FRAMES = 4
LEAST_QUANTISED = 0.8
"""Of detections on both sides where rounding differs; the pruned model, which is weak itself, comes to 0.88."""
LEAST_OVERLAP = 0.99
"""Of detections on both sides where nothing is quantised; so few frames leave a verdict on 0.95 inconclusive."""


@dataclass(frozen=True)
class Runs:
    """A model that is carried to verdicts."""

    head: str
    images: str = "coco_val100/images"
    differs: str = ""
    """Why OpenVINO's results may be far from ONNX Runtime's; empty where they must be equal."""
    said: str = ""
    """What a check or a new project says of it besides."""
    always: bool = False
    """Whether it runs in `make test`."""


@dataclass(frozen=True)
class Refused:
    """A model that is refused, and with which words."""

    words: str
    by: str = "new"
    """`new`: no project is made; `check`: the project says so, and building refuses."""


_INT8 = "OpenVINO computes the integers of quantised convolutions otherwise than ONNX Runtime: rounding differs"
_DEAD = "every score is 0"
BDD, KITTI, ROAD = "bdd100k", "kitti13/images", "coco_val100/images/000000000724.jpg"
MODELS: dict[str, Runs | Refused] = {
    "coco_yolov8n_fp32_derived": Runs("yolov8"),
    "coco_yolov8n_int8_dynamic": Runs("yolov8", differs=_INT8),
    "coco_yolov8n_int8_qdq": Runs("yolov8", differs=_INT8),
    "coco_yolov8n_int8_qdq_broken_head": Runs("yolov8", differs=_INT8, said=_DEAD),
    "coco_yolov8n_int8_qdq_pruned_degraded": Runs("yolov8", differs=_INT8),
    "coco_yolov8n_int8_qdq_nms_derived": Runs("suppressed", differs=_INT8, always=True),
    "coco_yolo11n_320_int8_dynamic": Runs("yolov8", differs=_INT8),
    "coco_yolo26n_int8_end2end": Runs("end2end", differs=_INT8),
    "coco_yolo26n_fp32_end2end_derived": Runs("end2end"),
    "coco_yolov5n_fp16": Runs("yolov5", said="put in order", always=True),
    "coco_yolov5n_fp32_derived": Runs("yolov5"),
    "coco_yolox_nano_416_fp32": Runs("yolox"),
    "coco_yolox_nano_416_fp16io_derived": Runs("yolox", always=True),
    "coco_nanodet_m_320_fp32": Runs("nanodet"),
    "coco_fastestdet_352_fp32": Runs("fastestdet", always=True),
    "coco_deimv2_atto_320_fp32": Runs("detections", said="became the constant [320, 320]", always=True),
    "person_ssd_mobilenet_v1_025_256_fp32": Runs("ssd", said="axis 0 (unk__1267)", always=True),
    "face_ultraface_rfb320_fp32": Runs("boxes_scores", images="samples", always=True),
    "bdd100k_yolo11n_fp32_derived": Runs("yolov8", BDD),
    "bdd100k_yolo11n_int8_qdq_broken_head": Runs("yolov8", BDD, differs=_INT8, said=_DEAD),
    "bdd100k_yolov8n_int8_qoperator_dynamic": Refused("QLinearConv with one scale a channel", by="check"),
    "kitti_yolov8n_3cls_int8_dynamic": Runs("yolov8", KITTI, differs=_INT8),
    "roadsign_yolo11n_7cls_int8_dynamic": Runs("yolov8", ROAD, differs=_INT8),
    "gtsrb_bnn_48_nhwc_fp32": Refused("this is a classifier"),
    "imagenet_mobilenetv2_int8_dynamic": Refused("this is a classifier"),
    "adas_road_segmentation_512x896_nhwc_fp32": Refused("this is a segmentation model"),
    "helper_nms_yolov8_hyuto": Refused("is no detector: it only suppresses boxes"),
}
ALL = bool(os.environ.get(EVERY))
RUNNING = [name for name, case in MODELS.items() if isinstance(case, Runs) and (case.always or ALL)]
REFUSED = [name for name, case in MODELS.items() if isinstance(case, Refused)]


@pytest.fixture
def board(tmp_path: Path, slipway_home: Path) -> Place:
    """A place for a project, and a board of its own on this machine."""
    place = Place(tmp_path / "project", slipway_home, tmp_path / "board")
    make_board(place.root, tmp_path / "lock")
    return place


@pytest.fixture
def desk(board: Place) -> Iterator[Desk]:
    """Somebody before it."""
    with Session(board.home, by=BY) as session:
        yield Desk(board, session)


def frames_in(folder: Path, images: Path) -> Path:
    """A few of the pictures of a folder, evenly over it; or one picture."""
    folder.mkdir()
    if images.is_file():
        shutil.copy(images, folder)
        return folder
    every = sorted(path for path in images.iterdir() if path.suffix in {".jpg", ".png"})
    for path in every[:: max(1, len(every) // FRAMES)][:FRAMES]:
        shutil.copy(path, folder / path.name)
    return folder


def make_new(desk: Desk, shared_data: Path, name: str, images: str) -> CheckResult:
    """The project of a model and some pictures."""
    frames = frames_in(desk.place.project.parent / "pictures", shared_data / "images" / images)
    story = desk.do(NewJob(desk.place.project, shared_data / "models" / f"{name}.onnx", frames))
    if story.ended.error is not None:
        raise UsageError(story.ended.error.summary, story.ended.error.hint)
    assert isinstance(story.ended.result, CheckResult)
    return story.ended.result


def require_outputs_alone(desk: Desk) -> None:
    """Confirm all that was proposed, and leave out what takes time to measure."""
    confirm_without(desk, "performance_tests", "stress_tests")


def confirm_without(desk: Desk, *sections: str) -> None:
    """Confirm all that was proposed but these sections of the test specification, which are left out."""
    desk.session.confirm(desk.place.project, ())
    path = desk.place.project / "deployment_tests.yaml"
    for section in sections:
        remove_value(YamlFile.read(path), (*TESTS, section)).save()


def test_that_every_public_model_is_in_the_table(shared_data: Path) -> None:
    assert {path.stem for path in (shared_data / "models").glob("*.onnx")} == set(MODELS)


@pytest.mark.parametrize("name", RUNNING)
def test_that_a_public_model_runs_to_its_verdicts(desk: Desk, shared_data: Path, name: str) -> None:
    case = MODELS[name]
    assert isinstance(case, Runs)
    result = make_new(desk, shared_data, name, case.images)
    assert result.ok, result.problems
    assert result.model is not None
    assert result.model.head == case.head
    told = [*map(str, result.findings), *result.model.changes]
    assert any(case.said in text for text in told) or not case.said, told
    require_outputs_alone(desk)
    story = desk.run(quick=True)
    assert story.state is JobState.SUCCEEDED, story.ended.error
    check_verdicts(story.outcome, case)
    check_told(desk.place, story.outcome, result.model.changes)


def check_verdicts(outcome: RunOutcome, case: Runs) -> None:
    """Every requirement has its verdict, and outputs are equal where nothing speaks against it."""
    verdicts = {item.kind: item.verdict for item in outcome.record.requirements}
    said = {kind: f"{verdict.outcome.value}: {verdict.reason}" for kind, verdict in verdicts.items()}
    alive = ("detection_format", "confidence_range") if case.said != _DEAD else ()
    for kind in ("invalid_size", "null_input", *alive):
        assert verdicts[kind].outcome is Outcome.PASS, said
    differ, overlap = verdicts["output_difference"], verdicts["detection_iou"]
    if case.said == _DEAD:
        assert {differ.outcome, overlap.outcome} == {Outcome.NOT_MEASURED}, said
    elif case.differs:
        assert differ.value is not None, said
        assert overlap.value is not None, said
        assert overlap.value >= LEAST_QUANTISED, said
    else:
        assert differ.outcome is Outcome.PASS, said
        assert overlap.outcome in {Outcome.PASS, Outcome.INCONCLUSIVE}, said
        assert overlap.value is not None, said
        assert overlap.value >= LEAST_OVERLAP, said


def check_told(place: Place, outcome: RunOutcome, changes: Sequence[str]) -> None:
    """What was changed in memory, and that no labels confirm the preprocessing, stands where a reviewer reads it."""
    (path,) = (place.project / "records" / "candidate").iterdir()
    notes = json.loads(path.read_text(encoding="utf-8"))["candidate"]["notes"]
    assert notes[: len(changes)] == list(changes)
    told = [text for text in outcome.record.findings if "changed in memory" in text]
    assert len(told) == bool(changes)
    assert all(change in text for text in told for change in changes)
    assert sum(NOT_CONFIRMED in text for text in outcome.record.findings) == 1


@pytest.mark.parametrize("name", REFUSED)
def test_that_a_public_model_is_refused_with_the_right_reason(desk: Desk, shared_data: Path, name: str) -> None:
    case = MODELS[name]
    assert isinstance(case, Refused)
    if case.by == "new":
        with pytest.raises(UsageError, match=case.words) as caught:
            make_new(desk, shared_data, name, "samples")
        assert caught.value.hint
        assert not desk.place.project.exists()
        return
    result = make_new(desk, shared_data, name, BDD)
    assert any(case.words in str(problem) for problem in result.problems)
    desk.run(quick=True).check_error(case.words, hint="Export the model")


def takes_bytes() -> onnx.ModelProto:
    """A detector in YOLOv8's layout that takes pixels as they are, [batch, 64, 96, 3] in uint8."""
    rows = 8 * 12
    x, y = np.meshgrid(np.arange(4, 96, 8), np.arange(4, 64, 8))
    boxes = np.stack([x.ravel(), y.ravel(), np.full(rows, 19), np.full(rows, 15)]).astype(np.float32)[None]
    rng = np.random.default_rng(5)
    weights = [
        numpy_helper.from_array(boxes, "cells"),
        numpy_helper.from_array(rng.normal(0, 0.002, (3, 3, 8, 8)).astype(np.float32), "w"),
        numpy_helper.from_array(np.array([1, 3, rows], np.int64), "flat"),
    ]
    nodes = [
        helper.make_node("Cast", ["pixels"], ["numbers"], to=TensorProto.FLOAT, name="/cast"),
        helper.make_node("Transpose", ["numbers"], ["planes"], perm=[0, 3, 1, 2], name="/turn"),
        helper.make_node("Conv", ["planes", "w"], ["raw"], strides=[8, 8], name="/conv"),
        helper.make_node("Reshape", ["raw", "flat"], ["logits"], name="/flat"),
        helper.make_node("Sigmoid", ["logits"], ["scores"], name="/scores"),
        helper.make_node("Concat", ["cells", "scores"], ["output0"], axis=1, name="/all"),
    ]
    image = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["batch", 64, 96, 3])
    output = helper.make_tensor_value_info("output0", TensorProto.FLOAT, ["batch", 7, rows])
    graph = helper.make_graph(nodes, "bytes", [image], [output], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"names": "{0: 'car', 1: 'lorry', 2: 'sign'}"})
    return model


def test_that_a_model_that_takes_bytes_channels_last_runs(desk: Desk, tmp_path: Path) -> None:
    onnx.save(takes_bytes(), tmp_path / "bytes.onnx")
    frames = tmp_path / "frames"
    frames.mkdir()
    for number in range(FRAMES):
        image = np.random.default_rng(number).integers(0, 255, (64, 96, 3), np.uint8)
        assert cv2.imwrite(str(frames / f"{number}.png"), image)
    story = desk.do(NewJob(desk.place.project, tmp_path / "bytes.onnx", frames, head="yolov8"))
    assert isinstance(story.ended.result, CheckResult), story.ended.error
    assert story.ended.result.ok
    require_outputs_alone(desk)
    outcome = desk.run(quick=True).outcome
    assert outcome.record.settings["scale"] == 1.0
    check_verdicts(outcome, Runs("yolov8"))
