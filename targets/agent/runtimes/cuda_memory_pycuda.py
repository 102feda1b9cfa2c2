"""CUDA over pycuda, in the device's primary context, so that TensorRT and CUDA's runtime library share it."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Dict, Iterator, Tuple

from .cuda_memory import Cuda, CudaMissing, DeviceFacts, cuda_error, version_text

_NON_BLOCKING = 1
"""CU_STREAM_NON_BLOCKING, for which pycuda has no name."""


def open_pycuda() -> Cuda:
    """CUDA over pycuda.

    Raises:
        CudaMissing: it is not installed, or finds no driver to load.
    """
    try:
        from pycuda import driver
    except (ImportError, OSError) as error:
        raise CudaMissing(str(error)) from error
    try:
        driver.init()
    except driver.Error as error:
        raise CudaMissing(str(error)) from error
    return PyCuda(driver)


class PyCuda:
    """The interface `Cuda` over the module `pycuda.driver`, whose objects are kept by the integers that stand for them.

    pycuda aborts the process where a thread ends with a context still pushed, so each use pushes and pops it.
    """

    api = "pycuda"

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._context: Any = None
        self._objects: Dict[int, Any] = {}

    def device_count(self) -> int:
        """How many devices there are."""
        return int(self._call("to count devices", self._driver.Device.count))

    def describe(self) -> DeviceFacts:
        """Facts of the device."""
        device = self._call("the device", self._driver.Device, 0)
        major, minor = self._call("its compute capability", device.compute_capability)
        integrated = self._call("an attribute", device.get_attribute, self._driver.device_attribute.INTEGRATED)
        name = str(self._call("its name", device.name))
        return DeviceFacts(
            name, (int(major), int(minor)), version_text(self._driver.get_driver_version()), bool(integrated)
        )

    @contextlib.contextmanager
    def current(self) -> Iterator[None]:
        """The primary context, pushed on the way in and popped on the way out."""
        if self._context is None:
            device = self._call("the device", self._driver.Device, 0)
            self._context = self._call("the primary context", device.retain_primary_context)
        self._call("the primary context", self._context.push)
        try:
            yield
        finally:
            self._driver.Context.pop()

    def memory_info(self) -> Tuple[int, int]:
        """Bytes of the device's memory that are free, and all of them."""
        free, total = self._call("to tell its memory", self._driver.mem_get_info)
        return int(free), int(total)

    def alloc(self, size_bytes: int) -> int:
        """Memory on the device; its address."""
        made = self._call("%d bytes on the device" % size_bytes, self._driver.mem_alloc, size_bytes)
        return self._keep(int(made), made)

    def free(self, address: int) -> None:
        """Give memory of `alloc` back."""
        self._call("to free memory", self._objects.pop(address).free)

    def alloc_pinned(self, size_bytes: int) -> Any:
        """Page-locked host memory, uint8 [size_bytes]."""
        import numpy as np

        what = "%d page-locked bytes" % size_bytes
        return self._call(what, self._driver.pagelocked_empty, size_bytes, np.uint8)

    def free_pinned(self, array: Any) -> None:
        """Give memory of `alloc_pinned` back."""
        self._call("to free page-locked memory", array.base.free)

    def copy_to_device(self, address: int, array: Any, stream: int) -> None:
        """Copy the whole of a contiguous array that is page-locked."""
        what = "a copy of %d bytes to the device" % array.nbytes
        self._call(what, self._driver.memcpy_htod_async, address, array, self._objects[stream])

    def copy_to_host(self, array: Any, address: int, stream: int) -> None:
        """Fill the whole of a contiguous array that is page-locked."""
        what = "a copy of %d bytes from the device" % array.nbytes
        self._call(what, self._driver.memcpy_dtoh_async, array, address, self._objects[stream])

    def create_stream(self) -> int:
        """A stream that does not wait for the default one."""
        made = self._call("a stream", self._driver.Stream, _NON_BLOCKING)
        return self._keep(int(made.handle), made)

    def destroy_stream(self, stream: int) -> None:
        """Give a stream back."""
        del self._objects[stream]

    def synchronise(self, stream: int) -> None:
        """Wait for all that was put into the stream."""
        self._call("to finish what is in the stream", self._objects[stream].synchronize)

    def create_event(self) -> int:
        """An event that takes the time."""
        made = self._call("an event", self._driver.Event)
        return self._keep(id(made), made)

    def destroy_event(self, event: int) -> None:
        """Give an event back."""
        del self._objects[event]

    def record(self, event: int, stream: int) -> None:
        """Let the event take the time at this place of the stream."""
        self._call("to record an event", self._objects[event].record, self._objects[stream])

    def elapsed_ms(self, begin: int, end: int) -> float:
        """Milliseconds between two events that both passed."""
        return float(self._call("the time between two events", self._objects[end].time_since, self._objects[begin]))

    def _keep(self, number: int, made: Any) -> int:
        self._objects[number] = made
        return number

    def _call(self, what: str, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except self._driver.Error as error:
            raise cuda_error(what, type(error).__name__, str(error)) from error
