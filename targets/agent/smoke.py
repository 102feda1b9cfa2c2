"""The trial of a staged release: a fresh worker loads its engine and runs one frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from .blobs import Blobs
from .frames_file import read_first_frame
from .plan import PLUGIN_FILE, Plan, parse_plan
from .process import agent_command
from .protocol import E_RUNTIME, E_USAGE, E_WORKER, CommandError
from .session import Request
from .worker_client import WorkerClient, WorkerDied


def try_release(value: Dict[str, Any], folder: Path, blobs: Blobs, scratch: Path, request: Request) -> Dict[str, Any]:
    """Load a release's engine and run the first frame of a plan's frames through it.

    Args:
        value: a plan (`plan.py`) whose engine lies in the release; its phases are not carried out.
        folder: the release, staged or installed.
        blobs: where the frames are.
        scratch: a folder for the worker's log.
        request: cancelled, it ends the worker.

    Raises:
        CommandError: E_HASH for an engine or frames with other bytes, E_RUNTIME for an engine that does not load or
            gives boxes or scores that cannot be, E_WORKER for a worker that died.
    """
    plan = parse_plan(value)
    name = plan.engine_path.rpartition("/")[2]
    if not (folder / name).is_file():
        raise CommandError(E_USAGE, "the trial asks for the engine %s, which the release does not have" % name)
    frames = str(blobs.checked_path(plan.frames.sha256, request.check))
    worker = WorkerClient(agent_command("worker"), scratch / "worker.log")
    try:
        request.on_cancel(worker.kill)
        return _try(worker, plan, str(folder / name), frames)
    except WorkerDied as error:
        request.check()
        text = "the trial's worker ended (%s)" % error.exit_text
        raise CommandError(E_WORKER, text, "The release was not installed.", "\n".join(error.lines)) from error
    finally:
        worker.close()


def _try(worker: WorkerClient, plan: Plan, engine: str, frames: str) -> Dict[str, Any]:
    hello = worker.ask("hello", {"runtime": plan.runtime})
    load = {
        "engine": engine,
        "sha256": plan.engine_sha256,
        "load": plan.load._asdict(),
        "frames": frames,
        "head": plan.head.to_json(),
        "plugin": str(Path(engine).with_name(PLUGIN_FILE)) if plan.head.plugin else "",
        "preprocess": list(plan.preprocess),
        "confidence": plan.confidence,
        "nms_iou": plan.nms_iou,
        "max_detections": plan.max_detections,
    }
    loaded = worker.ask("load", load)
    size = [plan.frames.height, plan.frames.width, 3]
    found = worker.ask("infer", {"shape": size, "dtype": "uint8"}, [read_first_frame(frames, plan.frames)])
    if found["bad_boxes"] or found["bad_scores"]:
        text = "the trial's frame gave %d boxes and %d scores that cannot be" % (
            found["bad_boxes"],
            found["bad_scores"],
        )
        raise CommandError(E_RUNTIME, text, "The release was not installed; check its head and its candidate.")
    return {
        "runtime_version": hello["runtime_version"],
        "load_ms": loaded["load_ms"],
        "precisions": loaded["precisions"],
        "latency_us": found["latency_us"],
        "detections": len(found["boxes"]),
    }
