"""The measuring loop: takes frames through pipelines, one in flight for each, and hands the samples out.

The garbage collector is off during a pass. With several frames in flight each pipeline has a thread of its own; they
share the order of the frames and the samples, under a lock that nobody holds while a frame is timed.
"""

from __future__ import annotations

import gc
import threading
import time
from contextlib import contextmanager
from typing import Any, Callable, Iterator, NamedTuple, Optional, Sequence

from .bench import Pipeline, Samples, Schedule, timing
from .protocol import CommandError

SEND_EVERY_NS = 200_000_000
SPIN_NS = 250_000
"""A sleep ends late by some 50 us; the last stretch before an arrival is spun away."""
NAP_NS = 500_000_000
"""Longer waits for an arrival are cut into naps, so that a pass at a low rate hears that it shall end."""
MAX_FAILURES_IN_A_ROW = 3

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
    in_flight: int = 1
    """Frames at once; as many as the meter has pipelines."""


class Outcome(NamedTuple):
    """How a pass ended."""

    frames: int
    errors: int
    cancelled: bool
    last_error: str
    elapsed_s: float
    """From the start of the pass to its last answer: a stall without frames is part of it."""


class Meter:
    """Measures passes, and hands the samples out about every 0.2 s, between two frames.

    Args:
        pipelines: one for each frame in flight.
        send: takes the samples so far; must call their `take`.
        keep: gets the raw outputs of each frame, if anybody wants them.
        stopped: asked before each frame; True ends the pass.
    """

    def __init__(
        self,
        pipelines: Sequence[Pipeline],
        send: Callable[[Job, Samples], None],
        keep: Optional[Callable[[int, Sequence[Any]], None]],
        stopped: Callable[[], bool],
    ) -> None:
        self._pipelines = pipelines
        self._send = send
        self._keep = keep
        self._stopped = stopped

    def measure(self, job: Job) -> Outcome:
        """Run one pass.

        Raises:
            CommandError: E_RUNTIME after three failed inferences in a row; single ones are rows with `error` 1.
        """
        with _no_collector():
            return _Pass(job, self._send, self._keep, self._stopped).run(self._pipelines)


class _Pass:
    """One pass while it runs; every thread of it calls `_work`."""

    def __init__(
        self,
        job: Job,
        send: Callable[[Job, Samples], None],
        keep: Optional[Callable[[int, Sequence[Any]], None]],
        stopped: Callable[[], bool],
    ) -> None:
        self._job = job
        self._send = send
        self._keep = keep
        self._stopped = stopped
        self._lock = threading.Lock()
        self._samples = Samples()
        self._start_ns = time.perf_counter_ns()
        self._end_ns = None if job.duration_s is None else self._start_ns + int(job.duration_s * _NS)
        self._send_ns = self._start_ns + SEND_EVERY_NS
        self._schedule = Schedule(self._start_ns, job.rate_hz)
        self._next = self._done = self._errors = self._in_a_row = 0
        self._last_error = ""
        self._failure: Optional[CommandError] = None

    def run(self, pipelines: Sequence[Pipeline]) -> Outcome:
        """Take frames until the pass is over, then say how it was."""
        if len(pipelines) == 1:
            self._work(pipelines[0])
        else:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(len(pipelines)) as pool:
                list(pool.map(self._work, pipelines))
        elapsed_s = (time.perf_counter_ns() - self._start_ns) / _NS
        self._send(self._job, self._samples)
        if self._failure is not None:
            raise self._failure
        return Outcome(self._done, self._errors, self._stopped(), self._last_error, elapsed_s)

    def _work(self, pipeline: Pipeline) -> None:
        index = self._take()
        while index is not None:
            number = self._number(index, pipeline)
            pipeline.fetch(number)
            arrival_ns = self._schedule.arrival_ns(index)
            if arrival_ns is not None and not self._await(arrival_ns):
                return
            self._one(pipeline, number, arrival_ns)
            index = self._take()

    def _take(self) -> Optional[int]:
        """The next frame's place in the pass; None where it is over."""
        with self._lock:
            arrival_ns = self._schedule.arrival_ns(self._next)
            if self._failure is not None or self._stopped() or self._is_over(arrival_ns):
                return None
            self._next += 1
            return self._next - 1

    def _number(self, index: int, pipeline: Pipeline) -> int:
        frames = self._job.frames
        return frames[index % len(frames)] if frames else index % pipeline.count

    def _one(self, pipeline: Pipeline, number: int, arrival_ns: Optional[int]) -> None:
        job = self._job
        label = (job.phase, job.start, job.which, number)
        try:
            stamps, found, outputs = pipeline.run()
        except CommandError as error:
            moment_ns = time.perf_counter_ns() if arrival_ns is None else arrival_ns
            self._note((moment_ns, *label, *[float("nan")] * 7, 0, 0, 0, 1), error)
            return
        bad = pipeline.check(found, outputs)
        self._note((*timing(stamps, arrival_ns, label), len(found.scores), *bad, 0), None)
        if self._keep is not None:
            self._keep(number, outputs)

    def _note(self, row: Sequence[Any], error: Optional[CommandError]) -> None:
        with self._lock:
            self._samples.add(row)
            self._done += 1
            self._in_a_row = 0 if error is None else self._in_a_row + 1
            if error is not None:
                self._errors += 1
                self._last_error = str(error)
                if self._in_a_row >= MAX_FAILURES_IN_A_ROW:
                    self._failure = error
            self._send_if_due()

    def _send_if_due(self) -> None:
        now_ns = time.perf_counter_ns()
        if now_ns >= self._send_ns or self._samples.rows == self._samples.capacity:
            self._send(self._job, self._samples)
            self._send_ns = now_ns + SEND_EVERY_NS

    def _await(self, arrival_ns: int) -> bool:
        """Wait for a frame's arrival, with naps that let samples out; False where the pass shall end before it."""
        while arrival_ns - time.perf_counter_ns() > NAP_NS:
            time.sleep(NAP_NS / _NS)
            with self._lock:
                self._send_if_due()
            if self._stopped():
                return False
        wait_until(arrival_ns)
        return True

    def _is_over(self, arrival_ns: Optional[int]) -> bool:
        if self._end_ns is not None:
            return (time.perf_counter_ns() if arrival_ns is None else arrival_ns) >= self._end_ns
        return self._next >= (len(self._job.frames) if self._job.iterations is None else self._job.iterations)


def wait_until(moment_ns: int) -> None:
    """Come back at that moment of the monotonic clock, or at once if it is past."""
    left_ns = moment_ns - time.perf_counter_ns()
    if left_ns > SPIN_NS:
        time.sleep((left_ns - SPIN_NS) / _NS)
    while time.perf_counter_ns() < moment_ns:
        continue


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
