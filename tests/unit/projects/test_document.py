"""Documents: the exact text of every kind of problem, and that all of them come at once."""

# ruff: noqa: E501 - exact texts read best on their own lines

from __future__ import annotations

from pathlib import Path

import pytest

from projects.acceptance_spec import AcceptanceDocument
from projects.deployment_settings import HEADS
from projects.deployment_spec import DeploymentDocument
from projects.document import read_document
from projects.fields import Section
from projects.yaml_file import YamlFile

_REFERENCE = Path(__file__).parents[2] / "fixtures" / "reference"
_ACCEPTANCE_KEYS = "id, model, target, functional_equivalence, performance_tests, stress_tests, integration_tests"


def _problems(name: str, model: type[Section], old: str, new: str) -> list[str]:
    file = YamlFile.read(_REFERENCE / name)
    assert old in file.text
    document, problems = read_document(file.replaced(file.text.replace(old, new, 1)), model)
    assert (document is None) == bool(problems)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "requirement: 50ms",
            "requirement: 50 sm",
            (
                "16: performance_tests.latency.requirement: got '50 sm', expected a duration such as 50ms; "
                "did you mean '50 ms'?"
            ),
        ),
        (
            "requirement: 50ms",
            "requirement: -50ms",
            (
                "16: performance_tests.latency.requirement: got '-50ms', expected a duration above 0; "
                "negative makes no sense here"
            ),
        ),
        (
            "requirement: 50ms",
            "requirement: 50",
            (
                "16: performance_tests.latency.requirement: got '50', expected a duration such as 50ms; "
                "add the unit: one of ms, s, us, ns, min, h, d"
            ),
        ),
        (
            "requirement: 50ms",
            "requirement: .nan",
            "16: performance_tests.latency.requirement: got '.nan', expected a duration such as 50ms",
        ),
        (
            "requirement: 50ms",
            "requirement: [50ms]",
            "16: performance_tests.latency.requirement: got [50ms], expected a duration such as 50ms",
        ),
        (
            "requirement: 50ms",
            "requirement:",
            "16: performance_tests.latency.requirement: got nothing, expected a value; remove the key if none is meant",
        ),
        (
            "warm_up_iterations: 100",
            "warmup_iterations: 100",
            (
                "18: performance_tests.latency.warmup_iterations: got an unknown key, expected one of requirement, "
                "measurement, warm_up_iterations, test_iterations; did you mean 'warm_up_iterations'?"
            ),
        ),
        (
            "warm_up_iterations: 100",
            "speed: 100",
            (
                "15: performance_tests.latency.warm_up_iterations: got nothing, expected 'warm_up_iterations:', frames "
                "before measuring, after each start\n"
                "18: performance_tests.latency.speed: got an unknown key, expected one of requirement, "
                "measurement, warm_up_iterations, test_iterations; keys of Slipway's own go under `slipway:`"
            ),
        ),
        (
            "test_samples: 1000",
            "test_samples: 1,000",
            (
                "9: functional_equivalence.test_samples: got '1,000', expected a whole number from 1 to 10,000,000; "
                "did you mean '1000'?"
            ),
        ),
        (
            "detection_iou: 0.95",
            "detection_iou: 95",
            "12: functional_equivalence.tolerance.detection_iou: got '95', expected a share from 0 to 1, at most 1",
        ),
        (
            "measurement: p99",
            "measurement: 99%",
            (
                "17: performance_tests.latency.measurement: got '99%', expected a percentile such as p99, or mean, max; "
                "did you mean 'p99'?"
            ),
        ),
        (
            'confidence_range: "[0, 1]"',
            "confidence_range: [1, 0]",
            (
                "45: integration_tests.output_validation.confidence_range: got [1, 0], expected a range whose first "
                "number is below its second; did you mean '[0, 1]'?"
            ),
        ),
        (
            'invalid_size: "Reject with error code"',
            'invalid_size: "Crash"',
            (
                "40: integration_tests.input_validation.invalid_size: got 'Crash', expected 'Reject with error code', "
                "the one thing that can be checked here"
            ),
        ),
        (
            "    memory:\n      peak_requirement: 128 MB\n      steady_state_requirement: 64 MB",
            "    memory: 128 MB",
            "25: performance_tests.memory: got '128 MB', expected a mapping: lines of 'key: value'",
        ),
        (
            '  target: "NVIDIA Jetson Orin Nano"',
            "  slipway: {}",
            (
                "2: target: got nothing, expected 'target:', name of the board\n"
                f"5: slipway: got an unknown key, expected one of {_ACCEPTANCE_KEYS}; "
                "put `slipway:` at the left margin, beside the document's own mapping"
            ),
        ),
        (
            "deployment_tests:",
            "deployment_test:",
            (
                "2: deployment_test: got an unknown key, expected one of deployment_tests, slipway; "
                "did you mean 'deployment_tests'?"
            ),
        ),
        (
            "deployment_tests:",
            "slipway:\n  latency: {starts: 0, pacing: wors}\ndeployment_tests:",
            (
                "3: slipway.latency.pacing: got 'wors', expected one of worse, back_to_back, paced; did you mean 'worse'?\n"
                "3: slipway.latency.starts: got '0', expected a whole number from 1 to 1,000"
            ),
        ),
        (
            "deployment_tests:",
            "slipway:\n  accuracy:\n    - {metric: map50, at_least: 0.8}\n    - {metric: recall}\ndeployment_tests:",
            (
                "4: slipway.accuracy[0].metric: got 'map50', expected one of mAP50, mAP50-95, recall, precision; "
                "did you mean 'mAP50'?\n"
                "5: slipway.accuracy[1]: got a mapping, expected exactly one of at_least, drop_at_most"
            ),
        ),
        (
            "deployment_tests:",
            "slipway:\n  unconfirmed: a.b\n  stages: {decod: {at_most: 2ms}}\ndeployment_tests:",
            (
                "3: slipway.unconfirmed: got 'a.b', expected a list of paths: lines of '- "
                "performance_tests.latency.requirement'\n"
                "4: slipway.stages.decod: got an unknown key, expected one of preprocess, copy_in, execute, copy_out, "
                "decode; did you mean 'decode'?"
            ),
        ),
        (
            "deployment_tests:",
            "slipway:\n  power: {mean: 15 W}\n  load_time: {}\ndeployment_tests:",
            (
                "3: slipway.power.mean: got an unknown key, expected one of mean_at_most, peak_at_most; did you mean 'mean_at_most'?\n"
                "4: slipway.load_time.at_most: got nothing, expected 'at_most:', every cold start, such as 2 s"
            ),
        ),
    ],
)
def test_that_a_wrong_test_specification_is_refused_in_these_words(old: str, new: str, said: str) -> None:
    expected = sorted(f"deployment_tests.yaml:{line}" for line in said.split("\n"))
    assert sorted(_problems("deployment_tests.yaml", AcceptanceDocument, old, new)) == expected


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "framework: TensorRT 8.6",
            "framework: TensorTR 8.6",
            (
                "20: runtime_configuration.framework: got 'TensorTR 8.6', expected a runtime and its version, such as "
                "TensorRT 8.6 or OpenVINO (TensorRT, OpenVINO, TensorRT for RTX); did you mean 'TensorRT 8.6'?"
            ),
        ),
        (
            "precision: INT8",
            "precision: int8",
            "17: model_format.precision: got 'int8', expected one of FP32, FP16, INT8; did you mean 'INT8'?",
        ),
        (
            "v2.3.1.onnx",
            "v2.3.1.pt",
            (
                "15: model_format.intermediate: got 'models/yolov8n_adas_v2.3.1.pt', expected a path to an ONNX file, "
                "ending in .onnx; export the model to ONNX first"
            ),
        ),
        (
            '"models/yolov8n_adas_v2.3.1.engine"',
            "../../etc/passwd",
            (
                "16: model_format.deployed: got '../../etc/passwd', expected a path inside the project folder, such as "
                "models/a.onnx; copy the files into the project"
            ),
        ),
        (
            '"models/yolov8n_adas_v2.3.1.engine"',
            "C:/engine",
            (
                "16: model_format.deployed: got 'C:/engine', expected a path inside the project folder, such as "
                "models/a.onnx; copy the files into the project"
            ),
        ),
        (
            '"models/yolov8n_adas_v2.3.1.engine"',
            "models\\a.engine",
            (
                "16: model_format.deployed: got 'models\\a.engine', expected a path inside the project folder, such as "
                "models/a.onnx; did you mean 'models/a.engine'?"
            ),
        ),
        (
            "dla_enabled: false",
            "dla_enabled: no",
            "22: runtime_configuration.dla_enabled: got 'no', expected true or false; did you mean 'false'?",
        ),
        (
            "workspace_size: 1GB",
            "workspace_size: 1Gb",
            "21: runtime_configuration.workspace_size: got '1Gb', expected a size such as 128 MB; did you mean '1 GB'?",
        ),
        (
            "logging: enabled",
            "logging: true",
            "38: monitoring.logging: got 'true', expected one of enabled, disabled; put it in quotes",
        ),
        (
            "tests: MLE-TEST-001, MLE-TEST-002",
            "tests: MLE-TEST-001, MLE-TEST-001",
            (
                "50: traceability.tests: got 'MLE-TEST-001, MLE-TEST-001', expected each name once; "
                "'MLE-TEST-001' stands twice"
            ),
        ),
        (
            "deployment:",
            "slipway:\n  preprocessing: {std: 0, mean: [1, 2], scale: 1/0}\ndeployment:",
            (
                "3: slipway.preprocessing.std: got '0', expected a number above 0, or three in brackets, one a channel\n"
                "3: slipway.preprocessing.mean: got [1, 2], expected a number, or three in brackets, one a channel\n"
                "3: slipway.preprocessing.scale: got '1/0', expected a number or a fraction such as 1/255"
            ),
        ),
        (
            "deployment:",
            "slipway:\n  head: yolov8x\n  frames: {labels: l.json}\ndeployment:",
            (
                f"3: slipway.head: got 'yolov8x', expected one of {', '.join(HEADS)}; did you mean 'yolov8'?\n"
                "4: slipway.frames.images: got nothing, expected 'images:', folder of images, or a video file, inside "
                "the project"
            ),
        ),
    ],
)
def test_that_a_wrong_deployment_specification_is_refused_in_these_words(old: str, new: str, said: str) -> None:
    expected = sorted(f"deployment.yaml:{line}" for line in said.split("\n"))
    assert sorted(_problems("deployment.yaml", DeploymentDocument, old, new)) == expected


def test_that_an_empty_document_says_what_it_lacks() -> None:
    file = YamlFile.parse(Path("deployment.yaml"), "deployment.yaml", b"")
    _, problems = read_document(file, DeploymentDocument)
    assert [str(problem) for problem in problems] == [
        "deployment.yaml:1: deployment: got nothing, expected 'deployment:', the client's part of the document"
    ]


def test_that_problems_of_yaml_and_of_values_come_together() -> None:
    new = "requirement: 50 sm\n      requirement: 60ms"
    found = _problems("deployment_tests.yaml", AcceptanceDocument, "requirement: 50ms", new)
    assert found == [
        (
            "deployment_tests.yaml:17: performance_tests.latency.requirement: got the key a second time, expected each key "
            "once; it stands on line 16 too"
        ),
        (
            "deployment_tests.yaml:16: performance_tests.latency.requirement: got '50 sm', expected a duration such as "
            "50ms; did you mean '50 ms'?"
        ),
    ]


def test_that_numbers_stay_as_they_were_written() -> None:
    file = YamlFile.read(_REFERENCE / "deployment.yaml")
    document, _ = read_document(file.replaced(file.text.replace("version: 1.0", "version: 1.10")), DeploymentDocument)
    assert document is not None
    assert document.deployment.version == "1.10"
    framework = document.deployment.runtime_configuration.framework
    assert (framework.name, framework.version, str(framework)) == ("TensorRT", "8.6", "TensorRT 8.6")
