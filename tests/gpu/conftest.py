"""What needs a machine with an NVIDIA device: `python -m pytest tests/gpu`; elsewhere it skips with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from targets.agent.frames import Preprocessor
from targets.agent.plan import Preprocess
from targets.agent.protocol import CommandError
from targets.agent.runtimes import tensorrt_api, tensorrt_device
from targets.agent.runtimes.base import BuildWork, LoadOptions, Runtime, find_runtime
from targets.agent.runtimes.tensorrt_device import Device
from targets.agent.runtimes.tensorrt_inference import TRTInference
from workbench.frames.resize import Fitting
from workbench.optimise.candidate import Precision, Recipe, make_candidate
from workbench.scenes.scene import render_scene

HEIGHT, WIDTH = 384, 640
FRAMES = 6


class Built(NamedTuple):
    """A candidate, its engine and what the build told."""

    onnx_path: Path
    plan: bytes
    options: LoadOptions
    facts: dict[str, Any]


@pytest.fixture(scope="session")
def device() -> Device:
    """The device, asked for before TensorRT is."""
    try:
        return tensorrt_device.find_device()
    except CommandError as error:
        pytest.skip(f"{error.summary}: {' | '.join(error.detail.splitlines())}")


@pytest.fixture(scope="session")
def module(device: Device) -> str:
    """The package that is installed: TensorRT, else TensorRT for RTX."""
    said = []
    for name in (tensorrt_api.TENSORRT, tensorrt_api.TENSORRT_RTX):
        try:
            tensorrt_api.find_trt(name)
            return name
        except CommandError as error:
            said.append(f"{error.summary} ({error.detail})")
    pytest.skip("; ".join(said))


@pytest.fixture(scope="session")
def runtime(module: str) -> Runtime:
    return find_runtime(module)


@pytest.fixture(scope="session")
def frames() -> list[Any]:
    """Frames of the example's scenes as the model's input, float32 [1, 3, 384, 640]."""
    preprocess = Preprocessor(Preprocess("rgb", 1 / 255, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), HEIGHT, WIDTH)
    fitting = Fitting(WIDTH, HEIGHT, "letterbox", 114)
    fitted = (fitting.apply(render_scene(seed).image)[0] for seed in range(7_000_000, 7_000_000 + FRAMES))
    return [preprocess(np.ascontiguousarray(frame)).copy() for frame in fitted]


@pytest.fixture(scope="session")
def candidates(frames: list[Any], repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The example's three candidates."""
    folder = tmp_path_factory.mktemp("candidates")
    source = repository / "resources" / "example" / "model.onnx"
    made = {}
    for precision in Precision:
        candidate = make_candidate(source, Recipe(precision), frames=frames, threads=4)
        made[precision.value] = folder / f"{precision.value}.onnx"
        made[precision.value].write_bytes(candidate.content)
    return made


@pytest.fixture(scope="session", params=[precision.value for precision in Precision])
def built(
    request: pytest.FixtureRequest,
    runtime: Runtime,
    candidates: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Built:
    """Each candidate's engine, built with the options that the workbench gives."""
    half = request.param != "fp32" and "f16" in runtime.precisions()
    options = LoadOptions("f16" if half else "f32", 2, 1, workspace_bytes=1 << 30)
    work = BuildWork(cache=str(tmp_path_factory.getbasetemp() / "cache"))
    plan, facts = runtime.build(str(candidates[request.param]), options, work)
    return Built(candidates[request.param], plan, options._replace(built=facts["sidecar"]), facts)


@pytest.fixture
def opened(built: Built, module: str) -> Iterator[Callable[[], TRTInference]]:
    """Loads the engine, as often as asked; closes all."""
    engines: list[TRTInference] = []

    def load() -> TRTInference:
        engines.append(TRTInference(built.plan, built.options, module))
        return engines[-1]

    yield load
    for engine in engines:
        engine.close()
