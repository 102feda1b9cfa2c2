"""Jobs survive the window that started them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from projects.record_file import Author
from tests.unit.workbench.jobs import sample_jobs as jobs
from workbench.base.errors import UsageError
from workbench.base.events import Event, JobEnded, JobState, Level, Progress, StepStarted
from workbench.jobs import journal as journal_module
from workbench.jobs.book import JobBook, summary_of
from workbench.jobs.context import JobContext
from workbench.jobs.journal import Journal
from workbench.jobs.journal_files import KEPT_JOBS, clear_old, folder_of, forget, read_job, read_journal, step_times
from workbench.jobs.order_text import decode_order, encode_order
from workbench.jobs.threads import ThreadExecutor
from workbench.orders.example import MakeExample, RunExample
from workbench.orders.report import WriteReport

PATIENCE_S = 60.0
BY = Author("Ada")

WINDOW = """
import sys, threading
from pathlib import Path
from projects.record_file import Author
from tests.unit.workbench.jobs import sample_jobs as jobs
from workbench.jobs.journal import Journal
from workbench.jobs.threads import ThreadExecutor

home = Path(sys.argv[1])
executor, journal = ThreadExecutor(home, Author("Ada")), Journal(home)
job = jobs.Waiting(began=home / "began", obeys=True)
journal.watch(executor.submit(job, interactive=False), job)
threading.Event().wait()
"""
"""A window with one job in its middle, until it is killed."""


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[ThreadExecutor]:
    made = ThreadExecutor(tmp_path, BY, force_after_s=0.2)
    yield made
    assert made.close()


def written(home: Path, executor: ThreadExecutor, *orders) -> list[str]:
    """Do jobs with a journal of their own; their ids."""
    journal = Journal(home)
    handles = [executor.submit(order, interactive=False) for order in orders]
    for handle, order in zip(handles, orders, strict=True):
        journal.watch(handle, order)
    for handle in handles:
        handle.wait(PATIENCE_S)
    journal.close()
    return [handle.id for handle in handles]


@dataclass(frozen=True)
class Chatty:
    title: str = "chatty"
    board: str | None = None

    def run(self, context: JobContext) -> None:
        for number in range(200):
            context.log(Level.INFO, f"line {number}")


def wait_for(condition, seconds=PATIENCE_S):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


def test_that_a_job_is_read_again_as_it_ended(tmp_path, executor):
    (job_id,) = written(tmp_path, executor, jobs.Telling())
    (item,) = read_journal(tmp_path)
    row = item.story.row(time.time())
    assert (row.head.id, row.head.title, row.state) == (job_id, "a sample", "succeeded")
    assert [(step.name, step.state) for step in row.steps] == [("first", "done"), ("second", "done")]
    assert "mind the gap" in [entry.text for entry in item.story.log]
    assert row.records == ("runs/1/run.json",)


def test_that_a_failure_is_read_again_with_its_hint_and_details(tmp_path, executor):
    (job_id,) = written(tmp_path, executor, jobs.Failing(how="usage"))
    item = read_job(tmp_path, job_id)
    row = item.story.row(time.time())
    ended = executor.submit(jobs.Failing(how="usage"), interactive=False).wait(PATIENCE_S)
    assert row.state == "failed"
    assert row.error == ended.error
    assert row.first_error is not None
    assert item.story.log[row.first_error].text == ended.error.summary


def test_that_a_job_of_a_killed_window_is_interrupted_and_one_of_a_living_window_works(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", WINDOW, str(tmp_path)])
    try:
        wait_for(lambda: (tmp_path / "began").exists() and len(read_journal(tmp_path)) == 1)
        wait_for(lambda: read_journal(tmp_path)[0].story.state == "running")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)
    row = read_journal(tmp_path)[0].story.row(time.time())
    assert row.state == "interrupted"
    assert "recorded up to " in row.step
    assert row.ended_at is not None
    assert row.failed


def test_that_the_lock_of_a_dead_window_goes_and_its_job_stays_interrupted(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", WINDOW, str(tmp_path)])
    try:
        wait_for(lambda: (tmp_path / "began").exists() and len(read_journal(tmp_path)) == 1)
    finally:
        process.kill()
        process.wait(PATIENCE_S)
    assert read_journal(tmp_path)[0].story.state == "interrupted"
    assert not list(folder_of(tmp_path).glob("*.lock"))
    assert read_journal(tmp_path)[0].story.state == "interrupted"


def test_that_a_torn_line_and_unknown_kinds_are_passed_over(tmp_path, executor):
    written(tmp_path, executor, jobs.Telling())
    (path,) = folder_of(tmp_path).glob("*.jsonl")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], '{"heard": 1, "event": "Newer", "x": 1}', "[]", lines[-1][:20]]))
    assert read_journal(tmp_path)[0].story.state == "interrupted"
    path.write_text("\n".join([*lines[:-1], '{"heard": 1, "event": "Newer", "x": 1}', lines[-1]]))
    assert read_journal(tmp_path)[0].story.state == "succeeded"


def test_that_files_that_are_no_journal_are_passed_over(tmp_path):
    folder_of(tmp_path).mkdir()
    for name, text in {"a": "", "b": "{}", "c": "no JSON", "d": '{"format": "slipway.job/9"}'}.items():
        (folder_of(tmp_path) / f"{name}.jsonl").write_text(text)
    assert read_journal(tmp_path) == ()


def test_that_two_windows_write_side_by_side(tmp_path, executor):
    first, second = Journal(tmp_path), Journal(tmp_path)
    handles = []
    for journal in (first, second, first, second):
        order = jobs.Telling()
        handles.append(executor.submit(order, interactive=False))
        journal.watch(handles[-1], order)
    for handle in handles:
        handle.wait(PATIENCE_S)
    first.close()
    second.close()
    assert sorted(item.story.head.id for item in read_journal(tmp_path)) == sorted(handle.id for handle in handles)
    assert {item.story.state for item in read_journal(tmp_path)} == {"succeeded"}


def test_that_progress_is_written_once_a_second_and_its_last_before_anything_else(tmp_path, executor):
    written(tmp_path, executor, jobs.Telling())
    (path,) = folder_of(tmp_path).glob("*.jsonl")
    told = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    progress = [item for item in told if item["event"] == "Progress"]
    assert 1 <= len(progress) <= 3
    assert progress[-1]["fraction"] == 1.0


def test_that_a_log_without_end_is_cut_and_says_so(tmp_path, executor, monkeypatch):
    monkeypatch.setattr(journal_module, "MAX_BYTES", 1_000)
    written(tmp_path, executor, Chatty())
    lines = next(folder_of(tmp_path).glob("*.jsonl")).read_text().splitlines()
    assert len(lines) < 30
    assert "lines of this log were left out" in lines[-2]
    assert json.loads(lines[-1])["state"] == "succeeded"


def test_that_the_journal_keeps_the_last_jobs(tmp_path):
    folder_of(tmp_path).mkdir()
    for number in range(KEPT_JOBS + 7):
        header: dict[str, object] = {"format": "slipway.job/1", "window": "ab", "id": f"{number}", "title": "t"}
        header |= {"order": None, "board": None, "project": None, "kind": "", "submitted_at": float(number)}
        (folder_of(tmp_path) / f"{number:06d}-{number}.jsonl").write_text(json.dumps(header))
    clear_old(tmp_path)
    assert [item.story.head.id for item in read_journal(tmp_path)][:1] == ["7"]
    assert len(read_journal(tmp_path)) == KEPT_JOBS


def test_that_a_home_that_cannot_be_written_is_said_and_stops_no_job(tmp_path, executor):
    (tmp_path / "home").write_text("a file, no folder")
    journal = Journal(tmp_path / "home")
    order = jobs.Small()
    handle = executor.submit(order, interactive=False)
    journal.watch(handle, order)
    assert handle.wait(PATIENCE_S).state is JobState.SUCCEEDED
    journal.close()
    assert journal.problem.startswith("jobs are not written down: ")


def test_that_ended_jobs_can_be_taken_off(tmp_path, executor):
    first, second = written(tmp_path, executor, jobs.Small(), jobs.Telling())
    assert forget(tmp_path, (first, "none")) == 1
    assert [item.story.head.id for item in read_journal(tmp_path)] == [second]
    with pytest.raises(UsageError, match="not in the journal"):
        read_job(tmp_path, first)


def test_that_the_times_of_steps_come_from_the_last_whole_job_of_a_kind(tmp_path, executor):
    written(tmp_path, executor, jobs.Telling())
    assert step_times(tmp_path, "example:RunExample") == {}
    times = step_times(tmp_path, "")
    assert list(times) == ["first", "second"]
    assert all(seconds >= 0 for seconds in times.values())


@pytest.mark.parametrize(
    "order",
    [
        RunExample(Path("/home/a b/demo"), "this-machine", 5.0),
        MakeExample(Path("demo")),
        WriteReport(Path("/demo"), "0001-x", "pdf", Path("out/x.pdf")),
        WriteReport(Path("/demo"), "0001-x"),
    ],
)
def test_that_an_order_comes_back_from_json_as_it_was(order):
    assert decode_order(json.loads(json.dumps(encode_order(order)))) == order


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"order": "os:System", "fields": {}},
        {"order": "example.path:Path", "fields": {}},
        {"order": "example:Path", "fields": {}},
        {"order": "example:ExampleDone", "fields": {}},
        {"order": "example:Missing", "fields": {}},
        {"order": "missing:Missing", "fields": {}},
        {"order": "example:MakeExample", "fields": {"other": 1}},
        {"order": "example:MakeExample", "fields": {"project": {"code": "x"}}},
        {"order": "example:MakeExample", "fields": {"project": {"path": 7}}},
        {"order": 7, "fields": {}},
    ],
)
def test_that_what_is_no_order_of_ours_is_refused(value):
    with pytest.raises(UsageError, match="cannot be ordered again"):
        decode_order(value)


def test_that_orders_of_elsewhere_are_not_written():
    assert encode_order(jobs.Small()) is None


class TestBook:
    def test_that_those_that_work_come_first_and_say_what_they_wait_for(self, tmp_path, executor):
        book = JobBook(Journal(tmp_path / "home"))
        running = jobs.Waiting(title="the first", board="b", began=tmp_path / "began", obeys=True)
        queued = jobs.Small(title="the second", board="b")
        events: list[Event] = []
        for order in (running, queued):
            handle = executor.submit(order, interactive=False)
            book.started(handle, order)
            handle.subscribe(events.append)
            wait_for((tmp_path / "began").exists)
        for event in tuple(events):
            book.take(time.time(), event)
        rows = book.rows(time.time())
        assert [(row.head.title, row.state) for row in rows] == [("the first", "running"), ("the second", "waiting")]
        assert rows[1].step == "waits for the first"
        assert summary_of(rows) == "1 running, 1 queued"
        assert book.stop(rows[0].head.id)
        assert book.rows(time.time())[0].state_text == "Stopping"
        wait_for(lambda: sum(isinstance(event, JobEnded) for event in events) == 2)
        for event in events:
            book.take(time.time(), event)
        assert summary_of(book.rows(time.time())) == ""
        assert not book.stop(rows[0].head.id)
        book.drop([row.head.id for row in rows])
        assert book.rows(time.time()) == ()
        book.close()

    def test_that_jobs_of_the_journal_stand_beside_those_of_the_window(self, tmp_path, executor):
        (old,) = written(tmp_path, executor, jobs.Failing(how="usage"))
        book = JobBook(Journal(tmp_path))
        order = jobs.Telling()
        handle = executor.submit(order, interactive=False)
        head = book.started(handle, order)
        handle.wait(PATIENCE_S)
        handle.subscribe(lambda event: book.take(time.time(), event) and None)
        book.close()
        book.recorded([item.story.row(time.time()) for item in read_journal(tmp_path)])
        assert [row.head.id for row in book.rows(time.time())] == [head.id, old]
        assert book.is_own(head.id)
        assert not book.is_own(old)
        assert book.log(old) is None
        assert book.order(head.id) == order

    def test_that_events_say_whether_the_list_changed(self, tmp_path, executor):
        book = JobBook(Journal(tmp_path))
        order = jobs.Small()
        handle = executor.submit(order, interactive=False)
        handle.wait(PATIENCE_S)
        book.started(handle, order)
        assert not book.take(1.0, Progress(handle.id, "", 0.5, ""))
        assert book.take(1.0, StepStarted(handle.id, "s", "S"))
        assert not book.take(1.0, StepStarted("another", "s", "S"))
        assert book.take(2.0, JobEnded(handle.id, JobState.SUCCEEDED, 2.0, 1.0))
        book.close()
