"""A small real project, a board of its own on this machine, and somebody who works with the two."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from projects.keys import Keys
from tests.end2end.bench import BY, Desk, Place, Story, change
from workbench.jobs.processes import ProcessExecutor
from workbench.session import Session

TEST_SEEDS = range(5_000_000, 5_000_024)
CALIBRATION_SEEDS = range(5_100_000, 5_100_008)

_TESTS = ("deployment_tests",)
_LATENCY = (*_TESTS, "performance_tests", "latency")
SHORTER: dict[str, dict[Keys, object]] = {
    "deployment_tests.yaml": {
        (*_TESTS, "functional_equivalence", "test_samples"): 24,
        (*_LATENCY, "warm_up_iterations"): 5,
        (*_LATENCY, "test_iterations"): 12,
        (*_TESTS, "performance_tests", "throughput", "duration"): "1 seconds",
        (*_TESTS, "stress_tests", "continuous_operation", "duration"): "1 seconds",
        ("slipway", "latency", "starts"): 2,
    },
    "deployment.yaml": {
        ("deployment", "model_format", "precision"): "FP32",
        ("slipway", "calibration", "count"): 8,
    },
}


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Place:
    """The example with few frames and short durations, in FP32; nothing was done with it yet."""
    from workbench.scenes.dataset import write_dataset

    folder = tmp_path_factory.mktemp("fresh")
    project, source = folder / "project", repository / "resources" / "example"
    (project / "models").mkdir(parents=True)
    shutil.copy(source / "model.onnx", project / "models" / "road_users.onnx")
    for name, changes in SHORTER.items():
        shutil.copy(source / name, project / name)
        for keys, value in changes.items():
            change(project / name, keys, value)
    write_dataset(project / "data" / "test", TEST_SEEDS)
    write_dataset(project / "data" / "calibration", CALIBRATION_SEEDS)
    return Place(project, folder / "slipway-home", folder / "board")


@pytest.fixture(scope="session")
def first(fresh: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, Story]]:
    """The first whole run of the project, and what it left; for looking at, never to be changed."""
    folder = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLIPWAY_HOME", str(folder / "slipway-home"))
        place = fresh.move(folder)
        with Session(place.home, by=BY) as session:
            yield place, Desk(place, session).run()


@pytest.fixture
def place(fresh: Place, tmp_path: Path) -> Place:
    """A project with which nothing was done yet."""
    return fresh.move(tmp_path)


@pytest.fixture
def desk(place: Place) -> Iterator[Desk]:
    """Somebody before a project with which nothing was done yet."""
    with Session(place.home, by=BY) as session:
        yield Desk(place, session)


@pytest.fixture
def later(first: tuple[Place, Story], tmp_path: Path) -> Iterator[Desk]:
    """Somebody before a copy of a project that was verified whole, its board as it was left then."""
    place = first[0].move(tmp_path)
    with Session(place.home, by=BY) as session:
        yield Desk(place, session)


@pytest.fixture
def processes(place: Place) -> Iterator[Desk]:
    """The same with jobs in processes of their own."""
    with Session(place.home, ProcessExecutor(place.home, BY), BY) as session:
        yield Desk(place, session)
