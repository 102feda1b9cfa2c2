"""The run process: carries out a plan phase by phase, and is the only writer of its folder.

One thread does everything: it asks workers and, while it waits for them, samples telemetry, looks at the control
files and commits the recording once a second. It needs the standard library alone.
"""

from __future__ import annotations

import array
import contextlib
import datetime as dt
import math
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO, Dict, List, Optional, Sequence, Tuple

from .files import cannot_write, sha256_file
from .live_line import LiveLine
from .live_state import LiveState
from .phases import run_phase
from .plan import Phase, Plan, parse_plan
from .process import agent_command
from .protocol import E_BUSY, E_HASH, E_MISSING, E_USAGE, CommandError
from .recording import CannotRecord, Recording
from .run_folder import STOP, STOP_HARD, RunFolder, boot_id
from .sampler import COLUMNS, Sampler, Schedule
from .worker_client import Event, WorkerClient

CONTROL_EVERY_NS = 200_000_000
COMMIT_EVERY_NS = 750_000_000
"""With the samples that still wait in the worker (0.2 s), a kill loses less than a second."""

STOP_GRACE_NS = 10_000_000_000
"""A worker that was told to stop and goes on for so long is killed."""

TELEMETRY = (("mono_ns", "q"), *COLUMNS)
"""The stream `telemetry`."""

_NS = 10**9


class Run:
    """One run from its plan to its status.

    Args:
        folder: where it writes.
        plan: what it shall do.
        line: to whom it tells what it plays live; None tells nobody.
    """

    def __init__(self, folder: RunFolder, plan: Plan, line: Optional[LiveLine] = None) -> None:
        self.plan = plan
        self._folder = folder
        self._line = line if any(phase.live for phase in plan.phases) else None
        self._live: Optional[LiveState] = None
        self._signalled = False
        self._stop_ns: Optional[int] = None
        self._told: Dict[str, bool] = {}
        self._hard = False
        self._cancelled = False
        self._phase: Optional[Phase] = None
        self._outputs: Optional[BinaryIO] = None
        meta = {
            "run": plan.run,
            "boot_id": boot_id(),
            "started_mono_ns": str(time.monotonic_ns()),
            "started_utc": dt.datetime.now(dt.timezone.utc).isoformat(),
        }
        folder.keep_reserve()
        self._recording = Recording(folder.live, meta)
        parent = os.getppid()
        self._sampler = Sampler((os.getpid(),) + ((parent,) if parent > 1 else ()))
        now_ns = time.monotonic_ns()
        self._telemetry = Schedule(now_ns, int(_NS / plan.telemetry_hz))
        self._telemetry_ns = now_ns
        self._control_ns = now_ns
        self._commit_ns = now_ns + COMMIT_EVERY_NS

    def carry_out(self) -> str:
        """All phases; the state that the run ended in: `done`, `stopped` or `failed`."""
        ends: List[Dict[str, Any]] = []
        state, text = "failed", "the run's process failed; its log says where"
        try:
            state, text = self._carry_out(ends)
        except CommandError as error:
            text = error.summary
            raise
        except CannotRecord as failure:
            text = failure.error.summary
            raise failure.error from failure
        finally:
            self._end(state, text)
            self._folder.write_status(state, text, ends)
        return state

    def _carry_out(self, ends: List[Dict[str, Any]]) -> Tuple[str, str]:
        self.event("run_started", {"run": self.plan.run, "pid": os.getpid(), "phases": len(self.plan.phases)})
        self._check_frames()
        for index, phase in enumerate(self.plan.phases):
            if self._is_stopped():
                break
            ends.append(self._carry_out_phase(index, phase))
        if self._is_stopped():
            return "stopped", "told to stop"
        failed = [end["phase"] for end in ends if end["state"] == "failed"]
        text = "failed phases: %s" % ", ".join(failed) if failed else ""
        return ("failed" if len(failed) == len(ends) else "done"), text

    def _end(self, state: str, text: str) -> None:
        """Record the end, if anything can still be recorded, and close everything."""
        self.event("run_ended", {"state": state, "text": text})
        with contextlib.suppress(CannotRecord):
            self._recording.commit()
        self._recording.close()
        self._sampler.close()
        if self._outputs is not None:
            self._outputs.close()

    def on_signal(self, _number: int, _frame: Any) -> None:
        """SIGTERM and SIGINT mean `stop`."""
        self._signalled = True

    def event(self, kind: str, data: Dict[str, Any]) -> None:
        """Record an event."""
        moment_ns = time.monotonic_ns()
        self._recording.event(kind, data, moment_ns)
        if self._line is not None:
            self._line.send("event", {"mono_ns": moment_ns, "kind": kind, "data": data})

    def samples(self, event: Event) -> None:
        """Record the rows of a worker's `samples` event."""
        if event.data.get("rows"):
            columns = [(str(name), str(code)) for name, code in event.data["columns"]]
            self._recording.rows("frames", columns, event.attachments)

    def keep_outputs(self, event: Event) -> None:
        """Append the arrays of a worker's `output` event to `outputs.bin`, then record where they are."""
        try:
            if self._outputs is None:
                self._outputs = self._folder.outputs.open("ab")
            offset = self._outputs.seek(0, os.SEEK_END)
            for part in event.attachments:
                self._outputs.write(part)
            self._outputs.flush()
        except OSError as error:
            raise CannotRecord(cannot_write(self._folder.outputs, error)) from error
        self.event("output", dict(event.data, offset=offset, sizes=[len(part) for part in event.attachments]))

    def told_to_end(self, phase: Phase) -> bool:
        """Whether the phase, or the whole run, shall end."""
        return self._is_stopped() or self._told.get(phase.id, False)

    def start_worker(self, phase: Phase, start: int) -> WorkerClient:
        """A fresh worker; its standard error is kept in `logs/` if it says anything."""
        worker = WorkerClient(agent_command("worker"), self._folder.logs / ("%s-%d.log" % (phase.id, start)))
        self._sampler.watch_worker(worker.pid)
        self._cancelled = False
        return worker

    def end_worker(self, worker: WorkerClient) -> None:
        """Let a worker end; its last rows are committed with the next second."""
        self._sampler.watch_worker(None)
        try:
            worker.close(self.tend)
        except CannotRecord:
            worker.kill()
            worker.close()
            raise

    def ask(self, worker: WorkerClient, phase: Phase, do: str, args: Dict[str, Any], attachments: Any = ()) -> Any:
        """Ask a worker while everything else goes on."""
        self._phase = phase
        self._cancelled = False  # the worker forgets a cancel that came before this request
        return worker.ask(do, args, attachments, idle=self.tend, on_event=self.take)

    def load_arguments(self) -> Dict[str, Any]:
        """What every worker is asked to load."""
        plan = self.plan
        return {
            "engine": str(self._folder.root / plan.engine_path),
            "sha256": plan.engine_sha256,
            "load": plan.load._asdict(),
            "frames": self.frames_path(),
            "head": plan.head.to_json(),
            "plugin": str(self._folder.root / plan.plugin_path) if plan.head.plugin else "",
            "preprocess": list(plan.preprocess),
            "confidence": plan.confidence,
            "nms_iou": plan.nms_iou,
            "max_detections": plan.max_detections,
        }

    def frames_path(self) -> str:
        """The frames' pack; empty where frames come from the board's camera."""
        sha256 = self.plan.frames.sha256
        return str(self._folder.root / "blobs" / sha256) if sha256 else ""

    def live_state(self, phase: Phase) -> LiveState:
        """What a live phase has to know from worker to worker."""
        if self._live is None:
            if phase.live is None:
                raise CommandError(E_USAGE, "the phase %s plays nothing live" % phase.id)
            self._live = LiveState(phase.live, str(self._folder.root / "blobs"))
            if self._line is not None:
                self._line.hand_to(self._live.take)
        return self._live

    def _carry_out_phase(self, index: int, phase: Phase) -> Dict[str, Any]:
        self.event("phase_started", {"phase": phase.id, "kind": phase.kind})
        state, text = run_phase(self, index)
        end = {"phase": phase.id, "state": state, "text": text}
        self.event("phase_ended", end)
        self._recording.commit()  # so that no block holds rows of two phases, and followers hear of the end now
        return end

    def _check_frames(self) -> None:
        if not self.plan.frames.sha256:
            return
        try:
            found = sha256_file(Path(self.frames_path()))
        except OSError as error:
            raise CommandError(E_MISSING, "the frames are not on this board", "Send them again.", str(error)) from error
        if found != self.plan.frames.sha256:
            raise CommandError(E_HASH, "the frames' bytes are not what their name says", "Send them again.")

    def take(self, event: Event) -> None:
        if event.name == "samples":
            self.samples(event)
        elif event.name == "output":
            self.keep_outputs(event)
        elif event.name == "live":
            self._take_live(event)

    def _take_live(self, event: Event) -> None:
        """Record the rows of a worker that plays live, and tell them, with its pictures, to whoever watches."""
        data, parts = event.data, event.attachments
        columns, box_columns = (
            [(str(name), str(code)) for name, code in data[key]] for key in ("columns", "box_columns")
        )
        if data["rows"]:
            self._recording.rows("frames", columns, parts[: len(columns)])
        if data["boxes"]:
            self._recording.rows("boxes", box_columns, parts[len(columns) : len(columns) + len(box_columns)])
        if self._live is not None:
            self._live.took(data)
        if self._line is not None:
            self._line.send("live", data, parts)

    def _is_stopped(self) -> bool:
        return self._signalled or self._stop_ns is not None

    def tend(self, worker: WorkerClient) -> float:
        """What is due now, besides the worker; seconds until the next thing is."""
        now_ns = time.monotonic_ns()
        if now_ns >= self._telemetry_ns:
            self._sample(now_ns)
        if now_ns >= self._control_ns:
            self._look_at_control(now_ns, worker)
        if now_ns >= self._commit_ns:
            self._recording.commit()
            self._commit_ns = time.monotonic_ns() + COMMIT_EVERY_NS
        due_ns = min(self._telemetry_ns, self._control_ns, self._commit_ns)
        return max(0, due_ns - time.monotonic_ns()) / _NS

    def _sample(self, now_ns: int) -> None:
        values = self._sampler.read(now_ns)
        if self._line is not None:
            known = {name: value for (name, _), value in zip(COLUMNS, values) if not math.isnan(value)}
            self._line.send("telemetry", {"mono_ns": now_ns, "values": known})
        row = zip(TELEMETRY, [now_ns, *values])
        parts = [array.array(code, [value]).tobytes() for (_, code), value in row]
        self._recording.rows("telemetry", TELEMETRY, parts)
        self._telemetry_ns = self._telemetry.next_after(time.monotonic_ns())

    def _look_at_control(self, now_ns: int, worker: WorkerClient) -> None:
        self._control_ns = now_ns + CONTROL_EVERY_NS
        phase = self._phase
        asked = set(self._folder.asked_words())
        if self._stop_ns is None and (self._signalled or asked & {STOP, STOP_HARD}):
            self._stop_ns = now_ns
        if phase is not None and "advance-" + phase.id in asked:
            self._told[phase.id] = True
        if phase is None or not self.told_to_end(phase):
            return
        late = self._stop_ns is not None and now_ns - self._stop_ns > STOP_GRACE_NS
        if (STOP_HARD in asked or late) and not self._hard:
            self._hard = True
            worker.kill()
        elif not self._cancelled:
            self._cancelled = True
            worker.cancel()


def main(argv: Sequence[str], line: Optional[LiveLine] = None) -> int:
    """The mode `run RUNFOLDER`: 0 where the run went to its end or was stopped, 1 where it could not."""
    if len(argv) != 1:
        sys.stderr.write("run takes one argument: the run's folder\n")
        return 2
    folder = RunFolder(Path(argv[0]))
    try:
        with folder.hold():
            return _run(folder, line)
    except CommandError as error:
        sys.stderr.write("%s: %s\n%s\n%s\n" % (error.code, error.summary, error.hint, error.detail))
        return 1


def _run(folder: RunFolder, line: Optional[LiveLine]) -> int:
    if folder.live.exists():
        raise CommandError(
            E_BUSY, "the run %s was carried out already" % folder.path.name, "Start it under a new name."
        )
    try:
        run = Run(folder, parse_plan(folder.read_plan()), line)
    except CommandError as error:
        folder.write_status("failed", error.summary, [])
        raise
    except CannotRecord as failure:
        raise failure.error from failure
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, run.on_signal)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))  # held back since `main.py`
    return 1 if run.carry_out() == "failed" else 0
