"""Inputs and outputs of an engine of TensorRT: their types, and their memory on both sides."""

from __future__ import annotations

import math
from typing import Any, Optional, Tuple

from ..protocol import E_RUNTIME, CommandError
from .base import TensorSpec
from .cuda_memory import Cuda

_DTYPES = {
    "FLOAT": "float32", "HALF": "float16", "INT8": "int8", "UINT8": "uint8", "INT32": "int32", "INT64": "int64",
    "BOOL": "bool",
}  # fmt: skip
_WIDTHS = {"float32": 4, "float16": 2, "int8": 1, "uint8": 1, "int32": 4, "int64": 8, "bool": 1}
MAX_OUTPUT_BYTES = 1 << 30
"""An output whose shape depends on the data may ask for so much at most."""


def dtype_name(dtype: Any) -> str:
    """numpy's name of a type of TensorRT, whose own `nptype` fails for some, and in 8.5 with newer numpy.

    Raises:
        CommandError: E_RUNTIME for one that numpy has not.
    """
    word = str(dtype).rpartition(".")[2]
    if word not in _DTYPES:
        text = "a tensor of the engine is of type %s, which numpy does not have" % word
        raise CommandError(E_RUNTIME, text, "Give the model's inputs and outputs in float32 or float16.")
    return _DTYPES[word]


class DeviceTensor:
    """One input or output: memory on the device, page-locked memory on the host, and the host's view of it.

    An output whose shape depends on the data gets its memory while the engine runs, through an allocator; what the
    engine knows of its size is taken beforehand.
    """

    def __init__(self, cuda: Cuda, spec: TensorSpec, is_input: bool, on_host: bool, most_bytes: Optional[int]) -> None:
        self.spec = spec
        self.is_input = is_input
        self.data_dependent = most_bytes is not None
        self.allocator: Any = None
        """Kept alive as long as the engine's context may call it."""
        self.view: Any = None
        """The host's memory in the tensor's shape and type."""
        self._cuda = cuda
        self._on_host = on_host
        self._size_bytes = max(most_bytes, 0) if most_bytes is not None else _size_bytes(spec.shape, spec.dtype)
        self._shape: Optional[Tuple[int, ...]] = None if self.data_dependent else spec.shape
        self._capacity = 0
        self._host: Any = None
        self._device: Optional[int] = None

    @property
    def address(self) -> int:
        """Where the engine reads or writes it: on the host for what TensorRT keeps there, else on the device."""
        if self._on_host:
            return int(self._host.ctypes.data)
        return self._device or 0

    def allocate(self) -> None:
        """Take the memory that is known to be needed.

        Raises:
            CommandError: E_RUNTIME where there is not so much, or an input has no fixed shape.
        """
        if self.is_input and 0 in self.spec.shape:
            text = "the engine's input %s has no fixed shape: %s" % (self.spec.name, list(self.spec.shape))
            raise CommandError(E_RUNTIME, text, "Export the model with fixed sizes.")
        self._grow(max(self._size_bytes, 1))
        self._show()

    def send(self, stream: int) -> None:
        """Put the copy to the device into the stream."""
        if self._device is not None:
            self._cuda.copy_to_device(self._device, self._host, stream)

    def fetch(self, stream: int) -> None:
        """Put the copy to the host into the stream; of an output that depends on the data, as much as there is."""
        self._show()
        if self._device is not None and self.view.nbytes:
            self._cuda.copy_to_host(self._host[: self.view.nbytes], self._device, stream)

    def reallocate(self, size_bytes: int) -> int:
        """Memory for so many bytes of an output, asked for by the engine; 0 refuses."""
        if size_bytes > MAX_OUTPUT_BYTES:
            return 0
        if size_bytes > self._capacity:
            try:
                self._grow(size_bytes)
            except CommandError:
                return 0  # the engine's own call then fails, with its words
        return self.address

    def reshape(self, shape: Tuple[int, ...]) -> None:
        """Take over the shape that an output came to have."""
        self._shape = shape

    def close(self) -> None:
        """Give the memory back."""
        self._release()
        self.allocator = None

    def _grow(self, size_bytes: int) -> None:
        self._release()
        self._host = self._cuda.alloc_pinned(size_bytes)
        if not self._on_host:
            self._device = self._cuda.alloc(size_bytes)
        self._capacity = size_bytes

    def _release(self) -> None:
        device, host = self._device, self._host
        self._device = self._host = self.view = None
        self._capacity = 0
        if device is not None:
            self._cuda.free(device)
        if host is not None:
            self._cuda.free_pinned(host)

    def _show(self) -> None:
        """Make the view fit the shape.

        Raises:
            CommandError: E_RUNTIME where the engine did not tell the shape, or wrote more than it asked for.
        """
        shape = (0,) * len(self.spec.shape) if self._shape is None else self._shape
        size_bytes = _size_bytes(shape, self.spec.dtype)
        if size_bytes > self._capacity:
            text = "the output %s came to be %s, more than the %d bytes that the engine asked for"
            raise CommandError(E_RUNTIME, text % (self.spec.name, list(shape), self._capacity))
        if self.view is None or self.view.shape != shape:
            self.view = self._host[:size_bytes].view(self.spec.dtype).reshape(shape)


def _size_bytes(shape: Tuple[int, ...], dtype: str) -> int:
    return math.prod(shape) * _WIDTHS[dtype]


def make_allocator(trt: Any, tensor: DeviceTensor) -> Any:
    """TensorRT's end of an output whose shape depends on the data."""

    class OutputAllocator(trt.IOutputAllocator):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.IOutputAllocator.__init__(self)

        def reallocate_output(self, _name: str, _memory: Any, size: int, _alignment: int) -> int:
            return tensor.reallocate(int(size))

        def reallocate_output_async(self, _name: str, _memory: Any, size: int, _alignment: int, _stream: Any) -> int:
            return tensor.reallocate(int(size))

        def notify_shape(self, _name: str, shape: Any) -> None:
            tensor.reshape(tuple(int(axis) for axis in shape))

    return OutputAllocator()
