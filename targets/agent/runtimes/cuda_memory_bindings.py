"""CUDA over NVIDIA's cuda-bindings (`cuda-python` in older releases), where pycuda is not at hand."""

from __future__ import annotations

import contextlib
from typing import Any, ContextManager, Tuple

from .cuda_memory import Cuda, CudaMissing, DeviceFacts, cuda_error, host_array, version_text


def open_bindings() -> Cuda:
    """CUDA over cuda-bindings.

    Raises:
        CudaMissing: it is not installed, or finds no driver to load.
    """
    try:
        return CudaBindings(_runtime())
    except (ImportError, OSError, RuntimeError) as error:
        raise CudaMissing(str(error)) from error


def _runtime() -> Any:
    try:
        from cuda.bindings import runtime
    except ImportError:
        from cuda import cudart as runtime
    return runtime


class CudaBindings:
    """The interface `Cuda` over the module of CUDA's runtime functions, each of which gives (error, values...)."""

    api = "cuda-bindings"

    def __init__(self, runtime: Any) -> None:
        self._runtime = runtime

    def device_count(self) -> int:
        """How many devices there are."""
        return int(self._call("to count devices", "cudaGetDeviceCount"))

    def describe(self) -> DeviceFacts:
        """Facts of the device."""
        properties = self._call("the device's name", "cudaGetDeviceProperties", 0)
        driver = int(self._call("the driver's version", "cudaDriverGetVersion"))
        name = bytes(properties.name).split(b"\0", 1)[0].decode("utf-8", "replace")
        capability = (int(properties.major), int(properties.minor))
        return DeviceFacts(name, capability, version_text(driver), bool(properties.integrated))

    def current(self) -> ContextManager[Any]:
        """Nothing to do: the runtime library makes the primary context current where it is first used."""
        return contextlib.nullcontext()

    def memory_info(self) -> Tuple[int, int]:
        """Bytes of the device's memory that are free, and all of them."""
        free, total = self._call("to tell its memory", "cudaMemGetInfo")
        return int(free), int(total)

    def alloc(self, size_bytes: int) -> int:
        """Memory on the device; its address."""
        return int(self._call("%d bytes on the device" % size_bytes, "cudaMalloc", size_bytes))

    def free(self, address: int) -> None:
        """Give memory of `alloc` back."""
        self._call("to free memory", "cudaFree", address)

    def alloc_pinned(self, size_bytes: int) -> Any:
        """Page-locked host memory, uint8 [size_bytes]."""
        address = self._call("%d page-locked bytes" % size_bytes, "cudaHostAlloc", size_bytes, 0)
        return host_array(int(address), size_bytes)

    def free_pinned(self, array: Any) -> None:
        """Give memory of `alloc_pinned` back."""
        self._call("to free page-locked memory", "cudaFreeHost", array.ctypes.data)

    def copy_to_device(self, address: int, array: Any, stream: int) -> None:
        """Copy the whole of a contiguous array that is page-locked."""
        kind = self._runtime.cudaMemcpyKind.cudaMemcpyHostToDevice
        what = "a copy of %d bytes to the device" % array.nbytes
        self._call(what, "cudaMemcpyAsync", address, array.ctypes.data, array.nbytes, kind, stream)

    def copy_to_host(self, array: Any, address: int, stream: int) -> None:
        """Fill the whole of a contiguous array that is page-locked."""
        kind = self._runtime.cudaMemcpyKind.cudaMemcpyDeviceToHost
        what = "a copy of %d bytes from the device" % array.nbytes
        self._call(what, "cudaMemcpyAsync", array.ctypes.data, address, array.nbytes, kind, stream)

    def create_stream(self) -> int:
        """A stream that does not wait for the default one."""
        flags = self._runtime.cudaStreamNonBlocking
        return int(self._call("a stream", "cudaStreamCreateWithFlags", flags))

    def destroy_stream(self, stream: int) -> None:
        """Give a stream back."""
        self._call("to end a stream", "cudaStreamDestroy", stream)

    def synchronise(self, stream: int) -> None:
        """Wait for all that was put into the stream."""
        self._call("to finish what is in the stream", "cudaStreamSynchronize", stream)

    def create_event(self) -> int:
        """An event that takes the time."""
        return int(self._call("an event", "cudaEventCreate"))

    def destroy_event(self, event: int) -> None:
        """Give an event back."""
        self._call("to end an event", "cudaEventDestroy", event)

    def record(self, event: int, stream: int) -> None:
        """Let the event take the time at this place of the stream."""
        self._call("to record an event", "cudaEventRecord", event, stream)

    def elapsed_ms(self, begin: int, end: int) -> float:
        """Milliseconds between two events that both passed."""
        return float(self._call("the time between two events", "cudaEventElapsedTime", begin, end))

    def _call(self, what: str, name: str, *arguments: Any) -> Any:
        """What a function gives besides its error: nothing, one value, or several."""
        try:
            code, *values = getattr(self._runtime, name)(*arguments)
        except RuntimeError as error:  # the bindings' own, where the driver's library cannot be loaded
            raise cuda_error(what, "cudaErrorInsufficientDriver", str(error)) from error
        if int(code):
            raise cuda_error(what, self._words("cudaGetErrorName", code), self._words("cudaGetErrorString", code))
        return values[0] if len(values) == 1 else values

    def _words(self, function: str, code: Any) -> str:
        found = getattr(self._runtime, function)(code)[1]
        return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found or code)
