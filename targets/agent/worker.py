"""The engine's worker: a fresh process that loads one engine and does what the run process asks over its pipes.

It alone imports numpy and a runtime, so its memory is the engine's and its crash is nobody else's.
"""

from __future__ import annotations

import faulthandler
import hashlib
import mmap
import os
import queue
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .live_plan import Begin, Live, LivePack, LiveSource
from .manifest import read_about
from .plan import HeadChoice, Preprocess, parse_load
from .protocol import (
    E_HASH,
    E_INTERNAL,
    E_MISSING,
    E_RUNTIME,
    E_USAGE,
    CommandError,
    Message,
    read_message,
    write_message,
)
from .runtimes.base import Engine, Runtime, find_runtime
from .sensors import proc


class Loaded(NamedTuple):
    """What `load` leaves behind."""

    pipelines: List[Any]
    """The first is made at once."""


class Worker:
    """Answers requests one after another; a second thread reads them, so that `cancel` reaches a running pass."""

    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests = requests
        self._replies = replies
        self._inbox: queue.Queue[Message] = queue.Queue()
        self._stop = threading.Event()
        self._controls: queue.SimpleQueue[Dict[str, Any]] = queue.SimpleQueue()
        self._runtime: Optional[Runtime] = None
        self._loaded: Optional[Loaded] = None
        self._commands: Dict[str, Callable[[int, Message], Dict[str, Any]]] = {
            "hello": self._hello,
            "load": self._load,
            "measure": self._measure,
            "outputs": self._outputs,
            "infer": self._infer,
            "live": self._live,
            "memory": lambda _id, _message: memory(),
        }

    def serve(self) -> int:
        """Answer until `exit` comes; the end of the pipe, with the run process gone, ends the process at once."""
        threading.Thread(target=self._read, daemon=True).start()
        while True:
            message = self._inbox.get()
            if message.header.get("do") == "exit":
                return 0
            self._answer(message)

    def _read(self) -> None:
        while True:
            message = read_message(self._requests)
            if message is None:
                os._exit(0)
            if message.header.get("do") == "cancel":
                self._stop.set()
                continue
            if message.header.get("do") == "tell":
                self._controls.put(message.header.get("message", {}))
                continue
            self._stop.clear()
            self._inbox.put(message)
            if message.header.get("do") == "exit":
                return

    def _answer(self, message: Message) -> None:
        request = message.header.get("id")
        if type(request) is not int:
            raise CommandError(E_USAGE, "a request without an id")
        try:
            command = self._commands.get(str(message.header.get("do")))
            if command is None:
                raise CommandError(E_USAGE, "the worker does not know %r" % message.header.get("do"))
            reply: Dict[str, Any] = {"id": request, "ok": command(request, message)}
        except CommandError as error:
            reply = {"id": request, "error": error.to_json()}
        except MemoryError:
            reply = {"id": request, "error": CommandError(E_INTERNAL, "the worker ran out of memory").to_json()}
        write_message(self._replies, reply)

    def _hello(self, _request: int, message: Message) -> Dict[str, Any]:
        """Import the runtime, and say what this process weighs without an engine."""
        self._runtime = find_runtime(arguments(message).get("runtime", ""))
        facts = {"pid": os.getpid(), "runtime_version": self._runtime.version(), "python": sys.version.split()[0]}
        floor = memory()
        return dict(facts, floor_rss_bytes=floor["rss_bytes"], floor_hwm_bytes=floor["hwm_bytes"])

    def _load(self, _request: int, message: Message) -> Dict[str, Any]:
        if self._runtime is None or self._loaded is not None:
            raise CommandError(E_USAGE, "load comes once, after hello")
        args = arguments(message)
        began_ns = time.perf_counter_ns()
        data = open_checked(args["engine"], args["sha256"])
        refuse_other_version(args["engine"], self._runtime.version())
        checked_ns = time.perf_counter_ns()
        engine = self._runtime.load(data, parse_load(args["load"], "load"))
        loaded_ns = time.perf_counter_ns()
        self._loaded = Loaded([make_pipeline(engine, args)])
        return {
            "check_ms": (checked_ns - began_ns) / 1e6,
            "load_ms": (loaded_ns - checked_ns) / 1e6,
            "precisions": engine.precisions,
            "inputs": [spec._asdict() for spec in engine.inputs],
            "outputs": [spec._asdict() for spec in engine.outputs],
        }

    def _measure(self, request: int, message: Message) -> Dict[str, Any]:
        return self._run_pass(request, arguments(message), keep=None)

    def _outputs(self, request: int, message: Message) -> Dict[str, Any]:
        def keep(frame: int, outputs: Sequence[Any]) -> None:
            data = {
                "frame": frame,
                "shapes": [list(array.shape) for array in outputs],
                "dtypes": [array.dtype.str for array in outputs],
            }
            write_message(self._replies, {"event": "output", "of": request, "data": data}, outputs)

        return self._run_pass(request, arguments(message), keep)

    def _live(self, request: int, message: Message) -> Dict[str, Any]:
        """Play until it is cancelled; every message that it sends is an event `live`."""
        from .live_play import Player

        live, begin, blobs = parse_live(arguments(message))

        def send(data: Dict[str, Any], attachments: Sequence[Any]) -> None:
            write_message(self._replies, {"event": "live", "of": request, "data": data}, attachments)

        pipeline = self._ready().pipelines[0]
        return Player(pipeline, live, begin, blobs, self._controls, send, self._stop.is_set).play()

    def _run_pass(
        self, request: int, args: Dict[str, Any], keep: Optional[Callable[[int, Sequence[Any]], None]]
    ) -> Dict[str, Any]:
        from . import bench
        from .meter import Job, Meter

        job = Job(**{name: args[name] for name in Job._fields if name in args})

        def send(job: Job, samples: bench.Samples) -> None:
            rows, parts = samples.rows, samples.take()
            if job.which < 0:
                rows, parts = 0, []
            header = {"event": "samples", "of": request, "data": {"rows": rows, "columns": bench.COLUMNS}}
            write_message(self._replies, header, parts)

        return dict(Meter(self._pipelines(job.in_flight), send, keep, self._stop.is_set).measure(job)._asdict())

    def _pipelines(self, count: int) -> List[Any]:
        """One pipeline for each frame in flight; those beyond the first are made when they are first needed."""
        pipelines = self._ready().pipelines
        while len(pipelines) < count:
            pipelines.append(pipelines[0].fork())
        return pipelines[:count]

    def _infer(self, _request: int, message: Message) -> Dict[str, Any]:
        """One frame that came with the request; a wrong one is refused before the runtime sees it."""
        from .validation import check_input

        pipeline = self._ready().pipelines[0]
        height, width = pipeline.frame.shape[:2]
        data = check_input(arguments(message), message.attachments, height, width)
        memoryview(pipeline.frame).cast("B")[:] = data
        stamps, found, outputs = pipeline.run()
        bad_boxes, bad_scores = pipeline.check(found, outputs)
        return {
            "boxes": finite(found.boxes),
            "scores": finite(found.scores),
            "classes": found.classes.tolist(),
            "latency_us": (stamps[-1] - stamps[0]) / 1e3,
            "bad_boxes": bad_boxes,
            "bad_scores": bad_scores,
        }

    def _ready(self) -> Loaded:
        if self._loaded is None:
            raise CommandError(E_USAGE, "no engine is loaded yet")
        return self._loaded


def arguments(message: Message) -> Dict[str, Any]:
    """A request's arguments."""
    value = message.header.get("args", {})
    if not isinstance(value, dict):
        raise CommandError(E_USAGE, "the arguments are no object")
    return value


def parse_live(args: Dict[str, Any]) -> Tuple[Live, Begin, Path]:
    """What a run asks a worker to play; the plan was checked when it came."""
    live = Live(**dict(args["live"], source=LiveSource(**args["live"]["source"])))
    begin = Begin(**dict(args["begin"], packs={place: LivePack(*pack) for place, *pack in args["begin"]["packs"]}))
    return live, begin, Path(args["blobs"])


def memory() -> Dict[str, Optional[int]]:
    """This process's resident memory now and at its peak, as the kernel says it."""
    found = proc.parse_process_memory(proc.read_text("/proc/self/status").encode("utf-8"))
    return {"rss_bytes": found.rss_bytes, "hwm_bytes": found.hwm_bytes}


def open_checked(path: str, sha256: str) -> mmap.mmap:
    """An engine's bytes, mapped, after checking that they are what their name says.

    Raises:
        CommandError: E_MISSING, or E_HASH where a byte differs.
    """
    try:
        with Path(path).open("rb") as stream:
            data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY)
    except (OSError, ValueError) as error:
        raise CommandError(E_MISSING, "the engine %s cannot be read" % path, "", str(error)) from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise CommandError(
            E_HASH,
            "the engine %s is not what was installed: its sha256 is %s, not %s" % (path, found, sha256),
            "Deploy the release again.",
        )
    return data


def refuse_other_version(engine: str, version: str) -> None:
    """Refuse an engine whose release names another version of the runtime, before the runtime reads a byte of it.

    Raises:
        CommandError: E_RUNTIME with both versions.
    """
    built = read_about(Path(engine).parent).get("runtime_version")
    if isinstance(built, str) and built != version:
        text = "the engine was built with version %s of its runtime; this board has %s" % (built[:200], version)
        raise CommandError(E_RUNTIME, text, "Build it again on this board, and deploy it.")


def make_pipeline(engine: Engine, args: Dict[str, Any]) -> Any:
    """From frame to detections, for a loaded engine; refuses what does not fit together."""
    from .bench import Pipeline
    from .frames import FramePack, Preprocessor
    from .heads.base import OutputSpec, make_head

    pack = FramePack(args["frames"]) if args["frames"] else None
    width, height = (args["head"][2], args["head"][3]) if pack is None else (pack.width, pack.height)
    (spec,) = engine.inputs
    preprocess = Preprocessor(Preprocess(*args["preprocess"]), height, width, spec.dtype)
    if spec.shape != preprocess.buffer.shape:
        text = "the engine takes %s %s; the frames are %dx%d"
        raise CommandError(E_USAGE, text % (spec.dtype, list(spec.shape), width, height))
    plugin = bytes(open_checked(args["plugin"], args["head"][-1])) if args["plugin"] else b""
    outputs = [OutputSpec(output.name, output.shape, output.dtype) for output in engine.outputs]
    head = make_head(HeadChoice(*args["head"]), outputs, plugin)
    return Pipeline(engine, preprocess, head, pack, (args["confidence"], args["nms_iou"], args["max_detections"]))


def finite(array: Any) -> List[Any]:
    """An array as nested lists whose numbers are JSON: what is not finite becomes None."""
    import numpy as np

    return [finite(row) if getattr(row, "ndim", 0) else (float(row) if np.isfinite(row) else None) for row in array]


def main(argv: Sequence[str]) -> int:
    """The mode `worker`: frames on stdin and stdout; whatever prints goes to stderr."""
    if argv:
        sys.stderr.write("worker takes no arguments\n")
        return 2
    faulthandler.enable(all_threads=False)
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    worker = Worker(sys.stdin.buffer, replies)
    return worker.serve()
