"""Parsers of /proc and /sys on text in the kernel's real formats, and the choice of sensors."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from targets.agent.sampler import COLUMNS, Sampler, Schedule, list_sensors
from targets.agent.sensors import proc, sysfs

STAT = b"""cpu  11855 20 4843 153171 284 0 60 15 0 0
cpu0 3231 0 1540 80221 58 0 15 5 0 0
intr 1234 0 0
"""
MEMINFO = b"""MemTotal:       24684084 kB
MemFree:        22942016 kB
MemAvailable:   23996804 kB
Buffers:           12988 kB
"""
STATUS = b"""Name:\tpython3
Umask:\t0022
VmPeak:\t  310052 kB
VmHWM:\t   90116 kB
VmRSS:\t   88640 kB
RssAnon:\t   40112 kB
Threads:\t4
"""
PROCESS = (
    b"4242 (a (b) c) S 1 4242 4242 0 -1 4194304 101 0 0 0 250 50 7 8 20 0 1 0 85342 3133440 384 18446744073709551615\n"
)
CPUINFO_X86 = """processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R) Processor
cpu MHz\t\t: 2596.122
flags\t\t: fpu vme avx2 amx_bf16 avx2
bogomips\t: 5192.24

processor\t: 1
model name\t: Intel(R) Xeon(R) Processor
cpu MHz\t\t: 2000.000
flags\t\t: fpu vme avx2 amx_bf16
"""
CPUINFO_ARM = """processor\t: 0
BogoMIPS\t: 62.50
Features\t: fp asimd evtstrm aes
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x0
CPU part\t: 0xd42
CPU revision\t: 1
"""


def test_that_waiting_for_a_disk_is_not_busy() -> None:
    times = proc.parse_cpu_times(STAT)
    assert times is not None
    assert times.total == 11855 + 20 + 4843 + 153171 + 284 + 60 + 15
    assert times.busy == times.total - 153171 - 284
    assert proc.parse_cpu_times(b"") is None
    assert proc.parse_cpu_times(b"intr 1 2 3 4 5 6") is None


def test_that_busy_is_a_share_between_two_readings_or_unknown() -> None:
    before, after = proc.CpuTimes(100, 1000), proc.CpuTimes(150, 1200)
    assert proc.busy_percent(before, after) == 25.0
    assert proc.busy_percent(None, after) is None
    assert proc.busy_percent(before, before) is None


def test_that_memory_is_read_in_bytes() -> None:
    assert proc.parse_available_bytes(MEMINFO) == 23996804 * 1024
    assert proc.parse_total_bytes(MEMINFO) == 24684084 * 1024
    assert proc.parse_available_bytes(b"MemTotal: 5 kB\n") is None
    assert proc.parse_process_memory(STATUS) == proc.ProcessMemory(88640 * 1024, 90116 * 1024)
    assert proc.parse_process_memory(b"Name:\tkthreadd\nThreads:\t1\n") == proc.ProcessMemory(None, None)


def test_that_a_process_name_may_hold_brackets_and_blanks() -> None:
    assert proc.parse_process_ticks(PROCESS) == 300
    assert proc.parse_process_ticks(b"") is None


def test_that_cpu_model_flags_and_clock_are_read_on_x86_and_arm() -> None:
    x86, arm = proc.parse_cpuinfo(CPUINFO_X86), proc.parse_cpuinfo(CPUINFO_ARM)
    assert x86 == proc.CpuInfo("Intel(R) Xeon(R) Processor", ["amx_bf16", "avx2", "fpu", "vme"], 2)
    assert arm == proc.CpuInfo("0x41 0xd42 0x0 1", ["aes", "asimd", "evtstrm", "fp"], 1)
    assert proc.parse_cpuinfo("") == proc.CpuInfo(None, [], 0)
    assert proc.parse_frequency_mhz(CPUINFO_X86.encode()) == pytest.approx((2596.122 + 2000) / 2)
    assert proc.parse_frequency_mhz(CPUINFO_ARM.encode()) is None


def test_that_load_is_the_first_number() -> None:
    assert proc.parse_load_1m(b"0.45 0.27 0.13 2/106 12105\n") == 0.45
    assert proc.parse_load_1m(b"") is None


def test_that_memory_of_a_process_that_is_gone_is_unknown(tmp_path: Path) -> None:
    reader = proc.Reader(str(tmp_path / "status"))
    assert reader.read() is None
    (tmp_path / "status").write_bytes(STATUS)
    assert reader.read() == STATUS
    reader.close()


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def laptop(tmp_path: Path) -> Path:
    """A /sys as on an Intel laptop with an AMD graphics card."""
    write(tmp_path / "class/thermal/thermal_zone0/type", "acpitz\n")
    write(tmp_path / "class/thermal/thermal_zone0/temp", "27800\n")
    write(tmp_path / "class/thermal/thermal_zone1/type", "x86_pkg_temp\n")
    write(tmp_path / "class/thermal/thermal_zone1/temp", "51000\n")
    write(tmp_path / "class/hwmon/hwmon0/name", "amdgpu\n")
    write(tmp_path / "class/hwmon/hwmon0/temp1_label", "edge\n")
    write(tmp_path / "class/hwmon/hwmon0/temp1_input", "43000\n")
    write(tmp_path / "class/hwmon/hwmon1/name", "coretemp\n")
    write(tmp_path / "class/hwmon/hwmon1/temp1_label", "Package id 0\n")
    write(tmp_path / "class/hwmon/hwmon1/temp1_input", "50000\n")
    write(tmp_path / "class/powercap/intel-rapl:0/name", "package-0\n")
    write(tmp_path / "class/powercap/intel-rapl:0/energy_uj", "1000000\n")
    write(tmp_path / "class/powercap/intel-rapl:0/max_energy_range_uj", "262143328850\n")
    write(tmp_path / "class/powercap/intel-rapl:0:0/name", "core\n")
    write(tmp_path / "class/powercap/intel-rapl:0:0/energy_uj", "500000\n")
    for core, clock_khz in ((0, 3000000), (1, 1000000)):
        write(tmp_path / f"devices/system/cpu/cpu{core}/cpufreq/scaling_cur_freq", f"{clock_khz}\n")
    write(tmp_path / "devices/system/cpu/cpufreq/boost", "1\n")
    return tmp_path


def test_that_the_gpu_die_comes_before_the_cpu_package(laptop: Path) -> None:
    facts = list_sensors(str(laptop))
    assert facts["temperature_sensor"] == "amdgpu edge"
    assert facts["power_sensor"] == "package-0"
    assert facts["temperature_reason"] is facts["power_reason"] is None
    names = {sensor["name"] for sensor in facts["sensors"]}
    assert names == {"acpitz", "x86_pkg_temp", "amdgpu edge", "coretemp Package id 0", "package-0", "cpu0", "cpu1"}


def test_that_the_cpu_package_comes_before_the_board(laptop: Path) -> None:
    (laptop / "class/hwmon/hwmon0/temp1_input").unlink()
    assert list_sensors(str(laptop))["temperature_sensor"] in {"x86_pkg_temp", "coretemp Package id 0"}


def test_that_a_jetson_zone_that_is_off_or_constant_is_no_temperature(tmp_path: Path) -> None:
    for zone, (name, value) in enumerate([("PMIC-Die", 100000), ("CV0-therm", -256000), ("GPU-therm", 46500)]):
        write(tmp_path / f"class/thermal/thermal_zone{zone}/type", f"{name}\n")
        write(tmp_path / f"class/thermal/thermal_zone{zone}/temp", f"{value}\n")
    sensors = sysfs.list_sensors(str(tmp_path))
    assert [sensor.name for sensor in sensors] == ["CV0-therm", "GPU-therm"]
    assert sysfs.scaled(sensors[0], "-256000\n") is None
    assert sysfs.scaled(sensors[1], "46500\n") == 46.5
    choice = sysfs.choose_temperature(sensors)
    assert choice.sensor is not None
    assert choice.sensor.name == "GPU-therm"


def test_that_a_machine_without_sensors_says_so(tmp_path: Path) -> None:
    facts = list_sensors(str(tmp_path))
    assert facts["temperature_sensor"] is None
    assert "no thermal zone" in facts["temperature_reason"]
    assert "RAPL" in facts["power_reason"]


def test_that_energy_counters_give_mean_power_across_a_wrap() -> None:
    assert sysfs.mean_power_w(10.0, 13.0, 0.5, 100.0) == 6.0
    assert sysfs.mean_power_w(99.0, 1.0, 1.0, 100.0) == 2.0
    assert sysfs.mean_power_w(99.0, 1.0, 1.0, None) is None
    assert sysfs.mean_power_w(1.0, 2.0, 0.0, None) is None


def test_that_a_row_of_telemetry_reads_every_sensor(laptop: Path) -> None:
    sampler = Sampler((os.getpid(),), str(laptop))
    sampler.watch_worker(os.getpid())
    first = dict(zip(sampler.columns, sampler.read(10**9), strict=True))
    assert math.isnan(first["power_w"])
    assert math.isnan(first["cpu_percent"])
    write(laptop / "class/powercap/intel-rapl:0/energy_uj", "8000000\n")
    second = dict(zip(sampler.columns, sampler.read(3 * 10**9), strict=True))
    sampler.close()
    assert second["power_w"] == 3.5
    assert second["temperature_c"] == 43.0
    assert second["frequency_mhz"] == 2000.0
    assert second["worker_rss_bytes"] > 1e6
    assert second["worker_hwm_bytes"] >= second["worker_rss_bytes"]
    assert second["own_cpu_percent"] >= 0
    assert list(second) == [name for name, _ in COLUMNS]


def test_that_a_worker_that_is_gone_is_not_measured(tmp_path: Path) -> None:
    sampler = Sampler((), str(tmp_path))
    sampler.watch_worker(2**22 + 1)
    row = dict(zip(sampler.columns, sampler.read(10**9), strict=True))
    sampler.close()
    for name in ("worker_rss_bytes", "worker_hwm_bytes", "worker_cpu_percent", "temperature_c", "power_w"):
        assert math.isnan(row[name]), name


def test_that_a_late_reading_keeps_the_grid() -> None:
    schedule = Schedule(1000, 100)
    assert schedule.next_after(1000) == 1100
    assert schedule.next_after(1099) == 1100
    assert schedule.next_after(1350) == 1400
    assert schedule.next_after(10) == 1100
