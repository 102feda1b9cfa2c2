"""The example project with few frames and short durations, and a board of its own, for benchmarks and tests."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from projects.keys import Keys
from projects.yaml_edit import remove_value, set_value
from projects.yaml_file import YamlFile
from targets.inventory import BoardEntry, save_board

BOARD = "bench"
TEST_SEEDS = range(5_000_000, 5_000_024)
CALIBRATION_SEEDS = range(5_100_000, 5_100_008)

TESTS = ("deployment_tests",)
LATENCY = (*TESTS, "performance_tests", "latency")
SAMPLES = (*TESTS, "functional_equivalence", "test_samples")
THROUGHPUT_DURATION = (*TESTS, "performance_tests", "throughput", "duration")
SOAK_DURATION = (*TESTS, "stress_tests", "continuous_operation", "duration")
PRECISION = ("deployment", "model_format", "precision")

SHORTER: Mapping[str, Mapping[Keys, object]] = {
    "deployment_tests.yaml": {
        SAMPLES: 24,
        (*LATENCY, "warm_up_iterations"): 5,
        (*LATENCY, "test_iterations"): 12,
        THROUGHPUT_DURATION: "1 seconds",
        SOAK_DURATION: "1 seconds",
        ("slipway", "latency", "starts"): 2,
    },
    "deployment.yaml": {PRECISION: "FP32", ("slipway", "calibration", "count"): 8},
}


def change(path: Path, keys: Keys, value: object) -> None:
    """Set one value of a document, as an editor would."""
    set_value(YamlFile.read(path), keys, value).save()


def make_project(
    project: Path, test: Sequence[int] = TEST_SEEDS, calibration: Sequence[int] = CALIBRATION_SEEDS
) -> None:
    """Make the project in a folder that is not there yet; FP32, all durations short."""
    from workbench.scenes.dataset import write_dataset

    source = Path(__file__).resolve().parent.parent / "resources" / "example"
    (project / "models").mkdir(parents=True)
    shutil.copy(source / "model.onnx", project / "models" / "road_users.onnx")
    for name, changes in SHORTER.items():
        shutil.copy(source / name, project / name)
        for keys, value in changes.items():
            change(project / name, keys, value)
    write_dataset(project / "data" / "test", test)
    write_dataset(project / "data" / "calibration", calibration)


def make_board(root: Path, lock: Path) -> None:
    """Enter the board into the list of boards of SLIPWAY_HOME."""
    save_board(BoardEntry(BOARD, "local", root=str(root), id="bench-board", lock=str(lock)))


def require_outputs_alone(project: Path) -> None:
    """Leave out of the test specification what takes time to measure: speed, memory and continuous operation."""
    path = project / "deployment_tests.yaml"
    required = ("slipway", "requirements", "performance_tests.latency.requirement")
    for keys in ((*TESTS, "performance_tests"), (*TESTS, "stress_tests"), required):
        remove_value(YamlFile.read(path), keys).save()
