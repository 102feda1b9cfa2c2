"""Follows a run on a board: compares outputs as they come, counts frames, tells progress and live values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from targets.run_events import RunBlock, RunDied, RunEvent, RunItem, RunOutput
from workbench.base.errors import SlipwayError
from workbench.base.events import Level
from workbench.telemetry.blocks import Table, decode_block
from workbench.telemetry.latency_bins import LATENCY_BINS, bins_of, key_of
from workbench.telemetry.recording import check_columns
from workbench.verify.run_plan import LATENCY, OUTPUTS, VALIDATION, least_seconds
from workbench.verify.side_by_side import Outputs
from workbench.verify.told import count_of, start_of, texts_of

MAX_OUTPUT_BYTES = 256 << 20


class Listener(Protocol):
    """Where a watcher tells what it sees; the job's context, joined to its step."""

    def progress(self, fraction: float | None, text: str) -> None:
        """How far the run is."""

    def log(self, level: Level, text: str) -> None:
        """A line for the job's log."""

    def live(self, stream: str, mono_s: float, values: Mapping[str, float | None]) -> None:
        """Values that just arrived."""


@dataclass
class RunWatcher:
    """One run; `take` is called with all that it records, in order, by one thread.

    `on_output` is called with a frame's position and its raw outputs; `on_start` with the times of each cold start of
    the phase `latency`, once it ended whole, by pass. `take` raises SlipwayError for what no run of ours records.
    """

    phases: Sequence[Mapping[str, Any]]
    listener: Listener
    on_output: Callable[[int, Outputs], None]
    on_start: Callable[[Mapping[str, NDArray[np.float64]]], None]
    column: str = "latency_us"
    """Which times of a frame `on_start` is told, in microseconds."""
    died: str = ""
    """Why the run's process is gone without an end; empty where it is not."""
    failures: list[str] = field(default_factory=list)
    """Phases that failed, and why."""
    _phase: int = -1
    _began_s: float = 0.0
    _seen: Counter[int] = field(default_factory=Counter)
    _starts: dict[int, dict[str, list[NDArray[np.float64]]]] = field(default_factory=dict)
    """Latencies by cold start and pass, until they are told."""
    _ended: dict[int, int] = field(default_factory=dict)
    """How many answered frames a start that ended whole has; a block with its last ones may come after its end."""
    _furthest: float = 0.0
    """The streams of a run are not ordered against each other, so a block of frames may be older than a sample."""

    def take(self, item: RunItem) -> None:
        """Take the next thing that the run recorded."""
        if isinstance(item, RunEvent):
            self._on_event(item)
        elif isinstance(item, RunBlock):
            self._on_block(item)
        elif isinstance(item, RunOutput):
            self._on_output(item)
        elif isinstance(item, RunDied):
            self.died = item.text or "the run's process died"

    def _on_event(self, event: RunEvent) -> None:
        data = event.data
        if event.kind == "phase_started":
            self._begin(str(data.get("phase")), event.mono_ns)
        elif event.kind == "phase_ended" and data.get("state") == "failed":
            self.failures.append(f"{data.get('phase')}: {data.get('text')}")
            self.listener.log(Level.ERROR, f"the phase {data.get('phase')} failed: {data.get('text')}")
        elif event.kind == "worker_crashed":
            lines = texts_of(data.get("lines"), 3)
            said = f": {' | '.join(lines)}" if lines else ""
            self.listener.log(Level.WARNING, f"the engine's process died ({data.get('exit')}){said}")
        elif event.kind == "start_refused":
            self.listener.log(Level.ERROR, f"the board refused the engine: {_refusal(data.get('error'))}")
        elif event.kind == "start_ended" and data.get("complete") is True and data.get("phase") == LATENCY:
            start, frames, errors = start_of(data), count_of(data, "frames"), count_of(data, "errors")
            if start is not None and frames is not None and errors is not None:
                self._ended[start] = frames - errors
                self._tell_starts()

    def _begin(self, name: str, mono_ns: int) -> None:
        names = [str(phase["id"]) for phase in self.phases]
        if name in names:
            self._phase = names.index(name)
            self._began_s = mono_ns / 1e9
        self._starts.clear()
        self._ended.clear()
        if name in names:
            self.listener.live("phase", self._began_s, {name: 0.0})
        self._tell()

    def _tell_starts(self) -> None:
        for number in sorted(self._ended):
            passes = {name: np.concatenate(parts) for name, parts in self._starts.get(number, {}).items()}
            if passes and sum(len(values) for values in passes.values()) >= self._ended[number]:
                del self._ended[number], self._starts[number]
                self.on_start(passes)

    def _on_block(self, block: RunBlock) -> None:
        table = decode_block([list(column) for column in block.columns], block.rows, block.data)
        check_columns(block.stream, table)
        if block.stream == "frames":
            self._on_frames(table)
        elif block.stream == "telemetry" and block.rows:
            last = {name: float(column[-1]) for name, column in table.items() if name != "mono_ns"}
            values = {name: value if np.isfinite(value) else None for name, value in last.items()}
            self.listener.live("telemetry", block.last_ns / 1e9, values)
            self._tell_phase(block.last_ns / 1e9)
            self._tell(block.last_ns / 1e9)

    def _on_frames(self, table: Table) -> None:
        good = table["error"] == 0
        for number in np.unique(table["phase"]).tolist():
            rows = table["phase"] == number
            kind = self.phases[number]["kind"] if 0 <= number < len(self.phases) else ""
            if kind != OUTPUTS:  # those are counted as their outputs come
                self._seen[int(number)] += int(rows.sum())
            if kind == LATENCY:
                self._gather(table, rows & good, self.phases[number])
                self._tell_bins(table, rows & good, self.phases[number])
        self._tell_starts()
        latency = table["latency_us"][good]
        latency = latency[np.isfinite(latency)]
        if latency.size:
            seen = {"latency_p50_us": float(np.median(latency)), "latency_max_us": float(latency.max())}
            self.listener.live("latency", float(table["mono_ns"][-1]) / 1e9, {**seen, "frames": float(latency.size)})
        self._tell(float(table["mono_ns"][-1]) / 1e9 if len(good) else None)

    def _gather(self, table: Table, rows: NDArray[np.bool_], phase: Mapping[str, Any]) -> None:
        for number in np.unique(table["start"][rows]).tolist():
            passes = self._starts.setdefault(int(number), {})
            for index, one in enumerate(phase["passes"]):
                chosen = rows & (table["pass"] == index) & (table["start"] == number)
                if chosen.any():
                    passes.setdefault(str(one["name"]), []).append(table[self.column][chosen].astype(np.float64))

    def _tell_bins(self, table: Table, rows: NDArray[np.bool_], phase: Mapping[str, Any]) -> None:
        """How many frames of a pass and a cold start had which latency, in bins of one per cent."""
        rows = rows & np.isfinite(table[self.column]) & (table[self.column] > 0)
        if not rows.any():
            return
        bins = bins_of(table[self.column][rows])
        names = [str(one["name"]) for one in phase["passes"]]
        keys = zip(table["pass"][rows].tolist(), table["start"][rows].tolist(), bins.tolist(), strict=True)
        counted = Counter((names[one], start, place) for one, start, place in keys if 0 <= one < len(names))
        values: dict[str, float | None] = {key_of(*key): float(many) for key, many in counted.items()}
        self.listener.live(LATENCY_BINS, float(table["mono_ns"][-1]) / 1e9, values)

    def _tell_phase(self, now_s: float) -> None:
        if 0 <= self._phase < len(self.phases):
            phase = self.phases[self._phase]
            self.listener.live("phase", now_s, {str(phase["id"]): self._share(phase, now_s)})

    def _on_output(self, output: RunOutput) -> None:
        arrays = [_array(*part) for part in zip(output.shapes, output.dtypes, output.arrays, strict=True)]
        self.on_output(output.frame, arrays)
        self._seen[self._phase] += 1
        self._tell()

    def _tell(self, now_s: float | None = None) -> None:
        if not 0 <= self._phase < len(self.phases):
            return
        phase = self.phases[self._phase]
        share = self._share(phase, now_s)
        weights = [expected_seconds(item) for item in self.phases]
        before = sum(weights[: self._phase])
        done = None
        if share is not None:
            self._furthest = max(self._furthest, (before + min(1.0, share) * weights[self._phase]) / sum(weights))
            done = self._furthest
        self.listener.progress(done, self._words(phase))

    def _share(self, phase: Mapping[str, Any], now_s: float | None) -> float | None:
        """How much of a phase is done, 0 to 1; None where its end cannot be known."""
        if phase.get("until_told"):
            return None
        if "duration_s" in phase:
            return 0.0 if now_s is None else max(0.0, (now_s - self._began_s) / phase["duration_s"])
        total = _total(phase)
        return self._seen[self._phase] / total if total else 0.0

    def _words(self, phase: Mapping[str, Any]) -> str:
        seen, total = self._seen[self._phase], _total(phase)
        name = {OUTPUTS: "comparing with the reference", VALIDATION: "wrong inputs"}.get(phase["kind"], phase["kind"])
        if phase["kind"] == VALIDATION:
            return str(name)
        return f"{name}, {seen} of {total} frames" if total else f"{name}, {seen} frames"


FRAME_S, START_S = 0.02, 1.0
"""What a frame and a cold start take about, so that the progress of a run is a share of its time."""


def expected_seconds(phase: Mapping[str, Any]) -> float:
    """About how long a phase takes."""
    starts = int(phase.get("starts", 1))
    return least_seconds(phase) + _total(phase) * FRAME_S + starts * START_S


def _total(phase: Mapping[str, Any]) -> int:
    """How many frames a phase has; 0 where time or a person ends it."""
    if phase["kind"] == OUTPUTS:
        return len(phase["frames"])
    if phase["kind"] != LATENCY or phase.get("until_told"):
        return 0
    return int(phase["starts"]) * sum(int(one["iterations"]) for one in phase["passes"])


_OUTPUT_TYPES = frozenset({"<f4", "<f2", "<f8", "<i8", "<i4", "|i1", "|u1", "|b1"})
"""Of outputs; whole numbers are labels and counts, which float32 holds exactly."""


def _array(shape: Sequence[int], dtype: str, data: bytes) -> NDArray[np.float32]:
    """One output as float32.

    Raises:
        SlipwayError: it is of another type, or shape and bytes do not fit together.
    """
    if dtype not in _OUTPUT_TYPES or len(data) > MAX_OUTPUT_BYTES:
        raise SlipwayError(f"the board sent an output of type {dtype} and {len(data)} bytes", "Ship the agent again.")
    if len(data) != math.prod(shape) * np.dtype(dtype).itemsize:
        raise SlipwayError(
            f"the board sent {len(data)} bytes for an output of shape {list(shape)} and type {dtype}",
            "Ship the agent again.",
        )
    return np.frombuffer(data, dtype).reshape(shape).astype(np.float32, copy=False)


def _refusal(error: object) -> str:
    """What the board said of an engine that it did not take; its errors are objects with a summary."""
    return str(error.get("summary") or error.get("code")) if isinstance(error, Mapping) else str(error)
