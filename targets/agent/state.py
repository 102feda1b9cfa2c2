"""How the board is just now: what changes from minute to minute and needs no library; each item by itself."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import Any, Dict, List, Optional

from .sensors import proc, sysfs

MAX_ITEMS = 64
ISA = (
    "sse4_2", "avx", "avx2", "avx_vnni", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16",
    "neon", "asimd", "asimddp", "asimdhp", "i8mm", "bf16", "sve", "sve2",
)  # fmt: skip
"""Instruction sets that inference is fast by."""
_LIMITS = ("passive", "hot", "critical")
"""Trip points: where it slows down before where it switches off."""
_VENDORS = {"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}


def read_state(root: Path, sys_root: str = "/sys", proc_root: str = "/proc") -> Dict[str, Any]:
    """What a page shows of a board that nobody works on; None is not known.

    Args:
        root: the board's root, whose disk counts.
        sys_root: where `/sys` is.
        proc_root: where `/proc` is.
    """
    disk = _disk(root)
    meminfo = Path(proc_root, "meminfo")
    clocks = _clocks(sys_root, Path(proc_root, "cpuinfo"))
    return {
        "disk_free_bytes": None if disk is None else disk.free,
        "disk_total_bytes": None if disk is None else disk.total,
        "memory_available_bytes": _line_bytes(meminfo, proc.parse_available_bytes),
        "load_1m": _load(Path(proc_root, "loadavg")),
        "governor": _one_of_all(sys_root, "scaling_governor"),
        "frequency_mhz": clocks["cur"],
        "frequency_min_mhz": clocks["min"],
        "frequency_max_mhz": clocks["max"],
        "temperatures": read_temperatures(sys_root),
        "clock_utc": time.time(),
    }


def read_temperatures(sys_root: str = "/sys") -> List[Dict[str, Any]]:
    """Every temperature that can be read now, the hottest first: name, value and limit in degrees Celsius."""
    found = []
    for sensor in sysfs.list_sensors(sys_root):
        value = sysfs.scaled(sensor, proc.read_text(sensor.source, 64)) if sensor.kind == "temperature" else None
        if value is not None:
            found.append((-value, sensor.name, _limit_c(Path(sensor.source))))
    found.sort(key=lambda item: item[:2])
    return [{"name": name, "value_c": -below, "limit_c": limit} for below, name, limit in found[:MAX_ITEMS]]


def list_isa() -> List[str]:
    """The instruction sets of this processor that inference is fast by."""
    flags = set(proc.parse_cpuinfo(proc.read_text("/proc/cpuinfo")).flags)
    return [name for name in ISA if name in flags]


def list_gpus(sys_root: str = "/sys", proc_root: str = "/proc") -> Optional[List[str]]:
    """The graphics processors, by their driver's name where one says it; None where it cannot be known."""
    named = [_model(path) for path in sorted(Path(proc_root, "driver", "nvidia", "gpus").glob("*/information"))]
    if named:
        return named[:MAX_ITEMS]
    devices = Path(sys_root, "bus", "pci", "devices")
    if not devices.is_dir():
        return None
    found = []
    for device in sorted(devices.iterdir()):
        if proc.read_text(str(device / "class"), 64).startswith("0x03"):
            vendor = proc.read_text(str(device / "vendor"), 64).strip()
            found.append("%s graphics" % _VENDORS.get(vendor, vendor or "unknown"))
    return found[:MAX_ITEMS]


def _model(path: Path) -> str:
    found = re.search(r"^Model:\s*(.+)$", proc.read_text(str(path), 4096), re.MULTILINE)
    return found.group(1).strip() if found else "NVIDIA graphics"


def _limit_c(source: Path) -> Optional[float]:
    """Where the sensor's own files say that it gets too hot; None where they do not."""
    if source.name == "temp":
        return _trip_c(source.parent)
    for suffix in ("_max", "_crit"):
        value = sysfs.parse_number(proc.read_text(str(source).replace("_input", suffix), 64))
        if value is not None and value > 0:
            return value * 1e-3
    return None


def _trip_c(zone: Path) -> Optional[float]:
    points: Dict[str, float] = {}
    for path in sorted(zone.glob("trip_point_*_type")):
        value = sysfs.parse_number(proc.read_text(str(path).replace("_type", "_temp"), 64))
        kind = proc.read_text(str(path), 64).strip()
        if value is not None and value > 0:
            points[kind] = min(value * 1e-3, points.get(kind, value * 1e-3))
    return next((points[kind] for kind in _LIMITS if kind in points), None)


def _clocks(sys_root: str, cpuinfo: Path) -> Dict[str, Optional[float]]:
    """Mean clock of the cores now, and the ends between which it may move, in MHz."""
    cores = _cores(sys_root)
    clocks = {
        "cur": _mean_mhz(cores, "scaling_cur_freq"),
        "min": _mean_mhz(cores, "scaling_min_freq"),
        "max": _mean_mhz(cores, "scaling_max_freq"),
    }
    if clocks["cur"] is None:
        clocks["cur"] = proc.parse_frequency_mhz(proc.read_text(str(cpuinfo)).encode("ascii", "replace"))
    return clocks


def _mean_mhz(cores: List[Path], name: str) -> Optional[float]:
    values = [sysfs.parse_number(proc.read_text(str(core / name), 64)) for core in cores]
    known = [value for value in values if value]
    return sum(known) / len(known) * 1e-3 if known else None


def _one_of_all(sys_root: str, name: str) -> Optional[str]:
    """What all cores say, with commas where they differ; None where none says anything."""
    words = {proc.read_text(str(core / name), 64).strip() for core in _cores(sys_root)} - {""}
    return ", ".join(sorted(words)) or None


def _cores(sys_root: str) -> List[Path]:
    found = [path / "cpufreq" for path in Path(sys_root, "devices", "system", "cpu").glob("cpu[0-9]*")]
    return [path for path in found if path.is_dir()]


def _disk(root: Path) -> Any:
    place = root
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        return shutil.disk_usage(str(place))
    except OSError:
        return None


def _line_bytes(path: Path, parse: Any) -> Any:
    text = proc.read_text(str(path)).encode("ascii", "replace")
    return parse(text) if text else None


def _load(path: Path) -> Optional[float]:
    text = proc.read_text(str(path), 128)
    return proc.parse_load_1m(text.encode("ascii", "replace")) if text else None
