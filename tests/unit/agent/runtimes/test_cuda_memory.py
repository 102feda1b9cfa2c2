"""The way to CUDA: which one is taken, what is said where there is none, and every refusal with CUDA's own words."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from targets.agent.protocol import E_MISSING, E_RUNTIME, CommandError
from targets.agent.runtimes import cuda_memory, cuda_memory_ctypes
from targets.agent.runtimes.cuda_memory import CudaMissing, DeviceFacts, open_cuda
from targets.agent.runtimes.cuda_memory_bindings import CudaBindings, open_bindings
from targets.agent.runtimes.cuda_memory_ctypes import LibCudart, open_libcudart
from targets.agent.runtimes.cuda_memory_pycuda import PyCuda

from .conftest import FakeCudart
from .fakes.ways import FakeBindings, fake_pycuda

ORIN = DeviceFacts("Fake Orin", (8, 7), "12.6", True)


def test_that_libcudart_alone_is_enough(cuda: LibCudart) -> None:
    assert cuda.api == "libcudart"
    assert cuda.device_count() == 1
    assert cuda.describe() == ORIN
    assert cuda.memory_info() == (3_000_000_000, 8_000_000_000)


def test_that_bytes_go_to_the_device_and_back(cuda: LibCudart, cudart: FakeCudart) -> None:
    with cuda.current():
        stream, begin, end = cuda.create_stream(), cuda.create_event(), cuda.create_event()
        host, device = cuda.alloc_pinned(1000), cuda.alloc(1000)
        sent = np.arange(1000, dtype=np.uint8)
        host[:] = sent
        cuda.record(begin, stream)
        cuda.copy_to_device(device, host, stream)
        cuda.record(end, stream)
        host[:] = 0
        cuda.copy_to_host(host[:400], device, stream)
        cuda.synchronise(stream)
        assert host[:400].tolist() == sent[:400].tolist()
        assert not host[400:].any()
        assert cuda.elapsed_ms(begin, end) == 1.0
        assert cudart.calls("cudaMemcpyToDevice") == [1000]
        assert cudart.calls("cudaMemcpyToHost") == [400]
        for event in (begin, end):
            cuda.destroy_event(event)
        cuda.free(device)
        cuda.free_pinned(host)
        cuda.destroy_stream(stream)


CALLS: dict[str, Callable[[Any], Any]] = {
    "cudaGetDeviceCount": lambda cuda: cuda.device_count(),
    "cudaGetDeviceProperties": lambda cuda: cuda.describe(),
    "cudaDriverGetVersion": lambda cuda: cuda.describe(),
    "cudaDeviceGetAttribute": lambda cuda: cuda.describe(),
    "cudaMemGetInfo": lambda cuda: cuda.memory_info(),
    "cudaMalloc": lambda cuda: cuda.alloc(10),
    "cudaHostAlloc": lambda cuda: cuda.alloc_pinned(10),
    "cudaStreamCreateWithFlags": lambda cuda: cuda.create_stream(),
    "cudaEventCreate": lambda cuda: cuda.create_event(),
}


@pytest.mark.parametrize("name", CALLS)
def test_that_a_refusal_carries_the_words_of_cuda(cuda: LibCudart, cudart: FakeCudart, name: str) -> None:
    cudart.fail(name, 2)
    with pytest.raises(CommandError, match=r"cudaErrorMemoryAllocation \(out of memory\)") as caught:
        CALLS[name](cuda)
    assert caught.value.code == E_RUNTIME
    assert "memory is full" in caught.value.hint


def test_that_what_is_no_handle_is_refused_by_name(cuda: LibCudart) -> None:
    host = cuda.alloc_pinned(8)
    stream = cuda.create_stream()
    wrong: list[Callable[[], Any]] = [
        lambda: cuda.synchronise(1234),
        lambda: cuda.record(1234, stream),
        lambda: cuda.elapsed_ms(1, 2),
        lambda: cuda.free(4321),
        lambda: cuda.destroy_event(4321),
        lambda: cuda.destroy_stream(4321),
        lambda: cuda.copy_to_device(4321, host, stream),
        lambda: cuda.copy_to_host(host, 4321, stream),
        lambda: cuda.free_pinned(np.zeros(8, np.uint8)),
    ]
    for call in wrong:
        with pytest.raises(CommandError, match=r"CUDA refused .*: cudaError"):
            call()
    cuda.free_pinned(host)
    cuda.destroy_stream(stream)


def test_that_a_machine_without_a_device_says_what_each_way_said(cudart: FakeCudart) -> None:
    cudart.reset(devices=0)
    with pytest.raises(CommandError, match="no CUDA device can be used here") as caught:
        open_cuda()
    assert caught.value.code == E_MISSING
    lines = caught.value.detail.splitlines()
    assert [line.partition(":")[0] for line in lines] == list(cuda_memory.APIS)
    assert "cudaErrorNoDevice (no CUDA-capable device is detected)" in lines[2]


def test_that_a_driver_that_is_too_old_is_named(cudart: FakeCudart) -> None:
    cudart.fail("cudaGetDeviceCount", 35)
    with pytest.raises(CommandError) as caught:
        open_cuda()
    assert "cudaErrorInsufficientDriver" in caught.value.detail


def test_that_places_without_a_library_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "libcudart.so.12").write_text("this is no library")
    found = [str(tmp_path / "nothing.so"), str(tmp_path / "libcudart.so.12"), "libc.so.6"]
    monkeypatch.setattr(cuda_memory_ctypes, "_candidates", lambda: iter(found))
    with pytest.raises(CudaMissing) as caught:
        open_libcudart()
    assert "cannot open shared object file" in str(caught.value)
    assert "libc.so.6 is no CUDA runtime library" in str(caught.value)


def test_that_a_library_that_pip_brought_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = tmp_path / "nvidia" / "cuda_runtime" / "lib" / "libcudart.so.12"
    library.parent.mkdir(parents=True)
    library.touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert str(library) in list(cuda_memory_ctypes._candidates())


@pytest.fixture(params=["pycuda", "cuda-bindings", "libcudart"])
def way(request: pytest.FixtureRequest, cuda: LibCudart) -> Iterator[Any]:
    """Each way to CUDA over the same library."""
    ways: dict[str, Callable[[], Any]] = {
        "pycuda": lambda: PyCuda(fake_pycuda(cuda)),
        "cuda-bindings": lambda: CudaBindings(FakeBindings(cuda)),
        "libcudart": lambda: cuda,
    }
    return ways[request.param]()  # type: ignore[no-any-return]


def test_that_each_way_does_the_same(way: Any, cudart: FakeCudart) -> None:
    assert way.device_count() == 1
    assert way.describe() == ORIN
    with way.current():
        assert way.memory_info() == (3_000_000_000, 8_000_000_000)
        stream, begin, end = way.create_stream(), way.create_event(), way.create_event()
        host, device = way.alloc_pinned(64), way.alloc(64)
        host[:] = 7
        way.record(begin, stream)
        way.copy_to_device(device, host, stream)
        way.record(end, stream)
        host[:] = 0
        way.copy_to_host(host, device, stream)
        way.synchronise(stream)
        assert np.asarray(host).tolist() == [7] * 64
        assert way.elapsed_ms(begin, end) == 1.0
        cudart.fail("cudaMalloc", 2)
        with pytest.raises(CommandError, match=r"CUDA refused 99 bytes on the device: .*out of memory"):
            way.alloc(99)
        way.free(device)
        way.free_pinned(host)
        for event in (begin, end):
            way.destroy_event(event)
        way.destroy_stream(stream)
    assert not cudart.live()


def test_that_pycudas_context_is_popped_whatever_happens(cuda: LibCudart) -> None:
    driver = fake_pycuda(cuda)
    way = PyCuda(driver)

    def fail() -> None:
        with way.current():
            assert driver.Context.depth == 1
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert driver.Context.depth == 0


def test_that_bindings_without_a_driver_are_a_way_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Runtime(ModuleType):
        def __getattr__(self, name: str) -> Any:
            def call(*_args: Any) -> Any:
                raise RuntimeError("Failed to dlopen libcuda.so.1")

            return call

    monkeypatch.setitem(sys.modules, "cuda", None)
    with pytest.raises(CudaMissing):
        open_bindings()
    with pytest.raises(CommandError, match="Failed to dlopen libcuda"):
        CudaBindings(Runtime("runtime")).device_count()
