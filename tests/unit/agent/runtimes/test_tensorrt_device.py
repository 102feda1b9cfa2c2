"""What an engine is bound to, and what the inspector's JSON of each generation comes to."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from targets.agent.protocol import CommandError
from targets.agent.runtimes import tensorrt_device
from targets.agent.runtimes.cuda_memory import DeviceFacts
from targets.agent.runtimes.tensorrt_api import version_numbers
from targets.agent.runtimes.tensorrt_device import check_sidecar, device_key, native_precisions
from targets.agent.runtimes.tensorrt_layers import parse_layers
from targets.agent.sensors import proc


def facts(capability: tuple[int, int], name: str = "Orin") -> DeviceFacts:
    return DeviceFacts(name, capability, "12.6", True)


@pytest.mark.parametrize(
    ("capability", "expected"),
    [
        ((5, 0), {"f32"}),
        ((5, 3), {"f32", "f16"}),  # Nano
        ((6, 1), {"f32", "i8"}),
        ((6, 2), {"f32", "f16"}),  # TX2
        ((7, 2), {"f32", "f16", "i8"}),  # Xavier
        ((8, 7), {"f32", "f16", "i8"}),  # Orin
        ((11, 0), {"f32", "f16", "i8"}),  # Thor
    ],
)
def test_that_native_types_follow_from_the_compute_capability(capability: tuple[int, int], expected: set[str]) -> None:
    assert {name for name, native in native_precisions(facts(capability)).items() if native} == expected


def test_that_device_l4t_and_power_mode_make_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {device_key(facts((8, 7))), device_key(facts((7, 2))), device_key(facts((8, 7), "Orin NX"))}
    monkeypatch.setattr(tensorrt_device, "l4t", lambda: "R36.4.7")
    keys.add(device_key(facts((8, 7))))
    monkeypatch.setattr(tensorrt_device, "power_mode", lambda: "15W")
    keys.add(device_key(facts((8, 7))))
    assert len(keys) == 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# R36 (release), REVISION: 4.7, GCID: 42132812, BOARD: generic, EABI: aarch64, DATE: x", "R36.4.7"),
        ("# R35 (release), REVISION: 6.5, GCID: 1", "R35.6.5"),
        ("", None),
        ("something else", None),
    ],
)
def test_that_the_release_of_l4t_is_read(monkeypatch: pytest.MonkeyPatch, text: str, expected: str | None) -> None:
    monkeypatch.setattr(proc, "read_text", lambda *_: text)
    assert tensorrt_device.l4t() == expected


def test_that_real_releases_are_read(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [path for path in sorted((shared_data / "jetson" / "nv_tegra_release").iterdir()) if path.is_file()]
    assert files
    texts = [text for path in files if "# R" in (text := path.read_text(errors="replace"))]
    for text in texts:
        monkeypatch.setattr(proc, "read_text", lambda *_, text=text: text)
        found = tensorrt_device.l4t()
        assert found is not None
        assert found.startswith("R3")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo 'NV Power Mode: 15W'; echo 1", "15W"),
        ("echo 'NV Fan Mode:quiet'; echo 'NV Power Mode: MAXN_SUPER'; echo 2", "MAXN_SUPER"),
        ("exit 3", None),
        ("exec sleep 60", None),
    ],
)
def test_that_the_power_mode_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, expected: str | None
) -> None:
    program = tmp_path / "nvpmodel"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda *_args, **_more: str(program))
    monkeypatch.setattr(tensorrt_device, "MODE_LIMIT_S", 0.3)
    assert tensorrt_device.power_mode() == expected


def test_that_a_sidecar_is_checked_only_in_what_both_tell() -> None:
    here = {"module": "tensorrt", "version": "10.3.0", "gpu": "Orin"}
    check_sidecar({}, here)
    check_sidecar({"module": "tensorrt", "version": "10.3.0", "compute_capability": "8.7"}, here)
    with pytest.raises(CommandError, match=r"version 8\.6\.2, here it is 10\.3\.0") as caught:
        check_sidecar({"version": "8.6.2"}, here)
    assert "slipway build" in caught.value.hint


def test_that_versions_are_numbers_up_to_what_is_none() -> None:
    assert version_numbers("10.13.3.9") == (10, 13, 3, 9)
    assert version_numbers("8.5.2.post1") == (8, 5, 2)
    assert version_numbers("dev") == ()


OLD = {
    "Layers": [
        {
            "Name": "conv1",
            "LayerType": "CaskConvolution",
            "Inputs": [{"Name": "a", "Format/Datatype": "Channel major FP16 format where channel % 8 == 0"}],
            "Outputs": [{"Name": "b", "Format/Datatype": "Row major linear FP32"}],
            "Weights": {"Type": "Half", "Count": 432},
        },
        {"Name": "q", "Inputs": [{"Format/Datatype": "Thirty-two wide channel vectorized row major Int8 format"}]},
        {"Name": "shape", "Inputs": [], "Outputs": [{"Format/Datatype": "Row major Int32 format"}]},
        {"Name": "strange"},
    ],
    "Bindings": ["images", "output0"],
}
NEW = {
    "Layers": [
        {"Name": "conv1", "Inputs": [{"Name": "a", "Format": "Row major linear", "Datatype": "Float16"}]},
        {"Name": "dla", "LayerType": "DLA", "Inputs": [{"Name": "a", "Format": "N", "Datatype": "BFloat16"}]},
        {"Name": "mm", "Inputs": [{"Name": "a", "Format": "Row major linear", "Datatype": "FP8"}]},
    ],
    "I/O Tensors": [{"Name": "images", "IOMode": "Input", "DataType": "Float"}],
}


def test_that_layers_of_both_generations_are_counted_by_type() -> None:
    old, new = parse_layers(json.dumps(OLD)), parse_layers(json.dumps(NEW))
    assert old.precisions == {"f16": 1, "i32": 1, "i8": 1, "unknown": 1}
    assert (old.on_dla, old.on_gpu) == (0, 4)
    assert new.precisions == {"bf16": 1, "f16": 1, "f8": 1}
    assert (new.on_dla, new.on_gpu) == (1, 2)


@pytest.mark.parametrize("value", [[], {}, {"Layers": 3}, "text", None])
def test_that_what_is_no_list_of_layers_is_an_error(value: Any) -> None:
    with pytest.raises(ValueError, match="no list of layers"):
        parse_layers(json.dumps(value))
    assert parse_layers('{"Layers": ["conv1", "conv2"]}').precisions == {}
