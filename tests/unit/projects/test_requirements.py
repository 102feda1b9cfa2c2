"""Requirements: what each entry asks for, in words and numbers, with its defaults, ids and confirmation."""

# ruff: noqa: E501 - exact texts read best on their own lines

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from projects.problems import DocumentProblems
from projects.project import Project
from projects.requirements import KINDS, Requirement, select_requirements
from workbench.base.errors import UsageError

Open = Callable[..., Project]

_EXTRA = """
slipway:
  accuracy:
    - {metric: mAP50, at_least: 0.8}
    - {metric: recall, class: car, drop_at_most: 1 %}
  power: {mean_at_most: 15 W, peak_at_most: 20 W}
  load_time: {at_most: 2 s}
  stages:
    decode: {at_most: 2ms}
    execute: {at_most: 40 ms, measurement: mean}
  resources: {gpu_memory: true, system_memory: true, cpu_threads: true}
"""


def _by_kind(project: Project) -> dict[str, Requirement]:
    return {requirement.kind: requirement for requirement in project.requirements}


def test_that_every_entry_of_the_reference_becomes_a_requirement(project: Project) -> None:
    rows = [(item.kind, item.line, item.relation, item.limit, item.unit) for item in project.requirements]
    assert rows == [
        ("output_difference", 11, "<=", 0.01, ""),
        ("detection_iou", 12, ">=", 0.95, ""),
        ("latency", 16, "<=", 0.05, "s"),
        ("throughput", 22, ">=", 30.0, "fps"),
        ("memory_peak", 26, "<=", 128e6, "B"),
        ("memory_steady", 27, "<=", 64e6, "B"),
        ("continuous_operation", 31, "is", None, "s"),
        ("temperature", 35, "<=", 80.0, "°C"),
        ("invalid_size", 40, "is", None, ""),
        ("null_input", 41, "is", None, ""),
        ("detection_format", 44, "is", None, ""),
        ("confidence_range", 45, "is", None, ""),
    ]
    assert all(item.confirmed and item.file == "deployment_tests.yaml" for item in project.requirements)
    assert [item.id for item in project.requirements][:3] == [
        "MLE-DEPLOY-001/output-difference",
        "MLE-DEPLOY-001/detection-iou",
        "MLE-DEPLOY-001/latency",
    ]


def test_that_criteria_are_sentences_with_limit_and_unit(project: Project) -> None:
    criteria = {kind: item.criterion for kind, item in _by_kind(project).items()}
    assert criteria["latency"] == (
        "the 99th percentile of the latency, from the frame in memory to its detections, is at most 50 ms"
    )
    assert criteria["throughput"] == "at least 30 fps over 60 seconds, one frame in flight"
    assert criteria["memory_peak"] == "peak memory of the engine's process is at most 128 MB (128,000,000 bytes)"
    assert criteria["continuous_operation"] == (
        "runs for 24 hours without a crash, and memory grows by at most 1 MB in an hour"
    )
    assert criteria["confidence_range"] == "every score of every output is a number from 0 to 1"


def test_that_parameters_carry_what_measuring_needs(project: Project) -> None:
    kinds = _by_kind(project)
    assert kinds["latency"].parameters == {
        "statistic": "p99",
        "warm_up_iterations": 100,
        "test_iterations": 1000,
        "starts": 10,
        "pacing": "worse",
        "paced_rate_fps": 30.0,
        "span": "frame",
        "streams": 1,
    }
    assert kinds["detection_iou"].parameters == {
        "test_samples": 1000,
        "seed": 0,
        "nms_iou": 0.45,
        "confidence": 0.25,
        "match_confidence": 0.125,
        "statistic": "mean",
    }
    assert kinds["continuous_operation"].parameters["growth_per_hour_bytes"] == 1e6
    assert kinds["confidence_range"].parameters == {"low": 0.0, "high": 1.0}


def test_that_each_default_is_said_with_the_key_that_chooses_otherwise(project: Project, open_with: Open) -> None:
    said = _by_kind(project)["latency"].defaults
    assert said == (
        (
            "The engine's process is started 10 times, each with its own warm-up and iterations; "
            "`slipway.latency.starts` chooses otherwise."
        ),
        (
            "Frames are sent back to back and at 30 fps, and the worse of both is judged; "
            "`slipway.latency.pacing` chooses otherwise."
        ),
        "Latency is taken from the frame in memory to its detections; `slipway.latency.span` chooses otherwise.",
    )
    chosen = open_with("slipway:\n  latency: {starts: 3, pacing: paced, span: engine}\n")
    latency = _by_kind(chosen)["latency"]
    assert latency.defaults == ()
    assert (latency.parameters["starts"], latency.parameters["pacing"]) == (3, "paced")
    assert latency.criterion == "the 99th percentile of the latency, of the engine alone, is at most 50 ms"


def test_that_a_short_continuous_operation_says_how_its_memory_is_judged(open_with: Open) -> None:
    short = _by_kind(open_with(replace=(("duration: 24 hours", "duration: 2 hours"),)))["continuous_operation"]
    assert short.criterion == (
        "runs for 2 hours without a crash, and memory grows by at most 2 % and 4 MB from the first third to the last; "
        "a slope in an hour can be judged from 8 hours on"
    )
    assert "at most 2 % and 4 MB from the first third to the last" in short.defaults[0]
    given = "slipway:\n  continuous_operation: {growth_per_hour_at_most: 2 MB}\n"
    unused = _by_kind(open_with(given))["continuous_operation"]
    assert "growth_per_hour_at_most` is not used" in unused.defaults[0]
    long = _by_kind(open_with(replace=(("duration: 2 hours", "duration: 8 h"),)))["continuous_operation"]
    assert (long.criterion.split(", and ")[1], long.defaults) == ("memory grows by at most 2 MB in an hour", ())


def test_that_one_start_says_what_it_does_not_cover(open_with: Open) -> None:
    latency = _by_kind(open_with("slipway:\n  latency: {starts: 1}\n"))["latency"]
    assert "With one start, differences between restarts are not covered." in latency.defaults


def test_that_the_thresholds_of_the_project_count_everywhere(open_with: Open) -> None:
    project = open_with(
        "slipway:\n  detection_iou: {confidence: 0.4, statistic: p1}\n",
        "slipway:\n  thresholds: {confidence: 0.3, nms_iou: 0.6}\n",
    )
    kinds = _by_kind(project)
    assert kinds["output_difference"].parameters["confidence"] == 0.3
    assert kinds["output_difference"].parameters["nms_iou"] == 0.6
    assert kinds["detection_iou"].parameters["confidence"] == 0.4
    assert kinds["detection_iou"].parameters["match_confidence"] == 0.2
    assert kinds["detection_iou"].criterion.startswith("the first percentile of the overlap")


def test_that_further_requirements_come_from_the_slipway_mapping(open_with: Open) -> None:
    project = open_with(_EXTRA)
    rows = {
        item.id.partition("/")[2]: (item.criterion, item.limit, item.unit, item.line) for item in project.requirements
    }
    extra = {key: row for key, row in rows.items() if row[3] > 46 or key.startswith("resource")}
    assert extra == {
        "accuracy-map50": ("mAP50 on labelled frames is at least 0.8", 0.8, "", 49),
        "accuracy-recall-car-drop": ("recall of car is at most 1 % below the trained model's", 0.01, "", 50),
        "stage-execute": ("the mean of the time of execute is at most 40 ms", 0.04, "s", 55),
        "stage-decode": ("the 99th percentile of the time of decode is at most 2 ms", 0.002, "s", 54),
        "load-time": (
            "every cold start, from the start of the engine's process until its engine is loaded, takes at most 2 s",
            2.0,
            "s",
            52,
        ),
        "power-mean": ("mean power of the board while frames run is at most 15 W", 15.0, "W", 51),
        "power-peak": ("peak power of the board while frames run is at most 20 W", 20.0, "W", 51),
        "resource-gpu-memory": (
            "GPU memory of the engine's process is at most 512 MB (512,000,000 bytes)",
            512e6,
            "B",
            26,
        ),
        "resource-system-memory": (
            "peak main memory of the engine's process is at most 128 MB (128,000,000 bytes)",
            128e6,
            "B",
            27,
        ),
        "resource-cpu-threads": (
            "CPU time of the engine's process in a second of work is at most 2 CPUs",
            2.0,
            "CPUs",
            28,
        ),
    }
    assert {item.kind for item in project.requirements} == set(KINDS)
    files = {item.file for item in project.requirements if item.kind.startswith("resource")}
    assert files == {"deployment.yaml"}


def test_that_map_has_thresholds_of_its_own(open_with: Open) -> None:
    accuracy = [item for item in open_with(_EXTRA).requirements if item.kind == "accuracy"]
    assert [(item.parameters["confidence"], item.parameters["nms_iou"]) for item in accuracy] == [
        (0.001, 0.7),
        (0.25, 0.7),
    ]
    assert [item.parameters["basis"] for item in accuracy] == ["absolute", "drop"]


def test_that_ids_and_verified_ids_are_given_by_path(open_with: Open) -> None:
    project = open_with(
        "slipway:\n  requirements:\n    performance_tests.latency.requirement: {id: REQ-LAT-1, verifies: [MLE-ADAS-001]}\n"
    )
    latency = _by_kind(project)["latency"]
    assert (latency.id, latency.verifies) == ("REQ-LAT-1", ("MLE-ADAS-001",))
    assert project.findings == Project.open(project.folder).findings


def test_that_ids_do_not_depend_on_the_order_of_entries(open_with: Open) -> None:
    first = {
        item.path: item.id
        for item in open_with("slipway:\n  accuracy:\n    - {metric: mAP50, at_least: 0.8}\n").requirements
    }
    text = "    - {metric: mAP50, at_least: 0.8}\n"
    swapped = open_with(replace=((text, "    - {metric: recall, at_least: 0.5}\n" + text),))
    ids = {item.id for item in swapped.requirements}
    assert set(first.values()) < ids


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (
            "slipway:\n  requirements:\n    performance_tests.latency.requirements: {id: A}\n",
            (
                "deployment_tests.yaml:48: slipway.requirements.performance_tests.latency.requirements: got "
                "'performance_tests.latency.requirements', expected the path of an entry that gets a verdict; "
                "did you mean 'performance_tests.latency.requirement'?"
            ),
        ),
        (
            "slipway:\n  requirements:\n    performance_tests.memory: {id: A}\n",
            (
                "deployment_tests.yaml:48: slipway.requirements.performance_tests.memory: got "
                "'performance_tests.memory', expected the path of an entry that gets a verdict; did you mean one of "
                "'performance_tests.memory.peak_requirement', 'performance_tests.memory.steady_state_requirement'?"
            ),
        ),
        (
            "slipway:\n  requirements:\n    performance_tests.latency.requirement: {id: MLE-DEPLOY-001/throughput}\n",
            (
                "deployment_tests.yaml:48: slipway.requirements.performance_tests.latency.requirement.id: got the id "
                "'MLE-DEPLOY-001/throughput' a second time, expected an id of its own; "
                "performance_tests.throughput.requirement has it too"
            ),
        ),
        (
            "slipway:\n  accuracy:\n    - {metric: mAP50, at_least: 0.8}\n    - {metric: mAP50, at_least: 0.9}\n",
            (
                "deployment_tests.yaml:49: slipway.accuracy[1]: got mAP50 with this kind of limit a second time, "
                "expected each metric and class once"
            ),
        ),
        (
            "slipway:\n  unconfirmed:\n    - performance_tests.latency.requirment\n",
            (
                "deployment_tests.yaml:48: slipway.unconfirmed: got 'performance_tests.latency.requirment', expected the "
                "path of an entry of this document; did you mean 'performance_tests.latency.requirement'?"
            ),
        ),
    ],
)
def test_that_a_label_that_fits_nothing_is_a_problem(open_with: Open, added: str, said: str) -> None:
    with pytest.raises(DocumentProblems) as caught:
        open_with(added)
    assert said in caught.value.detail.splitlines()


def test_that_a_ceiling_that_is_not_given_cannot_be_judged(open_with: Open) -> None:
    with pytest.raises(DocumentProblems) as caught:
        open_with("slipway:\n  resources: {gpu_memory: true}\n", replace=(("    gpu_memory: 512MB\n", ""),))
    assert caught.value.detail == (
        "deployment_tests.yaml:47: slipway.resources.gpu_memory: got 'true' without a ceiling, expected a ceiling in "
        "the deployment specification; give resource_allocation.gpu_memory there, or remove this line"
    )


def test_that_paced_needs_a_rate(open_with: Open) -> None:
    throughput = "    throughput:\n      requirement: 30 fps\n      duration: 60 seconds\n"
    project = open_with(replace=((throughput, ""),))
    latency = _by_kind(project)["latency"]
    assert (latency.parameters["pacing"], latency.parameters["paced_rate_fps"]) == ("back_to_back", None)
    assert "No frame rate is required, so frames are sent back to back only." in latency.defaults
    with pytest.raises(DocumentProblems, match="'paced' without a required rate"):
        open_with("slipway:\n  latency: {pacing: paced}\n")


def test_that_a_section_that_is_left_out_asks_for_nothing(open_with: Open) -> None:
    project = open_with(
        replace=(("      peak_requirement: 128 MB\n", ""), ('      null_pointer: "Reject with error code"\n', ""))
    )
    assert set(KINDS) - {item.kind for item in project.requirements} >= {"memory_peak", "null_input", "accuracy"}
    assert "memory_steady" in _by_kind(project)


def test_that_requirements_are_selected_by_kind_group_id_and_path(project: Project) -> None:
    def kinds(*names: str) -> list[str]:
        return [item.kind for item in select_requirements(project.requirements, names)]

    assert kinds("memory", "latency") == ["latency", "memory_peak", "memory_steady"]
    assert kinds("MLE-DEPLOY-001/throughput") == ["throughput"]
    assert kinds("stress_tests.thermal_throttling.max_temperature") == ["temperature"]
    assert len(kinds()) == 12


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("latencey", "no requirement is called 'latencey'\nDid you mean latency?"),
        ("validaton", "no requirement is called 'validaton'\nDid you mean validation?"),
        (
            "power",
            (
                "the test specification asks for no power\nIt asks for output_difference, detection_iou, latency, "
                "throughput, memory_peak, memory_steady, continuous_operation, temperature, invalid_size, null_input, "
                "detection_format, confidence_range."
            ),
        ),
    ],
)
def test_that_a_selection_of_nothing_is_refused(project: Project, name: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        select_requirements(project.requirements, [name])
    assert str(caught.value) == said


def test_that_requirements_cross_a_process_border(project: Project) -> None:
    assert pickle.loads(pickle.dumps(project.requirements)) == project.requirements  # noqa: S301  our own bytes
