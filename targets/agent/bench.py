"""The measuring loop: frames from memory to detections, one in flight, with only the frame's own work timed.

Inside the timed region nothing is sent, read or checked and the garbage collector is off. Everything else (reading
the next frame, checking the outputs, sending samples) happens between two frames.
"""

from __future__ import annotations

import gc
import time
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .frames import FramePack, Preprocessor
from .heads.base import Detections, Head, count_bad_boxes
from .protocol import CommandError
from .runtimes.base import Engine

SEND_EVERY_NS = 200_000_000
SPIN_NS = 250_000
"""A sleep ends late by some 50 us; the last stretch before an arrival is spun away."""
CAPACITY = 8192
MAX_FAILURES_IN_A_ROW = 3

COLUMNS: Tuple[Tuple[str, str], ...] = (
    ("mono_ns", "q"),
    ("phase", "h"),
    ("start", "i"),
    ("pass", "h"),
    ("frame", "i"),
    ("queue_us", "f"),
    ("preprocess_us", "f"),
    ("copy_in_us", "f"),
    ("execute_us", "f"),
    ("copy_out_us", "f"),
    ("decode_us", "f"),
    ("latency_us", "f"),
    ("detections", "i"),
    ("bad_boxes", "i"),
    ("bad_scores", "i"),
    ("error", "h"),
)
"""The stream `frames`: name and array typecode. `mono_ns` is the frame's arrival, on CLOCK_MONOTONIC."""

_DTYPES = {"q": "<i8", "h": "<i2", "i": "<i4", "f": "<f4"}
_NS = 10**9


class Job(NamedTuple):
    """What to measure; exactly one of `iterations` and `duration_s`, or neither for `frames` once each."""

    phase: int
    start: int
    which: int
    """The pass; -1 is a warm-up, whose rows are not kept."""
    iterations: Optional[int]
    duration_s: Optional[float]
    rate_hz: Optional[float]
    frames: Sequence[int] = ()
    """The frames to use, over and over; empty uses all in their order."""


class Pipeline:
    """Everything that one frame passes through, with its buffers; one thread uses it."""

    def __init__(
        self, engine: Engine, preprocess: Preprocessor, head: Head, pack: FramePack, limits: Tuple[float, float, int]
    ) -> None:
        self.pack = pack
        self.frame = np.zeros((pack.height, pack.width, 3), dtype=np.uint8)
        self._engine = engine
        self._preprocess = preprocess
        self._head = head
        self._confidence, self._nms_iou, self._max_detections = limits

    def fetch(self, index: int) -> None:
        """Bring frame `index` into memory."""
        self.pack.read_into(index, self.frame)

    def run(self, clock: Callable[[], int] = time.perf_counter_ns) -> Tuple[Tuple[int, ...], Detections, List[Any]]:
        """The timed region: the clock before and after each of the five stages, the detections, the raw outputs."""
        engine = self._engine
        begin = clock()
        array = self._preprocess(self.frame)
        preprocessed = clock()
        engine.copy_in(array)
        copied_in = clock()
        engine.execute()
        executed = clock()
        outputs = engine.copy_out()
        copied_out = clock()
        found = self._head.detect(outputs, self._confidence, self._nms_iou, self._max_detections)
        end = clock()
        return (begin, preprocessed, copied_in, executed, copied_out, end), found, outputs

    def check(self, found: Detections, outputs: Sequence[Any]) -> Tuple[int, int]:
        """Boxes and scores that no detector may give."""
        bad_boxes = count_bad_boxes(found.boxes, self.pack.width, self.pack.height)
        return bad_boxes, self._head.count_bad_scores(outputs)


class Samples:
    """Rows of the stream `frames` on their way out, in memory that is taken once."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.columns = {name: np.zeros(capacity, dtype=_DTYPES[code]) for name, code in COLUMNS}
        self.capacity = capacity
        self.rows = 0

    def add(self, values: Sequence[Any]) -> None:
        """Add one row, in the order of COLUMNS."""
        row = self.rows
        for column, value in zip(self.columns.values(), values):
            column[row] = value
        self.rows = row + 1

    def take(self) -> List[bytes]:
        """The rows since the last call, one buffer a column."""
        parts = [column[: self.rows].tobytes() for column in self.columns.values()]
        self.rows = 0
        return parts


class Schedule:
    """When frames arrive: by the clock from a fixed start, however long the work takes; or one after another."""

    def __init__(self, start_ns: int, rate_hz: Optional[float]) -> None:
        self._start_ns = start_ns
        self._rate_hz = rate_hz

    def arrival_ns(self, index: int) -> Optional[int]:
        """When frame `index` arrives; None back to back, where it arrives when its turn comes."""
        if self._rate_hz is None:
            return None
        return self._start_ns + int(index * _NS / self._rate_hz)


class Outcome(NamedTuple):
    """How a pass ended."""

    frames: int
    errors: int
    cancelled: bool
    last_error: str
    elapsed_s: float
    """From the pass's start to its end, so that a stall after the last answered frame counts."""


class Meter:
    """Measures passes and hands the samples out about every 0.2 s, between two frames."""

    def __init__(
        self,
        pipeline: Pipeline,
        send: Callable[[Job, Samples], None],
        keep: Optional[Callable[[int, Sequence[Any]], None]],
        stopped: Callable[[], bool],
    ) -> None:
        self._pipeline = pipeline
        self._send = send
        self._keep = keep
        self._stopped = stopped
        self._samples = Samples()

    def measure(self, job: Job) -> Outcome:
        """Run one pass.

        Raises:
            CommandError: E_RUNTIME after three failed inferences in a row; single ones are rows with `error` 1.
        """
        with _no_collector():
            return self._loop(job)

    def _loop(self, job: Job) -> Outcome:
        start_ns = time.perf_counter_ns()
        end_ns = None if job.duration_s is None else start_ns + int(job.duration_s * _NS)
        schedule = Schedule(start_ns, job.rate_hz)
        index = errors = in_a_row = 0
        last_error, send_ns = "", start_ns + SEND_EVERY_NS
        while not self._stopped() and not _is_over(job, index, schedule.arrival_ns(index), end_ns):
            error = self._one(job, index, schedule)
            index += 1
            errors += error is not None
            in_a_row = 0 if error is None else in_a_row + 1
            if error is not None:
                last_error = str(error)
                if in_a_row >= MAX_FAILURES_IN_A_ROW:
                    self._send(job, self._samples)
                    raise error
            now_ns = time.perf_counter_ns()
            if now_ns >= send_ns or self._samples.rows == self._samples.capacity:
                self._send(job, self._samples)
                send_ns = now_ns + SEND_EVERY_NS
        elapsed_s = (time.perf_counter_ns() - start_ns) / _NS
        self._send(job, self._samples)
        return Outcome(index, errors, self._stopped(), last_error, elapsed_s)

    def _one(self, job: Job, index: int, schedule: Schedule) -> Optional[CommandError]:
        frames = job.frames
        number = frames[index % len(frames)] if frames else index % self._pipeline.pack.count
        self._pipeline.fetch(number)
        arrival_ns = schedule.arrival_ns(index)
        if arrival_ns is not None:
            wait_until(arrival_ns)
        label = (job.phase, job.start, job.which, number)
        try:
            stamps, found, outputs = self._pipeline.run()
        except CommandError as error:
            moment = time.perf_counter_ns() if arrival_ns is None else arrival_ns
            self._samples.add((moment, *label, *[float("nan")] * 7, 0, 0, 0, 1))
            return error
        bad = self._pipeline.check(found, outputs)
        self._samples.add((*timing(stamps, arrival_ns, label), len(found.scores), *bad, 0))
        if self._keep is not None:
            self._keep(number, outputs)
        return None


def timing(stamps: Sequence[int], arrival_ns: Optional[int], label: Tuple[int, int, int, int]) -> Tuple[Any, ...]:
    """The row's times in us from the six clock readings: queue, five stages, and the whole from arrival to end."""
    begin, preprocessed, copied_in, executed, copied_out, end = stamps
    arrived = begin if arrival_ns is None else min(arrival_ns, begin)
    return (
        arrived,
        *label,
        (begin - arrived) / 1e3,
        (preprocessed - begin) / 1e3,
        (copied_in - preprocessed) / 1e3,
        (executed - copied_in) / 1e3,
        (copied_out - executed) / 1e3,
        (end - copied_out) / 1e3,
        (end - arrived) / 1e3,
    )


def wait_until(moment_ns: int) -> None:
    """Come back at that moment of the monotonic clock, or at once if it is past."""
    left_ns = moment_ns - time.perf_counter_ns()
    if left_ns > SPIN_NS:
        time.sleep((left_ns - SPIN_NS) / _NS)
    while time.perf_counter_ns() < moment_ns:
        continue


def describe(outcome: Outcome) -> Dict[str, Any]:
    """An outcome as the reply of the worker."""
    return dict(outcome._asdict())


def _is_over(job: Job, index: int, arrival_ns: Optional[int], end_ns: Optional[int]) -> bool:
    if end_ns is not None:
        return (time.perf_counter_ns() if arrival_ns is None else arrival_ns) >= end_ns
    return index >= (len(job.frames) if job.iterations is None else job.iterations)


@contextmanager
def _no_collector() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
