"""Findings: what does not go together although both documents load."""

# ruff: noqa: E501 - exact texts read best on their own lines

from __future__ import annotations

from collections.abc import Callable

import pytest

from projects.project import Project

Open = Callable[..., Project]

_NO_FRAMES = (
    "deployment.yaml: no frames are named, so nothing can be compared or measured on real input; "
    "name a folder of images or a video in `slipway: frames: images:`"
)
_NO_CALIBRATION = (
    "deployment.yaml:17: model_format.precision: INT8 needs calibration frames, and none are named; "
    "name them in `slipway: calibration: images:`"
)


def test_that_the_reference_lacks_frames_alone(project: Project) -> None:
    assert [str(finding) for finding in project.findings] == [_NO_FRAMES, _NO_CALIBRATION]


@pytest.mark.parametrize(
    ("tests", "deployment", "replace", "said"),
    [
        (
            "",
            "",
            (("deployment_tests:\n  id: MLE-DEPLOY-001", "deployment_tests:\n  id: MLE-DEPLOY-002"),),
            (
                "deployment_tests.yaml:3: id: 'MLE-DEPLOY-002' is not the deployment's id, 'MLE-DEPLOY-001'; "
                "name the same in both documents"
            ),
        ),
        (
            "",
            "",
            (('target: "NVIDIA Jetson Orin Nano"', "target: laptop"),),
            (
                "deployment_tests.yaml:5: target: 'laptop' is not the deployment's platform, 'NVIDIA Jetson Orin Nano'; "
                "name the same in both documents"
            ),
        ),
        (
            "",
            "",
            (("    model: MLE-MODEL-001-v2.3.1\n    tests", "    model: MLE-MODEL-002\n    tests"),),
            (
                "deployment.yaml:49: traceability.model: 'MLE-MODEL-002' is not the deployment's model, "
                "'MLE-MODEL-001-v2.3.1'; name the same in both places"
            ),
        ),
        (
            "",
            "",
            (("framework: TensorRT 8.6", "framework: OpenVINO"), ("dla_enabled: false", "dla_enabled: true")),
            (
                "deployment.yaml:22: runtime_configuration.dla_enabled: OpenVINO has no DLA; "
                "set it to false, or use TensorRT"
            ),
        ),
        (
            "",
            "",
            (("framework: TensorRT 8.6", "framework: OpenVINO"),),
            (
                "deployment.yaml:16: model_format.deployed: 'models/yolov8n_adas_v2.3.1.engine' does not end as an engine "
                "of OpenVINO does (.blob)"
            ),
        ),
        (
            "",
            "",
            (("latency_threshold: 50ms", "latency_threshold: 40ms"),),
            (
                "deployment.yaml:36: monitoring.latency_threshold: 40 ms is below the latency limit of 50ms; "
                "frames that pass verification would raise alarms"
            ),
        ),
        (
            "",
            "",
            (("latency_threshold: 50ms", "latency_threshold: 0.06 s"),),
            (
                "deployment.yaml:36: monitoring.latency_threshold: 0.06 s is above the latency limit of 50ms; "
                "frames between the two raise no alarm"
            ),
        ),
        (
            "",
            "slipway:\n  frames: {images: data/a}\n  calibration: {images: data/a}\n",
            (),
            (
                "deployment.yaml:53: slipway.calibration.images: these are the frames of the test set too, so that the "
                "test would see what calibration saw; name other frames"
            ),
        ),
        (
            "slipway:\n  accuracy:\n    - {metric: mAP50, at_least: 0.8}\n",
            "slipway:\n  frames: {images: data/a}\n",
            (),
            (
                "deployment_tests.yaml:48: slipway.accuracy[0].at_least: accuracy cannot be measured without labels; "
                "name them in `slipway: frames: labels:` of the deployment"
            ),
        ),
        (
            "",
            "",
            (("steady_state_requirement: 64 MB", "steady_state_requirement: 256 MB"),),
            (
                "deployment_tests.yaml:27: performance_tests.memory.steady_state_requirement: steady memory may be "
                "256 MB, which is more than the peak of 128 MB"
            ),
        ),
        (
            "slipway:\n  requirements:\n    performance_tests.latency.requirement: {verifies: [MLE-ADAS-009]}\n",
            "",
            (),
            (
                "deployment_tests.yaml:48: slipway.requirements.performance_tests.latency.requirement.verifies: "
                "MLE-ADAS-009 is not among the deployment's traceability.requirements; add it there, or correct the id"
            ),
        ),
        (
            "slipway:\n  thermal_throttling: {sensor: gpu}\n",
            "",
            (
                (
                    '    thermal_throttling:\n      max_temperature: 80   # Celsius, measured at GPU die\n      expected: "Graceful degradation, no failure"\n',
                    "",
                ),
            ),
            (
                "deployment_tests.yaml:44: slipway.thermal_throttling: this has no effect, because the document has no "
                "such requirement; remove it, or add the requirement"
            ),
        ),
    ],
)
def test_that_what_does_not_go_together_is_found(
    open_with: Open, tests: str, deployment: str, replace: tuple[tuple[str, str], ...], said: str
) -> None:
    project = open_with(tests, deployment, replace)
    assert said in [str(finding) for finding in project.findings]
