"""The contract of executors: threads and worker processes keep the same promises."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from projects.record_file import Author
from tests.unit.workbench.jobs import sample_jobs as jobs
from workbench.base.errors import Fault, UsageError
from workbench.base.events import (
    Event,
    JobEnded,
    JobStarted,
    JobState,
    LiveValues,
    LogLine,
    Progress,
    Question,
    RecordWritten,
    StepEnded,
    StepStarted,
)
from workbench.jobs.executor import ThreadPerJob
from workbench.jobs.handle import JobHandle
from workbench.jobs.processes import ProcessExecutor
from workbench.jobs.threads import ThreadExecutor

PATIENCE_S = 60.0
FORCE_AFTER_S = 0.2
BY = Author("Ada")


@pytest.fixture(autouse=True)
def quick_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep worker processes from importing pytest: they run the main script of their parent as a module."""
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__spec__", None)
    monkeypatch.delattr(main, "__file__", raising=False)


@pytest.fixture(params=["threads", "processes"])
def executor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ThreadPerJob]:
    if request.param == "threads":
        made: ThreadPerJob = ThreadExecutor(tmp_path, BY, force_after_s=FORCE_AFTER_S)
    else:
        made = ProcessExecutor(tmp_path, BY, force_after_s=FORCE_AFTER_S)
    yield made
    assert made.close()


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[ProcessExecutor]:
    made = ProcessExecutor(tmp_path, BY, force_after_s=FORCE_AFTER_S)
    yield made
    assert made.close()


def events_of(handle: JobHandle) -> list[Event]:
    return list(handle.events())


def end_of(handle: JobHandle) -> JobEnded:
    """The end, which must be the one and the last."""
    ended = handle.wait(PATIENCE_S)
    events = events_of(handle)
    assert [event for event in events if isinstance(event, JobEnded)] == [ended]
    assert events[-1] is ended
    assert handle.state is ended.state
    return ended


def wait_for(condition: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "waited in vain"
        time.sleep(0.005)


def next_question(handle: JobHandle) -> Question:
    return next(event for event in handle.events() if isinstance(event, Question))


def kinds(events: list[Event]) -> list[type]:
    """The kinds in order, progress left out: how many of them come is a matter of time."""
    return [type(event) for event in events if not isinstance(event, Progress)]


def test_that_events_come_in_the_order_in_which_they_were_told(executor: ThreadPerJob) -> None:
    events = events_of(executor.submit(jobs.Telling(), interactive=False))
    assert kinds(events) == [
        JobStarted, StepStarted, StepEnded, StepStarted, LiveValues, LogLine, RecordWritten, StepEnded, JobEnded
    ]  # fmt: skip
    assert {event.job_id for event in events} == {events[0].job_id}
    started = events[0]
    assert isinstance(started, JobStarted)
    assert started.title == "a sample"


def test_that_the_last_progress_of_a_step_is_always_told(executor: ThreadPerJob) -> None:
    events = events_of(executor.submit(jobs.Telling(), interactive=False))
    told = [event for event in events if isinstance(event, Progress)]
    assert told[-1].fraction == 1.0
    assert told[-1].step == "first"
    assert events.index(told[-1]) < events.index(next(event for event in events if isinstance(event, StepEnded)))


def test_that_a_result_comes_with_the_end(executor: ThreadPerJob, tmp_path: Path) -> None:
    ended = end_of(executor.submit(jobs.Telling(value=41), interactive=False))
    assert ended.state is JobState.SUCCEEDED
    assert ended.error is None
    assert isinstance(ended.result, dict)
    in_own_process = ended.result.pop("pid") != os.getpid()
    assert in_own_process == isinstance(executor, ProcessExecutor)
    assert ended.result == {"value": 41, "home": str(tmp_path), "by": "Ada"}


@pytest.mark.parametrize(
    ("how", "state", "fault", "summary"),
    [
        ("usage", JobState.FAILED, Fault.USE, "no such layer: conv9"),
        ("lost", JobState.LOST, Fault.BOARD, "the link to jetson is gone"),
        ("cancelled", JobState.CANCELLED, Fault.CANCELLED, "cancelled"),
        ("defect", JobState.FAILED, Fault.INTERNAL, "internal error: ZeroDivisionError: by zero"),
        ("exit", JobState.FAILED, Fault.INTERNAL, "internal error: SystemExit: 3"),
        ("interrupt", JobState.FAILED, Fault.INTERNAL, "internal error: KeyboardInterrupt"),
        ("result", JobState.FAILED, Fault.INTERNAL, "a sample returned a lock, which cannot be handed on"),
    ],
)
def test_that_every_failure_is_one_end_in_words(
    executor: ThreadPerJob, how: str, state: JobState, fault: Fault, summary: str
) -> None:
    handle = executor.submit(jobs.Failing(how=how), interactive=False)
    ended = end_of(handle)
    assert ended.state is state
    assert ended.error is not None
    assert (ended.error.fault, ended.error.summary) == (fault, summary)
    assert ended.text == summary
    assert [event.text for event in handle.events() if isinstance(event, Progress)] == ["a little more"]


def test_that_a_failing_clean_up_is_told_with_what_came_before(executor: ThreadPerJob) -> None:
    ended = end_of(executor.submit(jobs.Failing(how="clean-up"), interactive=False))
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert "FileNotFoundError" in ended.error.summary
    assert "the first failure" in ended.error.detail


def test_that_a_cancelled_job_ends_cancelled(executor: ThreadPerJob, tmp_path: Path) -> None:
    handle = executor.submit(jobs.Waiting(began=tmp_path / "began"), interactive=False)
    wait_for((tmp_path / "began").exists)
    wait_for(lambda: handle.state is JobState.RUNNING)
    handle.cancel()
    ended = end_of(handle)
    assert ended.state is JobState.CANCELLED
    handle.cancel()
    assert end_of(handle) is ended


def test_that_a_job_that_was_cancelled_at_once_ends_cancelled(executor: ThreadPerJob) -> None:
    handle = executor.submit(jobs.Waiting(), interactive=False)
    handle.cancel()
    assert end_of(handle).state is JobState.CANCELLED


def test_that_a_job_that_does_not_stop_is_ended_by_force(executor: ThreadPerJob, tmp_path: Path) -> None:
    handle = executor.submit(jobs.Waiting(began=tmp_path / "began", obeys=False), interactive=False)
    wait_for((tmp_path / "began").exists)
    handle.cancel()
    assert handle.state is JobState.CANCELLING
    handle.cancel()
    ended = end_of(handle)
    assert ended.state is JobState.CANCELLED
    assert ended.error is not None
    assert "did not stop" in ended.error.summary


def test_that_an_answer_reaches_the_job(executor: ThreadPerJob) -> None:
    handle = executor.submit(jobs.Asking(), interactive=True)
    question = next_question(handle)
    assert (question.text, question.choices, question.flag) == ("Which colour?", ("red", "green"), "--colour")
    with pytest.raises(UsageError, match="'blue' is no answer to: Which colour"):
        handle.answer(question.question_id, "blue")
    assert handle.asks(question.question_id)
    handle.answer(question.question_id, "green")
    assert not handle.asks(question.question_id)
    assert end_of(handle).result == "green"
    with pytest.raises(UsageError, match="not open"):
        handle.answer(question.question_id, "red")


def test_that_a_question_is_answered_by_cancelling_too(executor: ThreadPerJob) -> None:
    handle = executor.submit(jobs.Asking(), interactive=True)
    question = next_question(handle)
    handle.cancel()
    assert end_of(handle).state is JobState.CANCELLED
    with pytest.raises(UsageError, match="not open"):
        handle.answer(question.question_id, "red")


def test_that_messages_reach_a_job_at_work_in_their_order(executor: ThreadPerJob) -> None:
    handle = executor.submit(jobs.Listening(count=2), interactive=False)
    next(event for event in handle.events() if isinstance(event, LogLine))
    handle.tell("first")
    handle.tell(("second", 2))
    assert end_of(handle).result == ("first", ("second", 2))
    with pytest.raises(UsageError, match="not at work"):
        handle.tell("too late")


@pytest.mark.parametrize(("kind", "fault"), [("choice", Fault.USE), ("confirm", Fault.BOARD)])
def test_that_a_question_with_nobody_to_answer_says_what_would_answer_it(
    executor: ThreadPerJob, kind: str, fault: Fault
) -> None:
    handle = executor.submit(jobs.Asking(kind=kind), interactive=False)
    ended = end_of(handle)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.fault is fault
    assert "Which colour?" in ended.error.summary
    assert "--colour" in ended.error.hint
    assert Question not in kinds(events_of(handle))


def test_that_nothing_is_told_after_the_end(executor: ThreadPerJob, tmp_path: Path) -> None:
    seen: list[Event] = []
    handle = executor.submit(jobs.Afterwards(note=tmp_path / "note"), interactive=False)
    handle.subscribe(seen.append)
    assert end_of(handle).state is JobState.SUCCEEDED
    wait_for((tmp_path / "note").exists)
    wait_for(lambda: "after its end" in (tmp_path / "note").read_text())
    assert isinstance(seen[-1], JobEnded)
    assert kinds(seen).count(JobEnded) == 1


def test_that_unknown_events_are_kept(executor: ThreadPerJob) -> None:
    events = events_of(executor.submit(jobs.Innovating(), interactive=False))
    assert [type(event).__name__ for event in events] == ["JobStarted", "Novelty", "JobEnded"]
    assert getattr(events[1], "text", None) == "from the future"


def test_that_a_late_listener_is_told_everything_once_and_in_order(executor: ThreadPerJob) -> None:
    handle = executor.submit(jobs.Telling(), interactive=False)
    handle.wait(PATIENCE_S)
    seen: list[Event] = []
    forget = handle.subscribe(seen.append)
    forget()
    assert kinds(seen) == kinds(events_of(handle))
    assert sum(isinstance(event, Progress) for event in seen) == 1


def test_that_jobs_of_one_board_follow_each_other(executor: ThreadPerJob, tmp_path: Path) -> None:
    log, gate = tmp_path / "log", tmp_path / "gate"
    first = executor.submit(jobs.Logging("first", "jetson", log, gate), interactive=False)
    wait_for(log.exists)
    second = executor.submit(jobs.Logging("second", "jetson", log), interactive=False)
    third = executor.submit(jobs.Logging("third", "jetson", log), interactive=False)
    other = executor.submit(jobs.Logging("other", "desk", log), interactive=False)
    other.wait(PATIENCE_S)
    wait_for(lambda: first.state is JobState.RUNNING)
    assert second.state is JobState.WAITING
    third.cancel()
    assert third.wait(PATIENCE_S).state is JobState.CANCELLED
    gate.touch()
    assert [first.wait(PATIENCE_S).state, second.wait(PATIENCE_S).state] == [JobState.SUCCEEDED] * 2
    assert log.read_text().splitlines() == [
        "first began", "other began", "other ended", "first ended", "second began", "second ended"
    ]  # fmt: skip
    assert kinds(events_of(third)) == [JobEnded]


def test_that_two_hundred_small_jobs_leave_nothing_behind(executor: ThreadPerJob) -> None:
    before = threading.active_count()
    handles = [executor.submit(jobs.Small(value=number), interactive=False) for number in range(200)]
    assert [end_of(handle).result for handle in handles] == list(range(1, 201))
    assert executor.close()
    assert threading.active_count() == before
    assert not own_children()


def test_that_closing_stops_what_works(executor: ThreadPerJob, tmp_path: Path) -> None:
    handle = executor.submit(jobs.Waiting(began=tmp_path / "began"), interactive=False)
    wait_for((tmp_path / "began").exists)
    assert executor.close()
    assert end_of(handle).state is JobState.CANCELLED


def test_that_waiting_has_a_limit(executor: ThreadPerJob, tmp_path: Path) -> None:
    handle = executor.submit(jobs.Waiting(began=tmp_path / "began"), interactive=False)
    wait_for(lambda: handle.state is JobState.RUNNING)
    with pytest.raises(TimeoutError, match="it is running"):
        handle.wait(0.01)


@pytest.mark.parametrize(
    ("how", "words"), [("kill", "SIGKILL"), ("segfault", "SIGSEGV"), ("exit", "with exit code 42")]
)
def test_that_a_worker_that_dies_is_the_end_of_its_job(processes: ProcessExecutor, how: str, words: str) -> None:
    ended = end_of(processes.submit(jobs.Crashing(how=how), interactive=False))
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert words in ended.error.summary
    assert "the last words" in ended.error.detail
    assert end_of(processes.submit(jobs.Small(value=1), interactive=False)).result == 2


def test_that_a_crash_in_native_code_leaves_its_stack(processes: ProcessExecutor) -> None:
    ended = end_of(processes.submit(jobs.Crashing(how="segfault"), interactive=False))
    assert ended.error is not None
    assert "sample_jobs.py" in ended.error.detail


def test_that_an_idle_worker_that_died_is_replaced(processes: ProcessExecutor) -> None:
    ready = processes._idle[0]
    assert ready.pid is not None
    os.kill(ready.pid, signal.SIGKILL)
    wait_for(lambda: not ready.alive)
    assert end_of(processes.submit(jobs.Small(value=4), interactive=False)).result == 5


def test_that_a_job_that_cannot_be_sent_fails_in_words(processes: ProcessExecutor) -> None:
    job = jobs.Small(value=threading.Lock())  # type: ignore[arg-type]
    ended = end_of(processes.submit(job, interactive=False))
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert "cannot pickle" in ended.error.summary


def own_children() -> list[str]:
    """Command lines of the children of this process, multiprocessing's own helper left out."""
    lines = [Path(f"/proc/{pid}/cmdline").read_text() for pid in children_of(os.getpid())]
    return [line for line in lines if "resource_tracker" not in line]


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
