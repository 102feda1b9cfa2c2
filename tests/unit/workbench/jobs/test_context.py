from __future__ import annotations

import time

import pytest

from projects.record_file import Author
from workbench.base.cancel import CancelToken
from workbench.base.errors import SlipwayError
from workbench.base.events import Event, Level, LogLine, Progress, StepEnded, StepStarted
from workbench.jobs.answers import Answers
from workbench.jobs.context import JobContext, JobSetup


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def context(told, tmp_path):
    return JobContext(JobSetup("1", False, tmp_path, Author("Ada")), CancelToken(), Answers(), told.append)


def test_that_progress_is_limited_in_rate_and_its_last_is_told_before_anything_else(context, told, monkeypatch):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    context.step("build", "Build")
    for number in range(11):
        now = 100.0 + number * 0.0101
        context.progress(number / 10, "")
    assert [event.fraction for event in told if isinstance(event, Progress)] == [0.0, 0.5, 1.0]
    context.progress(None, "finishing")
    context.log(Level.INFO, "written")
    assert [type(event) for event in told[-2:]] == [Progress, LogLine]


def test_that_a_step_ends_when_the_next_begins(context, told):
    context.step("build", "Build")
    context.step("verify", "Verify", "the engine changed")
    context.end_step("nothing changed", skipped=True)
    assert told == [
        StepStarted("1", "build", "Build"),
        StepEnded("1", "build", False, ""),
        StepStarted("1", "verify", "Verify", "the engine changed"),
        StepEnded("1", "verify", True, "nothing changed"),
    ]


def test_that_ending_a_step_that_is_not_open_is_a_defect(context):
    with pytest.raises(SlipwayError, match="none is open"):
        context.end_step()
