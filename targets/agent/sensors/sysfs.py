"""Temperature, frequency and power out of /sys: what sensors there are, and which one stands for the machine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence

from .proc import read_text

SENSOR_OFF_MILLI_C = -256000
"""What a Jetson's thermal zone reads while its power domain is gated."""

_CONSTANT_NAMES = ("PMIC", "pmic")
"""Zones that report a constant, not a measure."""

_HWMON_FILE = re.compile(r"(temp\d+)_input$|(power\d+)_(?:input|average)$")

_TEMPERATURE_ORDER = (
    r"gpu",
    r"^(amdgpu|nouveau|nvidia)\b.*(edge|junction)?",
    r"x86_pkg_temp|package id 0",
    r"tctl|tdie",
    r"cpu",
    r"soc|\btj\b|core",
    r"acpitz|thermal",
)
"""The GPU's die before the CPU's package before anything vaguer."""

_POWER_ORDER = (r"vdd_in|vin", r"total|board|system", r"package|ppt|socket", r"")


class Sensor(NamedTuple):
    """One figure that /sys offers."""

    kind: str
    """`temperature`, `power`, `energy` or `frequency`."""
    name: str
    source: str
    """The file."""
    scale: float
    """What the file's number is multiplied with to get C, W, J or MHz."""
    wraps_at: Optional[float] = None
    """For energy: the counter's range in J."""


class Choice(NamedTuple):
    """The sensor that was chosen, or in words why there is none."""

    sensor: Optional[Sensor]
    reason: Optional[str]


def list_sensors(root: str = "/sys") -> List[Sensor]:
    """Every temperature, power, energy and frequency file that can be read now."""
    found = _thermal_zones(root) + _hwmon(root) + _powercap(root) + _frequencies(root)
    return [sensor for sensor in found if parse_number(read_text(sensor.source)) is not None]


def choose_temperature(sensors: Sequence[Sensor]) -> Choice:
    """The GPU's die if there is one, else the CPU package, else the best that is left."""
    offered = [sensor for sensor in sensors if sensor.kind == "temperature"]
    if not offered:
        return Choice(None, "this machine has no thermal zone and no hwmon temperature")
    return Choice(min(offered, key=lambda sensor: _rank(sensor.name, _TEMPERATURE_ORDER)), None)


def choose_power(sensors: Sequence[Sensor]) -> Choice:
    """A measured input power before the CPU package's energy counter."""
    offered = [sensor for sensor in sensors if sensor.kind in {"power", "energy"}]
    if not offered:
        return Choice(None, "this machine has no readable RAPL energy counter and no hwmon power sensor")
    return Choice(min(offered, key=lambda sensor: _rank(sensor.name, _POWER_ORDER)), None)


def parse_number(text: str) -> Optional[float]:
    """The number in a one-number file; None for anything else."""
    try:
        return float(text.strip())
    except ValueError:
        return None


def scaled(sensor: Sensor, text: str) -> Optional[float]:
    """The sensor's value in its unit; None where the sensor is off or says nothing."""
    number = parse_number(text)
    if number is None or (sensor.kind == "temperature" and number <= SENSOR_OFF_MILLI_C):
        return None
    return number * sensor.scale


def mean_power_w(before_j: float, after_j: float, seconds: float, wraps_at: Optional[float]) -> Optional[float]:
    """Mean power between two readings of an energy counter, which may have wrapped once."""
    if seconds <= 0:
        return None
    used = after_j - before_j
    if used < 0:
        if wraps_at is None:
            return None
        used += wraps_at
    return used / seconds


def _rank(name: str, order: Sequence[str]) -> int:
    lowered = name.lower()
    for rank, pattern in enumerate(order):
        if re.search(pattern, lowered):
            return rank
    return len(order)


def _thermal_zones(root: str) -> List[Sensor]:
    found = []
    for entry in _entries(Path(root, "class", "thermal"), "thermal_zone"):
        name = _read(entry / "type") or entry.name
        if not name.startswith(_CONSTANT_NAMES):
            found.append(Sensor("temperature", name, str(entry / "temp"), 1e-3))
    return found


def _hwmon(root: str) -> List[Sensor]:
    found = []
    for entry in _entries(Path(root, "class", "hwmon"), "hwmon"):
        chip = _read(entry / "name") or entry.name
        for path in _entries(entry, ""):
            match = _HWMON_FILE.match(path.name)
            if match:
                stem = match.group(1) or match.group(2)
                name = "%s %s" % (chip, _read(entry / (stem + "_label")) or stem)
                kind, scale = ("temperature", 1e-3) if match.group(1) else ("power", 1e-6)
                found.append(Sensor(kind, name, str(path), scale))
    return found


def _powercap(root: str) -> List[Sensor]:
    found = []
    for entry in _entries(Path(root, "class", "powercap"), "intel-rapl:"):
        if entry.name.count(":") == 1:
            range_uj = parse_number(_read(entry / "max_energy_range_uj"))
            wraps_at = None if range_uj is None else range_uj * 1e-6
            name = _read(entry / "name") or entry.name
            found.append(Sensor("energy", name, str(entry / "energy_uj"), 1e-6, wraps_at))
    return found


def _frequencies(root: str) -> List[Sensor]:
    cores = [path for path in _entries(Path(root, "devices", "system", "cpu"), "cpu") if path.name[3:].isdigit()]
    return [Sensor("frequency", path.name, str(path / "cpufreq" / "scaling_cur_freq"), 1e-3) for path in cores]


def _read(path: Path) -> str:
    return read_text(str(path)).strip()


def _entries(folder: Path, prefix: str) -> List[Path]:
    """The folder's entries of that prefix, in the order of their numbers."""
    try:
        found = [path for path in folder.iterdir() if path.name.startswith(prefix)]
    except OSError:
        return []
    return sorted(found, key=lambda path: (len(path.name), path.name))
