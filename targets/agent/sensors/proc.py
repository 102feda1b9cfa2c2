"""Processor, memory and process figures out of /proc: pure parsers of its text, and one reader."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional

_MHZ = re.compile(rb"^cpu MHz\s*:\s*([0-9.]+)", re.MULTILINE)


class CpuTimes(NamedTuple):
    """Clock ticks since boot, over all cores."""

    busy: int
    total: int


class CpuInfo(NamedTuple):
    """What /proc/cpuinfo says of the first core."""

    model: Optional[str]
    flags: List[str]
    cores: int


class ProcessMemory(NamedTuple):
    """Resident memory of a process, now and at its peak; None where the kernel does not say."""

    rss_bytes: Optional[int]
    hwm_bytes: Optional[int]


class Reader:
    """One file that is kept open and read from its start each time."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._handle: Optional[int] = None

    def read(self, size: int = 8192) -> Optional[bytes]:
        """The file's bytes; None where it is not there (any more) or cannot be read."""
        try:
            if self._handle is None:
                self._handle = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            return os.pread(self._handle, size, 0)
        except OSError:
            self.close()
            return None

    def close(self) -> None:
        """Close the file; the next read opens it again."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def read_text(path: str, limit_bytes: int = 1 << 20) -> str:
    """A small text file; empty where it is not there or cannot be read."""
    try:
        with Path(path).open("rb") as stream:
            return stream.read(limit_bytes).decode("utf-8", "replace")
    except OSError:
        return ""


def parse_cpu_times(stat: bytes) -> Optional[CpuTimes]:
    """From the first line of /proc/stat; idle and waiting for a disk are not busy, a guest is counted once."""
    fields = stat.split(b"\n", 1)[0].split()
    if len(fields) < 5 or fields[0] != b"cpu":
        return None
    ticks = [int(field) for field in fields[1:9]]
    total = sum(ticks)
    return CpuTimes(total - ticks[3] - (ticks[4] if len(ticks) > 4 else 0), total)


def busy_percent(before: Optional[CpuTimes], after: Optional[CpuTimes]) -> Optional[float]:
    """Share of all cores that was busy between two readings, 0 to 100; None where it cannot be told."""
    if before is None or after is None or after.total <= before.total:
        return None
    return 100.0 * max(0, after.busy - before.busy) / (after.total - before.total)


def parse_process_ticks(stat: bytes) -> Optional[int]:
    """User and system clock ticks of a process from /proc/<pid>/stat; its name may hold blanks and brackets."""
    fields = stat[stat.rfind(b")") + 1 :].split()
    if len(fields) < 13:
        return None
    return int(fields[11]) + int(fields[12])


def parse_available_bytes(meminfo: bytes) -> Optional[int]:
    """MemAvailable of /proc/meminfo."""
    return _kib_line(meminfo, b"MemAvailable:")


def parse_total_bytes(meminfo: bytes) -> Optional[int]:
    """MemTotal of /proc/meminfo."""
    return _kib_line(meminfo, b"MemTotal:")


def parse_process_memory(status: bytes) -> ProcessMemory:
    """VmRSS and VmHWM of /proc/<pid>/status."""
    return ProcessMemory(_kib_line(status, b"VmRSS:"), _kib_line(status, b"VmHWM:"))


def parse_load_1m(loadavg: bytes) -> Optional[float]:
    """Processes that ran or wanted to, averaged over the last minute, from /proc/loadavg."""
    fields = loadavg.split()
    return float(fields[0]) if fields else None


def parse_frequency_mhz(cpuinfo: bytes) -> Optional[float]:
    """Mean of the cores' `cpu MHz` in /proc/cpuinfo; None where the processor does not tell (Arm)."""
    values = [float(text) for text in _MHZ.findall(cpuinfo)]
    return sum(values) / len(values) if values else None


def parse_cpuinfo(text: str) -> CpuInfo:
    """Model and instruction flags; x86 calls them `flags`, Arm `Features` and gives parts instead of a name."""
    first: Dict[str, str] = {}
    cores = 0
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            cores += key.strip() == "processor"
            first.setdefault(key.strip(), value.strip())
    part = [first[key] for key in ("CPU implementer", "CPU part", "CPU variant", "CPU revision") if key in first]
    model = first.get("model name") or (" ".join(part) if part else None)
    return CpuInfo(model, sorted(set((first.get("flags") or first.get("Features") or "").split())), cores)


def _kib_line(text: bytes, key: bytes) -> Optional[int]:
    start = text.find(key)
    if start < 0:
        return None
    fields = text[start + len(key) : start + len(key) + 40].split()
    return int(fields[0]) * 1024 if len(fields) > 1 and fields[1] == b"kB" else None
