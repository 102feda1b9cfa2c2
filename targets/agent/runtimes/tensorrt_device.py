"""What an engine of TensorRT is bound to: version, device and board; told when it is built, checked before it loads.

Loading runs native code on the engine's bytes, and without a driver it ends the process, so both are looked at first.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from typing import Any, Dict, Mapping, NamedTuple, Optional

from ..facts import parse_l4t
from ..protocol import E_RUNTIME, CommandError
from ..sensors import proc
from .cuda_memory import Cuda, DeviceFacts, open_cuda
from .tensorrt_api import TENSORRT_RTX, Caps

_MODE = re.compile(r"NV Power Mode:\s*(\S+)")
MODE_LIMIT_S = 5.0
_BOUND = ("module", "version", "gpu", "compute_capability")
"""An engine runs only where these are the same."""
_NOTED = ("driver", "l4t", "power_mode")
"""Another one of these changes how fast an engine is, or may."""
_MAGIC = {b"ftrt": "TensorRT", b"vtrt": "TensorRT for RTX"}
"""How plans begin. NVIDIA does not document it, so it only ever is a hint."""


class Device(NamedTuple):
    """The way to the device, and what it is."""

    cuda: Cuda
    facts: DeviceFacts


def find_device() -> Device:
    """The device, asked for through CUDA before TensorRT is.

    Raises:
        CommandError: E_MISSING with what each way to CUDA said.
    """
    cuda = open_cuda()
    return Device(cuda, cuda.describe())


def device_key(facts: DeviceFacts) -> str:
    """sha256 of what an engine is bound to besides the version: device, compute capability, L4T and power mode."""
    parts = [facts.name, capability_text(facts), l4t() or "", power_mode() or ""]
    return hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()


def native_precisions(facts: DeviceFacts) -> Dict[str, bool]:
    """Which types the device computes in faster than in float32, by its compute capability.

    Source: CUDA's table of arithmetic throughput. Half is full rate or better from 5.3 but for 6.1 and 5.0, 8-bit
    products (DP4A) came with 6.1 and are absent from 6.2, the TX2.
    """
    capability = facts.compute_capability
    half = capability >= (7, 0) or capability in ((5, 3), (6, 0), (6, 2))
    return {"f32": True, "f16": half, "i8": capability >= (6, 1) and capability != (6, 2)}


def capability_text(facts: DeviceFacts) -> str:
    """Such as `8.7`."""
    return "%d.%d" % facts.compute_capability


def sidecar(caps: Caps, version: str, facts: Optional[DeviceFacts]) -> Dict[str, str]:
    """What an engine was built with; a device's facts are absent where it was built without one."""
    known = {"module": caps.module, "version": version, "l4t": l4t(), "power_mode": power_mode()}
    if facts is not None:
        known.update(gpu=facts.name, compute_capability=capability_text(facts), driver=facts.driver)
    return {key: value for key, value in sorted(known.items()) if value}


def check_sidecar(built: Mapping[str, str], here: Mapping[str, str]) -> None:
    """Refuse an engine that was built for something else, and say what else differs on standard error.

    Raises:
        CommandError: E_RUNTIME with what it was built with and what is here.
    """
    wrong = ["%s %s, here it is %s" % (key, built[key], here[key]) for key in _BOUND if _differs(built, here, key)]
    if wrong:
        text = "the engine was built for another board: %s" % "; ".join(word.replace("_", " ") for word in wrong)
        raise CommandError(E_RUNTIME, text, "Build it again on this board: slipway build.")
    for key in _NOTED:
        if _differs(built, here, key):
            words = (key.replace("_", " "), built[key], here[key])
            sys.stderr.write("the engine was built with %s %s, here it is %s\n" % words)


def _differs(built: Mapping[str, str], here: Mapping[str, str], key: str) -> bool:
    return key in built and key in here and built[key] != here[key]


def plan_hint(data: Any, module: str) -> str:
    """What the first bytes of an engine that cannot be loaded look like, and what that means; empty for a usual one."""
    head = bytes(memoryview(data)[:4096])
    expected = "TensorRT for RTX" if module == TENSORRT_RTX else "TensorRT"
    found = _MAGIC.get(head[:4])
    if found == expected:
        return ""
    if found:
        return "The engine is one of %s; the deployment asks for %s." % (found, expected)
    if head[4:5] == b"{" and any(magic in bytes(data) for magic in _MAGIC):
        return "The engine has metadata in front of it, as Ultralytics writes it: build it with Slipway instead."
    return "The bytes do not begin as an engine of TensorRT does: build it again on this board."


def l4t() -> Optional[str]:
    """The release of NVIDIA's Linux for Tegra, such as `R36.4.7`; None on other machines."""
    return parse_l4t(proc.read_text("/etc/nv_tegra_release", 4096))


def power_mode() -> Optional[str]:
    """The name of a Jetson's power mode, such as `15W`; None on other machines, or where it is not told."""
    program = shutil.which("nvpmodel", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "-q"], check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=MODE_LIMIT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _MODE.search(done.stdout.decode("utf-8", "replace"))
    return found.group(1) if found else None
