"""CUDA over the board's own libcudart and the standard library: what a freshly flashed board has without Internet."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from ctypes import byref, c_char_p, c_float, c_int, c_size_t, c_uint, c_void_p
from pathlib import Path
from typing import Any, ContextManager, Iterator, List, Tuple

from .cuda_memory import Cuda, CudaMissing, DeviceFacts, cuda_error, host_array, version_text

_SONAMES = ("libcudart.so", "libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", "libcudart.so.10.2")
_FOLDERS = ("/usr/local/cuda/lib64", "/usr/local/cuda/targets/aarch64-linux/lib", "/usr/lib/aarch64-linux-gnu")
_TO_DEVICE, _TO_HOST = 1, 2
_NON_BLOCKING = 1
_MAJOR, _MINOR, _INTEGRATED = 75, 76, 18
"""Of `enum cudaDeviceAttr`, whose numbers CUDA never changed."""
_PROPERTIES_BYTES = 1 << 14
"""More than `struct cudaDeviceProp` ever had; its first 256 bytes are the name, in every CUDA."""
_ARGUMENTS = {
    "cudaGetDeviceCount": (c_void_p,),
    "cudaGetDeviceProperties": (c_void_p, c_int),
    "cudaDeviceGetAttribute": (c_void_p, c_int, c_int),
    "cudaDriverGetVersion": (c_void_p,),
    "cudaMemGetInfo": (c_void_p, c_void_p),
    "cudaMalloc": (c_void_p, c_size_t),
    "cudaFree": (c_void_p,),
    "cudaHostAlloc": (c_void_p, c_size_t, c_uint),
    "cudaFreeHost": (c_void_p,),
    "cudaMemcpyAsync": (c_void_p, c_void_p, c_size_t, c_int, c_void_p),
    "cudaStreamCreateWithFlags": (c_void_p, c_uint),
    "cudaStreamDestroy": (c_void_p,),
    "cudaStreamSynchronize": (c_void_p,),
    "cudaEventCreate": (c_void_p,),
    "cudaEventDestroy": (c_void_p,),
    "cudaEventRecord": (c_void_p, c_void_p),
    "cudaEventElapsedTime": (c_void_p, c_void_p, c_void_p),
}


def open_libcudart() -> Cuda:
    """CUDA over the first libcudart that loads.

    Raises:
        CudaMissing: none does, with the places that were looked at.
    """
    said: List[str] = []
    for name in _candidates():
        library, why = _load(name)
        if library is not None:
            return LibCudart(library)
        said.append(why)
    raise CudaMissing("no libcudart loads: %s" % "; ".join(said[:4]))


def _load(name: str) -> Tuple[Any, str]:
    try:
        library = ctypes.CDLL(name)
        for function in _ARGUMENTS:
            getattr(library, function)
    except OSError as error:
        return None, str(error)
    except AttributeError as error:
        return None, "%s is no CUDA runtime library: %s" % (name, error)
    return library, ""


def _candidates() -> Iterator[str]:
    """Where libcudart may lie: the loader's path, JetPack's folders, and the wheels that pip brings TensorRT with."""
    yield from _SONAMES
    for folder in _FOLDERS:
        yield from sorted(map(str, Path(folder).glob("libcudart.so*")))
    for entry in sys.path:
        yield from sorted(map(str, Path(entry or ".").glob("nvidia/*/lib/libcudart.so*")))


class LibCudart:
    """The interface `Cuda` over one loaded library."""

    api = "libcudart"

    def __init__(self, library: Any) -> None:
        self._library = library
        for name, arguments in _ARGUMENTS.items():
            function = getattr(library, name)
            function.argtypes, function.restype = arguments, c_int
        for name in ("cudaGetErrorName", "cudaGetErrorString"):
            function = getattr(library, name)
            function.argtypes, function.restype = (c_int,), c_char_p

    def device_count(self) -> int:
        """How many devices there are."""
        count = c_int()
        self._call("to count devices", "cudaGetDeviceCount", byref(count))
        return count.value

    def describe(self) -> DeviceFacts:
        """Facts of the device."""
        properties = ctypes.create_string_buffer(_PROPERTIES_BYTES)
        self._call("the device's name", "cudaGetDeviceProperties", properties, 0)
        name = properties.raw[:256].split(b"\0", 1)[0].decode("utf-8", "replace")
        driver = c_int()
        self._call("the driver's version", "cudaDriverGetVersion", byref(driver))
        capability = (self._attribute(_MAJOR), self._attribute(_MINOR))
        return DeviceFacts(name, capability, version_text(driver.value), bool(self._attribute(_INTEGRATED)))

    def _attribute(self, which: int) -> int:
        value = c_int()
        self._call("an attribute of the device", "cudaDeviceGetAttribute", byref(value), which, 0)
        return value.value

    def current(self) -> ContextManager[Any]:
        """Nothing to do: the runtime library makes the primary context current where it is first used."""
        return contextlib.nullcontext()

    def memory_info(self) -> Tuple[int, int]:
        """Bytes of the device's memory that are free, and all of them."""
        free, total = c_size_t(), c_size_t()
        self._call("to tell its memory", "cudaMemGetInfo", byref(free), byref(total))
        return free.value, total.value

    def alloc(self, size_bytes: int) -> int:
        """Memory on the device; its address."""
        what = "%d bytes on the device" % size_bytes
        return self._made(what, "cudaMalloc", size_bytes)

    def free(self, address: int) -> None:
        """Give memory of `alloc` back."""
        self._call("to free memory", "cudaFree", address)

    def alloc_pinned(self, size_bytes: int) -> Any:
        """Page-locked host memory, uint8 [size_bytes]."""
        address = self._made("%d page-locked bytes" % size_bytes, "cudaHostAlloc", size_bytes, 0)
        return host_array(address, size_bytes)

    def free_pinned(self, array: Any) -> None:
        """Give memory of `alloc_pinned` back."""
        self._call("to free page-locked memory", "cudaFreeHost", array.ctypes.data)

    def copy_to_device(self, address: int, array: Any, stream: int) -> None:
        """Copy the whole of a contiguous array that is page-locked."""
        what = "a copy of %d bytes to the device" % array.nbytes
        self._call(what, "cudaMemcpyAsync", address, array.ctypes.data, array.nbytes, _TO_DEVICE, stream)

    def copy_to_host(self, array: Any, address: int, stream: int) -> None:
        """Fill the whole of a contiguous array that is page-locked."""
        what = "a copy of %d bytes from the device" % array.nbytes
        self._call(what, "cudaMemcpyAsync", array.ctypes.data, address, array.nbytes, _TO_HOST, stream)

    def create_stream(self) -> int:
        """A stream that does not wait for the default one."""
        return self._made("a stream", "cudaStreamCreateWithFlags", _NON_BLOCKING)

    def destroy_stream(self, stream: int) -> None:
        """Give a stream back."""
        self._call("to end a stream", "cudaStreamDestroy", stream)

    def synchronise(self, stream: int) -> None:
        """Wait for all that was put into the stream."""
        self._call("to finish what is in the stream", "cudaStreamSynchronize", stream)

    def create_event(self) -> int:
        """An event that takes the time."""
        return self._made("an event", "cudaEventCreate")

    def destroy_event(self, event: int) -> None:
        """Give an event back."""
        self._call("to end an event", "cudaEventDestroy", event)

    def record(self, event: int, stream: int) -> None:
        """Let the event take the time at this place of the stream."""
        self._call("to record an event", "cudaEventRecord", event, stream)

    def elapsed_ms(self, begin: int, end: int) -> float:
        """Milliseconds between two events that both passed."""
        value = c_float()
        self._call("the time between two events", "cudaEventElapsedTime", byref(value), begin, end)
        return value.value

    def _made(self, what: str, name: str, *arguments: Any) -> int:
        """The handle or address that a function gives through its first argument."""
        made = c_void_p()
        self._call(what, name, byref(made), *arguments)
        if not made.value:
            raise cuda_error(what, "cudaErrorUnknown", "CUDA reported success and gave nothing")
        return made.value

    def _call(self, what: str, name: str, *arguments: Any) -> None:
        code = getattr(self._library, name)(*arguments)
        if code:
            raise cuda_error(what, self._words("cudaGetErrorName", code), self._words("cudaGetErrorString", code))

    def _words(self, function: str, code: int) -> str:
        text = getattr(self._library, function)(code)
        return text.decode("utf-8", "replace") if text else "error %d" % code
