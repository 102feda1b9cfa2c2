"""pycuda and cuda-bindings of our own for tests, over an opened libcudart: the names that Slipway uses of them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from targets.agent.protocol import CommandError
from targets.agent.runtimes.cuda_memory_ctypes import LibCudart

_MAKERS = {"cudaMalloc", "cudaHostAlloc", "cudaStreamCreateWithFlags", "cudaEventCreate"}


class FakeBindings(ModuleType):
    """The module `cuda.bindings.runtime`: each function gives (error, values...)."""

    cudaMemcpyKind = SimpleNamespace(cudaMemcpyHostToDevice=1, cudaMemcpyDeviceToHost=2)  # noqa: N815
    cudaStreamNonBlocking = 1  # noqa: N815

    def __init__(self, cuda: LibCudart) -> None:
        super().__init__("runtime")
        self._cuda = cuda

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._cuda._library, name)
        if name in _MAKERS:
            made = ctypes.c_void_p()
            return lambda *args: (function(ctypes.byref(made), *args), made.value)
        if name in {"cudaGetErrorName", "cudaGetErrorString"}:
            return lambda code: (0, function(code))
        known: dict[str, Callable[..., Any]] = {
            "cudaGetDeviceCount": lambda: (0, self._cuda.device_count()),
            "cudaDriverGetVersion": lambda: (0, 12060),
            "cudaMemGetInfo": lambda: (0, *self._cuda.memory_info()),
            "cudaEventElapsedTime": lambda one, two: (0, self._cuda.elapsed_ms(one, two)),
            "cudaGetDeviceProperties": lambda _device: (
                0,
                SimpleNamespace(name=b"Fake Orin\0\0", major=8, minor=7, integrated=1),
            ),
        }
        return known.get(name) or (lambda *args: (function(*args),))


class PycudaError(Exception):
    """`pycuda.driver.Error`."""


class Context:
    """Everything but the device's facts needs it pushed."""

    depth = 0

    @classmethod
    def push(cls) -> None:
        cls.depth += 1

    @classmethod
    def pop(cls) -> None:
        cls.depth -= 1

    @classmethod
    def call(cls, function: Callable[..., Any], *args: Any) -> Any:
        assert cls.depth, "pycuda needs its context pushed"
        try:
            return function(*args)
        except CommandError as error:
            raise PycudaError(error.summary) from error


class Device:
    """`pycuda.driver.Device`."""

    cuda: ClassVar[LibCudart]

    def __init__(self, index: int) -> None:
        assert index == 0

    @classmethod
    def count(cls) -> int:
        return cls.cuda.device_count()

    def name(self) -> str:
        return "Fake Orin"

    def compute_capability(self) -> tuple[int, int]:
        return 8, 7

    def get_attribute(self, which: int) -> int:
        return int(which == 18)

    def retain_primary_context(self) -> type[Context]:
        return Context


class Handle:
    """A stream or an event, given back with the object."""

    def __init__(self, cuda: LibCudart, make: Callable[[], int], end: Callable[[int], None]) -> None:
        self.handle: int = 0
        self._cuda, self._end = cuda, end
        self.handle = Context.call(make)

    def synchronize(self) -> None:
        Context.call(self._cuda.synchronise, self.handle)

    def record(self, stream: Handle) -> None:
        Context.call(self._cuda.record, self.handle, stream.handle)

    def time_since(self, begin: Handle) -> Any:
        return Context.call(self._cuda.elapsed_ms, begin.handle, self.handle)

    def __del__(self) -> None:
        if self.handle:
            self._end(self.handle)


class Allocation:
    """Memory of the device, given back by `free`."""

    def __init__(self, cuda: LibCudart, size: int) -> None:
        self._cuda = cuda
        self._address: int = Context.call(cuda.alloc, size)

    def __int__(self) -> int:
        return self._address

    def free(self) -> None:
        Context.call(self._cuda.free, self._address)


class Pinned(np.ndarray[Any, Any]):
    """An array whose `base` gives the memory back, as pycuda's page-locked arrays have it."""

    holder: Any = None

    @property
    def base(self) -> Any:
        return self.holder


def fake_pycuda(cuda: LibCudart) -> Any:
    """The module `pycuda.driver`."""

    def pagelocked_empty(size: int, dtype: Any) -> Any:
        held = Context.call(cuda.alloc_pinned, size)
        array = held.view(dtype).view(Pinned)
        array.holder = SimpleNamespace(free=lambda: Context.call(cuda.free_pinned, held))
        return array

    def stream(flags: int) -> Handle:
        assert flags == 1
        return Handle(cuda, cuda.create_stream, cuda.destroy_stream)

    Context.depth = 0
    Device.cuda = cuda
    return SimpleNamespace(
        Error=PycudaError,
        Device=Device,
        Context=Context,
        device_attribute=SimpleNamespace(INTEGRATED=18),
        get_driver_version=lambda: 12060,
        mem_get_info=lambda: Context.call(cuda.memory_info),
        mem_alloc=lambda size: Allocation(cuda, size),
        pagelocked_empty=pagelocked_empty,
        memcpy_htod_async=lambda to, array, on: Context.call(cuda.copy_to_device, to, array, on.handle),
        memcpy_dtoh_async=lambda array, source, on: Context.call(cuda.copy_to_host, array, source, on.handle),
        Stream=stream,
        Event=lambda: Handle(cuda, cuda.create_event, cuda.destroy_event),
    )
