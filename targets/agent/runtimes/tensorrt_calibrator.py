"""INT8 ranges that TensorRT measures itself, for 8.5 to 10: only where a project asks for it; Q/DQ pairs are the rule.

Ranges depend on the device as well as on the frames, so what was measured is kept under a name of both.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, List, Optional

from .. import files
from ..frames import FramePack, Preprocessor
from ..protocol import E_USAGE, CommandError
from .base import CalibrationFrames, LoadOptions, TensorSpec
from .cuda_memory import Cuda
from .tensorrt_api import Caps

MAX_CACHE_BYTES = 64 << 20


def calibration_name(onnx_path: str, options: LoadOptions, version: str, device: str) -> str:
    """The name of the file of measured ranges: of the model, the frames, the version and the device, by hash."""
    parts = [files.sha256_file(Path(onnx_path)), options.calibration_sha256 or "", version, device]
    return "calibration-%s.bin" % hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()[:32]


class Batches:
    """Calibration frames one by one in the device's memory, as the engine's input."""

    def __init__(self, cuda: Cuda, frames: CalibrationFrames, spec: TensorSpec) -> None:
        """Open the frames and take memory for one input.

        Raises:
            CommandError: the frames cannot be read or do not fit the input, or there is no memory.
        """
        import numpy as np

        self._cuda = cuda
        self._pack = FramePack(frames.path)
        self._preprocess = Preprocessor(frames.preprocess, self._pack.height, self._pack.width, spec.dtype)
        if self._preprocess.buffer.shape != spec.shape:
            text = "the calibration frames are %dx%d; the model takes %s"
            raise CommandError(E_USAGE, text % (self._pack.width, self._pack.height, list(spec.shape)))
        self._frame = np.zeros((self._pack.height, self._pack.width, 3), dtype=np.uint8)
        self._left = iter(range(self._pack.count))
        self.count = self._pack.count
        size_bytes = self._preprocess.buffer.nbytes
        self._stream = cuda.create_stream()
        self._host = cuda.alloc_pinned(size_bytes)
        self._address = cuda.alloc(size_bytes)

    def next(self) -> Optional[int]:
        """Where the next input lies on the device; None after the last one."""
        index = next(self._left, None)
        if index is None:
            return None
        self._pack.read_into(index, self._frame)
        self._host[:] = self._preprocess(self._frame).reshape(-1).view("uint8")
        self._cuda.copy_to_device(self._address, self._host, self._stream)
        self._cuda.synchronise(self._stream)
        return self._address

    def close(self) -> None:
        """Give the memory back."""
        self._cuda.free(self._address)
        self._cuda.free_pinned(self._host)
        self._cuda.destroy_stream(self._stream)
        self._pack.close()


def make_calibrator(trt: Any, caps: Caps, batches: Batches, cache: Optional[Path]) -> Any:
    """TensorRT's end of the frames; it must live as long as the build.

    Raises:
        CommandError: E_USAGE for a version without calibrators.
    """
    if not caps.calibrator:
        version = ".".join(map(str, caps.version))
        text = "%s %s measures no INT8 ranges itself" % (caps.title, version)
        raise CommandError(E_USAGE, text, "Take slipway.tensorrt.calibrator away: ranges then come as Q/DQ pairs.")

    class Calibrator(trt.IInt8EntropyCalibrator2):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.IInt8EntropyCalibrator2.__init__(self)

        def get_batch_size(self) -> int:
            return 1

        def get_batch(self, names: List[str]) -> Optional[List[int]]:
            address = batches.next()
            return None if address is None else [address] * len(names)

        def read_calibration_cache(self) -> Optional[bytes]:
            return None if cache is None else _read(cache)

        def write_calibration_cache(self, ranges: Any) -> None:
            if cache is not None:
                files.write_atomic(cache, bytes(ranges))

    return Calibrator()


def _read(path: Path) -> Optional[bytes]:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_CACHE_BYTES + 1)
    except OSError:
        return None
    return data if 0 < len(data) <= MAX_CACHE_BYTES else None
