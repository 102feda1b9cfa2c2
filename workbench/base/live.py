"""What a live run tells a window at full rate: batches of samples, the frame that is shown, marks on the time axis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_MEASURED = math.nan
"""In a column of numbers; where a single value is meant it is None."""


@dataclass(frozen=True)
class Tile:
    """One figure with its budget, ready to be shown."""

    key: str
    """`latency_p50`, `latency_p99`, `throughput`, `memory`, `temperature` or `power`."""
    name: str
    value_text: str
    """Without unit; a dash where it is not measured."""
    unit: str
    limit_text: str = ""
    """Such as `≤ 50 ms`; empty where nothing is required."""
    fraction: float | None = None
    """Share of the budget that is used; None without a budget or a value."""
    state: str = "none"
    """`ok`, `warn` (90 % of the budget and more), `err` (beyond it) or `none` (no budget, or not measured)."""
    value: float | None = None
    """In `unit`."""


@dataclass(frozen=True)
class LiveBatch:
    """What came since the batch before, about 25 times a second. History keeps the last one only."""

    job_id: str
    run: str
    """The run's id, the name of its folder."""
    tables: Mapping[str, Mapping[str, tuple[float, ...]]] = field(default_factory=dict)
    """`frames`, `telemetry` and `figures`: columns of one length by name with unit; `t_s` is the first of each.

    `t_s` are seconds since the run began, by the board's clock. A value that was not measured is NaN.
    """
    tiles: tuple[Tile, ...] = ()
    """All of them, every time."""
    t_s: float = 0.0
    """The newest moment that anything was heard of."""
    frame_id: int | None = None
    """The newest frame; they count from 0 without a gap, dropped ones are not among them."""
    frames: int = 0
    fps: float | None = None
    """Frames that the device answered in the last second."""
    age_ms: float | None = None
    """From a frame's arrival at the device to this event, the newest one."""
    age_p99_ms: float | None = None
    """Over the last 10 s."""
    dropped: int = 0
    """Frames that were due and that the device left out, since the run began."""
    lost: int = 0
    """Frames that were recorded on the board and did not come over the link in time, since the run began."""
    errors: int = 0
    """Inferences that failed."""
    link_ms: float | None = None
    """Round trip of the link."""
    reference_ready: int = 0
    reference_pending: int = 0
    """Frames of this run whose reference is there, and those that were shown without."""
    state: str = "playing"
    """`starting`, `playing`, `waiting` (for frames, or for a step) or `stopping`."""
    state_text: str = ""


@dataclass(frozen=True)
class SlotPicture:
    """Where a picture lies in shared memory (`workbench.frames.slots`)."""

    memory: str
    slot: int
    sequence: int
    width: int
    height: int


@dataclass(frozen=True)
class LiveBox:
    """One box of a frame, in pixels of the picture that it belongs to."""

    kind: str
    """`matched`, `missed`, `device_only`, or `device` where no reference is there (yet)."""
    class_name: str
    label: str
    """Such as `person 0.95`, `person missed`, `person 0.37 device only`."""
    x0: float
    y0: float
    x1: float
    y1: float
    score: float | None = None
    """Of the device; None of a missed one."""
    reference_score: float | None = None
    iou: float | None = None
    score_change: float | None = None
    """Device less reference."""


@dataclass(frozen=True)
class LiveFrame:
    """The frame that is to be shown now, its boxes, and where its picture lies. History keeps the last one only.

    Boxes belong to this frame id and no other. It comes again, with a higher `revision`, when its reference arrived or
    another confidence was asked for.
    """

    job_id: str
    frame_id: int
    revision: int
    source: str
    """What is played, as a person reads it."""
    name: str
    """Of the frame within its source; empty for a camera."""
    index: int
    """Its place in the source; of a camera the frame id."""
    t_s: float
    """Its arrival, seconds since the run began."""
    taken_utc: str
    """The same by the desktop's clock, `14:02:31.480`; a label."""
    age_ms: float | None
    confidence: float
    reference: str
    """`there`, `pending`, or `off` (none was asked for)."""
    reference_text: str
    boxes: tuple[LiveBox, ...] = ()
    picture: SlotPicture | None = None
    """None where the same picture was told before (another revision), or where there is none."""
    picture_text: str = ""
    """Why there is no picture."""
    frame_width: int = 0
    frame_height: int = 0
    """Of the frame in its source, pixels; the picture may be smaller."""
    matched: int = 0
    missed: int = 0
    device_only: int = 0
    latency_ms: float | None = None
    arrived_s: float | None = None
    """Its arrival at the device by `time.monotonic` of this machine: what is painted later is as much older."""


@dataclass(frozen=True)
class LiveMark:
    """Something on the time axis; all are kept."""

    job_id: str
    kind: str
    """`start`, `worker`, `throttle`, `gap`, `rate`, `finding` or `end`."""
    t_s: float
    text: str
    until_s: float | None = None
    """The end of a span; None for a moment."""


LIVE_COLUMNS = {
    "frames": (
        "t_s",
        "frame_id",
        "index",
        "latency_ms",
        "queue_ms",
        "preprocess_ms",
        "copy_in_ms",
        "execute_ms",
        "copy_out_ms",
        "decode_ms",
        "detections",
        "dropped",
    ),
    "figures": ("t_s", "latency_p50_ms", "latency_p99_ms", "throughput_fps", "age_ms"),
    "telemetry": (
        "t_s",
        "cpu_percent",
        "own_cpu_percent",
        "worker_cpu_percent",
        "memory_available_mb",
        "worker_rss_mb",
        "worker_hwm_mb",
        "frequency_mhz",
        "temperature_c",
        "load_1m",
        "power_w",
    ),
}
"""The columns of the tables of a batch."""
