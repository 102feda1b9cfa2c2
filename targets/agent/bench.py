"""What one measured frame is: the way from memory to detections with its clock readings, and the row that it leaves.

Inside the timed region nothing is sent, read or checked. Everything else (reading the next frame, checking the
outputs, sending samples) happens between two frames (`meter.py`).
"""

from __future__ import annotations

import time
from typing import Any, Callable, List, Optional, Sequence, Tuple

import numpy as np

from .frames import FramePack, Preprocessor
from .heads.base import Detections, Head, count_bad_boxes
from .protocol import E_USAGE, CommandError
from .runtimes.base import Engine

CAPACITY = 8192

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


class Pipeline:
    """Everything that one frame passes through, with its buffers; one thread uses it."""

    def __init__(
        self,
        engine: Engine,
        preprocess: Preprocessor,
        head: Head,
        pack: Optional[FramePack],
        limits: Tuple[float, float, int],
    ) -> None:
        self.pack = pack
        """None where frames come from elsewhere; then nothing is fetched."""
        self.height, self.width = preprocess.size
        self.frame = np.zeros((self.height, self.width, 3), dtype=np.uint8)
        self._engine = engine
        self._preprocess = preprocess
        self._head = head
        self._confidence, self._nms_iou, self._max_detections = limits

    def fork(self) -> Pipeline:
        """Another one on the same engine, with buffers of its own, for one more frame in flight."""
        limits = (self._confidence, self._nms_iou, self._max_detections)
        return Pipeline(self._engine.fork(), self._preprocess.fork(), self._head, self.pack, limits)

    @property
    def count(self) -> int:
        """How many frames there are to fetch."""
        return 0 if self.pack is None else self.pack.count

    def fetch(self, index: int) -> None:
        """Bring frame `index` of the pack into memory."""
        if self.pack is None:
            raise CommandError(E_USAGE, "there is no pack of frames")
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
        copied_in, executed = split_execution(copied_in, executed, engine.device_us())
        return (begin, preprocessed, copied_in, executed, copied_out, end), found, outputs

    def detect_from(self, outputs: Sequence[Any], least: float) -> Detections:
        """What the outputs of the last run hold from another score up; not part of the timed region."""
        return self._head.detect(outputs, least, self._nms_iou, self._max_detections)

    def check(self, found: Detections, outputs: Sequence[Any]) -> Tuple[int, int]:
        """Boxes and scores that no detector may give."""
        bad_boxes = count_bad_boxes(found.boxes, self.width, self.height)
        return bad_boxes, self._head.count_bad_scores(outputs)


def split_execution(copied_in: int, executed: int, device_us: Optional[Tuple[float, float, float]]) -> Tuple[int, int]:
    """The ends of copy in and execution where the device copies by itself while the host waits for all of it at once.

    The end of the wait is known by the host's clock; before it lie the copy out and the execution, as long as the
    device says. So the stages add up to what the host's clock saw.
    """
    if device_us is None:
        return copied_in, executed
    ended = max(copied_in, executed - int(1e3 * device_us[2]))
    return max(copied_in, ended - int(1e3 * device_us[1])), ended


class Samples:
    """Rows of the stream `frames` on their way out, in memory that is taken once."""

    def __init__(self, capacity: int = CAPACITY, columns: Sequence[Tuple[str, str]] = COLUMNS) -> None:
        self.columns = {name: np.zeros(capacity, dtype=_DTYPES[code]) for name, code in columns}
        self.capacity = capacity
        self.rows = 0

    def add(self, values: Sequence[Any]) -> None:
        """Add one row, in the order of the columns."""
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
