"""What the panel shows of a job, from its events."""

from __future__ import annotations

from workbench.base.events import (
    ErrorText,
    JobEnded,
    JobStarted,
    JobState,
    Level,
    LogLine,
    Progress,
    RecordWritten,
    StepEnded,
    StepStarted,
    VerdictReached,
)
from workbench.jobs.remaining import RemainingTime
from workbench.jobs.story import KEPT_LINES, JobHead, JobStory

HEAD = JobHead("a1", "Verify demo", "this-machine", "/demo", "run:Run", 1000.0, True)
STEPS = {"optimise": 10.0, "verify": 60.0, "report": 5.0}


def story(known_steps=None):
    made = JobStory(HEAD)
    made.know(known_steps or {})
    made.take(1000.0, JobStarted("a1", HEAD.title, 1000.0))
    return made


def test_that_a_job_waits_until_it_starts():
    row = JobStory(HEAD).row(1005.0)
    assert (row.state, row.state_text, row.elapsed_s, row.left_s) == ("waiting", "Queued", None, None)
    assert row.in_flight


def test_that_a_row_says_the_step_in_the_words_of_its_progress():
    made = story()
    made.take(1001.0, StepStarted("a1", "verify", "Run the test specification"))
    assert made.row(1001.0).step == "Run the test specification"
    made.take(1002.0, Progress("a1", "verify", 0.25, "latency, 500 of 2000 frames"))
    row = made.row(1004.0)
    assert (row.step, row.fraction, row.elapsed_s) == ("latency, 500 of 2000 frames", 0.25, 4.0)


def test_that_the_time_left_is_not_said_before_it_can_be_known():
    made = story()
    made.take(1000.0, StepStarted("a1", "verify", "Verify"))
    assert made.row(1002.0).left_s is None
    made.take(1001.0, Progress("a1", "verify", 0.1, ""))
    assert made.row(1002.0).left_s is None
    made.take(1010.0, Progress("a1", "verify", 0.25, ""))
    row = made.row(1010.0)
    assert row.left_s == 30.0
    assert row.left_is_of_step


def test_that_the_time_left_grows_while_nothing_moves():
    left = RemainingTime()
    left.begin("verify", 0.0)
    left.note(0.5, 10.0)
    assert left.of_step(10.0) == 10.0
    assert left.of_step(20.0) == 20.0


def test_that_progress_without_an_end_says_nothing_of_the_time_left():
    made = story()
    made.take(1000.0, StepStarted("a1", "verify", "Verify"))
    made.take(1010.0, Progress("a1", "verify", None, "waiting"))
    assert made.row(1020.0).left_s is None
    assert made.row(1020.0).fraction is None


def test_that_steps_that_were_done_before_say_how_long_the_job_takes():
    made = story(STEPS)
    made.take(1000.0, StepStarted("a1", "optimise", "Optimise"))
    row = made.row(1004.0)
    assert (row.left_s, row.left_is_of_step) == (6.0 + 60.0 + 5.0, False)
    made.take(1010.0, Progress("a1", "optimise", 0.5, ""))
    assert made.row(1010.0).left_s == 10.0 + 65.0


def test_that_the_speed_is_that_of_the_last_minute():
    left = RemainingTime()
    left.begin("soak", 0.0)
    for second in range(0, 1000, 10):
        left.note(0.5 * second / 1000, second)
    for second in range(1000, 1200, 10):
        left.note(0.5 + 0.001 * (second - 1000), second)
    left_s = left.of_step(1190.0)
    assert left_s is not None
    assert 290 < left_s < 320


def test_that_the_log_is_opened_at_the_first_error_and_counts_verdicts_as_lines():
    made = story()
    made.take(1000.0, StepStarted("a1", "verify", "Verify", "the model changed"))
    made.take(1001.0, VerdictReached("a1", "MEM-01", "Memory", "FAIL", "131 MB", "128 MB", "peak 131 MB"))
    made.take(1002.0, LogLine("a1", Level.ERROR, "first"))
    made.take(1003.0, LogLine("a1", Level.ERROR, "second"))
    row = made.row(1003.0)
    assert row.first_error == 2
    assert [entry.text for entry in made.log] == [
        "Verify (the model changed)",
        "MEM-01: FAIL. peak 131 MB",
        "first",
        "second",
    ]


def test_that_the_first_error_stays_in_place_while_old_lines_go():
    made = story()
    for number in range(KEPT_LINES - 1):
        made.take(1000.0, LogLine("a1", Level.INFO, str(number)))
    made.take(1001.0, LogLine("a1", Level.ERROR, "wrong"))
    for number in range(10):
        made.take(1002.0, LogLine("a1", Level.INFO, str(number)))
    assert made.log[made.row(1003.0).first_error].text == "wrong"


def test_that_a_failed_job_says_why_and_keeps_how_far_it_was():
    made = story()
    made.take(1000.0, StepStarted("a1", "build", "Build"))
    made.take(1001.0, Progress("a1", "build", 0.71, "layer 41"))
    error = ErrorText("the board is unreachable", "Look at its cable.", "timeout")
    made.take(1003.0, JobEnded("a1", JobState.FAILED, 1003.0, 3.0, error.summary, error))
    row = made.row(2000.0)
    assert (row.state_text, row.step, row.fraction, row.elapsed_s) == ("Failed", error.summary, 0.71, 3.0)
    assert row.failed
    assert made.log[row.first_error].text == error.summary
    assert row.steps[0].state == "stopped"


def test_that_a_stopped_job_has_no_error_in_its_log():
    made = story()
    made.stopping()
    assert made.row(1001.0).state_text == "Stopping"
    made.take(1002.0, JobEnded("a1", JobState.CANCELLED, 1002.0, 2.0, "cancelled", ErrorText("cancelled")))
    row = made.row(1005.0)
    assert (row.state_text, row.first_error, row.failed) == ("Stopped", None, False)


def test_that_a_job_that_is_stopped_between_two_steps_is_not_full():
    made = story()
    made.take(1000.0, StepStarted("a1", "build", "Build"))
    made.take(1001.0, StepEnded("a1", "build", False, "built"))
    assert made.row(1001.0).fraction == 1.0
    made.take(1002.0, JobEnded("a1", JobState.CANCELLED, 1002.0, 2.0, "cancelled", ErrorText("cancelled")))
    assert made.row(1005.0).fraction is None


def test_that_a_done_job_is_full_and_names_what_it_wrote():
    made = story()
    made.take(1000.0, StepStarted("a1", "report", "Write the report"))
    made.take(1001.0, RecordWritten("a1", "report", "/demo/runs/1/report.html", "run 1"))
    made.take(1002.0, StepEnded("a1", "report", False, "/demo/runs/1/report.html"))
    made.take(1002.0, JobEnded("a1", JobState.SUCCEEDED, 1002.0, 2.0))
    row = made.row(1005.0)
    assert (row.fraction, row.step) == (1.0, "Write the report: report.html")
    assert row.records == ("/demo/runs/1/report.html",)
    assert row.steps[0].seconds == 2.0
