from __future__ import annotations

import pytest

from workbench.base.events import Event, JobEnded, JobState, Level, LiveValues, LogLine, Progress, StepStarted
from workbench.base.live import LiveBatch, LiveMark
from workbench.jobs.handle import JobHandle
from workbench.jobs.history import KEPT_LOG_LINES, History
from workbench.jobs.outcome import Outcome


def test_that_history_keeps_the_last_progress_of_each_step_and_the_last_values_of_each_stream():
    history = History()
    for step in ("build", "verify"):
        history.add(StepStarted("1", step, step))
        for number in range(10):
            history.add(Progress("1", step, number / 10, ""))
            history.add(LiveValues("1", "telemetry", float(number), {}))
    assert [getattr(event, "fraction", None) for event in history] == [None, 0.9, None, 0.9, None]
    assert [event.mono_s for event in history if isinstance(event, LiveValues)] == [9.0]


def test_that_history_keeps_the_last_lines_of_a_long_log():
    history = History()
    for number in range(KEPT_LOG_LINES + 3):
        history.add(LogLine("1", Level.INFO, str(number)))
    lines = [event.text for event in history if isinstance(event, LogLine)]
    assert (lines[0], lines[-1], len(lines)) == ("3", str(KEPT_LOG_LINES + 2), KEPT_LOG_LINES)


def test_that_history_keeps_the_last_batch_of_a_live_run_and_all_its_marks():
    history = History()
    for number in range(5):
        history.add(LiveBatch("1", "run", t_s=float(number)))
        history.add(LiveMark("1", "gap", float(number), "nothing was heard"))
    assert [event.t_s for event in history if isinstance(event, LiveBatch)] == [4.0]
    assert [event.t_s for event in history if isinstance(event, LiveMark)] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_that_one_listener_that_raises_does_not_rob_the_others():
    handle = JobHandle("1", "job")
    seen: list[Event] = []

    def fail(event: Event) -> None:
        raise RuntimeError("a defect of this listener")

    handle.subscribe(fail)
    handle.subscribe(seen.append)
    for number in range(2):
        with pytest.raises(RuntimeError, match="a defect of this listener"):
            handle.deliver(LogLine("1", Level.INFO, str(number)))
    with pytest.raises(RuntimeError, match="a defect of this listener"):
        handle.end(Outcome(JobState.SUCCEEDED))
    assert [type(event) for event in seen] == [LogLine, LogLine, JobEnded]
    assert handle.wait(0).state is JobState.SUCCEEDED


def test_that_an_event_told_while_another_is_handed_on_comes_after_it_for_everybody():
    handle = JobHandle("1", "job")
    first: list[Event] = []
    second: list[Event] = []

    def reply(event: Event) -> None:
        first.append(event)
        if isinstance(event, LogLine) and event.text == "ping":
            handle.deliver(LogLine("1", Level.INFO, "pong"))

    handle.subscribe(reply)
    handle.subscribe(second.append)
    handle.deliver(LogLine("1", Level.INFO, "ping"))
    assert first == second == [LogLine("1", Level.INFO, "ping"), LogLine("1", Level.INFO, "pong")]


def test_that_the_first_end_counts():
    handle = JobHandle("1", "job")
    handle.end(Outcome(JobState.CANCELLED))
    handle.end(Outcome(JobState.SUCCEEDED))
    assert handle.state is JobState.CANCELLED
    assert [event.state for event in handle.events() if isinstance(event, JobEnded)] == [JobState.CANCELLED]
