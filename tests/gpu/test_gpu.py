"""TensorRT on a real device, against ONNX Runtime: what no fake can show. One command: python -m pytest tests/gpu."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.example_project import BOARD, PRECISION, change, make_board, make_project
from projects.project import Project
from projects.records import EngineRecord
from targets.agent.bench import split_execution
from targets.agent.protocol import CommandError
from targets.agent.runtimes.cuda_memory import APIS, CudaMissing
from targets.agent.runtimes.cuda_memory_bindings import open_bindings
from targets.agent.runtimes.cuda_memory_ctypes import open_libcudart
from targets.agent.runtimes.cuda_memory_pycuda import open_pycuda
from targets.agent.runtimes.tensorrt_api import TENSORRT_RTX
from targets.agent.runtimes.tensorrt_device import Device
from targets.agent.runtimes.tensorrt_inference import TRTInference
from workbench.reference import open_session

from .conftest import Built

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
Open = Callable[[], TRTInference]
LEAST_SNR_DB = {"fp32": 40.0, "fp16": 28.0, "int8": 12.0}
"""Of the outputs to those of the same file with ONNX Runtime: TF32, other orders of sums, other int8 arithmetic."""
LEAK_BYTES = 64 << 20
FRAMEWORK = ("deployment", "runtime_configuration", "framework")


def snr_db(expected: Any, found: Any) -> float:
    noise = float(np.square(expected.astype(np.float64) - found).mean())
    return float("inf") if noise == 0 else 10 * np.log10(float(np.square(expected.astype(np.float64)).mean()) / noise)


def reference(built: Built, array: Any) -> Any:
    session = open_session(built.onnx_path.read_bytes(), 4, what=built.onnx_path.name)
    return session.run(None, {session.get_inputs()[0].name: array})[0]


def test_that_an_engine_computes_what_onnx_runtime_computes(built: Built, opened: Open, frames: list[Any]) -> None:
    engine = opened()
    found = [engine.run(array)[0].copy() for array in frames]
    worst = min(snr_db(reference(built, array), one) for array, one in zip(frames, found, strict=True))
    assert worst >= LEAST_SNR_DB[built.onnx_path.stem], f"{built.onnx_path.stem}: {worst:.1f} dB"
    again = [engine.run(array)[0].copy() for array in frames]
    assert all(np.array_equal(one, two) for one, two in zip(found, again, strict=True))


def test_that_layers_run_in_the_types_that_were_asked_for(built: Built, opened: Open) -> None:
    precisions = opened().precisions
    assert precisions, "the inspector told no layers"
    assert built.facts["precisions"] == precisions
    wanted = {"fp32": "f32", "fp16": "f16", "int8": "i8"}[built.onnx_path.stem]
    assert precisions.get(wanted, 0) > 0, precisions


def test_that_the_stages_of_an_inference_add_up_to_the_hosts_clock(opened: Open, frames: list[Any]) -> None:
    engine = opened()
    for _ in range(20):
        engine.run(frames[0])
    stamps = [time.perf_counter_ns()]
    engine.copy_in(frames[0])
    stamps.append(time.perf_counter_ns())
    engine.execute()
    stamps.append(time.perf_counter_ns())
    device_us = engine.device_us()
    assert device_us is not None
    assert all(stage > 0 for stage in device_us)
    assert sum(device_us) * 1e3 <= stamps[2] - stamps[0]
    copied_in, executed = split_execution(stamps[1], stamps[2], device_us)
    assert stamps[1] <= copied_in < executed < stamps[2]


def test_that_memory_is_given_back(built: Built, opened: Open, device: Device, frames: list[Any]) -> None:
    opened().close()  # what CUDA and TensorRT keep for the process is taken now
    with device.cuda.current():
        before = device.cuda.memory_info()[0]
    for _ in range(5):
        engine = opened()
        engine.run(frames[0])
        engine.fork().close()
        engine.close()
    with device.cuda.current():
        after = device.cuda.memory_info()[0]
    assert before - after < LEAK_BYTES
    assert len(built.plan) > 0


def test_that_forks_in_threads_give_what_one_gives(opened: Open, frames: list[Any]) -> None:
    first = opened()
    expected = [first.run(array)[0].copy() for array in frames]
    engines = [first, *(first.fork() for _ in range(3))]

    def run_all(engine: Any) -> list[Any]:
        found = []
        for array in frames:
            engine.copy_in(array)
            engine.execute()
            found.append(engine.copy_out()[0].copy())
        return found

    with ThreadPoolExecutor(len(engines)) as pool:
        for found in pool.map(run_all, engines):
            assert all(np.array_equal(one, two) for one, two in zip(expected, found, strict=True))
    for engine in engines[1:]:
        engine.close()


def test_that_an_engine_says_why_it_cannot_be_loaded(built: Built, module: str) -> None:
    with pytest.raises(CommandError, match="built for another board"):
        TRTInference(built.plan, built.options._replace(built={"compute_capability": "1.0"}), module)
    damaged = bytearray(built.plan)
    damaged[len(damaged) // 2 :] = b""
    with pytest.raises(CommandError, match="cannot load the engine") as caught:
        TRTInference(damaged, built.options, module)
    assert caught.value.detail


@pytest.mark.parametrize("api", APIS)
def test_that_each_way_to_cuda_that_is_installed_moves_bytes(device: Device, api: str) -> None:
    openers = {"pycuda": open_pycuda, "cuda-bindings": open_bindings, "libcudart": open_libcudart}
    try:
        cuda = openers[api]()
    except CudaMissing as missing:
        pytest.skip(str(missing))
    assert cuda.describe() == device.facts
    with cuda.current():
        stream, host, address = cuda.create_stream(), cuda.alloc_pinned(1 << 20), cuda.alloc(1 << 20)
        sent = np.random.default_rng(1).integers(0, 256, 1 << 20, dtype=np.uint8)
        host[:] = sent
        cuda.copy_to_device(address, host, stream)
        cuda.synchronise(stream)
        host[:] = 0
        cuda.copy_to_host(host, address, stream)
        cuda.synchronise(stream)
        assert np.array_equal(host, sent)
        with pytest.raises(CommandError, match="memory"):
            cuda.alloc(1 << 50)
        cuda.free(address)
        cuda.free_pinned(host)
        cuda.destroy_stream(stream)


@pytest.mark.parametrize("precision", ["FP32", "FP16", "INT8"])
def test_that_the_whole_job_runs_on_this_machine(
    module: str, precision: str, slipway_home: Path, tmp_path: Path, repository: Path
) -> None:
    make_project(tmp_path / "project")
    make_board(tmp_path / "board", tmp_path / "lock")
    framework = "TensorRT for RTX" if module == TENSORRT_RTX else "TensorRT"
    change(tmp_path / "project" / "deployment.yaml", FRAMEWORK, framework)
    change(tmp_path / "project" / "deployment.yaml", PRECISION, precision)
    command = "import sys; from workbench import cli; sys.exit(cli.main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", command, "run", str(tmp_path / "project"), "--board", BOARD],
        cwd=repository,
        env={**os.environ, "SLIPWAY_HOME": str(slipway_home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1, 3}, done.stdout[-3000:] + done.stderr[-3000:]
    (engine,) = Project.open(tmp_path / "project").records.all(EngineRecord)
    assert engine.record.runtime == module
    assert engine.record.sidecar["gpu"]
    assert list((tmp_path / "project" / "runs").glob("*/report.html"))
