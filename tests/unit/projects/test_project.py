"""Projects: loaded whole or not at all, confirmed by a person, never overwritten behind anybody's back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from projects.problems import DocumentProblems
from projects.project import Project
from workbench.base.errors import Fault, UsageError

Open = Callable[..., Project]

_UNCONFIRMED = """
slipway:
  unconfirmed:
    - performance_tests.latency.requirement   # 20 frames a second
    - performance_tests.memory
"""


def test_that_the_reference_documents_load_as_they_stand(project: Project) -> None:
    assert project.deployment.id == project.acceptance.id == "MLE-DEPLOY-001"
    assert project.deployment.version == "1.0"
    assert project.deployment.runtime_configuration.workspace_size is not None
    assert project.deployment.runtime_configuration.workspace_size.value == 1e9
    assert project.deployment.traceability.tests == ("MLE-TEST-001", "MLE-TEST-002")
    assert project.model_path == project.folder / "models" / "yolov8n_adas_v2.3.1.onnx"
    assert project.name == "Überholung 1"
    assert project.unconfirmed == ()


def test_that_problems_of_both_documents_come_at_once(reference: Path) -> None:
    for name, old, new in (
        ("deployment.yaml", "precision: INT8", "precision: INT9"),
        ("deployment_tests.yaml", "requirement: 50ms", "requirement: 50 sm"),
    ):
        path = reference / name
        path.write_text(path.read_text().replace(old, new))
    with pytest.raises(DocumentProblems) as caught:
        Project.open(reference)
    assert caught.value.fault is Fault.USE
    assert caught.value.summary == "the documents of the project have 2 problems"
    assert caught.value.detail.splitlines() == [
        (
            "deployment.yaml:17: model_format.precision: got 'INT9', expected one of FP32, FP16, INT8; "
            "did you mean 'INT8'?"
        ),
        (
            "deployment_tests.yaml:16: performance_tests.latency.requirement: got '50 sm', expected a duration such as "
            "50ms; did you mean '50 ms'?"
        ),
    ]


def test_that_both_documents_may_be_broken_as_yaml(reference: Path) -> None:
    (reference / "deployment.yaml").write_bytes(b"deployment: [1\n")
    (reference / "deployment_tests.yaml").write_bytes(b"\xff")
    with pytest.raises(DocumentProblems) as caught:
        Project.open(reference)
    files = [problem.file for problem in caught.value.problems]
    assert files == ["deployment.yaml", "deployment_tests.yaml"]


def test_that_a_folder_that_is_no_project_is_refused(tmp_path: Path, reference: Path) -> None:
    with pytest.raises(UsageError, match=r"is no project: it has no deployment\.yaml and no deployment_tests\.yaml"):
        Project.open(tmp_path)
    with pytest.raises(UsageError, match="is no folder"):
        Project.open(tmp_path / "nothing")
    (reference / "deployment_tests.yaml").unlink()
    with pytest.raises(UsageError, match=r"it has no deployment_tests\.yaml\n"):
        Project.open(reference)


def test_that_a_limit_is_not_confirmed_until_a_person_says_so(open_with: Open) -> None:
    project = open_with(_UNCONFIRMED)
    waiting = [item.kind for item in project.requirements if not item.confirmed]
    assert waiting == ["latency", "memory_peak", "memory_steady"]
    assert [(item.file, item.line, item.path, item.value) for item in project.unconfirmed] == [
        ("deployment_tests.yaml", 16, "performance_tests.latency.requirement", "50ms"),
        ("deployment_tests.yaml", 25, "performance_tests.memory", "a mapping"),
    ]
    confirmed = project.confirm(["performance_tests.memory"])
    assert [item.kind for item in confirmed.requirements if not item.confirmed] == ["latency"]
    assert Project.open(project.folder).unconfirmed == confirmed.unconfirmed
    text = project.acceptance_file.text
    assert confirmed.acceptance_file.text == text.replace("    - performance_tests.memory\n", "")


def test_that_confirming_all_leaves_the_document_as_if_nothing_had_been_proposed(open_with: Open) -> None:
    project = open_with(_UNCONFIRMED)
    before = project.acceptance_file.text
    confirmed = project.confirm()
    assert confirmed.unconfirmed == ()
    assert confirmed.acceptance_file.text == before[: before.index("slipway:")]
    assert confirmed.layout.deployment_tests.read_text(encoding="utf-8") == confirmed.acceptance_file.text


def test_that_only_what_waits_can_be_confirmed(open_with: Open) -> None:
    project = open_with(_UNCONFIRMED)
    with pytest.raises(UsageError) as caught:
        project.confirm(["performance_tests.latency.requirment"])
    assert str(caught.value) == (
        "performance_tests.latency.requirment is not waiting for confirmation\n"
        "Did you mean 'performance_tests.latency.requirement'?"
    )


def test_that_confirming_writes_nothing_where_a_document_changed_meanwhile(open_with: Open) -> None:
    project = open_with(_UNCONFIRMED, "\nslipway:\n  unconfirmed:\n    - model_format.precision\n")
    path = project.layout.deployment_tests
    path.write_text(path.read_text(encoding="utf-8") + "# somebody else\n", encoding="utf-8")
    before = project.layout.deployment.read_bytes()
    with pytest.raises(UsageError, match="was changed by something else"):
        project.confirm()
    assert project.layout.deployment.read_bytes() == before


def test_that_a_model_behind_a_link_out_of_the_project_is_refused(project: Project, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    project.layout.models.symlink_to(outside)
    with pytest.raises(UsageError, match="leads out of the project"):
        _ = project.model_path


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_that_a_document_that_may_not_be_read_is_refused(reference: Path) -> None:
    (reference / "deployment.yaml").chmod(0)
    with pytest.raises(UsageError, match="cannot read"):
        Project.open(reference)


def test_that_defaults_are_filled_in_and_said(project: Project) -> None:
    settings = project.effective
    assert (settings.confidence, settings.nms_iou, settings.map_confidence, settings.map_nms_iou) == (
        0.25,
        0.45,
        0.001,
        0.7,
    )
    assert (settings.resize, settings.color, settings.mean, settings.std) == ("letterbox", "rgb", (0.0,), (1.0,))
    assert settings.scale == 1 / 255
    assert "Pixels are divided by 255; `slipway.preprocessing.scale` chooses otherwise." in settings.defaults


def test_that_the_choice_of_int8_ranges_is_said_where_there_are_frames_to_measure_them(
    project: Project, open_with: Open
) -> None:
    assert project.effective.calibration_method == "percentile"
    assert not any("INT8 ranges" in sentence for sentence in project.effective.defaults)
    calibrated = open_with(deployment="slipway:\n  calibration: {images: data/calibration}\n")
    assert (
        "INT8 ranges are the 99.9999th percentile of the magnitudes that the calibration frames gave; "
        "`slipway.optimise.calibration` chooses otherwise."
    ) in calibrated.effective.defaults


def test_that_what_is_chosen_is_not_a_default(open_with: Open) -> None:
    project = open_with(
        deployment="slipway:\n  head: yolov8\n  preprocessing: {scale: 1, mean: [123.7, 116.3, 103.5], std: 58.4}\n"
        "  thresholds: {confidence: 30 %}\n"
    )
    settings = project.effective
    assert (settings.head, settings.scale, settings.confidence) == ("yolov8", 1.0, 0.3)
    assert (settings.mean, settings.std) == ((123.7, 116.3, 103.5), (58.4,))
    assert not any("score of" in sentence or "ixels" in sentence for sentence in settings.defaults)


_KEYED = (
    ("slipway.head", ""),
    ("slipway.preprocessing.resize", ""),
    ("slipway.preprocessing.pad", "A letterbox's bars are grey, 114 of 255"),
    ("slipway.preprocessing.color", ""),
    ("slipway.preprocessing.scale", "Pixels are divided by 255"),
    ("slipway.preprocessing.mean", "Nothing is subtracted from the scaled pixels (mean 0)"),
    ("slipway.preprocessing.std", "The scaled pixels are divided by no spread (std 1)"),
    ("slipway.thresholds.confidence", "Detections count from a score of 0.25 up"),
    ("slipway.thresholds.nms_iou", "Of two boxes of a class that overlap by more than 0.45, the weaker goes"),
    ("slipway.thresholds.max_detections", "Of a frame's detections, the 300 with the highest scores count"),
    ("slipway.thresholds.map_confidence", "For mAP, detections count from a score of 0.001 up"),
    (
        "slipway.thresholds.map_nms_iou",
        "For accuracy, of two boxes of a class that overlap by more than 0.7, the weaker goes",
    ),
    ("slipway.optimise.calibration", ""),
    ("slipway.calibration.count", "INT8 ranges are measured on 128 calibration frames, on all where there are fewer"),
    ("slipway.calibration.seed", "Calibration frames are chosen with seed 0"),
    ("resource_allocation.cpu_threads", "The engine gets 2 threads, or as many as the board has cores where these are"),
    ("runtime_configuration.streams", "One frame is in flight"),
)
_DATA = "slipway:\n  frames: {images: data/a, labels: a.json}\n  calibration: {images: data/b}\n"


@pytest.mark.parametrize(("key", "words"), _KEYED)
def test_that_every_default_is_said_with_its_key(open_with: Open, key: str, words: str) -> None:
    lines = (("    cpu_threads: 2\n", ""), ("    streams: 1\n", ""))
    said = open_with(deployment=_DATA, replace=lines).effective.defaults
    (sentence,) = [line for line in said if f"`{key}` chooses otherwise." in line]
    assert sentence.startswith(words)


def test_that_a_default_of_no_key_says_what_decides(project: Project) -> None:
    fixed = [line for line in project.effective.defaults if "no key: " in line]
    assert [("float32" in line, "telemetry_hz" in line) for line in fixed] == [(True, False), (False, True)]


def test_that_nothing_is_said_to_be_default_where_all_is_chosen(open_with: Open) -> None:
    chosen = (
        "slipway:\n  head: yolov8\n  frames: {images: data/a, labels: a.json}\n"
        "  calibration: {images: data/b, count: 8, seed: 1}\n"
        "  preprocessing: {resize: letterbox, color: bgr, scale: 1, mean: 0, std: 1, pad: 114, anchor: center}\n"
        "  thresholds: {confidence: 0.25, nms_iou: 0.4, max_detections: 9, map_confidence: 0.1, map_nms_iou: 0.5}\n"
        "  optimise: {calibration: entropy}\n"
    )
    assert all("no key: " in line for line in open_with(deployment=chosen).effective.defaults)
