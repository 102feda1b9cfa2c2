"""Device memory through a small interface, over whichever of pycuda, cuda-bindings and libcudart the board has.

All use the primary context of device 0, the one that TensorRT uses. What allocates has a twin that frees.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any, Callable, ContextManager, List, NamedTuple, Optional, Protocol, Tuple

from ..protocol import E_MISSING, E_RUNTIME, CommandError

APIS = ("pycuda", "cuda-bindings", "libcudart")
"""In the order in which they are tried; the last one needs nothing but the CUDA that every JetPack brings."""


class DeviceFacts(NamedTuple):
    """What CUDA says of a device."""

    name: str
    compute_capability: Tuple[int, int]
    driver: str
    """The newest CUDA that the driver can run, as `12.6`."""
    integrated: bool
    """Whether the device shares the board's main memory, as on a Jetson."""


class Cuda(Protocol):
    """CUDA on device 0. Streams, events and device memory are integers: what CUDA itself calls them.

    Every method raises CommandError E_RUNTIME with CUDA's own name and text of the error.
    """

    api: str

    def device_count(self) -> int:
        """How many devices there are."""

    def describe(self) -> DeviceFacts:
        """Facts of the device."""

    def current(self) -> ContextManager[Any]:
        """Make the primary context current in this thread; around TensorRT and the methods below."""

    def memory_info(self) -> Tuple[int, int]:
        """Bytes of the device's memory that are free, and all of them."""

    def alloc(self, size_bytes: int) -> int:
        """Memory on the device; its address."""

    def free(self, address: int) -> None:
        """Give memory of `alloc` back."""

    def alloc_pinned(self, size_bytes: int) -> Any:
        """Page-locked host memory, uint8 [size_bytes]; nothing may use it once it was given back."""

    def free_pinned(self, array: Any) -> None:
        """Give memory of `alloc_pinned` back."""

    def copy_to_device(self, address: int, array: Any, stream: int) -> None:
        """Copy the whole of a contiguous array that is page-locked; done once the stream got there."""

    def copy_to_host(self, array: Any, address: int, stream: int) -> None:
        """Fill the whole of a contiguous array that is page-locked; done once the stream got there."""

    def create_stream(self) -> int:
        """A stream that does not wait for the default one."""

    def destroy_stream(self, stream: int) -> None:
        """Give a stream back."""

    def synchronise(self, stream: int) -> None:
        """Wait for all that was put into the stream."""

    def create_event(self) -> int:
        """An event that takes the time."""

    def destroy_event(self, event: int) -> None:
        """Give an event back."""

    def record(self, event: int, stream: int) -> None:
        """Let the event take the time at this place of the stream."""

    def elapsed_ms(self, begin: int, end: int) -> float:
        """Milliseconds between two events that both passed."""


class CudaMissing(Exception):
    """A way to CUDA that this Python or board does not have; the text says what is missing."""


def cuda_error(what: str, name: str, text: str) -> CommandError:
    """The error for a call that CUDA refused: what was wanted, and CUDA's own words."""
    return CommandError(E_RUNTIME, "CUDA refused %s: %s (%s)" % (what, name, text), _HINTS.get(name, ""))


_FULL = (
    "The device's memory is full: end other programs that use it, or choose a smaller input, FP16, or fewer streams."
)
_NO_DRIVER = "There is no NVIDIA driver, or it is older than this CUDA: see nvidia-smi; on a Jetson JetPack brings it."
_HINTS = {
    "cudaErrorMemoryAllocation": _FULL,
    "MemoryError": _FULL,
    "cudaErrorInsufficientDriver": _NO_DRIVER,
    "cudaErrorNoDevice": "The driver sees no NVIDIA device: check /dev/nvidia*, and --gpus in a container.",
    "cudaErrorIllegalAddress": "The device is in a state that only a new process gets out of.",
}
"""By CUDA's name of the error, or the exception that pycuda makes of it."""


@functools.lru_cache(maxsize=None)
def open_cuda() -> Cuda:
    """The first way to CUDA that has a device; the same one all through the process.

    Raises:
        CommandError: E_MISSING with what each way said, where none has.
    """
    said: List[str] = []
    for api, find in zip(APIS, _FINDERS):
        cuda, why = _try(find)
        if cuda is not None:
            return cuda
        said.append("%s: %s" % (api, why))
    hint = "It needs an NVIDIA device with its driver, and CUDA's runtime library (libcudart), which JetPack brings."
    raise CommandError(E_MISSING, "no CUDA device can be used here", hint, "\n".join(said))


def _try(find: Callable[[], Cuda]) -> Tuple[Optional[Cuda], str]:
    try:
        cuda = find()
        return (cuda, "") if cuda.device_count() > 0 else (None, "there is no CUDA device")
    except CudaMissing as missing:
        return None, str(missing)
    except CommandError as error:
        return None, error.summary


def host_array(address: int, size_bytes: int) -> Any:
    """Host memory that CUDA gave, as uint8 [size_bytes]."""
    import numpy as np

    memory: Any = (ctypes.c_ubyte * size_bytes).from_address(address)
    return np.frombuffer(memory, dtype=np.uint8)


def version_text(number: int) -> str:
    """CUDA's version number, 1000 a major and 10 a minor version, as text."""
    return "%d.%d" % (number // 1000, number % 1000 // 10)


def _pycuda() -> Cuda:
    from .cuda_memory_pycuda import open_pycuda

    return open_pycuda()


def _bindings() -> Cuda:
    from .cuda_memory_bindings import open_bindings

    return open_bindings()


def _libcudart() -> Cuda:
    from .cuda_memory_ctypes import open_libcudart

    return open_libcudart()


_FINDERS: Tuple[Callable[[], Cuda], ...] = (_pycuda, _bindings, _libcudart)
