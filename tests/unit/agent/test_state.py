"""What changes on a board from minute to minute, out of files as kernels write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from targets.agent.state import list_gpus, read_state, read_temperatures


def write(folder: Path, **files: str) -> None:
    """Files of one line each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text + "\n")


@pytest.fixture
def sys_root(tmp_path: Path) -> Path:
    """A laptop: two zones, a disk's sensor, two cores."""
    zones = tmp_path / "class" / "thermal"
    zone = zones / "thermal_zone0"
    write(zone, type="x86_pkg_temp", temp="57600", trip_point_0_type="critical", trip_point_0_temp="105000")
    write(zone, trip_point_1_type="passive", trip_point_1_temp="95000")
    write(zones / "thermal_zone1", type="PMIC-Die", temp="100000")
    write(zones / "thermal_zone2", type="acpitz", temp="-256000")
    write(tmp_path / "class" / "hwmon" / "hwmon0", name="nvme", temp1_input="61850", temp1_max="84800")
    for core, clock in (("cpu0", "1200000"), ("cpu1", "1400000")):
        place = tmp_path / "devices" / "system" / "cpu" / core / "cpufreq"
        write(place, scaling_cur_freq=clock, scaling_min_freq="800000", scaling_max_freq="3600000")
        write(place, scaling_governor="powersave")
    return tmp_path


def test_that_the_hottest_sensor_comes_first_with_where_it_slows_down(sys_root: Path) -> None:
    assert read_temperatures(str(sys_root)) == [
        {"name": "nvme temp1", "value_c": pytest.approx(61.85), "limit_c": pytest.approx(84.8)},
        {"name": "x86_pkg_temp", "value_c": pytest.approx(57.6), "limit_c": 95.0},
    ]


def test_that_clocks_are_means_of_the_cores_and_a_governor_of_all_is_one_word(sys_root: Path, tmp_path: Path) -> None:
    state = read_state(tmp_path, str(sys_root), str(tmp_path / "no-proc"))
    assert (state["frequency_mhz"], state["frequency_min_mhz"], state["frequency_max_mhz"]) == (1300.0, 800.0, 3600.0)
    assert state["governor"] == "powersave"
    (sys_root / "devices" / "system" / "cpu" / "cpu1" / "cpufreq" / "scaling_governor").write_text("performance\n")
    assert read_state(tmp_path, str(sys_root))["governor"] == "performance, powersave"


def test_that_what_is_not_there_is_not_known_rather_than_zero(tmp_path: Path) -> None:
    state = read_state(tmp_path / "root", str(tmp_path / "sys"), str(tmp_path / "proc"))
    unknown = {"memory_available_bytes", "load_1m", "governor", "frequency_mhz", "frequency_min_mhz"}
    assert {name for name, value in state.items() if value is None} == unknown | {"frequency_max_mhz"}
    assert state["disk_total_bytes"] > 0
    assert state["temperatures"] == []


def test_that_a_machine_without_graphics_differs_from_one_that_cannot_be_asked(tmp_path: Path) -> None:
    assert list_gpus(str(tmp_path), str(tmp_path)) is None
    write(tmp_path / "bus" / "pci" / "devices" / "0000:00:00.0", **{"class": "0x060000", "vendor": "0x8086"})
    assert list_gpus(str(tmp_path), str(tmp_path)) == []
    write(tmp_path / "bus" / "pci" / "devices" / "0000:00:02.0", **{"class": "0x030000", "vendor": "0x8086"})
    assert list_gpus(str(tmp_path), str(tmp_path)) == ["Intel graphics"]
    write(tmp_path / "driver" / "nvidia" / "gpus" / "0000:01:00.0", information="Model: \t\t NVIDIA RTX A500")
    assert list_gpus(str(tmp_path), str(tmp_path)) == ["NVIDIA RTX A500"]
