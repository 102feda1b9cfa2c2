"""A verification while it goes: rows run, values come, verdicts replace them."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.base.events import LiveValues, Progress, RecordWritten, StepStarted, VerdictReached
from workbench.session import Session
from workbench.telemetry.latency_bins import LATENCY_BINS, bins_of, centre_us, key_of, percentile_us
from workbench.views.verify.page import read_verify
from workbench.views.verify.running import Running
from workbench.views.verify.values import NOT_MEASURED, PASS, RUNNING


def live(stream: str, **values: float) -> LiveValues:
    return LiveValues("1", stream, 5.0, values)


def bins(passed: str, start: int, *latencies_us: float) -> LiveValues:
    import numpy as np

    places = bins_of(np.array(latencies_us)).tolist()
    return LiveValues(
        "1", LATENCY_BINS, 5.0, {key_of(passed, start, place): float(places.count(place)) for place in places}
    )


@pytest.fixture
def page(project: Path, session: Session):
    return read_verify(session, project)


def test_that_only_rows_of_the_present_phase_run(page) -> None:
    running = Running()
    assert running.take(live("phase", outputs=0.0))
    shown = {row.short_id: row.outcome for row in running.onto(page).rows}
    assert shown == {
        "detection-iou": RUNNING, "output-difference": RUNNING, "accuracy-map50": RUNNING, "latency": NOT_MEASURED,
    }  # fmt: skip


def test_that_a_running_row_shows_its_value_and_count_and_no_verdict(page) -> None:
    running = Running()
    for event in (live("phase", outputs=0.5), live("overlap", frames=20.0, detection_iou=0.97, output_difference=0.01)):
        running.take(event)
    row = next(row for row in running.onto(page).rows if row.short_id == "detection-iou")
    assert (row.value_text, row.evidence_text, row.fraction, row.word) == ("0.97", "20 frames", 0.5, "Running")
    assert row.bar is None


def test_that_rows_that_were_not_asked_for_stay(page) -> None:
    running = Running(only=("MLE-DEPLOY-1/detection-iou",))
    running.take(live("phase", outputs=0.5))
    assert {row.short_id for row in running.onto(page).rows if row.outcome == RUNNING} == {"detection-iou"}


def test_that_rows_of_a_phase_that_is_over_wait_for_their_verdict(page) -> None:
    running = Running()
    running.take(live("phase", outputs=1.0))
    running.take(live("phase", latency=0.0))
    texts = {row.short_id: row.evidence_text for row in running.onto(page).rows}
    assert texts["detection-iou"] == "measured, judged at the end"
    assert texts["latency"] == "0 frames"


def test_that_a_verdict_takes_the_place_of_what_ran(page) -> None:
    running = Running()
    running.take(live("phase", latency=0.9))
    running.take(VerdictReached("1", "MLE-DEPLOY-1/latency", "Latency", "PASS", "8.2 ms", "≤ 50 ms", "it is in time"))
    rows = {row.short_id: row for row in running.onto(page).rows}
    latency = rows["latency"]
    assert (latency.outcome, latency.value_text, latency.unit_text) == (PASS, "8.2", "ms")
    assert dict(running.onto(page).counts)[PASS] == 1


def test_that_the_slower_pass_is_drawn_with_its_starts(page) -> None:
    running = Running()
    running.take(live("phase", latency=0.0))
    running.take(bins("back_to_back", 0, 2000.0, 2100.0))
    running.take(bins("paced", 0, 4000.0, 4100.0, 9000.0))
    running.take(bins("paced", 1, 5000.0))
    shown = running.latency(50.0)
    assert shown is not None
    assert (shown.passed, shown.live, shown.limit_ms) == ("paced", True, 50.0)
    assert shown.counts.sum() == 4
    assert shown.starts_s == (0.0, 1.0)
    assert shown.p99_ms == pytest.approx(9.0, rel=0.01)
    other = running.latency(50.0, "back_to_back")
    assert other is not None
    assert other.p50_ms == pytest.approx(2.0, rel=0.01)


def test_that_nothing_is_drawn_before_a_latency_came(page) -> None:
    assert Running().latency(50.0) is None


def test_that_the_record_says_that_the_page_is_to_be_read_again(page) -> None:
    running = Running()
    assert running.take(StepStarted("1", "verify", "Run the test specification"))
    assert running.take(Progress("1", "verify", 0.4, "latency, 12 of 30 frames"))
    assert (running.text, running.fraction, running.run) == ("latency, 12 of 30 frames", 0.4, "")
    assert running.take(RecordWritten("1", "run", "/p/runs/7/run.json", "0007-x"))
    assert running.run == "0007-x"


def test_that_bins_keep_percentiles_within_a_per_cent() -> None:
    import numpy as np

    values = np.random.default_rng(1).gamma(30, 350, 5000)
    places, counts = np.unique(bins_of(values), return_counts=True)
    found = percentile_us(dict(zip(places.tolist(), counts.tolist(), strict=True)), 0.99)
    assert found == pytest.approx(float(np.quantile(values, 0.99)), rel=0.012)
    assert percentile_us({}, 0.5) is None
    assert centre_us(int(bins_of(np.array([1234.0]))[0])) == pytest.approx(1234.0, rel=0.006)
