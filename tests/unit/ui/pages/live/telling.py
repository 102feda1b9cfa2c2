"""A job that tells what a live run tells, step by step as the test asks; it plays nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue

import numpy as np

from workbench.base.events import LiveValues
from workbench.base.live import LIVE_COLUMNS, LiveBatch, LiveBox, LiveFrame, LiveMark, Tile
from workbench.frames.slots import SlotWriter
from workbench.jobs.context import JobContext

WIDTH, HEIGHT = 64, 36
Step = Callable[["Teller"], None]
"""What is told next; None ends the job."""


@dataclass(frozen=True)
class Telling:
    """Runs the steps that are put into its queue."""

    steps: SimpleQueue[Step | None] = field(default_factory=SimpleQueue)
    title: str = "Live test"
    board: str | None = None

    def run(self, context: JobContext) -> object:
        teller = Teller(context)
        try:
            while (step := self.steps.get()) is not None:
                step(teller)
        finally:
            teller.writer.close()
        return None


@dataclass(frozen=True)
class TellingValues:
    """Tells what a verification tells."""

    title: str = "Verify"
    board: str | None = None

    def run(self, context: JobContext) -> object:
        context.step("latency", "Measure latency")
        for second in range(5):
            latency = {"latency_p50_us": 8000.0, "latency_max_us": 9000.0}
            context.publish(LiveValues(context.job_id, "latency", 100.0 + second, latency))
            context.publish(LiveValues(context.job_id, "telemetry", 100.0 + second, {"worker_rss_bytes": 2e8}))
        return None


class Teller:
    """Tells batches, frames and marks of a run."""

    def __init__(self, context: JobContext) -> None:
        self.context = context
        self.writer = SlotWriter(WIDTH, HEIGHT)
        self.t_s = 0.0

    def batch(self, seconds: float, rows: int = 20, latency_ms: float = 10.0, dropped: int = 0) -> None:
        """Some seconds of everything but power."""
        moments = tuple(self.t_s + seconds * (row + 1) / rows for row in range(rows))
        self.t_s = moments[-1]
        tables = {}
        for table, columns in LIVE_COLUMNS.items():
            values = dict.fromkeys(columns[1:], (latency_ms,) * rows)
            tables[table] = {"t_s": moments, **values}
        tables["telemetry"]["power_w"] = (math.nan,) * rows
        tiles = (
            Tile("latency_p50", "Latency p50", "10.0", "ms", value=10.0),
            Tile("latency_p99", "Latency p99", "47.0", "ms", "≤ 50 ms", 0.94, "warn", 47.0),
            Tile("power", "Power", "–", "W"),
        )
        self.context.publish(
            LiveBatch(
                self.context.job_id,
                "run-1",
                tables,
                tiles,
                self.t_s,
                fps=30.0,
                age_ms=41.0,
                dropped=dropped,
                link_ms=2.0,
            )
        )

    def frame(self, frame_id: int, reference: str = "there", boxes: tuple[LiveBox, ...] = (), shade: int = 0) -> None:
        """A frame with its picture, all of one shade."""
        picture = self.writer.write(np.full((HEIGHT, WIDTH, 3), shade, np.uint8), WIDTH, HEIGHT)
        self._tell(frame_id, 0, reference, boxes, picture)

    def again(self, frame_id: int, boxes: tuple[LiveBox, ...]) -> None:
        """The same frame with other boxes, without its picture."""
        self._tell(frame_id, 1, "there", boxes, None)

    def mark(self, kind: str, text: str) -> None:
        """Something happens now."""
        self.context.publish(LiveMark(self.context.job_id, kind, self.t_s, text))

    def _tell(self, frame_id: int, revision: int, reference: str, boxes: tuple[LiveBox, ...], picture: object) -> None:
        self.context.publish(
            LiveFrame(
                self.context.job_id,
                frame_id,
                revision,
                "test frames",
                f"{frame_id}.png",
                frame_id,
                self.t_s,
                "14:02:31.480",
                41.0,
                0.25,
                reference,
                "",
                boxes,
                picture,  # type: ignore[arg-type]
                frame_width=WIDTH,
                frame_height=HEIGHT,
            )
        )
