"""Our own CUDA runtime library and our own `tensorrt`, so that every call of the run path is made without a device."""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from targets.agent.runtimes import cuda_memory, cuda_memory_ctypes
from targets.agent.runtimes.cuda_memory_ctypes import LibCudart
from tests.unit.agent.runtimes.fakes.board import compile_cudart
from tests.unit.agent.runtimes.fakes.trt import make_tensorrt

DEVICE, PINNED, STREAM, EVENT = 1, 2, 3, 4


class FakeCudart:
    """The library, and what a test may ask of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.library = ctypes.CDLL(str(path))
        self.library.fake_calls.restype = ctypes.c_char_p
        self.library.fake_pass_time.argtypes = (ctypes.c_double,)

    def reset(self, devices: int = 1) -> None:
        """Nothing allocated, nothing failing, nothing called."""
        self.library.fake_reset(devices)

    def fail(self, name: str, code: int, after: int = 0) -> None:
        """Let a function fail from its call number `after` on."""
        self.library.fake_fail(name.encode(), after, code)

    def live(self) -> dict[str, int]:
        """How much of each kind was not given back."""
        kinds = {"device": DEVICE, "pinned": PINNED, "stream": STREAM, "event": EVENT}
        return {name: count for name, kind in kinds.items() if (count := self.library.fake_live(kind))}

    def calls(self, name: str) -> list[int]:
        """The sizes of a function's calls so far."""
        lines = (line.split() for line in self.library.fake_calls().decode().splitlines())
        return [int(size) for called, size in lines if called == name]


@pytest.fixture(scope="session")
def cudart_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library, compiled."""
    path = tmp_path_factory.mktemp("cudart") / "libcudart.so.99"
    compile_cudart(path)
    return path


@pytest.fixture
def cudart(cudart_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCudart]:
    """The library as the only way to CUDA; at the end everything was given back."""
    fake = FakeCudart(cudart_path)
    fake.reset()
    monkeypatch.setattr(cuda_memory_ctypes, "_candidates", lambda: iter([str(cudart_path)]))
    for package in ("pycuda", "cuda"):
        monkeypatch.setitem(sys.modules, package, None)
    cuda_memory.open_cuda.cache_clear()
    yield fake
    cuda_memory.open_cuda.cache_clear()
    left = fake.live()
    fake.reset()
    assert not left, f"not given back: {left}"


@pytest.fixture
def cuda(cudart: FakeCudart) -> LibCudart:
    """CUDA over the library."""
    opened = cuda_memory.open_cuda()
    assert isinstance(opened, LibCudart)
    return opened


@pytest.fixture(params=["8.5.2.2", "10.3.0", "11.4.0"])
def trt(request: pytest.FixtureRequest, cudart: FakeCudart, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The package `tensorrt` in each generation."""
    package = make_tensorrt(request.param, cudart.library)
    monkeypatch.setitem(sys.modules, "tensorrt", package)
    return package


MODEL: dict[str, Any] = {
    "inputs": [{"name": "images", "shape": [1, 3, 2, 4], "dtype": "FLOAT"}],
    "outputs": [{"name": "output0", "shape": [1, 6, 4], "dtype": "FLOAT", "factor": 2}],
    "layers": [
        {"name": "conv", "type": "CONVOLUTION", "inputs": ["images"], "outputs": ["a"]},
        {"name": "act", "type": "ACTIVATION", "inputs": ["a"], "outputs": ["b"]},
        {"name": "last", "type": "CONVOLUTION", "inputs": ["b"], "outputs": ["c"]},
        {"name": "sigmoid", "type": "ACTIVATION", "inputs": ["c"], "outputs": ["d"]},
        {"name": "boxes", "type": "ELEMENTWISE", "inputs": ["d"], "outputs": ["output0"]},
    ],
    "layers_told": [
        {
            "Name": "conv + act",
            "LayerType": "CaskConvolution",
            "Inputs": [{"Format/Datatype": "Row major linear FP32"}],
            "Outputs": [{"Format/Datatype": "Row major linear FP32"}],
        },
        {
            "Name": "last",
            "LayerType": "CaskConvolution",
            "Inputs": [{"Format/Datatype": "Thirty-two wide channel vectorized row major Int8 format"}],
            "Outputs": [],
        },
    ],
}


@pytest.fixture
def model(tmp_path: Path) -> Callable[..., str]:
    """Writes a model file for the fake parser, MODEL with these entries changed; its path."""

    def write(**changes: Any) -> str:
        path = tmp_path / "model.onnx"
        path.write_text(json.dumps({**MODEL, **changes}))
        return str(path)

    return write
