"""The measuring loop: its clock arithmetic as pure functions, and what it does when inferences fail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.agent.bench import COLUMNS, Pipeline, Samples, Schedule, split_execution, timing
from targets.agent.frames import FramePack, Preprocessor
from targets.agent.heads.yolov8 import Yolov8
from targets.agent.meter import Job, Meter
from targets.agent.plan import Preprocess
from targets.agent.protocol import E_RUNTIME, CommandError

NS = 10**9


@given(st.integers(0, 10**15), st.integers(0, 10**7), st.floats(0.5, 1000))
def test_that_arrivals_keep_to_the_clock_however_many_came_before(start_ns: int, index: int, rate_hz: float) -> None:
    arrival_ns = Schedule(start_ns, rate_hz).arrival_ns(index)
    assert arrival_ns is not None
    assert abs(arrival_ns - (start_ns + index * NS / rate_hz)) <= 1 + index * NS / rate_hz * 1e-12


def test_that_back_to_back_frames_have_no_arrival_of_their_own() -> None:
    assert Schedule(7, None).arrival_ns(5) is None


def test_that_a_late_frame_has_waited_in_the_queue_and_latency_counts_it() -> None:
    row = timing((10_000, 12_000, 12_500, 20_000, 20_100, 21_000), 4_000, (2, 3, 1, 9))
    assert row == (4_000, 2, 3, 1, 9, 6.0, 2.0, 0.5, 7.5, 0.1, 0.9, 17.0)


def test_that_a_frame_without_an_arrival_arrives_when_its_turn_comes() -> None:
    assert timing((10_000, 11_000, 11_000, 12_000, 12_000, 13_000), None, (0, 0, 0, 0))[5:] == (0, 1, 0, 1, 0, 1, 3)


def test_that_samples_come_out_once_in_the_order_of_the_columns() -> None:
    samples = Samples(capacity=4)
    samples.add((5, 1, 2, 0, 3, *[0.5] * 7, 4, 0, 0, 0))
    samples.add((6, 1, 2, 0, 4, *[1.5] * 7, 5, 0, 0, 0))
    parts = samples.take()
    assert len(parts) == len(COLUMNS)
    assert np.frombuffer(parts[0], "<i8").tolist() == [5, 6]
    assert np.frombuffer(parts[11], "<f4").tolist() == [0.5, 1.5]
    assert samples.take() == [b""] * len(COLUMNS)


@pytest.mark.parametrize(
    ("device_us", "ends"),
    [
        (None, (1_000_000, 9_000_000)),
        ((500.0, 6000.0, 1000.0), (2_000_000, 8_000_000)),
        ((500.0, 60_000.0, 1000.0), (1_000_000, 8_000_000)),
        ((500.0, 6000.0, 60_000.0), (1_000_000, 1_000_000)),
    ],
)
def test_that_a_wait_for_the_device_is_split_as_the_device_says(
    device_us: tuple[float, float, float] | None, ends: tuple[int, int]
) -> None:
    assert split_execution(1_000_000, 9_000_000, device_us) == ends


class FailingEngine:
    """An engine whose inferences fail when told to."""

    inputs = outputs = ()

    def __init__(self, failures: set[int]) -> None:
        self.precisions: dict[str, int] = {}
        self._failures = failures
        self._count = 0

    def copy_in(self, array: Any) -> None:
        """Take the input."""

    def execute(self) -> None:
        """Fail, or not."""
        self._count += 1
        if self._count - 1 in self._failures:
            raise CommandError(E_RUNTIME, "the inference failed")

    def copy_out(self) -> list[Any]:
        """No detections."""
        return [np.zeros((1, 6, 96), np.float32)]

    def device_us(self) -> None:
        """No device."""

    def fork(self) -> FailingEngine:
        """Another one that never fails."""
        return FailingEngine(set())

    def close(self) -> None:
        """Nothing to give back."""


def measure(bench: Any, failures: set[int], job: Job, stop_after: int = 10**9) -> tuple[Any, list[int]]:
    """One pass on an engine with failures: its outcome and the column `error`."""
    height, width = bench.frames.shape[1:3]
    preprocess = Preprocessor(Preprocess("rgb", 1.0, (0, 0, 0), (1, 1, 1)), height, width)
    pack = FramePack(str(bench.pack))
    pipeline = Pipeline(FailingEngine(failures), preprocess, Yolov8(2), pack, (0.25, 0.45, 10))
    errors: list[int] = []
    kept: list[int] = []

    def send(_job: Job, samples: Samples) -> None:
        errors.extend(np.frombuffer(samples.take()[-1], "<i2").tolist())

    pipelines = [pipeline, *(pipeline.fork() for _ in range(job.in_flight - 1))]
    try:
        meter = Meter(pipelines, send, lambda frame, _outputs: kept.append(frame), lambda: len(kept) >= stop_after)
        return meter.measure(job), errors
    finally:
        pack.close()


def test_that_a_failed_inference_is_a_row_with_an_error_and_the_next_frame_runs(bench: Any) -> None:
    outcome, errors = measure(bench, {1, 3}, Job(0, 0, 0, 6, None, None))
    assert errors == [0, 1, 0, 1, 0, 0]
    assert (outcome.frames, outcome.errors, outcome.last_error) == (6, 2, "the inference failed")


def test_that_three_failures_in_a_row_end_the_pass(bench: Any) -> None:
    with pytest.raises(CommandError, match="the inference failed"):
        measure(bench, {2, 3, 4}, Job(0, 0, 0, 100, None, None))


def test_that_a_pass_ends_after_the_present_frame_when_told(bench: Any) -> None:
    outcome, errors = measure(bench, set(), Job(0, 0, 0, 100, None, None), stop_after=4)
    assert (outcome.frames, outcome.cancelled, len(errors)) == (4, True, 4)


def test_that_a_paced_pass_of_a_duration_holds_its_arrivals(bench: Any) -> None:
    outcome, _ = measure(bench, set(), Job(0, 0, 0, None, 0.1, 200.0))
    assert outcome.frames == 20


def test_that_several_frames_in_flight_share_the_order_and_lose_none(bench: Any) -> None:
    outcome, errors = measure(bench, {5}, Job(0, 0, 0, 500, None, None, in_flight=3))
    assert (outcome.frames, outcome.errors, len(errors), sum(errors)) == (500, 1, 500, 1)


def test_that_a_pass_at_a_low_rate_hears_that_it_shall_end(bench: Any) -> None:
    outcome, errors = measure(bench, set(), Job(0, 0, 0, 9, None, 0.01), stop_after=1)
    assert (outcome.frames, outcome.cancelled, len(errors)) == (1, True, 1)
    assert outcome.elapsed_s < 100
