"""Telemetry: the machine's and the processes' figures at a chosen rate, from files that stay open."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from .sensors import proc, sysfs

NAN = float("nan")
SLOW_EVERY_NS = 950_000_000
"""Frequency, temperature and load change slowly and some are dear to read: they are read about once a second."""

COLUMNS: Tuple[Tuple[str, str], ...] = (
    ("cpu_percent", "f"),
    ("own_cpu_percent", "f"),
    ("worker_cpu_percent", "f"),
    ("memory_available_bytes", "d"),
    ("worker_rss_bytes", "d"),
    ("worker_hwm_bytes", "d"),
    ("frequency_mhz", "f"),
    ("temperature_c", "f"),
    ("load_1m", "f"),
    ("power_w", "f"),
)
"""Names and array typecodes; bytes need more digits than `f` has. `cpu_percent` is of all cores, the others of one."""

_NS = 10**9


class Schedule(NamedTuple):
    """Moments at a fixed rate from a fixed start: a late reading does not delay the next ones."""

    start_ns: int
    period_ns: int

    def next_after(self, now_ns: int) -> int:
        """The first moment of the grid after `now_ns`; those that were missed are left out."""
        passed = max(0, now_ns - self.start_ns)
        return self.start_ns + (passed // self.period_ns + 1) * self.period_ns


class Sampler:
    """Reads one row of telemetry at a time; NaN is not measured. One thread uses it.

    The columns are the same from row to row; `watch_worker` only changes what the worker's columns show.
    """

    def __init__(self, own_pids: Tuple[int, ...] = (), sys_root: str = "/sys") -> None:
        sensors = sysfs.list_sensors(sys_root)
        self._temperature = sysfs.choose_temperature(sensors)
        self._power = sysfs.choose_power(sensors)
        self._clocks = [proc.Reader(sensor.source) for sensor in sensors if sensor.kind == "frequency"]
        self._stat = proc.Reader("/proc/stat")
        self._meminfo = proc.Reader("/proc/meminfo")
        self._cpuinfo = proc.Reader("/proc/cpuinfo")
        self._loadavg = proc.Reader("/proc/loadavg")
        self._thermal = _reader(self._temperature)
        self._energy = _reader(self._power)
        self._own = [_ProcessCpu(pid) for pid in own_pids]
        self._worker: Optional[_ProcessCpu] = None
        self._status: Optional[proc.Reader] = None
        self._times: Optional[proc.CpuTimes] = None
        self._energy_before: Optional[Tuple[float, int]] = None
        self._slow: Tuple[float, ...] = (NAN, NAN, NAN)
        self._slow_ns = -SLOW_EVERY_NS
        self.columns = [name for name, _ in COLUMNS]

    def watch_worker(self, pid: Optional[int]) -> None:
        """Show this process in the worker's columns from now on; None shows none."""
        if self._status is not None:
            self._status.close()
        if self._worker is not None:
            self._worker.close()
        self._worker = None if pid is None else _ProcessCpu(pid)
        self._status = None if pid is None else proc.Reader("/proc/%d/status" % pid)

    def read(self, now_ns: int) -> List[float]:
        """One row, in the order of `columns`; percentages and powers are means since the row before."""
        if now_ns - self._slow_ns >= SLOW_EVERY_NS:
            self._slow, self._slow_ns = self._read_slow(), now_ns
        rss, hwm = self._worker_memory()
        own = [process.percent(now_ns) for process in self._own]
        return [
            self._cpu(),
            sum(own) if own else NAN,
            NAN if self._worker is None else self._worker.percent(now_ns),
            _number(self._meminfo.read(), proc.parse_available_bytes),
            rss,
            hwm,
            *self._slow,
            self._power_w(now_ns),
        ]

    def close(self) -> None:
        """Close all files."""
        self.watch_worker(None)
        readers = [self._stat, self._meminfo, self._cpuinfo, self._loadavg, self._thermal, self._energy, *self._clocks]
        for reader in readers:
            if reader is not None:
                reader.close()
        for process in self._own:
            process.close()

    def _cpu(self) -> float:
        text = self._stat.read(512)
        before, self._times = self._times, None if text is None else proc.parse_cpu_times(text)
        return _or_nan(proc.busy_percent(before, self._times))

    def _worker_memory(self) -> Tuple[float, float]:
        text = None if self._status is None else self._status.read(4096)
        if not text:
            return NAN, NAN
        found = proc.parse_process_memory(text)
        return _or_nan(found.rss_bytes), _or_nan(found.hwm_bytes)

    def _read_slow(self) -> Tuple[float, ...]:
        temperature = NAN
        if self._thermal is not None and self._temperature.sensor is not None:
            text = self._thermal.read(64)
            sensor = self._temperature.sensor
            temperature = NAN if text is None else _or_nan(sysfs.scaled(sensor, text.decode("ascii", "replace")))
        return self._frequency(), temperature, _number(self._loadavg.read(128), proc.parse_load_1m)

    def _frequency(self) -> float:
        if not self._clocks:
            return _number(self._cpuinfo.read(1 << 18), proc.parse_frequency_mhz)
        texts = [reader.read(64) or b"" for reader in self._clocks]
        values = [value for value in (sysfs.parse_number(text.decode("ascii", "replace")) for text in texts) if value]
        return sum(values) / len(values) * 1e-3 if values else NAN

    def _power_w(self, now_ns: int) -> float:
        sensor = self._power.sensor
        if self._energy is None or sensor is None:
            return NAN
        value = sysfs.scaled(sensor, (self._energy.read(64) or b"").decode("ascii", "replace"))
        if value is None or sensor.kind == "power":
            return _or_nan(value)
        before, self._energy_before = self._energy_before, (value, now_ns)
        if before is None:
            return NAN
        return _or_nan(sysfs.mean_power_w(before[0], value, (now_ns - before[1]) / _NS, sensor.wraps_at))


def list_sensors(sys_root: str = "/sys") -> Dict[str, Any]:
    """What a machine can tell of itself, for its facts: every sensor with its file, and the ones that are used."""
    sensors = sysfs.list_sensors(sys_root)
    temperature, power = sysfs.choose_temperature(sensors), sysfs.choose_power(sensors)
    return {
        "sensors": [{"kind": item.kind, "name": item.name, "source": item.source} for item in sensors],
        "temperature_sensor": None if temperature.sensor is None else temperature.sensor.name,
        "temperature_reason": temperature.reason,
        "power_sensor": None if power.sensor is None else power.sensor.name,
        "power_reason": power.reason,
    }


class _ProcessCpu:
    """Share of one core that a process used since the last reading, in percent."""

    def __init__(self, pid: int) -> None:
        self._reader = proc.Reader("/proc/%d/stat" % pid)
        self._ticks_per_s = os.sysconf("SC_CLK_TCK")
        self._before: Optional[Tuple[int, int]] = None

    def percent(self, now_ns: int) -> float:
        text = self._reader.read(1024)
        ticks = None if not text else proc.parse_process_ticks(text)
        if ticks is None:
            self._before = None
            return NAN
        before, self._before = self._before, (ticks, now_ns)
        if before is None or now_ns <= before[1]:
            return NAN
        return 100.0 * (ticks - before[0]) / self._ticks_per_s / ((now_ns - before[1]) / _NS)

    def close(self) -> None:
        self._reader.close()


def _reader(choice: sysfs.Choice) -> Optional[proc.Reader]:
    return None if choice.sensor is None else proc.Reader(choice.sensor.source)


def _number(text: Optional[bytes], parse: Callable[[bytes], Optional[float]]) -> float:
    return NAN if text is None else _or_nan(parse(text))


def _or_nan(value: Optional[float]) -> float:
    return NAN if value is None else float(value)
