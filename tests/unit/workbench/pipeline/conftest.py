"""Small detectors and whole projects that are made by hand, and ways to damage them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from projects.record_file import Author
from workbench.base.cancel import CancelToken
from workbench.base.events import Event
from workbench.jobs.answers import Answers
from workbench.jobs.context import JobContext, JobSetup

HEIGHT, WIDTH = 32, 48
CLASSES = ("car", "lorry", "sign")

DEPLOYMENT = """\
deployment:
  id: MLE-DEPLOY-1
  model: MLE-MODEL-1
  version: 1.0
  target_hardware:
    platform: this machine
    memory: 4GB
    storage: any
  model_format:
    intermediate: models/detector.onnx
    precision: INT8
  runtime_configuration:
    framework: OpenVINO
    streams: 1
  monitoring:
    latency_threshold: 50ms
slipway:
  frames:
    images: data/test
    labels: data/labels.json
  calibration:
    images: data/calibration
"""
DEPLOYMENT_TESTS = """\
deployment_tests:
  id: MLE-DEPLOY-1
  model: MLE-MODEL-1
  target: this machine
  functional_equivalence:
    test_samples: 4
    tolerance:
      output_difference: 0.03
      detection_iou: 0.90
  performance_tests:
    latency:
      requirement: 50ms
      measurement: p99
      warm_up_iterations: 20
      test_iterations: 300
slipway:
  accuracy:
    - {metric: mAP50, at_least: 0.80}
"""


def build_model(
    classes: int = 3,
    names: str | None = "{0: 'car', 1: 'lorry', 2: 'sign'}",
    batch: int | str = 1,
    height: int | str = HEIGHT,
    inputs: int = 1,
    dtype: int = TensorProto.FLOAT,
    shape: tuple[int, ...] | None = None,
    named: bool = True,
) -> onnx.ModelProto:
    """A detector with one convolution as its head: [1, 4 + classes, 1536] unless `shape` says otherwise."""
    rows = 4 + classes
    kind = helper.tensor_dtype_to_np_dtype(dtype)
    weights = [
        numpy_helper.from_array(np.full((rows, 3, 1, 1), 0.1, kind), "head.weight"),
        numpy_helper.from_array(np.array(shape or (1, rows, HEIGHT * WIDTH), np.int64), "flat"),
    ]
    nodes = [
        helper.make_node("Conv", ["images", "head.weight"], ["raw"], name="/head/Conv" if named else ""),
        helper.make_node("Reshape", ["raw", "flat"], ["output0"], name="/head/Reshape" if named else ""),
    ]
    for number in range(1, inputs):
        nodes.insert(1, helper.make_node("Mul", ["raw", f"extra{number}"], [f"raw{number}"], name=f"/head/Mul{number}"))
        nodes[2].input[0] = f"raw{number}"
    taken = [helper.make_tensor_value_info("images", dtype, [batch, 3, height, WIDTH])]
    taken += [helper.make_tensor_value_info(f"extra{number}", dtype, [1]) for number in range(1, inputs)]
    given = helper.make_tensor_value_info("output0", dtype, shape or (1, rows, HEIGHT * WIDTH))
    graph = helper.make_graph(nodes, "detector", taken, [given], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if names is not None:
        helper.set_model_props(model, {"names": names})
    return model


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[..., Path]:
    """Write such a detector to a file."""

    def make(file: str = "detector.onnx", **options: Any) -> Path:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(build_model(**options), path)
        return path

    return make


@pytest.fixture
def make_frames(tmp_path: Path) -> Callable[..., Path]:
    """Write a folder of small images."""

    def make(folder: str = "frames", count: int = 4, shade: int = 40) -> Path:
        (tmp_path / folder).mkdir(parents=True)
        for number in range(count):
            image = np.full((24, 36, 3), shade + 5 * number, np.uint8)
            assert cv2.imwrite(str(tmp_path / folder / f"{number:03d}.png"), image)
        return tmp_path / folder

    return make


@pytest.fixture
def make_labels(tmp_path: Path) -> Callable[..., Path]:
    """Write COCO labels of frames 000.png and 001.png."""

    def make(file: str = "labels.json", categories: tuple[str, ...] = CLASSES, first: str = "000.png") -> Path:
        document = {
            "images": [{"id": 0, "file_name": first}, {"id": 1, "file_name": "001.png"}],
            "categories": [{"id": number, "name": name} for number, name in enumerate(categories)],
            "annotations": [
                {"image_id": 0, "category_id": number, "bbox": [1, 1, 8, 8]} for number in range(len(categories))
            ],
        }
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))
        return path

    return make


@pytest.fixture
def told() -> list[Event]:
    """What the job told."""
    return []


@pytest.fixture
def context(told: list[Event], tmp_path: Path) -> JobContext:
    """A job's context without anybody at it."""
    return JobContext(JobSetup("1", False, tmp_path / "home", Author("Ada")), CancelToken(), Answers(), told.append)


@pytest.fixture
def project(
    tmp_path: Path,
    make_model: Callable[..., Path],
    make_frames: Callable[..., Path],
    make_labels: Callable[..., Path],
) -> Path:
    """A project in which nothing is wrong: INT8, labelled frames, calibration frames."""
    folder = tmp_path / "Projekt Ü 1"
    make_model(f"{folder.name}/models/detector.onnx")
    make_frames(f"{folder.name}/data/test")
    make_frames(f"{folder.name}/data/calibration", 3, 43)
    make_labels(f"{folder.name}/data/labels.json")
    (folder / "deployment.yaml").write_text(DEPLOYMENT)
    (folder / "deployment_tests.yaml").write_text(DEPLOYMENT_TESTS)
    return folder


def change(folder: Path, *edits: tuple[str, str], name: str = "deployment.yaml") -> None:
    """Replace texts in a document, each of which must stand there."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def edit(project: Path) -> Callable[..., None]:
    """Replace texts in a document of the project."""

    def replace(*edits: tuple[str, str], name: str = "deployment.yaml") -> None:
        change(project, *edits, name=name)

    return replace
