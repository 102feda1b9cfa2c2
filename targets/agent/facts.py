"""What the board is and has; each fact by itself, None where it cannot be known."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import platform
import re
import socket
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any, Callable, Dict, Optional

from . import files, policy
from .protocol import CommandError
from .run_folder import boot_id
from .sampler import list_sensors
from .sensors import proc
from .state import list_gpus, list_isa, read_state
from .venv import list_wheels

_SHIPPED = re.compile(r"[0-9a-f]{64}")
ROOT_ID = "root-id"
_L4T = re.compile(r"^# R(\d+) \(release\), REVISION: ([\d.]+)", re.MULTILINE)


def probe(root: Path) -> Dict[str, Any]:
    """The board's facts that need nothing but the standard library."""
    facts = {name: _known(read) for name, read in _FACTS.items()}
    facts.update(read_state(root))
    facts["root"] = str(root)
    facts["root_id"] = _known(lambda: _root_id(root))
    facts["venv_wheels"] = list_wheels(root)
    facts["root_writable"] = os.access(str(_existing(root)), os.W_OK | os.X_OK)
    facts["device_key"] = _known(device_key)
    facts["agent_sha256"] = agent_sha256()
    facts.update(list_sensors())
    return facts


def device_key() -> str:
    """What a compiled engine is bound to on a CPU: instruction set, model and architecture, as a sha256."""
    cpu = _cpu()
    return _digest("\n".join([platform.machine(), cpu.model or "", " ".join(cpu.flags)]))


def agent_sha256() -> Optional[str]:
    """The hash under which this agent was shipped; None where it runs from its sources."""
    name = Path(__file__).resolve().parents[1].name
    return name if _SHIPPED.fullmatch(name) else None


def _cpu() -> proc.CpuInfo:
    return proc.parse_cpuinfo(proc.read_text("/proc/cpuinfo"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _memory_bytes() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _machine_id() -> str:
    """A module's serial number where the firmware gives one (Jetson, Raspberry Pi), else the machine id."""
    for path in ("/proc/device-tree/serial-number", "/etc/machine-id", "/var/lib/dbus/machine-id"):
        try:
            text = Path(path).read_text().strip("\0\n ")
        except OSError:
            continue
        if text:
            return text
    raise LookupError("no machine id")


def _os_name() -> str:
    text = Path("/etc/os-release").read_text()
    found = re.search(r'^PRETTY_NAME="?([^"\n]*)"?$', text, re.MULTILINE)
    return found.group(1) if found else platform.system()


def parse_l4t(text: str) -> Optional[str]:
    """NVIDIA's version of a Jetson's system from `/etc/nv_tegra_release`, as `R36.4.7`; None where it says none."""
    found = _L4T.search(text)
    return None if found is None else "R%s.%s" % found.groups()


def _like() -> str:
    """What the system is and is like, by the names that its packages go by: `ubuntu debian`."""
    text = Path("/etc/os-release").read_text()
    return " ".join(value.strip("\"'") for value in re.findall(r"^ID(?:_LIKE)?=(.*)$", text, re.MULTILINE))


def _root_id(root: Path) -> str:
    """What tells that two boards share one root: made here once, found by both.

    Raises:
        CommandError: it is not there, and cannot or may not be made.
    """
    path = root / ROOT_ID
    try:
        return path.read_text()[:64].strip()
    except FileNotFoundError:
        policy.check(root)
        text = os.urandom(16).hex()
        files.write_atomic(path, text.encode("ascii"))
        return text


def _power_mode() -> Optional[str]:
    from .runtimes.tensorrt_device import power_mode  # it needs this file

    return power_mode()


def _home_writable() -> bool:
    return os.access(str(Path.home()), os.W_OK | os.X_OK)


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def _known(read: Callable[[], Any]) -> Any:
    try:
        value = read()
    except (ImportError, OSError, ValueError, LookupError, AttributeError, RuntimeError, CommandError):
        return None
    return None if value == "" else value


_FACTS: Dict[str, Callable[[], Any]] = {
    "hostname": socket.gethostname,
    "machine_id": _machine_id,
    "boot_id": boot_id,
    "os": _os_name,
    "os_like": _like,
    "model": lambda: Path("/proc/device-tree/model").read_text().strip("\0\n "),
    "l4t": lambda: parse_l4t(Path("/etc/nv_tegra_release").read_text()),
    "libc": lambda: os.confstr("CS_GNU_LIBC_VERSION"),
    "uid": os.getuid,
    "home": lambda: str(Path.home()),
    "home_writable": _home_writable,
    "kernel": platform.release,
    "arch": platform.machine,
    "cpu_model": lambda: _cpu().model,
    "cpu_flags_key": lambda: _digest(" ".join(_cpu().flags)),
    "power_mode": _power_mode,
    "isa": list_isa,
    "gpus": list_gpus,
    "cores": lambda: len(os.sched_getaffinity(0)),
    "memory_bytes": _memory_bytes,
    "python": platform.python_version,
    "python_path": lambda: sys.executable,
    "python_abi": lambda: sysconfig.get_config_var("SOABI"),
    "in_venv": lambda: sys.prefix != sys.base_prefix,
    "venv": lambda: importlib.util.find_spec("venv") is not None,
    "pip": lambda: importlib.import_module("ensurepip").version(),
    "mono_ns": time.monotonic_ns,
}
