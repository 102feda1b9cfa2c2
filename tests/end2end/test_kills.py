"""SIGKILL of each process of a running job at a seeded random moment: what was recorded stays, and work goes on."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from benchmarks.example_project import THROUGHPUT_DURATION, change
from benchmarks.kills import AGENT, COMMAND, JOB_WORKER, VICTIMS, KillGround
from tests.end2end.bench import BY, Desk
from workbench.jobs.processes import ProcessExecutor
from workbench.session import Session


@pytest.fixture
def ground(later: Desk, request: pytest.FixtureRequest) -> Iterator[KillGround]:
    """An installed release, a throughput test without an end, and a session with the executor that is asked for."""
    change(later.place.project / "deployment_tests.yaml", THROUGHPUT_DURATION, "1 hour")
    executor = ProcessExecutor(later.place.home, BY) if request.param == JOB_WORKER else None
    with Session(later.place.home, executor, BY) as session:
        yield KillGround(later.place.project, later.place.root, session)


@pytest.mark.parametrize("ground", VICTIMS, indirect=True)
def test_that_a_kill_loses_nothing_that_was_recorded(ground: KillGround, request: pytest.FixtureRequest):
    what = request.node.callspec.params["ground"]
    chance = random.Random(f"kill {what}")
    assert ground.strike(what, chance, measuring=True).problems == []
    assert ground.strike(what, chance, measuring=False).problems == []


@pytest.mark.parametrize("ground", [COMMAND, JOB_WORKER, AGENT], indirect=True)
def test_that_a_kill_while_things_are_made_leaves_them_whole(ground: KillGround, request: pytest.FixtureRequest):
    what = request.node.callspec.params["ground"]
    change(ground.project / "deployment_tests.yaml", THROUGHPUT_DURATION, "1 second")
    assert ground.strike_whole(what, random.Random(f"make {what}")).problems == []
