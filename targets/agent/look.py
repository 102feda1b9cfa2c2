"""What the board's Python has: numpy, cv2 and the runtimes, looked at in a process that ends at once.

The agent itself never imports them: they are large, and a broken one must not take the agent with it.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any, BinaryIO, Callable, Dict, List, Optional

from .process import Child, agent_command, describe_exit
from .protocol import CommandError, ProtocolError, read_message, write_message
from .runtimes.base import RUNTIMES, find_runtime

LIMIT_S = 45.0
LIBRARIES = ("numpy", "cv2", "tensorrt")
_CUDA = Path("/usr/local/cuda")
_CUDART = ("libcudart.so", "libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", "libcudart.so.10.2")


def look(started: Callable[[Child], None], python: Optional[str] = None) -> Dict[str, Any]:
    """Facts by name: the version of each of LIBRARIES and of `cuda` (None where it is not there), `problems` (why one
    that is there cannot be used) and `runtimes`; a look that failed says why for each runtime.

    `started` is told the process, so that somebody else may kill it. `python` is another Python than the agent's own.
    """
    argv = agent_command("look")
    child = Child(argv if python is None else [python, *argv[1:]], stderr=subprocess.PIPE)
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
    runtimes = {name: {"missing": why, "problem": why} for name in RUNTIMES}
    return dict(dict.fromkeys(LIBRARIES), problems=dict.fromkeys(LIBRARIES, why), runtimes=runtimes)


def main(frames: BinaryIO) -> int:
    """The mode `look`: one frame with what is there."""
    problems: Dict[str, str] = {}
    facts: Dict[str, Any] = {name: _version(name, problems) for name in LIBRARIES}
    facts["cuda"] = _cuda()
    facts["problems"] = problems
    facts["runtimes"] = {name: _describe(name) for name in RUNTIMES}
    write_message(frames, facts)
    return 0


def _version(name: str, problems: Dict[str, str]) -> Optional[str]:
    """A library's version; one that is there and cannot be imported is a problem: built for another numpy, or too new
    for the system's C library."""
    try:
        return str(importlib.import_module(name).__version__)
    except (ImportError, OSError, AttributeError, RuntimeError, TypeError, ValueError) as error:
        if not isinstance(error, ModuleNotFoundError) or error.name != name:
            problems[name] = _last_line(error)
        return None


def _last_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1][:400]


def _cuda() -> Optional[str]:
    """CUDA's version as its own folder names it, else as its runtime library does."""
    try:
        return str(json.loads((_CUDA / "version.json").read_text())["cuda"]["version"])
    except (OSError, ValueError, LookupError, TypeError):
        pass
    try:
        found = re.search(r"CUDA Version ([\d.]+)", (_CUDA / "version.txt").read_text())
    except OSError:
        found = None
    return _cudart_version() if found is None else found.group(1)


def _cudart_version() -> Optional[str]:
    version = ctypes.c_int(0)
    for name in _CUDART:
        try:
            library = ctypes.CDLL(name)
            failed = library.cudaRuntimeGetVersion(ctypes.byref(version))
        except (OSError, AttributeError):
            continue
        if not failed and version.value > 0:
            return "%d.%d" % (version.value // 1000, version.value % 1000 // 10)
    return None


def _describe(name: str) -> Dict[str, Any]:
    try:
        runtime = find_runtime(name)
        precisions: List[str] = runtime.precisions()
        return {"version": runtime.version(), "device_key": runtime.device_key(), "precisions": precisions}
    except CommandError as error:
        why = " ".join([error.summary, *(["(%s)" % error.detail] if error.detail else [])])
        return {"missing": error.hint or error.summary, "problem": why[:400]}
    except (ImportError, OSError, AttributeError, RuntimeError, TypeError, ValueError) as error:
        why = "it is there, but cannot be used: %s" % _last_line(error)
        return {"missing": why, "problem": why}
