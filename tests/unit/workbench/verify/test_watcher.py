"""Following a run: what is told of it while it comes, also where the board tells nonsense."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from targets.agent.bench import COLUMNS
from targets.run_events import RunBlock, RunDied, RunEvent, RunOutput
from workbench.base.errors import SlipwayError
from workbench.base.events import Level
from workbench.telemetry.latency_bins import LATENCY_BINS, centre_us, split_key
from workbench.telemetry.recording import FRAME_COLUMNS
from workbench.verify.watcher import RunWatcher

PHASES: list[dict[str, Any]] = [
    {"id": "outputs", "kind": "outputs", "frames": [0, 1, 2, 3]},
    {
        "id": "latency",
        "kind": "latency",
        "starts": 2,
        "passes": [{"name": "back_to_back", "iterations": 5, "rate_hz": None}],
    },
    {"id": "continuous", "kind": "continuous", "duration_s": 10.0},
    {"id": "validation", "kind": "validation"},
]
_NS = 10**9


class Notes:
    """Keeps what a watcher tells."""

    def __init__(self) -> None:
        self.shares: list[float | None] = []
        self.words: list[str] = []
        self.lines: list[tuple[Level, str]] = []
        self.values: list[tuple[str, Mapping[str, float | None]]] = []
        self.outputs: list[tuple[int, list[Any]]] = []
        self.starts: list[dict[str, list[float]]] = []

    def progress(self, fraction: float | None, text: str) -> None:
        self.shares.append(fraction)
        self.words.append(text)

    def log(self, level: Level, text: str) -> None:
        self.lines.append((level, text))

    def live(self, stream: str, mono_s: float, values: Mapping[str, float | None]) -> None:
        self.values.append((stream, values))


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def watcher(notes: Notes) -> RunWatcher:
    return watching(notes)


def watching(notes: Notes, phases: Any = PHASES, **fields: Any) -> RunWatcher:
    def on_start(passes: Mapping[str, NDArray[np.float64]]) -> None:
        notes.starts.append({name: values.tolist() for name, values in passes.items()})

    return RunWatcher(phases, notes, lambda at, got: notes.outputs.append((at, list(got))), on_start, **fields)


def event(kind: str, at_s: float = 1.0, **data: Any) -> RunEvent:
    return RunEvent(1, int(at_s * _NS), kind, data)


def ended(start: object = 0, frames: object = 5, errors: object = 0, **more: Any) -> RunEvent:
    return event("start_ended", phase="latency", start=start, frames=frames, errors=errors, complete=True, **more)


def block(**columns: Any) -> RunBlock:
    """A block of frames; one value stands for all rows."""
    rows = max(np.size(values) for values in columns.values())
    parts = [np.broadcast_to(np.asarray(columns.get(name, 0)), rows).astype(FRAME_COLUMNS[name]) for name, _ in COLUMNS]
    data = zlib.compress(b"".join(part.tobytes() for part in parts))
    return RunBlock(1, "frames", 0, 0, rows, tuple(COLUMNS), data)


def telemetry(at_s: float, **values: float) -> RunBlock:
    columns = (("mono_ns", "q"), *((name, "d") for name in values))
    parts = [np.array([int(at_s * _NS)], "<i8"), *(np.array([value]) for value in values.values())]
    data = zlib.compress(b"".join(part.tobytes() for part in parts))
    return RunBlock(1, "telemetry", 0, int(at_s * _NS), 1, columns, data)


def output(frame: int = 0, shape: Any = (1, 2), dtype: str = "<f4", size: int = 8) -> RunOutput:
    return RunOutput(1, frame, (shape,), (dtype,), (bytes(size),))


def test_that_progress_rises_to_the_whole_and_never_beyond(watcher: RunWatcher, notes: Notes) -> None:
    watcher.take(event("phase_started", phase="outputs"))
    for frame in range(6):  # two more than were asked for
        watcher.take(output(frame))
    watcher.take(event("phase_started", phase="latency"))
    for start in (0, 1, 2):
        watcher.take(block(phase=1, start=start, latency_us=[10.0] * 5))
    watcher.take(event("phase_started", at_s=20.0, phase="continuous"))
    for at_s in (20.0, 25.0, 30.0, 45.0):
        watcher.take(telemetry(at_s, x=1.0))
    watcher.take(event("phase_started", phase="validation"))
    known = [share for share in notes.shares if share is not None]
    assert len(known) == len(notes.shares)
    assert known == sorted(known)
    assert 0 <= known[0] <= known[-1] <= 1
    assert notes.words[-1] == "wrong inputs"
    assert "comparing with the reference, 4 of 4 frames" in notes.words
    assert "latency, 10 of 10 frames" in notes.words


def test_that_progress_stays_where_a_block_of_frames_is_older_than_a_sample(watcher: RunWatcher, notes: Notes) -> None:
    watcher.take(event("phase_started", at_s=20.0, phase="continuous"))
    watcher.take(telemetry(25.5, x=1.0))
    watcher.take(block(phase=2, mono_ns=[int(25.1 * _NS)] * 3, latency_us=[10.0] * 3))
    assert notes.shares[-1] == notes.shares[-2]
    assert notes.shares[-1] is not None


def test_that_a_phase_without_a_known_end_has_no_share(notes: Notes) -> None:
    watcher = watching(notes, [{**PHASES[1], "until_told": True}])
    watcher.take(event("phase_started", phase="latency"))
    watcher.take(block(phase=0, latency_us=[10.0] * 3))
    assert notes.shares == [None, None]
    assert notes.words[-1] == "latency, 3 frames"


def test_that_each_start_is_told_once_when_it_ended_whole(watcher: RunWatcher, notes: Notes) -> None:
    watcher.take(event("phase_started", phase="latency"))
    watcher.take(block(phase=1, start=0, latency_us=[1.0, 2.0, 3.0]))
    assert notes.starts == []
    watcher.take(ended(0))
    assert notes.starts == []  # its last rows come a little later
    watcher.take(block(phase=1, start=[0, 0, 1], latency_us=[4.0, 5.0, 6.0]))
    assert notes.starts == [{"back_to_back": [1.0, 2.0, 3.0, 4.0, 5.0]}]
    watcher.take(ended(0))
    watcher.take(block(phase=1, start=1, latency_us=[7.0, 8.0, 9.0], error=[0, 0, 1]))
    watcher.take(ended(1, frames=4, errors=1))
    assert notes.starts[1:] == [{"back_to_back": [6.0, 7.0, 8.0]}]


def test_that_a_start_that_was_cut_short_or_crashed_is_not_told(watcher: RunWatcher, notes: Notes) -> None:
    watcher.take(event("phase_started", phase="latency"))
    watcher.take(block(phase=1, start=0, latency_us=[1.0] * 5))
    watcher.take(event("worker_crashed", phase="latency", start=0, exit="SIGSEGV", lines=["a", "b", "c", "boom"]))
    watcher.take(event("start_ended", phase="latency", start=0, frames=5, errors=0, complete=False))
    watcher.take(event("start_ended", phase="throughput", start=0, frames=5, errors=0, complete=True))
    assert notes.starts == []
    assert notes.lines == [(Level.WARNING, "the engine's process died (SIGSEGV): b | c | boom")]


def test_that_the_times_are_those_that_are_judged(notes: Notes) -> None:
    watcher = watching(notes, column="execute_us")
    watcher.take(event("phase_started", phase="latency"))
    watcher.take(block(phase=1, latency_us=[9.0] * 5, execute_us=[1.0] * 5))
    watcher.take(ended())
    assert notes.starts == [{"back_to_back": [1.0] * 5}]


def test_that_live_values_are_numbers_or_not_measured(watcher: RunWatcher, notes: Notes) -> None:
    watcher.take(telemetry(3.0, cpu_percent=12.5, power_w=np.nan))
    watcher.take(block(phase=1, latency_us=[10.0, np.nan, 30.0]))
    watcher.take(block(phase=1, latency_us=[np.nan]))
    told = [(stream, values) for stream, values in notes.values if stream != LATENCY_BINS]
    assert told == [
        ("telemetry", {"cpu_percent": 12.5, "power_w": None}),
        ("latency", {"latency_p50_us": 20.0, "latency_max_us": 30.0, "frames": 2.0}),
    ]


def test_that_latencies_are_told_in_bins_by_pass_and_start(watcher: RunWatcher, notes: Notes) -> None:
    watcher.take(block(phase=1, latency_us=[1000.0, 1001.0, np.nan, 3000.0]))
    ((_, values),) = [entry for entry in notes.values if entry[0] == LATENCY_BINS]
    counted = {split_key(key): many for key, many in values.items()}
    assert list(counted.values()) == [2.0, 1.0]
    assert {key[:2] for key in counted} == {("back_to_back", 0)}
    assert all(
        abs(centre_us(place) / true - 1) < 0.01 for (_, _, place), true in zip(counted, (1000, 3000), strict=True)
    )


def test_that_the_phase_of_a_run_is_told_with_how_much_of_it_is_done(watcher: RunWatcher, notes: Notes) -> None:
    watcher.take(event("phase_started", phase="latency"))
    watcher.take(telemetry(3.0, cpu_percent=1.0))
    phases = [values for stream, values in notes.values if stream == "phase"]
    assert phases == [{"latency": 0.0}, {"latency": 0.0}]


def test_that_failed_phases_and_refused_engines_are_said(watcher: RunWatcher, notes: Notes) -> None:
    watcher.take(event("start_refused", phase="latency", start=0, error={"code": "E_HASH", "summary": "other bytes"}))
    watcher.take(event("phase_ended", phase="latency", state="failed", text="other bytes"))
    watcher.take(event("phase_ended", phase="outputs", state="done", text=""))
    assert watcher.failures == ["latency: other bytes"]
    assert notes.lines == [
        (Level.ERROR, "the board refused the engine: other bytes"),
        (Level.ERROR, "the phase latency failed: other bytes"),
    ]


def test_that_a_dead_process_is_kept_with_its_words(watcher: RunWatcher) -> None:
    watcher.take(RunDied("killed"))
    assert watcher.died == "killed"
    watcher.take(RunDied(""))
    assert watcher.died == "the run's process died"


def test_that_outputs_come_as_float32_of_their_shape(watcher: RunWatcher, notes: Notes) -> None:
    half = np.array([[0.5, 2.0]], "<f2")
    watcher.take(event("phase_started", phase="outputs"))
    watcher.take(RunOutput(1, 2, ((1, 2),), ("<f2",), (half.tobytes(),)))
    ((frame, (array,)),) = notes.outputs
    assert (frame, array.dtype, array.tolist()) == (2, np.float32, [[0.5, 2.0]])


def test_that_labels_and_counts_come_as_float32_too(watcher: RunWatcher, notes: Notes) -> None:
    watcher.take(event("phase_started", phase="outputs"))
    watcher.take(RunOutput(1, 0, ((1, 2), (1,)), ("<i8", "<i4"), (np.array([[3, 79]], "<i8").tobytes(), b"\2\0\0\0")))
    ((_, (labels, count)),) = notes.outputs
    assert (labels.dtype, labels.tolist(), count.tolist()) == (np.float32, [[3.0, 79.0]], [2.0])


@pytest.mark.parametrize(
    "item",
    [
        output(dtype="<c8", size=16),
        output(dtype="|O"),
        output(size=7),
        output(size=12),
        output(shape=(2**32, 2**32), size=0),
        output(shape=(2**62, 4), size=0),
        RunBlock(1, "frames", 0, 0, 1, (("mono_ns", "q"),), zlib.compress(bytes(8))),
        RunBlock(1, "frames", 0, 0, 5, tuple(COLUMNS), zlib.compress(bytes(3))),
        RunBlock(1, "frames", 0, 0, 1, tuple(COLUMNS), b"no block"),
        RunBlock(1, "telemetry", 0, 0, 1, (("x", "d"),), zlib.compress(bytes(8))),
    ],
)
def test_that_what_no_run_records_is_refused_in_words(watcher: RunWatcher, item: RunOutput | RunBlock) -> None:
    watcher.take(event("phase_started", phase="outputs"))
    with pytest.raises(SlipwayError):
        watcher.take(item)


@pytest.mark.parametrize(
    "item",
    [
        event("phase_started", phase="a phase of another plan"),
        event("phase_started"),
        event("phase_started", phase=["latency"]),
        event("a kind of tomorrow", phase="latency"),
        event("worker_crashed", phase="latency", lines=None),
        event("worker_crashed", phase="latency", lines={"a": 1}),
        event("start_refused", error="no"),
        event("phase_ended", phase=7, state=None),
        ended(start=None),
        ended(start=-1),
        ended(start="0"),
        ended(start=True),
        ended(frames=None),
        ended(frames=1e300),
        ended(start=10**30),
        ended(frames=10**30),
        block(phase=99, latency_us=[1.0]),
        block(phase=-3, latency_us=[1.0]),
        block(phase=1, start=-5, latency_us=[1.0]),
        block(phase=1, **{"pass": 40}, latency_us=[1.0]),
        block(phase=1, latency_us=[1e38]),
        RunBlock(1, "a stream of tomorrow", 0, 0, 1, (("x", "d"),), zlib.compress(bytes(8))),
        telemetry(-5.0, x=float("inf")),
        telemetry(9e9, x=1.0),
    ],
)
def test_that_numbers_and_names_that_make_no_sense_do_no_harm(
    watcher: RunWatcher, notes: Notes, item: RunEvent | RunBlock
) -> None:
    watcher.take(event("phase_started", phase="latency"))
    watcher.take(item)
    watcher.take(event("phase_started", phase="latency"))
    watcher.take(block(phase=1, start=1, latency_us=[1.0] * 5))
    watcher.take(ended(1))
    assert notes.starts[-1] == {"back_to_back": [1.0] * 5}
    assert all(share is None or 0 <= share <= 1 for share in notes.shares)


def test_that_somebody_elses_run_without_a_known_plan_shows_its_latencies(notes: Notes) -> None:
    watcher = watching(notes, ())
    watcher.take(event("phase_started", phase="latency"))
    watcher.take(block(phase=1, latency_us=[10.0]))
    watcher.take(output())
    assert notes.shares == []
    assert [stream for stream, _ in notes.values] == ["latency"]
