"""What is known of a live run while it plays: the frames of the last seconds, what waits to be told, where it is."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench.base.live import LIVE_COLUMNS, NOT_MEASURED
from workbench.evaluate.matching import Detections
from workbench.live.feed import CameraPicture, LiveRows

KEPT_FRAMES = 900
"""Frames whose boxes are kept for whoever looks back: 20 s and more at 30 a second."""
KEPT_PICTURES = 90
KEPT_EXACT = 300
_STAGES = ("queue", "preprocess", "copy_in", "execute", "copy_out", "decode")


@dataclass(frozen=True)
class SeenFrame:
    """A frame whose boxes came."""

    frame_id: int
    index: int
    mono_ns: int
    """Its arrival, by the board's clock."""
    latency_ms: float
    device: Detections


@dataclass
class Pending:
    """What the next batch will hold."""

    frames: list[Mapping[str, Any]] = field(default_factory=list)
    telemetry: list[tuple[int, Mapping[str, float]]] = field(default_factory=list)
    events: list[tuple[int, str, Mapping[str, Any]]] = field(default_factory=list)


class LiveState:
    """Filled by the thread that hears the board; any thread reads."""

    def __init__(self, on_boxes: Callable[[int], None], on_position: Callable[[int], None]) -> None:
        self._lock = threading.Lock()
        self._on_boxes, self._on_position = on_boxes, on_position
        self._pending = Pending()
        self._frames: OrderedDict[int, SeenFrame] = OrderedDict()
        self._pictures: OrderedDict[int, CameraPicture] = OrderedDict()
        self._exact: deque[CameraPicture] = deque(maxlen=KEPT_EXACT)
        self.started_ns: int | None = None
        """By the board's clock: the run's beginning."""
        self.first_frame_ns: int | None = None
        self.newest_ns = 0
        self.newest_id: int | None = None
        self.at = 0
        self.frames = self.dropped = self.errors = self.left_out = 0
        self.waiting = "start"

    def take_rows(self, rows: LiveRows) -> None:
        """A message of frames, boxes and pictures."""
        with self._lock:
            self._note(rows)
        self._on_position(rows.at)
        for frame_id in rows.boxes:
            self._on_boxes(frame_id)

    def take_telemetry(self, mono_ns: int, values: Mapping[str, float]) -> None:
        """A sample of the machine."""
        with self._lock:
            self._hear(mono_ns)
            self._pending.telemetry.append((mono_ns, values))

    def take_event(self, mono_ns: int, kind: str, data: Mapping[str, Any]) -> None:
        """Something that happened."""
        with self._lock:
            self._hear(mono_ns)
            self._pending.events.append((mono_ns, kind, data))

    def take_pending(self) -> Pending:
        """What came since the last call."""
        with self._lock:
            pending, self._pending = self._pending, Pending()
            return pending

    def frame(self, frame_id: int | None = None) -> SeenFrame | None:
        """A frame of the last seconds; the newest with boxes where none is named."""
        with self._lock:
            if frame_id is None:
                return next(reversed(self._frames.values()), None)
            return self._frames.get(frame_id)

    def picture(self, frame_id: int) -> CameraPicture | None:
        """A camera's picture of a frame."""
        with self._lock:
            return self._pictures.get(frame_id)

    def exact(self, name: str | None = None, frame_id: int | None = None) -> CameraPicture | None:
        """A camera's fitted frame, by the name of its pixels or by its frame id."""
        with self._lock:
            fitting = (item for item in self._exact if item.name == name or item.frame_id == frame_id)
            return next(fitting, None)

    def seconds(self, mono_ns: int) -> float:
        """Since the run's beginning."""
        return 0.0 if self.started_ns is None else (mono_ns - self.started_ns) / 1e9

    def played_s(self) -> float:
        """Since the first frame."""
        return 0.0 if self.first_frame_ns is None else (self.newest_ns - self.first_frame_ns) / 1e9

    def _note(self, rows: LiveRows) -> None:
        table = rows.frames
        count = len(table["mono_ns"])
        self.waiting, self.at, self.left_out = rows.waiting, rows.at, rows.left_out
        if count:
            self._hear(int(table["mono_ns"].max()))
            self.first_frame_ns = int(table["mono_ns"][0]) if self.first_frame_ns is None else self.first_frame_ns
            self.newest_id = int(table["frame_id"][-1])
            self.frames += count
            self.dropped += int(table["dropped"].sum())
            self.errors += int((table["error"] != 0).sum())
            self._pending.frames.append(table)
        places = {int(frame_id): row for row, frame_id in enumerate(table["frame_id"])}
        for frame_id, found in rows.boxes.items():
            row = places.get(frame_id)
            if row is not None:
                latency_ms = float(table["latency_us"][row]) / 1e3
                moment, index = int(table["mono_ns"][row]), int(table["frame"][row])
                self._frames[frame_id] = SeenFrame(frame_id, index, moment, latency_ms, found)
        for picture in rows.pictures:
            if picture.form == "exact":
                self._exact.append(picture)
            else:
                self._pictures[picture.frame_id] = picture
        _shorten(self._frames, KEPT_FRAMES)
        _shorten(self._pictures, KEPT_PICTURES)

    def _hear(self, mono_ns: int) -> None:
        if self.started_ns is None:
            self.started_ns = mono_ns
        self.newest_ns = max(self.newest_ns, mono_ns)


def _shorten(kept: OrderedDict[int, Any], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)


def frame_columns(tables: list[Mapping[str, Any]], state: LiveState) -> dict[str, tuple[float, ...]]:
    """The table `frames` of a batch."""
    if not tables:
        return {}
    joined = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    started_ns = state.started_ns or 0
    columns = {
        "t_s": (joined["mono_ns"] - started_ns) / 1e9,
        "frame_id": joined["frame_id"],
        "index": joined["frame"],
        "latency_ms": joined["latency_us"] / 1e3,
        **{f"{stage}_ms": joined[f"{stage}_us"] / 1e3 for stage in _STAGES},
        "detections": joined["detections"],
        "dropped": joined["dropped"],
    }
    return {name: tuple(np.asarray(columns[name], np.float64).tolist()) for name in LIVE_COLUMNS["frames"]}


def telemetry_columns(samples: list[tuple[int, Mapping[str, float]]], state: LiveState) -> dict[str, tuple[float, ...]]:
    """The table `telemetry` of a batch; bytes become megabytes."""
    if not samples:
        return {}
    moments = tuple(state.seconds(mono_ns) for mono_ns, _ in samples)
    converted = [convert(values) for _, values in samples]
    names = LIVE_COLUMNS["telemetry"][1:]
    return {"t_s": moments, **{name: tuple(row.get(name, NOT_MEASURED) for row in converted) for name in names}}


def convert(values: Mapping[str, float]) -> dict[str, float]:
    """A sample in the units that are shown: bytes become megabytes."""
    return {
        (name.removesuffix("_bytes") + "_mb" if name.endswith("_bytes") else name): (
            value / 1e6 if name.endswith("_bytes") else value
        )
        for name, value in values.items()
    }
