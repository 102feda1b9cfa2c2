"""The phases of a run, one function a kind: each asks workers for its measurements and records what they say."""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Protocol, Tuple

from .frames_file import read_first_frame
from .live_state import LiveState
from .plan import Pass, Phase, Plan
from .protocol import CommandError
from .validation import wrong_inputs
from .worker_client import Event, WorkerClient, WorkerDied

MAX_CRASHES_IN_A_ROW = 3
HEALTHY_S = 10.0
"""A worker that measured for so long before it died starts the count of crashes in a row again."""

WARM_UP = -1


class PhaseFailed(Exception):
    """A phase cannot go on; the text says why. The run goes on with the next one."""


class Desk(Protocol):
    """What a phase is handed by the run: recording, workers, and whether somebody told it to end."""

    plan: Plan

    def event(self, kind: str, data: Dict[str, Any]) -> None:
        """Record an event."""

    def samples(self, event: Event) -> None:
        """Record the rows of a worker's `samples` event."""

    def keep_outputs(self, event: Event) -> None:
        """Record the arrays of a worker's `output` event."""

    def told_to_end(self, phase: Phase) -> bool:
        """Whether the phase shall end: `advance`, `stop`, or a signal."""

    def start_worker(self, phase: Phase, start: int) -> WorkerClient:
        """A fresh worker process whose telemetry is recorded."""

    def ask(self, worker: WorkerClient, phase: Phase, do: str, args: Dict[str, Any], attachments: Any = ()) -> Any:
        """Ask a worker, with telemetry, control files and commits going on meanwhile."""

    def end_worker(self, worker: WorkerClient) -> None:
        """Let the worker end."""

    def load_arguments(self) -> Dict[str, Any]:
        """What every worker is asked to load."""

    def frames_path(self) -> str:
        """The frames' pack."""

    def live_state(self, phase: Phase) -> LiveState:
        """What a live phase has to know from worker to worker."""


class _Start(NamedTuple):
    """One start of a worker within a phase."""

    desk: Desk
    phase: Phase
    phase_index: int
    number: int
    worker: WorkerClient

    def ask(self, do: str, args: Dict[str, Any], attachments: Any = ()) -> Any:
        return self.desk.ask(self.worker, self.phase, do, args, attachments)

    def measure(self, do: str, which: int, what: Pass, **more: Any) -> Any:
        job = {
            "phase": self.phase_index,
            "start": self.number,
            "which": which,
            "iterations": what.iterations,
            "duration_s": what.duration_s,
            "rate_hz": what.rate_hz,
        }
        return self.ask(do, dict(job, **more))


_Body = Callable[[_Start], Dict[str, Any]]


def run_phase(desk: Desk, index: int) -> Tuple[str, str]:
    """Run phase `index` of the plan: its state (`done`, `stopped` or `failed`) and a text."""
    phase = desk.plan.phases[index]
    bodies: Dict[str, _Body] = {
        "latency": _measure_passes,
        "throughput": _measure_passes,
        "outputs": _keep_outputs,
        "validation": _send_wrong_inputs,
    }
    try:
        if phase.kind == "continuous":
            return _run_continuous(desk, index, phase)
        if phase.kind == "live":
            return _run_live(desk, index, phase)
        return _run_starts(desk, index, phase, bodies[phase.kind])
    except PhaseFailed as failure:
        return "failed", str(failure)


def _run_starts(desk: Desk, index: int, phase: Phase, body: _Body) -> Tuple[str, str]:
    """Starts until enough of them ended well; a crashed one is lost and costs the next number."""
    good = number = in_a_row = 0
    while (phase.until_told or good < phase.starts) and not desk.told_to_end(phase):
        try:
            good += _run_start(desk, index, phase, number, body)
            in_a_row = 0
        except WorkerDied as death:
            in_a_row = _count_crash(desk, phase, number, death, in_a_row)
        number += 1
    if good < phase.starts and desk.told_to_end(phase):
        return "stopped", "%d of %d starts were complete when told to end" % (good, phase.starts)
    return "done", "%d starts" % good if phase.starts > 1 or phase.until_told else ""


def _run_continuous(desk: Desk, index: int, phase: Phase) -> Tuple[str, str]:
    """One worker for the whole time; where it dies another one goes on for what is left."""
    (whole,) = phase.passes
    end_s = time.monotonic() + (whole.duration_s or 0)
    number = restarts = in_a_row = 0
    while not desk.told_to_end(phase):
        left_s = end_s - time.monotonic()
        if number and left_s <= 0:
            break
        rest = phase._replace(passes=(whole._replace(duration_s=whole.duration_s if not number else left_s),))
        began_s = time.monotonic()
        try:
            _run_start(desk, index, rest, number, _measure_passes)
            return ("stopped" if desk.told_to_end(phase) else "done"), "%d restarts" % restarts
        except WorkerDied as death:
            in_a_row = 0 if time.monotonic() - began_s > HEALTHY_S else in_a_row
            in_a_row = _count_crash(desk, phase, number, death, in_a_row)
            restarts += 1
        number += 1
    return ("stopped" if desk.told_to_end(phase) else "done"), "%d restarts" % restarts


def _run_live(desk: Desk, index: int, phase: Phase) -> Tuple[str, str]:
    """Play until told to end; where the worker dies another one goes on with the next frame."""
    number = in_a_row = 0
    while not desk.told_to_end(phase):
        began_s = time.monotonic()
        try:
            _run_start(desk, index, phase, number, _play)
        except WorkerDied as death:
            in_a_row = 0 if time.monotonic() - began_s > HEALTHY_S else in_a_row
            in_a_row = _count_crash(desk, phase, number, death, in_a_row)
        number += 1
    return "stopped", "%d restarts" % max(0, number - 1)


def _play(start: _Start) -> Dict[str, Any]:
    state = start.desk.live_state(start.phase)
    outcome = start.ask("live", state.arguments((start.phase_index, start.number, 0), start.worker.tell))
    return dict(outcome, cancelled=False)


def _count_crash(desk: Desk, phase: Phase, number: int, death: WorkerDied, in_a_row: int) -> int:
    if death.killed:
        return 0
    log = "logs/%s-%d.log" % (phase.id, number) if death.lines else None
    data = {"phase": phase.id, "start": number, "exit": death.exit_text, "lines": death.lines, "log": log}
    desk.event("worker_crashed", data)
    if in_a_row + 1 >= MAX_CRASHES_IN_A_ROW:
        raise PhaseFailed("the worker died %d times in a row, last with %s" % (in_a_row + 1, death.exit_text))
    return in_a_row + 1


def _run_start(desk: Desk, index: int, phase: Phase, number: int, body: _Body) -> bool:
    """One fresh worker from its start to its end; True where it did all that was asked.

    Raises:
        PhaseFailed: it refused what would be refused again: the engine, the frames, the options.
        WorkerDied: it crashed.
    """
    worker = desk.start_worker(phase, number)
    start = _Start(desk, phase, index, number, worker)
    desk.event("start_began", {"phase": phase.id, "start": number, "pid": worker.pid})
    try:
        hello = start.ask("hello", {"runtime": desk.plan.runtime})
        loaded = start.ask("load", desk.load_arguments())
        desk.event("start_loaded", dict(hello, **loaded, phase=phase.id, start=number))
        result = body(start)
        memory = start.ask("memory", {})
    except CommandError as error:
        desk.event("start_refused", {"phase": phase.id, "start": number, "error": error.to_json()})
        raise PhaseFailed(error.summary) from error
    finally:
        desk.end_worker(worker)
    complete = not result.get("cancelled", False)
    data = dict(result, hwm_bytes=memory["hwm_bytes"], rss_bytes=memory["rss_bytes"], complete=complete)
    desk.event("start_ended", dict(data, phase=phase.id, start=number))
    return complete


def _measure_passes(start: _Start) -> Dict[str, Any]:
    phase = start.phase
    in_flight = start.desk.plan.load.streams if phase.kind == "throughput" else 1
    total: Dict[str, Any] = {"frames": 0, "errors": 0, "cancelled": False, "passes": []}
    warm_up = Pass("warm_up", phase.warm_up, None, None)
    for which, one in [(WARM_UP, warm_up), *enumerate(phase.passes)]:
        if (which == WARM_UP and not phase.warm_up) or total["cancelled"]:
            continue
        outcome = start.measure("measure", which, one, in_flight=in_flight)
        total["cancelled"] = total["cancelled"] or outcome["cancelled"]
        if which != WARM_UP:
            total["frames"] += outcome["frames"]
            total["errors"] += outcome["errors"]
            total["passes"].append(dict(outcome, name=one.name))
    return total


def _keep_outputs(start: _Start) -> Dict[str, Any]:
    frames = list(start.phase.frames)
    if not frames:
        return {"frames": 0, "errors": 0, "cancelled": False}
    outcome: Dict[str, Any] = start.measure("outputs", 0, Pass("outputs", None, None, None), frames=frames)
    return outcome


def _send_wrong_inputs(start: _Start) -> Dict[str, Any]:
    """Each wrong input over the protocol, then the next good frame."""
    frames = start.desk.plan.frames
    good = read_first_frame(start.desk.frames_path(), frames)
    good_args = {"shape": [frames.height, frames.width, 3], "dtype": "uint8"}
    wrong: List[str] = []
    start.ask("infer", good_args, [good])
    for case in wrong_inputs(frames.height, frames.width):
        error = _refusal(start, {"shape": case.shape, "dtype": case.dtype}, [] if case.data is None else [case.data])
        after = _refusal(start, good_args, [good])
        code = None if error is None else error.code
        data = {
            "phase": start.phase.id,
            "case": case.name,
            "code": code,
            "expected": case.code,
            "text": "" if error is None else error.summary,
            "next_frame_ok": after is None,
        }
        start.desk.event("validation", data)
        if code != case.code or after is not None:
            wrong.append(case.name)
    return {"frames": 0, "errors": 0, "cancelled": False, "not_as_expected": wrong}


def _refusal(start: _Start, args: Dict[str, Any], attachments: Any) -> Optional[CommandError]:
    try:
        start.ask("infer", args, attachments)
    except CommandError as error:
        return error
    return None
