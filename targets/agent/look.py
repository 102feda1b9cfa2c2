"""What the board's Python has: numpy, cv2 and the runtimes, looked at in a process that ends at once.

The agent itself never imports them: they are large, and a broken one must not take the agent with it.
"""

from __future__ import annotations

import importlib
import subprocess
from typing import Any, BinaryIO, Callable, Dict, List

from .process import Child, agent_command, describe_exit
from .protocol import CommandError, ProtocolError, read_message, write_message
from .runtimes.base import RUNTIMES, find_runtime

LIMIT_S = 45.0
LIBRARIES = ("numpy", "cv2")


def look(started: Callable[[Child], None]) -> Dict[str, Any]:
    """Facts by name: `numpy`, `cv2` (version or None) and `runtimes`; a look that failed says why for each runtime.

    `started` is told the process, so that somebody else may kill it.
    """
    child = Child(agent_command("look"), stderr=subprocess.PIPE)
    started(child)
    try:
        child.stdin.close()
        if child.wait_exited(LIMIT_S):
            message = read_message(child.stdout)
            if message is not None:
                return message.header
    except ProtocolError:
        child.kill()
    finally:
        code = child.finish()
    lines = child.last_lines()
    why = "it cannot be looked at: %s%s" % (describe_exit(code), ": " + lines[-1] if lines else "")
    return dict(dict.fromkeys(LIBRARIES), runtimes={name: {"missing": why} for name in RUNTIMES})


def main(frames: BinaryIO) -> int:
    """The mode `look`: one frame with what is there."""
    facts: Dict[str, Any] = {name: _version(name) for name in LIBRARIES}
    facts["runtimes"] = {name: _describe(name) for name in RUNTIMES}
    write_message(frames, facts)
    return 0


def _version(name: str) -> Any:
    try:
        return str(importlib.import_module(name).__version__)
    except (ImportError, OSError, AttributeError):
        return None


def _describe(name: str) -> Dict[str, Any]:
    try:
        runtime = find_runtime(name)
        precisions: List[str] = runtime.precisions()
        return {"version": runtime.version(), "device_key": runtime.device_key(), "precisions": precisions}
    except CommandError as error:
        return {"missing": error.hint or error.summary}
