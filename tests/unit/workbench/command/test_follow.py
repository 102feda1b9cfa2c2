from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console as RichConsole

from projects.record_file import Author
from tests.unit.workbench.jobs import sample_jobs as jobs
from workbench.base.events import (
    Event,
    JobEnded,
    JobStarted,
    JobState,
    Progress,
    Question,
    RecordWritten,
    StepEnded,
    StepStarted,
    VerdictReached,
)
from workbench.command.console import Console
from workbench.command.follow import follow, read_answer
from workbench.command.views import BarView, LineView, lines_of
from workbench.jobs.threads import ThreadExecutor


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[ThreadExecutor]:
    made = ThreadExecutor(tmp_path, Author("Ada"), force_after_s=0.1)
    yield made
    assert made.close()


@pytest.fixture
def console() -> Console:
    return Console(as_json=False)


def soon(condition: Callable[[], object], do: Callable[[], object]) -> threading.Thread:
    """Do something from another thread, once a condition holds and signals are caught."""

    def ready() -> bool:
        return signal.getsignal(signal.SIGINT) is not signal.default_int_handler and bool(condition())

    def wait() -> None:
        deadline_s = time.monotonic() + 60
        while not ready() and time.monotonic() < deadline_s:
            time.sleep(0.002)
        do()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_that_a_job_is_told_line_by_line_on_stderr(executor, console, capsys):
    ended = follow(executor.submit(jobs.Telling(), interactive=False), console)
    assert ended.state is JobState.SUCCEEDED
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "a sample",
        "==> First step",
        "    done",
        "==> Second step (the model changed)",
        "    warning: mind the gap",
        "    run run 1: runs/1/run.json",
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_that_a_signal_stops_the_job_cleanly(executor, console, capsys, tmp_path, number):
    handle = executor.submit(jobs.Waiting(began=tmp_path / "began"), interactive=False)
    thread = soon((tmp_path / "began").exists, lambda: os.kill(os.getpid(), number))
    assert follow(handle, console).state is JobState.CANCELLED
    thread.join()
    assert "Stopping cleanly. Ctrl-C again stops at once." in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


STUBBORN = """
import sys
from pathlib import Path
from tests.unit.workbench.jobs.sample_jobs import Stubborn
from workbench.command.console import Console
from workbench.command.work import carry_out

sys.exit(carry_out(Console(as_json=True), lambda session: Stubborn(began=Path(sys.argv[1])), lambda console, result: 0))
"""


def test_that_a_second_ctrl_c_ends_the_process_although_its_job_works_on(tmp_path, repository):
    call = subprocess.Popen(
        [sys.executable, "-c", STUBBORN, str(tmp_path / "began")],
        env={**os.environ, "PYTHONPATH": str(repository)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with call:
        assert call.stderr is not None
        assert call.stdout is not None
        lines = iter(call.stderr.readline, "")
        assert any("works" in line for line in lines)
        call.send_signal(signal.SIGINT)
        assert any("Stopping cleanly" in line for line in lines)
        call.send_signal(signal.SIGINT)
        assert any("Stopping at once" in line for line in lines)
        assert call.wait(60) == 130
        assert "left behind" in json.loads(call.stdout.read())["error"]["summary"]


def test_that_a_second_ctrl_c_stops_at_once(executor, console, capsys, tmp_path):
    handle = executor.submit(jobs.Waiting(began=tmp_path / "began", obeys=False), interactive=False)
    first = soon((tmp_path / "began").exists, press_ctrl_c)
    second = soon(lambda: handle.state is JobState.CANCELLING, press_ctrl_c)
    ended = follow(handle, console)
    first.join()
    second.join()
    assert ended.state is JobState.CANCELLED
    assert "Stopping at once." in capsys.readouterr().err


@pytest.fixture
def typed(monkeypatch) -> Callable[[str], None]:
    def type_text(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return type_text


def test_that_a_question_is_asked_until_it_is_answered(executor, console, capsys, typed):
    typed("blue\ngr\n")
    ended = follow(executor.submit(jobs.Asking(), interactive=True), console)
    assert ended.result == "green"
    err = capsys.readouterr().err
    assert err.count("Which colour? [red/green] ") == 2
    assert "'blue' is no answer to: Which colour?. Answer with one of: red, green." in err


def test_that_the_end_of_the_input_cancels_a_question(executor, console, typed):
    typed("")
    assert follow(executor.submit(jobs.Asking(), interactive=True), console).state is JobState.CANCELLED


def test_that_ctrl_c_at_a_question_cancels(executor, console, monkeypatch):
    class Hanging:
        def readline(self) -> str:
            press_ctrl_c()
            time.sleep(60)
            return "red\n"

    monkeypatch.setattr("sys.stdin", Hanging())
    assert follow(executor.submit(jobs.Asking(), interactive=True), console).state is JobState.CANCELLED


def test_that_a_secret_is_read_without_an_echo(monkeypatch):
    asked = []

    def read_hidden(prompt: str, stream: object) -> str:
        asked.append(prompt)
        return "hunter2"

    monkeypatch.setattr("getpass.getpass", read_hidden)
    assert read_answer(Question("1", "q", "secret", "Passphrase of the key")) == "hunter2"
    assert asked == ["Passphrase of the key: "]


def test_that_verdicts_steps_and_records_leave_lines():
    events: list[Event] = [
        StepEnded("1", "s", True, "engine 1234 is up to date"),
        VerdictReached("1", "R1", "latency p99", "PASS", "12.3 ms", "50 ms", "inside"),
        VerdictReached("1", "R2", "power", "NOT MEASURED", "—", "", "no sensor"),
        RecordWritten("1", "report", "runs/1/report.html", "verification"),
        Progress("1", "s", 0.5, "half"),
        JobEnded("1", JobState.SUCCEEDED, 0.0, 0.0),
    ]
    assert [text for event in events for text, _ in lines_of(event)] == [
        "    engine 1234 is up to date",
        "    PASS          latency p99: 12.3 ms, limit 50 ms",
        "    NOT MEASURED  power: —",
        "    report verification: runs/1/report.html",
    ]


@pytest.mark.parametrize(
    ("as_json", "state", "shown"),
    [
        (False, JobState.SUCCEEDED, []),
        (False, JobState.CANCELLED, ["    PASS          latency p99: 12.3 ms, limit 50 ms"]),
        (True, JobState.SUCCEEDED, ["    PASS          latency p99: 12.3 ms, limit 50 ms"]),
    ],
)
def test_that_verdicts_come_as_lines_only_where_no_table_follows(as_json, state, shown, capsys):
    view = LineView(Console(as_json=as_json))
    view.show(VerdictReached("1", "R1", "latency p99", "PASS", "12.3 ms", "50 ms", "inside"))
    view.show(JobEnded("1", state, 0.0, 0.0))
    assert capsys.readouterr().err.splitlines() == shown


def test_that_lines_of_progress_are_rare(console, capsys, monkeypatch):
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    view = LineView(console)
    view.show(StepStarted("1", "s", "Build"))
    for second in range(26):
        now = float(second)
        view.show(Progress("1", "s", second / 100, "nodes"))
    assert capsys.readouterr().err.splitlines() == ["==> Build", "    10 % nodes", "    20 % nodes"]


def test_that_a_terminal_gets_a_bar_and_keeps_the_lines(console):
    screen = io.StringIO()
    console.__dict__["err"] = RichConsole(file=screen, force_terminal=True, width=100, no_color=True, highlight=False)
    view = BarView(console)
    with view.open():
        view.show(JobStarted("1", "Verify", 0.0))
        view.show(StepStarted("1", "s", "Latency"))
        view.show(Progress("1", "s", 0.42, "420 of 1000"))
        view._bars.refresh()
        with view.pause():
            pass
        view.show(StepEnded("1", "s", False, "p99 12.3 ms"))
    text = screen.getvalue()
    for part in ("Verify", "==> Latency", "42 %", "420 of 1000", "    p99 12.3 ms"):
        assert part in text
