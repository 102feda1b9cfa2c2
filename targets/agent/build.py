"""Building an engine: a fresh process for each build, in a group of its own, whose result counts only by its hash."""

from __future__ import annotations

import faulthandler
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO, Callable, Dict, Optional

from . import files
from .blobs import Blobs
from .plan import parse_load, parse_preprocess
from .process import Child, agent_command, describe_exit, end_own_group, on_parent_end
from .protocol import E_RUNTIME, CommandError, ProtocolError, read_message, write_message
from .runtimes.base import BuildWork, CalibrationFrames, find_runtime
from .session import Request

Spawn = Callable[..., Child]
"""Starts a child that ends with the agent; takes the arguments of `Child`."""


def build(request: Request, blobs: Blobs, scratch: Path, cache: Path, spawn: Spawn) -> Dict[str, Any]:
    """Build the candidate of a request; the reply names the engine, a blob, by its sha256.

    Args:
        request: `build`; cancelled, it kills the whole group of the build.
        blobs: where the candidate is and the engine goes.
        scratch: a folder of this build alone, which the caller removes.
        cache: a folder where runtimes keep what makes the next build quicker.
        spawn: starts the process.

    Raises:
        CommandError: E_RUNTIME with the last lines of a build that crashed, E_CANCELLED, or what the runtime said.
    """
    arguments = request.arguments
    candidate = blobs.checked_path(arguments["candidate"], request.check)
    options = parse_load(arguments["options"], "options")
    find_runtime(arguments["runtime"])
    files.need_space(scratch, 2 * candidate.stat().st_size)
    order = {
        "candidate": str(candidate),
        "runtime": arguments["runtime"],
        "options": options._asdict(),
        "engine": str(scratch / "engine"),
        "cache": str(cache),
        "calibration": _calibration(arguments.get("calibration"), blobs, request),
    }
    began_s = time.monotonic()
    child = spawn(
        agent_command("build"),
        stderr=subprocess.PIPE,
        on_line=lambda line: request.event("log", {"text": line}),
    )
    request.on_cancel(child.kill)
    facts = _follow(child, order, request)
    engine = scratch / "engine"
    size_bytes = engine.stat().st_size
    sha256 = blobs.adopt(engine)
    return dict(facts, sha256=sha256, size_bytes=size_bytes, seconds=time.monotonic() - began_s)


def _calibration(value: Any, blobs: Blobs, request: Request) -> Optional[Dict[str, Any]]:
    """The calibration frames of a request as the build process is told of them."""
    if value is None:
        return None
    parse_preprocess(value.get("preprocess"), "calibration.preprocess")
    path = blobs.checked_path(value.get("frames"), request.check)
    return {"frames": str(path), "preprocess": value["preprocess"]}


def _follow(child: Child, order: Dict[str, Any], request: Request) -> Dict[str, Any]:
    """Forward a build's progress to its end; its facts."""
    header: Dict[str, Any] = {}
    trouble = ""
    try:
        write_message(child.stdin, order)
        message = read_message(child.stdout)
        while message is not None and "event" in message.header:
            request.event(message.header["event"], message.header["data"])
            message = read_message(child.stdout)
        header = {} if message is None else message.header
        child.wait_exited(files.END_S if header else 0.0)
    except (OSError, ProtocolError) as error:
        trouble = str(error)
    code = child.finish()
    request.check()
    if "error" in header:
        raise CommandError.from_json(header["error"])
    if "ok" not in header:
        lines = "\n".join(line for line in [trouble, *child.last_lines()] if line)
        hint = "Its last lines are below. Too little memory looks like SIGKILL."
        raise CommandError(E_RUNTIME, "the build process crashed (%s)" % describe_exit(code), hint, lines)
    return dict(header["ok"])


def main(stdin: BinaryIO, frames: BinaryIO) -> int:
    """The mode `build`: an order on standard input, progress and facts as frames; ends with the agent."""
    faulthandler.enable()
    message = read_message(stdin)
    if message is None:
        sys.stderr.write("the build got no order\n")
        return 2
    on_parent_end(stdin.fileno(), end_own_group)
    order = message.header
    try:
        write_message(frames, {"ok": _carry_out(order, frames)})
    except CommandError as error:
        write_message(frames, {"error": error.to_json()})
        return 1
    return 0


def _carry_out(order: Dict[str, Any], frames: BinaryIO) -> Dict[str, Any]:
    def tell(fraction: Optional[float], text: str) -> None:
        write_message(frames, {"event": "progress", "data": {"fraction": fraction, "text": text}})

    runtime = find_runtime(order["runtime"])
    tell(None, "%s %s compiles the candidate" % (order["runtime"], runtime.version()))
    work = BuildWork(order["cache"], _frames(order["calibration"]), tell)
    data, facts = runtime.build(order["candidate"], parse_load(order["options"], "options"), work)
    path = Path(order["engine"])
    files.need_space(path.parent, len(data))
    try:
        files.write_durable(path, data)
    except OSError as error:
        raise files.cannot_write(path, error) from error
    tell(None, "an engine of %.1f MB is on the board's disk" % (len(data) / 1e6))
    return facts


def _frames(value: Optional[Dict[str, Any]]) -> Optional[CalibrationFrames]:
    if value is None:
        return None
    return CalibrationFrames(value["frames"], parse_preprocess(value["preprocess"], "calibration.preprocess"))
